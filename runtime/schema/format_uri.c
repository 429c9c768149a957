/* URIs (RFC 3986), IRIs (RFC 3987) and URI templates (RFC 6570): is the text one? For IRIs every
 * character beyond ASCII is taken. */
#include "schema/program.h"

#include "base/ascii.h"

static void skip(struct text *text, size_t bytes)
{
  text->data += bytes;
  text->length -= bytes;
}

static struct text take_until(struct text *text, const char *ends)
{
  size_t length = 0;
  while (length < text->length && (text->data[length] == '\0' || !strchr(ends, text->data[length])))
    length++;
  struct text part = {text->data, length};
  skip(text, length);
  return part;
}

static bool is_escape(struct text text, size_t at)
{
  return text.data[at] == '%' && at + 2 < text.length && ascii_hex_value(text.data[at + 1]) >= 0 &&
         ascii_hex_value(text.data[at + 2]) >= 0;
}

/* Unreserved characters, sub-delimiters, %XX, and what `more` lists. */
static bool has_only(struct text text, const char *more, bool iri)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (ascii_is_letter(c) || ascii_is_digit(c) || (iri && (unsigned char)c >= 0x80)) continue;
    if (c != '\0' && (strchr("-._~!$&'()*+,;=", c) || strchr(more, c))) continue;
    if (!is_escape(text, i)) return false;
    i += 2;
  }
  return true;
}

static bool is_ip_literal(struct text host)
{
  if (host.length < 2 || host.data[host.length - 1] != ']') return false;
  host = (struct text){host.data + 1, host.length - 2};
  if (host.length > 0 && (host.data[0] == 'v' || host.data[0] == 'V')) {
    skip(&host, 1);
    struct text version = take_until(&host, ".");
    for (size_t i = 0; i < version.length; i++)
      if (ascii_hex_value(version.data[i]) < 0) return false;
    return version.length > 0 && host.length > 1 && has_only(host, ":", false) &&
           !memchr(host.data, '%', host.length);
  }
  return schema_format_ipv6(host);
}

static bool is_authority(struct text text, bool iri)
{
  const char *at = text.length > 0 ? memrchr(text.data, '@', text.length) : NULL;
  if (at) {
    struct text user = {text.data, (size_t)(at - text.data)};
    if (!has_only(user, ":", iri)) return false;
    skip(&text, user.length + 1);
  }
  size_t end = text.length; /* of the host; what follows the last colon is digits: the port */
  while (end > 0 && ascii_is_digit(text.data[end - 1])) end--;
  bool port = end > 0 && text.data[end - 1] == ':';
  struct text host = {text.data, port ? end - 1 : text.length};
  if (host.length > 0 && host.data[0] == '[') return is_ip_literal(host);
  return has_only(host, "", iri);
}

static size_t scheme_length(struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == ':') return i;
    if (!ascii_is_letter(c) && !(i > 0 && (ascii_is_digit(c) || c == '+' || c == '-' || c == '.')))
      return 0;
  }
  return 0;
}

static bool is_uri(struct text text, bool reference, bool iri)
{
  size_t scheme = scheme_length(text);
  if (scheme == 0 && !reference) return false;
  if (scheme > 0) skip(&text, scheme + 1);
  bool authority = text_starts_with(text, "//");
  if (authority) {
    skip(&text, 2);
    if (!is_authority(take_until(&text, "/?#"), iri)) return false;
  }
  struct text path = take_until(&text, "?#"), first = path;
  first = take_until(&first, "/");
  if (!has_only(path, ":@/", iri)) return false;
  if (scheme == 0 && !authority && first.length > 0 && memchr(first.data, ':', first.length))
    return false;
  if (text.length > 0 && text.data[0] == '?') {
    skip(&text, 1);
    if (!has_only(take_until(&text, "#"), ":@/?", iri)) return false;
  }
  if (text.length > 0) skip(&text, 1);
  return has_only(text, ":@/?", iri);
}

bool schema_format_uri(struct text text)
{
  return is_uri(text, false, false);
}

bool schema_format_uri_reference(struct text text)
{
  return is_uri(text, true, false);
}

bool schema_format_iri(struct text text)
{
  return is_uri(text, false, true);
}

bool schema_format_iri_reference(struct text text)
{
  return is_uri(text, true, true);
}

/* A name of RFC 6570 with its modifier: "list*", "term:3". */
static bool is_variable(struct text text)
{
  if (text_ends_with(text, "*")) {
    text.length--;
  } else {
    struct text name = take_until(&text, ":"), prefix = text;
    if (prefix.length > 0) {
      if (prefix.length < 2 || prefix.length > 5 || prefix.data[1] == '0') return false;
      for (size_t i = 1; i < prefix.length; i++)
        if (!ascii_is_digit(prefix.data[i])) return false;
    }
    text = name;
  }
  bool after_dot = true;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool escape = is_escape(text, i);
    if (c == '.' ? after_dot : !ascii_is_letter(c) && !ascii_is_digit(c) && c != '_' && !escape)
      return false;
    after_dot = c == '.';
    if (escape) i += 2;
  }
  return !after_dot;
}

bool schema_format_uri_template(struct text text)
{
  while (text.length > 0) {
    char c = text.data[0];
    if (c != '{') {
      bool bad = (unsigned char)c <= ' ' || c == 127 || strchr("\"'<>\\^`|}", c) ||
                 (c == '%' && !is_escape(text, 0));
      if (bad) return false;
      skip(&text, 1);
      continue;
    }
    skip(&text, 1);
    struct text list = take_until(&text, "}"), variable;
    if (text.length == 0) return false;
    skip(&text, 1);
    if (list.length > 0 && list.data[0] != '\0' && strchr("+#./;?&=,!@|", list.data[0]))
      skip(&list, 1);
    while (text_split(&list, ',', &variable))
      if (!is_variable(variable)) return false;
  }
  return true;
}
