/* Origins (origin.h): a list, and the form that each must have. */
#include "checks/origin.h"

#include "base/ascii.h"

enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

bool origins_have(const struct origins *origins, struct text origin)
{
  return text_is_among(origin, origins->items, origins->count);
}

/* Scheme and port are not known of Host, so this may be the page of http:// before https://. Who
 * has such an old browser is not told apart; `hsts` is against that. */
static bool is_of_host(struct text origin, struct text host)
{
  struct text scheme;
  if (host.length == 0 || !text_split(&origin, ':', &scheme) || !text_starts_with(origin, "//"))
    return false;
  return text_equal((struct text){origin.data + 2, origin.length - 2}, host);
}

bool origin_is_cross_site(const struct request_origin *from, const struct origins *trusted)
{
  struct text site = from->sec_fetch_site;
  if (text_is(site, "same-origin") || text_is(site, "none")) return false;
  if (site.length == 0 && from->origin.length == 0) return false;
  if (site.length == 0 && is_of_host(from->origin, from->host)) return false;
  return !origins_have(trusted, from->origin);
}

static bool is_lower(char c)
{
  return c >= 'a' && c <= 'z';
}

/* Splits "scheme://rest"; false if it is not that. */
static bool split_scheme(struct text origin, struct text *scheme, struct text *rest)
{
  static const char others[] = "+-.";
  size_t at = 0;
  while (at < origin.length && (is_lower(origin.data[at]) || ascii_is_digit(origin.data[at]) ||
                                (origin.data[at] && strchr(others, origin.data[at]))))
    at++;
  *scheme = (struct text){origin.data, at};
  *rest = (struct text){origin.data + at, origin.length - at};
  if (at == 0 || !is_lower(origin.data[0]) || !text_starts_with(*rest, "://")) return false;
  rest->data += strlen("://");
  rest->length -= strlen("://");
  return true;
}

/* Where the port's colon is, or the end: after "]" if that is how the host begins. */
static size_t host_length(struct text rest)
{
  size_t at = 0;
  if (text_starts_with(rest, "[")) {
    while (at < rest.length && rest.data[at] != ']') at++;
    return at < rest.length ? at + 1 : at;
  }
  while (at < rest.length && rest.data[at] != ':') at++;
  return at;
}

static const char *host_problem(struct text host)
{
  bool bracketed = text_starts_with(host, "[");
  if (host.length == 0) return "it has no host";
  if (bracketed && !text_ends_with(host, "]")) return "an IPv6 address ends with ]";
  for (size_t i = 0; i < host.length; i++) {
    char c = host.data[i];
    if (c == '*') return "only \"*\" alone stands for all: list each origin";
    if (c == '/') return "an origin has no path, and no / at its end";
    if (c == '@' || c == '?' || c == '#') return "an origin is scheme, host and port, nothing else";
    if (c >= 'A' && c <= 'Z') return "browsers send it in lower case";
    if ((unsigned char)c >= 0x80) return "browsers send such a host in ASCII, as xn--…";
    bool plain = is_lower(c) || ascii_is_digit(c) || c == '-' || c == '.' || c == '_';
    if (!plain && !(bracketed && (c == ':' || c == '[' || c == ']')))
      return "the host has a character that no host has";
  }
  return NULL;
}

/* `port`: what follows the host. */
static const char *port_problem(struct text scheme, struct text port)
{
  unsigned long number = 0;
  if (port.length == 0) return NULL;
  if (memchr(port.data, '/', port.length)) return "an origin has no path, and no / at its end";
  if (port.data[0] != ':' || port.length == 1 || port.length > 1 + PORT_DIGITS_MAX ||
      port.data[1] == '0')
    return "the port must be a number from 1 to 65535";
  for (size_t i = 1; i < port.length; i++) {
    if (!ascii_is_digit(port.data[i])) return "the port must be a number from 1 to 65535";
    number = number * 10 + (unsigned long)(port.data[i] - '0');
  }
  if (number > PORT_MAX) return "the port must be a number from 1 to 65535";
  if ((text_is(scheme, "https") && number == 443) || (text_is(scheme, "http") && number == 80))
    return "browsers leave the scheme's own port out";
  return NULL;
}

const char *origin_problem(struct text origin)
{
  struct text scheme, rest;
  if (text_is(origin, "null"))
    return "`null` is what sandboxed pages and files of anybody send: it is no origin to trust";
  if (!split_scheme(origin, &scheme, &rest))
    return "an origin is a scheme, :// and a host, and maybe a port, in lower case: "
           "https://app.example.com";
  size_t length = host_length(rest);
  const char *problem = host_problem((struct text){rest.data, length});
  if (problem) return problem;
  return port_problem(scheme, (struct text){rest.data + length, rest.length - length});
}
