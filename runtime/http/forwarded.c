/* Forwarded and X-Forwarded-For (forwarded.h). An element is what stands between two commas; the
 * last one is taken off again and again, so that nothing a client has written is parsed before
 * what its proxy has. */
#include "http/forwarded.h"

#include "base/ascii.h"
#include "http/guard.h"

enum { PORT_DIGITS_MAX = 5 };

enum node {
  NODE_ADDRESS,
  NODE_HIDDEN, /* it is known, and not told */
  NODE_BAD
};

/* One proxy's word. */
struct hop {
  enum node node;
  struct address address;
  struct text proto; /* empty: not told */
};

/* --- Nodes: RFC 7239, section 6. --- */

/* "_" and then letters, digits, ".", "_", "-". */
static bool is_obfuscated(struct text name)
{
  if (name.length < 2 || name.data[0] != '_') return false;
  for (size_t i = 1; i < name.length; i++) {
    char c = name.data[i];
    if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

static bool is_port(struct text port)
{
  if (port.length == 0 || port.length > PORT_DIGITS_MAX) return is_obfuscated(port);
  for (size_t i = 0; i < port.length; i++)
    if (!ascii_is_digit(port.data[i])) return is_obfuscated(port);
  return true;
}

/* Takes the port off, if there is one. False if what follows the name is none. */
static bool take_port(struct text *node)
{
  struct text rest = *node, name;
  if (text_starts_with(*node, "[")) {
    if (!text_split(&rest, ']', &name) || !rest.data) return false;
    *node = (struct text){name.data + 1, name.length - 1};
    if (rest.length == 0) return true;
    return rest.data[0] == ':' && is_port((struct text){rest.data + 1, rest.length - 1});
  }
  text_split(&rest, ':', &name);
  *node = name;
  return !rest.data || is_port(rest);
}

static enum node parse_node(struct text text, struct address *address)
{
  struct text node = text;
  bool bracketed = text_starts_with(text, "[");
  if (!take_port(&node)) return NODE_BAD;
  bool v6 = node.length > 0 && memchr(node.data, ':', node.length);
  if (v6 == bracketed && address_parse(node, address)) return NODE_ADDRESS;
  if (bracketed) return NODE_BAD;
  return text_is_ignoring_case(node, "unknown") || is_obfuscated(node) ? NODE_HIDDEN : NODE_BAD;
}

/* --- Lists. --- */

/* Takes the last element off; *rest has NULL for data when there is none left. `quotes`: commas in
 * quoted strings are none. A quote opens or closes a string unless a backslash stands before it,
 * seen from either side. */
static struct text take_last(struct text *rest, bool quotes)
{
  size_t at = rest->length;
  bool quoted = false;
  while (at > 0 && (quoted || rest->data[at - 1] != ',')) {
    at--;
    bool escaped = at > 0 && rest->data[at - 1] == '\\' && quoted;
    if (quotes && rest->data[at] == '"' && !escaped) quoted = !quoted;
  }
  struct text last = {rest->data + at, rest->length - at};
  *rest = at > 0 ? (struct text){rest->data, at - 1} : (struct text){NULL, 0};
  return text_trim(last);
}

/* The next element from the right that is not empty; false if there is none. */
static bool next_element(struct text *rest, bool quotes, struct text *element)
{
  while (rest->data) {
    *element = take_last(rest, quotes);
    if (element->length > 0) return true;
  }
  return false;
}

/* --- Forwarded: RFC 7239, section 4. --- */

static bool is_token(struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    if (!guard_is_token((unsigned char)text.data[i])) return false;
  return text.length > 0;
}

/* Takes a parameter's value off: a token, or a quoted string without its quotes. What has a
 * backslash is neither an address nor a scheme, so nothing is unescaped. */
static bool take_value(struct text *rest, struct text *value)
{
  size_t at = 0;
  if (!text_starts_with(*rest, "\"")) {
    while (at < rest->length && guard_is_token((unsigned char)rest->data[at])) at++;
    *value = (struct text){rest->data, at};
    *rest = (struct text){rest->data + at, rest->length - at};
    return at > 0;
  }
  for (at = 1; at < rest->length && rest->data[at] != '"'; at++)
    if (rest->data[at] == '\\') at++;
  if (at >= rest->length) return false;
  *value = (struct text){rest->data + 1, at - 1};
  *rest = (struct text){rest->data + at + 1, rest->length - at - 1};
  return true;
}

/* Where a parameter's value goes; NULL: it is of no interest. */
static struct text *place_of(struct text name, struct text *node, struct text *proto)
{
  if (text_is_ignoring_case(name, "for")) return node;
  return text_is_ignoring_case(name, "proto") ? proto : NULL;
}

/* "for=192.0.2.1;proto=https". False if it is not of that form, or says one thing twice. */
static bool parse_element(struct text element, struct text *node, struct text *proto)
{
  struct text rest = element;
  while (rest.length > 0) {
    struct text name, value;
    if (!text_split(&rest, '=', &name) || !rest.data || !is_token(text_trim(name))) return false;
    if (!take_value(&rest, &value)) return false;
    struct text *place = place_of(text_trim(name), node, proto);
    if (place && place->data) return false;
    if (place) *place = value;
    rest = text_trim(rest);
    if (rest.length > 0 && rest.data[0] != ';') return false;
    if (rest.length > 0) rest = text_trim((struct text){rest.data + 1, rest.length - 1});
  }
  return true;
}

static struct hop read_standard(struct text element)
{
  struct hop hop = {.node = NODE_BAD};
  struct text node = {NULL, 0}, proto = {NULL, 0};
  if (!parse_element(element, &node, &proto)) return hop;
  hop.node = node.data ? parse_node(node, &hop.address) : NODE_HIDDEN;
  if (hop.node != NODE_BAD) hop.proto = proto;
  return hop;
}

/* --- X-Forwarded-For: a list of nodes, in which IPv6 addresses often have no brackets. --- */

static struct hop read_x(struct text element)
{
  struct hop hop = {.node = NODE_ADDRESS};
  if (!address_parse(element, &hop.address)) hop.node = parse_node(element, &hop.address);
  return hop;
}

/* --- The way from the right. --- */

static bool is_trusted(const struct proxies *proxies, const struct address *address)
{
  for (size_t i = 0; i < proxies->count; i++)
    if (network_has(&proxies->trusted[i], address)) return true;
  return false;
}

bool forwarded_trusts(const struct proxies *proxies, struct text peer)
{
  struct address address;
  if (text_is(peer, "unix")) return proxies->local;
  return proxies->count > 0 && address_parse(peer, &address) && is_trusted(proxies, &address);
}

static void be_at(struct forwarded_client *client, const struct address *address)
{
  address_print(address, client->storage);
  client->address = text_of(client->storage);
}

void forwarded_find(const struct proxies *proxies, struct text peer, bool secure,
                    const struct forwarded_fields *fields, struct forwarded_client *client)
{
  bool standard = proxies->header == FORWARDED_STANDARD;
  struct text rest = standard ? fields->forwarded : fields->x_for, protos = fields->x_proto;
  struct text element, proto = {NULL, 0};
  client->address = peer;
  client->malformed = false;
  client->secure = secure;
  if (!forwarded_trusts(proxies, peer)) return;
  if (!standard) next_element(&protos, false, &proto);
  while (next_element(&rest, standard, &element)) {
    struct hop hop = standard ? read_standard(element) : read_x(element);
    client->malformed = hop.node == NODE_BAD;
    if (standard) proto = hop.proto;
    if (hop.node != NODE_ADDRESS) break;
    be_at(client, &hop.address);
    if (!is_trusted(proxies, &hop.address)) break;
  }
  if (proto.length > 0) client->secure = text_is_ignoring_case(proto, "https");
}
