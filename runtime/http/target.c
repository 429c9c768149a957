/* Targets and hosts (target.h). Two servers that take one target for different things are an attack
 * on whoever trusts the first of them, so what RFC 3986 does not have is refused here, rather than
 * guessed at later. */
#include "http/target.h"

#include <arpa/inet.h>

#include "base/ascii.h"

enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

static const struct http_fault bad_target = {400, "malformed",
                                             "the target must be a path that begins with '/'"};
static const struct http_fault bad_byte = {
    400, "malformed", "the target has a byte that must be percent-encoded, or a lone '%'"};
static const struct http_fault bad_authority = {400, "malformed",
                                                "the target's host is not a host"};
static const struct http_fault two_hosts = {400, "malformed",
                                            "the target and the Host field name different hosts"};

/* Letters, digits and `others`. */
static bool is_made_of(struct text text, const char *others)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (!ascii_is_letter(c) && !ascii_is_digit(c) && (c == '\0' || !strchr(others, c)))
      return false;
  }
  return true;
}

/* Authority */

static bool is_port(struct text text)
{
  unsigned port = 0;
  if (text.length > PORT_DIGITS_MAX) return false;
  for (size_t i = 0; i < text.length; i++) {
    if (!ascii_is_digit(text.data[i])) return false;
    port = port * 10 + (unsigned)(text.data[i] - '0');
  }
  return port <= PORT_MAX;
}

/* What stands between the brackets. */
static bool is_ipv6(struct text text)
{
  char address[INET6_ADDRSTRLEN];
  struct in6_addr parsed;
  if (text.length >= sizeof address || memchr(text.data, '\0', text.length)) return false;
  memcpy(address, text.data, text.length);
  address[text.length] = '\0';
  return inet_pton(AF_INET6, address, &parsed) == 1;
}

bool target_is_authority(struct text text)
{
  struct text host = text;
  const char *bracket = NULL;
  if (text.length == 0) return false;
  if (text_starts_with(text, "[")) {
    bracket = memchr(text.data, ']', text.length);
    if (!bracket) return false;
    host.length = (size_t)(bracket + 1 - text.data);
  } else {
    const char *colon = memchr(text.data, ':', text.length);
    if (colon) host.length = (size_t)(colon - text.data);
  }
  struct text port = {text.data + host.length, text.length - host.length};
  if (port.length > 0 &&
      (port.data[0] != ':' || !is_port((struct text){port.data + 1, port.length - 1})))
    return false;
  if (bracket) return is_ipv6((struct text){host.data + 1, host.length - 2});
  return host.length > 0 && is_made_of(host, "-._");
}

/* Target */

/* RFC 3986 section 2.1: two hexadecimal digits after each '%'. */
static bool is_encoded(struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != '%') continue;
    if (text.length - i < 3 || ascii_hex_value(text.data[i + 1]) < 0 ||
        ascii_hex_value(text.data[i + 2]) < 0)
      return false;
  }
  return true;
}

/* RFC 3986 section 3.3. */
static bool is_path(struct text text)
{
  return is_made_of(text, "-._~%!$&'()*+,;=:@/") && is_encoded(text);
}

/* RFC 3986 section 3.4, and what browsers leave there unencoded (the URL standard's query
 * percent-encode set), but for the backslash. */
static bool is_query(struct text text)
{
  return is_made_of(text, "-._~%!$&'()*+,;=:@/?[]{}|^`") && is_encoded(text);
}

/* Takes "http://" or "https://" off the target. */
static enum target_scheme take_scheme(struct text *target)
{
  static const struct {
    enum target_scheme scheme;
    const char *text;
  } schemes[] = {{SCHEME_HTTP, "http://"}, {SCHEME_HTTPS, "https://"}};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    size_t length = strlen(schemes[i].text);
    if (target->length < length ||
        !text_is_ignoring_case((struct text){target->data, length}, schemes[i].text))
      continue;
    *target = (struct text){target->data + length, target->length - length};
    return schemes[i].scheme;
  }
  return SCHEME_NONE;
}

/* Takes the host off an absolute target (RFC 9112 section 3.2.2) without its scheme: one server,
 * whatever its name. A client has to send the same in the Host field (section 3.2). */
static const struct http_fault *take_authority(struct request *request, struct text *target)
{
  size_t end = 0;
  while (end < target->length && target->data[end] != '/' && target->data[end] != '?') end++;
  struct text host = {target->data, end};
  if (!target_is_authority(host)) return &bad_authority;
  if (request->host.data && !text_equal_ignoring_case(request->host, host)) return &two_hosts;
  request->host = host;
  *target = (struct text){target->data + end, target->length - end};
  return NULL;
}

/* An absolute target need not have a path; it is "/" then. */
static struct text path_of(struct text rest, bool absolute)
{
  const char *mark = rest.length > 0 ? memchr(rest.data, '?', rest.length) : NULL;
  size_t length = mark ? (size_t)(mark - rest.data) : rest.length;
  return length == 0 && absolute ? TEXT("/") : (struct text){rest.data, length};
}

const struct http_fault *target_read(struct request *request, struct text target,
                                     enum target_scheme *scheme)
{
  struct text rest = target;
  if (memchr(target.data, '#', target.length)) return &bad_target;
  *scheme = take_scheme(&rest);
  const struct http_fault *fault = *scheme == SCHEME_NONE ? NULL : take_authority(request, &rest);
  if (fault) return fault;
  request->path = path_of(rest, rest.length < target.length);
  const char *mark = rest.length > 0 ? memchr(rest.data, '?', rest.length) : NULL;
  if (mark) request->query = (struct text){mark + 1, (size_t)(rest.data + rest.length - mark - 1)};
  if (!is_path(request->path) || !is_query(request->query)) return &bad_byte;
  if (text_starts_with(request->path, "/")) return NULL;
  bool asterisk = request->method == METHOD_OPTIONS && text_is(target, "*");
  return asterisk ? NULL : &bad_target;
}
