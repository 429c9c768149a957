/* The JSON reader: one pass, recursive descent bounded by the depth limit.
 *
 * The values of the arrays and objects that are still open wait on one stack, a member as its key
 * and its value; when a bracket closes, its part of the stack is copied to the arena at its final
 * size. The stack begins in json_read's frame, so that a usual request allocates nothing on the
 * heap. Never trusts its input, never reads past its end, takes no more than n log n for any of it.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/json_cursor.h"
#include "base/memory.h"

enum {
  DEPTH_DEFAULT = 64,
  DEPTH_MAX = 1000,
  NODES_DEFAULT = 100000,
  FIRST_STACK = 64, /* values, before the heap is used */
  FEW_MEMBERS = 16  /* up to these many, each key is compared with each */
};

struct reader {
  struct json_cursor text;
  uint32_t depth, depth_left; /* limit, and how much of it is left */
  uint32_t nodes, nodes_left;
  struct json *stack; /* of `capacity`, the first `length` in use */
  size_t length, capacity;
  bool stack_on_heap;
};

/* A member is copied as two values: what json_member looks like. */
static_assert(offsetof(struct json_member, value) == sizeof(struct json), "no gap after the key");
static_assert(sizeof(struct json_member) == 2 * sizeof(struct json), "no gap after the value");

static int read_value(struct reader *reader, struct json *value);

/* ---- errors ---- */

int json_fail(struct json_cursor *cursor, const char *at, const char *format, ...)
{
  if (!cursor->error) return -1;
  cursor->error->offset = json_offset_of(cursor, at);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(cursor->error->message, sizeof cursor->error->message, format, arguments);
  va_end(arguments);
  return -1;
}

int json_expected(struct json_cursor *cursor, const char *what)
{
  return json_fail(
      cursor, cursor->at,
      cursor->at == cursor->end ? "the text ends, but %s must follow" : "%s must follow", what);
}

/* ---- the stack of values in open brackets ---- */

static void push(struct reader *reader, const struct json *value)
{
  if (reader->length == reader->capacity) {
    size_t capacity = reader->capacity * 2, bytes = capacity * sizeof *reader->stack;
    if (reader->stack_on_heap) {
      reader->stack = memory_resize(reader->stack, bytes);
    } else {
      struct json *grown = memory_resize(NULL, bytes);
      reader->stack = memcpy(grown, reader->stack, reader->length * sizeof *grown);
      reader->stack_on_heap = true;
    }
    reader->capacity = capacity;
  }
  reader->stack[reader->length++] = *value;
}

/* Takes what was pushed since `mark` off the stack, into the arena. */
static void *pop_all(struct reader *reader, size_t mark)
{
  size_t bytes = (reader->length - mark) * sizeof *reader->stack;
  void *copy = bytes > 0 ? arena_alloc(reader->text.arena, bytes) : NULL;
  if (bytes > 0) memcpy(copy, reader->stack + mark, bytes);
  reader->length = mark;
  return copy;
}

/* ---- arrays and objects ---- */

/* Steps behind an opening bracket. Who closes it gives the depth back. */
static int open_bracket(struct reader *reader)
{
  if (reader->depth_left == 0)
    return json_fail(&reader->text, reader->text.at,
                     "arrays and objects may be nested %u deep at most", reader->depth);
  reader->depth_left--;
  reader->text.at++;
  json_skip_space(&reader->text);
  return 0;
}

static int read_items(struct reader *reader)
{
  do {
    struct json item;
    json_skip_space(&reader->text);
    if (read_value(reader, &item)) return -1;
    push(reader, &item);
    json_skip_space(&reader->text);
  } while (json_take(&reader->text, ','));
  return json_take(&reader->text, ']') ? 0 : json_expected(&reader->text, "a comma or ]");
}

static int read_array(struct reader *reader, struct json *array)
{
  *array =
      (struct json){.type = JSON_ARRAY, .offset = json_offset_of(&reader->text, reader->text.at)};
  size_t mark = reader->length;
  if (open_bracket(reader)) return -1;
  if (!json_take(&reader->text, ']') && read_items(reader)) return -1;
  reader->depth_left++;
  array->length = (uint32_t)(reader->length - mark);
  array->items = pop_all(reader, mark);
  return 0;
}

static int read_members(struct reader *reader)
{
  do {
    struct json key, value;
    json_skip_space(&reader->text);
    if (!json_next_is(&reader->text, '"'))
      return json_expected(&reader->text, "a name in double quotes");
    if (json_read_string(&reader->text, &key)) return -1;
    json_skip_space(&reader->text);
    if (!json_take(&reader->text, ':')) return json_expected(&reader->text, "a colon");
    json_skip_space(&reader->text);
    if (read_value(reader, &value)) return -1;
    push(reader, &key);
    push(reader, &value);
    json_skip_space(&reader->text);
  } while (json_take(&reader->text, ','));
  return json_take(&reader->text, '}') ? 0 : json_expected(&reader->text, "a comma or }");
}

static bool same_key(const struct json_member *a, const struct json_member *b)
{
  return a->key.length == b->key.length && memcmp(a->key.string, b->key.string, a->key.length) == 0;
}

/* A member whose key stands in the object before it, or NULL. */
static const struct json_member *find_duplicate(const struct json *object)
{
  const struct json_member *duplicate = NULL;
  if (object->length <= FEW_MEMBERS) {
    for (uint32_t i = 1; i < object->length && !duplicate; i++)
      for (uint32_t j = 0; j < i && !duplicate; j++)
        if (same_key(&object->members[i], &object->members[j])) duplicate = &object->members[i];
    return duplicate;
  }
  const struct json_member **sorted = json_sorted_members(object);
  for (uint32_t i = 1; i < object->length && !duplicate; i++)
    if (same_key(sorted[i - 1], sorted[i]))
      duplicate = sorted[i - 1] > sorted[i] ? sorted[i - 1] : sorted[i];
  memory_free(sorted);
  return duplicate;
}

static int read_object(struct reader *reader, struct json *object)
{
  *object =
      (struct json){.type = JSON_OBJECT, .offset = json_offset_of(&reader->text, reader->text.at)};
  size_t mark = reader->length;
  if (open_bracket(reader)) return -1;
  if (!json_take(&reader->text, '}') && read_members(reader)) return -1;
  reader->depth_left++;
  object->length = (uint32_t)((reader->length - mark) / 2);
  object->members = pop_all(reader, mark);
  const struct json_member *duplicate = find_duplicate(object);
  if (duplicate)
    return json_fail(&reader->text, reader->text.begin + duplicate->key.offset,
                     "this name is in the same object already");
  return 0;
}

/* ---- values ---- */

static int read_word(struct reader *reader, struct text word, struct json made, struct json *value)
{
  size_t left = (size_t)(reader->text.end - reader->text.at);
  if (left < word.length || memcmp(reader->text.at, word.data, word.length) != 0)
    return json_expected(&reader->text, "a value");
  *value = made;
  value->offset = json_offset_of(&reader->text, reader->text.at);
  reader->text.at += word.length;
  return 0;
}

static int read_value(struct reader *reader, struct json *value)
{
  if (reader->nodes_left == 0)
    return json_fail(&reader->text, reader->text.at, "there may be %u values at most",
                     reader->nodes);
  reader->nodes_left--;
  switch (reader->text.at < reader->text.end ? *reader->text.at : '\0') {
  case '{':
    return read_object(reader, value);
  case '[':
    return read_array(reader, value);
  case '"':
    return json_read_string(&reader->text, value);
  case 't':
    return read_word(reader, TEXT("true"), json_boolean(true), value);
  case 'f':
    return read_word(reader, TEXT("false"), json_boolean(false), value);
  case 'n':
    return read_word(reader, TEXT("null"), json_null(), value);
  case '-':
  case '0':
  case '1':
  case '2':
  case '3':
  case '4':
  case '5':
  case '6':
  case '7':
  case '8':
  case '9':
    return json_read_number(&reader->text, value);
  default:
    return json_expected(&reader->text, "a value");
  }
}

/* The whole text: one value amid white space. */
static int read_document(struct reader *reader, struct json *value)
{
  static const char byte_order_mark[] = "\xEF\xBB\xBF";
  struct text text = {reader->text.begin, (size_t)(reader->text.end - reader->text.begin)};
  if (text.length > UINT32_MAX)
    return json_fail(&reader->text, reader->text.begin, "the text is too long");
  if (text_starts_with(text, byte_order_mark))
    return json_fail(&reader->text, reader->text.begin, "a byte order mark may not stand here");
  json_skip_space(&reader->text);
  if (read_value(reader, value)) return -1;
  json_skip_space(&reader->text);
  if (reader->text.at < reader->text.end)
    return json_fail(&reader->text, reader->text.at, "nothing may follow the value");
  return 0;
}

int json_read(struct arena *arena, struct text text, const struct json_limits *limits,
              struct json *value, struct json_error *error)
{
  struct json first_stack[FIRST_STACK];
  const char *begin = text.data ? text.data : "";
  struct reader reader = {
      .text = {begin, begin, begin + text.length, arena, error},
      .depth = limits && limits->depth ? limits->depth : DEPTH_DEFAULT,
      .nodes = limits && limits->nodes ? limits->nodes : NODES_DEFAULT,
      .stack = first_stack,
      .capacity = FIRST_STACK,
  };
  if (reader.depth > DEPTH_MAX) reader.depth = DEPTH_MAX;
  reader.depth_left = reader.depth;
  reader.nodes_left = reader.nodes;
  int result = read_document(&reader, value);
  if (result) *value = json_null();
  if (reader.stack_on_heap) memory_free(reader.stack);
  return result;
}
