/* Routes (route.h): a trie of path segments. A node has its literal children sorted, at most one
 * child for a parameter, and one place per method. A search tries the literal child before the
 * parameter and comes back when that leads nowhere, so "/users/me" does not hide
 * "/users/{id}/notes"; each node is visited at most once. Nothing is decoded into memory but the
 * bytes of one segment at a time. */
#include "contract/route.h"

#include <stdint.h>

#include "base/ascii.h"

enum { SEGMENT_BYTES_MAX = 255 };

static const char *const method_names[] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS", [METHOD_OTHER] = "OTHER",
};

const char *method_name(enum method method)
{
  return method_names[method];
}

enum method method_of(struct text name)
{
  for (enum method method = METHOD_GET; method < METHOD_OTHER; method++)
    if (text_is(name, method_names[method])) return method;
  return METHOD_OTHER;
}

/* Parsing */

/* What may stand in a path without being encoded (RFC 3986, pchar). */
static bool is_literal(struct text segment)
{
  for (size_t i = 0; i < segment.length; i++) {
    char c = segment.data[i];
    if (!ascii_is_letter(c) && !ascii_is_digit(c) && (c == '\0' || !strchr("-._~!$&'()*+,;=:@", c)))
      return false;
  }
  return true;
}

static bool is_name(struct text name)
{
  if (name.length == 0 || ascii_is_digit(name.data[0])) return false;
  for (size_t i = 0; i < name.length; i++)
    if (!ascii_is_letter(name.data[i]) && !ascii_is_digit(name.data[i]) && name.data[i] != '_')
      return false;
  return true;
}

static bool is_dots(struct text segment)
{
  return text_is(segment, ".") || text_is(segment, "..");
}

/* "{name}": what is between the braces. */
static bool parameter_name(struct text segment, struct text *name)
{
  if (segment.length < 2 || segment.data[0] != '{' || segment.data[segment.length - 1] != '}')
    return false;
  *name = (struct text){segment.data + 1, segment.length - 2};
  return true;
}

/* NULL, or what is wrong. */
static const char *add_parameter(struct route *route, struct text name)
{
  if (!is_name(name)) return "a parameter's name is made of letters, digits and _";
  if (route->parameter_count == ROUTE_PARAMETERS_MAX) return "a route has at most 8 parameters";
  for (size_t i = 0; i < route->parameter_count; i++)
    if (text_equal(route->parameters[i], name)) return "two parameters have the same name";
  route->parameters[route->parameter_count++] = name;
  return NULL;
}

static const char *parse_segment(struct route *route, struct text segment)
{
  struct text name;
  if (segment.length == 0) return "a path has no empty segments and does not end in '/'";
  if (segment.length > SEGMENT_BYTES_MAX) return "a segment has at most 255 bytes";
  if (parameter_name(segment, &name)) return add_parameter(route, name);
  if (memchr(segment.data, '{', segment.length) || memchr(segment.data, '}', segment.length))
    return "a {parameter} is one whole segment";
  if (is_dots(segment)) return "'.' and '..' are no segments";
  if (!is_literal(segment)) return "a segment is made of letters, digits and -._~!$&'()*+,;=:@";
  return NULL;
}

/* The segments of a path follow its first '/'; "/" has none. */
static struct text segments_of(struct text path)
{
  if (path.length < 2) return (struct text){NULL, 0};
  return (struct text){path.data + 1, path.length - 1};
}

static const char *parse(struct text text, struct route *route)
{
  struct text method, rest = text;
  *route = (struct route){0};
  if (!text_split(&rest, ' ', &method) || !rest.data)
    return "a route is a method, one space and a path";
  route->method = method_of(method);
  if (route->method == METHOD_OTHER || route->method == METHOD_OPTIONS)
    return "the method is GET, HEAD, POST, PUT, PATCH or DELETE";
  route->path = rest;
  if (!text_starts_with(rest, "/")) return "the path begins with '/'";

  struct text segment, segments = segments_of(rest);
  for (size_t count = 0; text_split(&segments, '/', &segment); count++) {
    if (count == ROUTE_SEGMENTS_MAX) return "a path has at most 32 segments";
    const char *wrong = parse_segment(route, segment);
    if (wrong) return wrong;
  }
  return NULL;
}

int route_parse(struct text text, struct route *route, const char **message)
{
  *message = parse(text, route);
  return *message ? -1 : 0;
}

/* The table */

struct route_node {
  struct text segment;          /* of a literal */
  struct route_node **literals; /* sorted by segment */
  size_t literal_count, literal_capacity;
  struct route_node *parameter;
  const struct contract *contracts[METHOD_OTHER];
};

struct route_table {
  struct arena *arena;
  struct route_node root;
};

struct route_table *route_table_new(struct arena *arena)
{
  struct route_table *table = arena_new(arena, sizeof *table);
  table->arena = arena;
  return table;
}

/* The place of the first literal child that is not before `segment`. */
static size_t literal_place(const struct route_node *node, struct text segment)
{
  size_t low = 0, high = node->literal_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (text_compare(node->literals[middle]->segment, segment) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static struct route_node *find_literal(const struct route_node *node, struct text segment)
{
  size_t place = literal_place(node, segment);
  bool found = place < node->literal_count && text_equal(node->literals[place]->segment, segment);
  return found ? node->literals[place] : NULL;
}

static struct route_node *add_literal(struct route_node *node, struct arena *arena,
                                      struct text segment)
{
  struct route_node *found = find_literal(node, segment);
  if (found) return found;
  if (node->literal_count == node->literal_capacity) {
    size_t capacity = node->literal_capacity > 0 ? node->literal_capacity * 2 : 4;
    struct route_node **literals = arena_new_array(arena, capacity, sizeof(struct route_node *));
    for (size_t i = 0; i < node->literal_count; i++) literals[i] = node->literals[i];
    node->literals = literals;
    node->literal_capacity = capacity;
  }
  size_t place = literal_place(node, segment);
  for (size_t i = node->literal_count; i > place; i--) node->literals[i] = node->literals[i - 1];
  node->literal_count++;
  node->literals[place] = arena_new(arena, sizeof(struct route_node));
  node->literals[place]->segment = segment;
  return node->literals[place];
}

const struct contract *route_table_add(struct route_table *table, const struct route *route,
                                       const struct contract *contract)
{
  struct route_node *node = &table->root;
  struct text segment, name, segments = segments_of(route->path);
  while (text_split(&segments, '/', &segment)) {
    if (!parameter_name(segment, &name)) {
      node = add_literal(node, table->arena, segment);
      continue;
    }
    if (!node->parameter) node->parameter = arena_new(table->arena, sizeof *node);
    node = node->parameter;
  }
  if (node->contracts[route->method]) return node->contracts[route->method];
  node->contracts[route->method] = contract;
  return NULL;
}

/* Finding */

/* A path on its way through the trie. */
struct route_search {
  enum method method;
  struct text segments[ROUTE_SEGMENTS_MAX]; /* percent-encoded */
  size_t segment_count;
  struct text values[ROUTE_PARAMETERS_MAX];
  struct route_match *match;
};

/* The byte at *place, decoded, and *place moved past it; -1 if it is not well encoded. */
static int decode(struct text segment, size_t *place)
{
  unsigned char byte = (unsigned char)segment.data[(*place)++];
  if (byte != '%') return byte;
  if (segment.length - *place < 2) return -1;
  int high = ascii_hex_value(segment.data[*place]), low = ascii_hex_value(segment.data[*place + 1]);
  *place += 2;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes a segment as far as `out` has room, which is as much as any literal has: *length counts
 * on. False if a segment cannot be this. */
static bool decode_segment(struct text segment, char out[SEGMENT_BYTES_MAX], size_t *length)
{
  *length = 0;
  for (size_t place = 0; place < segment.length; ++*length) {
    int byte = decode(segment, &place);
    if (byte < 0 || byte == '/') return false;
    if (*length < SEGMENT_BYTES_MAX) out[*length] = (char)byte;
  }
  return *length > 0 && !is_dots((struct text){out, *length});
}

static bool split_path(struct text path, struct route_search *search)
{
  char decoded[SEGMENT_BYTES_MAX];
  size_t length;
  struct text segment, segments = segments_of(path);
  if (!text_starts_with(path, "/")) return false;
  while (text_split(&segments, '/', &segment)) {
    if (search->segment_count == ROUTE_SEGMENTS_MAX) return false;
    if (!decode_segment(segment, decoded, &length)) return false;
    search->segments[search->segment_count++] = segment;
  }
  return true;
}

static const struct contract *contract_at(const struct route_node *node, enum method method)
{
  if (method == METHOD_OTHER) return NULL;
  if (method == METHOD_HEAD && !node->contracts[METHOD_HEAD]) return node->contracts[METHOD_GET];
  return node->contracts[method];
}

/* The whole path led here: notes its methods, and its contract unless one was found before. */
static void arrive(const struct route_node *node, struct route_search *search, size_t parameters)
{
  for (enum method method = METHOD_GET; method < METHOD_OTHER; method++)
    if (contract_at(node, method)) search->match->allowed |= 1u << method;
  if (search->match->contract) return;
  search->match->contract = contract_at(node, search->method);
  if (!search->match->contract) return;
  memcpy(search->match->values, search->values, parameters * sizeof(struct text));
}

static void walk(const struct route_node *node, struct route_search *search, size_t depth,
                 size_t parameters)
{
  if (depth == search->segment_count) {
    arrive(node, search, parameters);
    return;
  }
  struct text segment = search->segments[depth];
  char decoded[SEGMENT_BYTES_MAX];
  size_t length;
  decode_segment(segment, decoded, &length);
  if (length <= SEGMENT_BYTES_MAX) {
    const struct route_node *literal = find_literal(node, (struct text){decoded, length});
    if (literal) walk(literal, search, depth + 1, parameters);
  }
  if (!node->parameter) return;
  search->values[parameters] = segment;
  walk(node->parameter, search, depth + 1, parameters + 1);
}

void route_table_find(const struct route_table *table, enum method method, struct text path,
                      struct route_match *match)
{
  struct route_search search = {.method = method, .match = match};
  *match = (struct route_match){0};
  if (split_path(path, &search)) walk(&table->root, &search, 0, 0);
}
