/* Resolving URI references (RFC 3986, section 5.2). A base without a scheme is a path within the
 * set, and nothing leads out of that. */
#include "schema/program.h"

#include "base/ascii.h"

struct uri {
  struct text scheme, authority, path, query; /* data NULL: not there (path: never) */
};

static size_t scheme_length(struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == ':') return i;
    bool rest = i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.');
    if (!ascii_is_letter(c) && !rest) return 0;
  }
  return 0;
}

static void skip(struct text *text, size_t bytes)
{
  text->data += bytes;
  text->length -= bytes;
}

/* Takes what stands before the first of `ends`. */
static struct text take(struct text *text, const char *ends)
{
  size_t length = 0;
  while (length < text->length && !strchr(ends, text->data[length])) length++;
  struct text part = {text->data, length};
  skip(text, length);
  return part;
}

static struct uri parse(struct text text)
{
  struct uri uri = {{NULL, 0}, {NULL, 0}, {"", 0}, {NULL, 0}};
  if (!text.data) return uri;
  size_t scheme = scheme_length(text);
  if (scheme > 0) {
    uri.scheme = (struct text){text.data, scheme};
    skip(&text, scheme + 1);
  }
  if (text_starts_with(text, "//")) {
    skip(&text, 2);
    uri.authority = take(&text, "/?#");
  }
  uri.path = take(&text, "?#");
  if (text.length > 0 && text.data[0] == '?') {
    skip(&text, 1);
    uri.query = take(&text, "#");
  }
  return uri;
}

/* Writes `path` without "." and ".." segments; -1 if ".." leads above the root. */
static int normalize_path(struct text path, char *out, size_t *length)
{
  int result = 0;
  bool absolute = path.length > 0 && path.data[0] == '/';
  size_t root = absolute ? 1 : 0, at = 0;
  if (absolute) out[at++] = '/';
  struct text rest = {path.data + root, path.length - root}, segment;
  while (text_split(&rest, '/', &segment)) {
    bool last = rest.data == NULL;
    if (text_is(segment, "..")) {
      if (at == root) result = -1;
      if (at > root) at--; /* the slash */
      while (at > root && out[at - 1] != '/') at--;
    } else if (!text_is(segment, ".")) {
      memcpy(out + at, segment.data, segment.length);
      at += segment.length;
      if (!last) out[at++] = '/';
    }
  }
  *length = at;
  return result;
}

static size_t put(char *out, size_t at, const char *before, struct text part, const char *after)
{
  if (!part.data) return at;
  size_t head = strlen(before), tail = strlen(after);
  memcpy(out + at, before, head);
  memcpy(out + at + head, part.data, part.length);
  memcpy(out + at + head + part.length, after, tail);
  return at + head + part.length + tail;
}

/* The base's path up to its last slash, then the reference's. */
static struct text merge_paths(struct arena *arena, const struct uri *base, struct text path)
{
  size_t folder = base->path.length;
  while (folder > 0 && base->path.data[folder - 1] != '/') folder--;
  bool root = base->authority.data && base->path.length == 0;
  return arena_print(arena, "%s%.*s%.*s", root ? "/" : "", (int)folder, base->path.data,
                     TEXT_ARGS(path));
}

bool schema_uri_resolve(struct arena *arena, struct text base, struct text reference,
                        struct text *resolved)
{
  if (base.length + reference.length > 65536) return false;
  struct uri from = parse(base), to = parse(reference);
  if (!to.scheme.data) {
    to.scheme = from.scheme;
    if (!to.authority.data) {
      to.authority = from.authority;
      if (to.path.length == 0) {
        to.path = from.path;
        if (!to.query.data) to.query = from.query;
      } else if (to.path.data[0] != '/') {
        to.path = merge_paths(arena, &from, to.path);
      }
    }
  }
  bool local = !to.scheme.data && !to.authority.data;
  if (local && to.path.length > 0 && to.path.data[0] == '/') skip(&to.path, 1);

  char *out = arena_alloc(arena, to.scheme.length + to.authority.length + to.path.length +
                                     to.query.length + sizeof "://?");
  size_t at = put(out, 0, "", to.scheme, ":"), length;
  at = put(out, at, "//", to.authority, "");
  if (normalize_path(to.path, out + at, &length) && local) return false;
  at = put(out, at + length, "?", to.query, "");
  out[at] = '\0';
  *resolved = (struct text){out, at};
  return true;
}
