/* A member for JSON that people have laid out: found by the reader's offsets, put in as text, so
 * that all the rest stays as it is. */
#include "cli/new.h"

/* Where the value ends that begins there. It is JSON: that has been read. */
static size_t end_of(struct text text, size_t at)
{
  int depth = 0;
  bool string = false;
  for (; at < text.length; at++) {
    char c = text.data[at];
    if (string) {
      if (c == '\\') at++;
      string = c != '"';
      if (string || depth > 0) continue;
      return at + 1;
    }
    if (c == '"') string = true;
    if (c == '{' || c == '[') depth++;
    if ((c == '}' || c == ']' || c == ',') && depth == 0) return at; /* behind a bare word */
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return at;
}

/* What stands before `at` on its line, if that is white space; else no text. */
static bool indent_of(struct text text, size_t at, struct text *indent)
{
  size_t start = at;
  while (start > 0 && (text.data[start - 1] == ' ' || text.data[start - 1] == '\t')) start--;
  *indent = (struct text){text.data + start, at - start};
  return start == 0 || text.data[start - 1] == '\n';
}

static struct text splice(struct arena *arena, struct text text, size_t at, size_t until,
                          struct text middle)
{
  return arena_print(arena, "%.*s%.*s%.*s", (int)at, text.data, TEXT_ARGS(middle),
                     (int)(text.length - until), text.data + until);
}

/* The first member of an object that has none. */
static struct text add_first(struct arena *arena, struct text text, const struct json *object,
                             struct text member)
{
  size_t start = object->offset, line = start;
  while (line > 0 && text.data[line - 1] != '\n') line--;
  size_t blank = line;
  while (text.data[blank] == ' ' || text.data[blank] == '\t') blank++;
  struct text indent = {text.data + line, blank - line};
  const char *deeper = memchr(indent.data, '\t', indent.length) ? "\t" : "  ";
  struct text middle = arena_print(arena, "{\n%.*s%s%.*s\n%.*s}", TEXT_ARGS(indent), deeper,
                                   TEXT_ARGS(member), TEXT_ARGS(indent));
  return splice(arena, text, start, end_of(text, start), middle);
}

struct text new_json_add(struct arena *arena, struct text text, const char *pointer,
                         struct text member, bool at_end)
{
  struct json root;
  const struct json *object = NULL;
  if (json_read(arena, text, NULL, &root, NULL) == 0)
    object = json_at_pointer(&root, text_of(pointer));
  if (!object || object->type != JSON_OBJECT) return text;
  if (object->length == 0) return add_first(arena, text, object, member);
  struct text indent;
  const struct json_member *neighbour = &object->members[at_end ? object->length - 1 : 0];
  bool lines = indent_of(text, neighbour->key.offset, &indent);
  struct text gap = lines ? arena_print(arena, "\n%.*s", TEXT_ARGS(indent)) : TEXT(" ");
  if (!at_end && !json_is_string(&neighbour->key, "$schema")) {
    struct text before = arena_print(arena, "%.*s,%.*s", TEXT_ARGS(member), TEXT_ARGS(gap));
    return splice(arena, text, neighbour->key.offset, neighbour->key.offset, before);
  }
  size_t end = end_of(text, neighbour->value.offset);
  while (end > 0 && strchr(" \t\r\n", text.data[end - 1])) end--; /* behind a bare word */
  struct text after = arena_print(arena, ",%.*s%.*s", TEXT_ARGS(gap), TEXT_ARGS(member));
  return splice(arena, text, end, end, after);
}
