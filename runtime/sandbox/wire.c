/* Reading keeps the way to the present value as a list of places on the C stack, and spells it out
 * only when something is wrong. */
#include "sandbox/wire.h"

#include <math.h>

/* A step from the root towards the value being read. */
struct place {
  const struct place *up; /* NULL: the root */
  struct text key;        /* of an object's member; NULL data: an array's item */
  uint32_t index;
};

struct wire_reader {
  struct arena *arena;
  const char *next, *end;
  uint32_t values_left;
  struct text *problem;
};

static void put_byte(struct buffer *out, enum wire_tag tag)
{
  buffer_append_byte(out, (char)tag);
}

static void put_count(struct buffer *out, uint32_t count)
{
  buffer_append(out, &count, sizeof count);
}

void wire_write_string(struct buffer *out, struct text text)
{
  put_count(out, (uint32_t)text.length);
  buffer_append_text(out, text);
}

void wire_write(struct buffer *out, const struct json *value)
{
  switch (value->type) {
  case JSON_NULL:
    put_byte(out, WIRE_NULL);
    return;
  case JSON_BOOLEAN:
    put_byte(out, value->boolean ? WIRE_TRUE : WIRE_FALSE);
    return;
  case JSON_INTEGER:
    put_byte(out, WIRE_INTEGER);
    buffer_append(out, &value->integer, sizeof value->integer);
    return;
  case JSON_REAL:
    put_byte(out, WIRE_REAL);
    buffer_append(out, &value->real, sizeof value->real);
    return;
  case JSON_STRING:
    put_byte(out, WIRE_STRING);
    wire_write_string(out, (struct text){value->string, value->length});
    return;
  case JSON_ARRAY:
    put_byte(out, WIRE_ARRAY);
    put_count(out, value->length);
    for (uint32_t i = 0; i < value->length; i++) wire_write(out, &value->items[i]);
    return;
  case JSON_OBJECT:
    put_byte(out, WIRE_OBJECT);
    put_count(out, value->length);
    for (uint32_t i = 0; i < value->length; i++) {
      wire_write_string(out, json_text(&value->members[i].key));
      wire_write(out, &value->members[i].value);
    }
    return;
  }
}

/* Length of the well-formed sequence at the start of `text`, 0 if there is none. */
static size_t sequence(struct text text)
{
  for (size_t length = 1; length <= 4 && length <= text.length; length++) {
    if (text_is_utf8((struct text){text.data, length})) return length;
  }
  return 0;
}

struct text wire_clean(struct arena *arena, struct text bytes, size_t max_bytes)
{
  if (bytes.length <= max_bytes && text_is_utf8(bytes)) return arena_copy(arena, bytes);
  char *clean = arena_alloc(arena, max_bytes + 1);
  size_t length = 0;
  while (bytes.length > 0) {
    size_t taken = sequence(bytes), written = taken ? taken : 1;
    if (length + written > max_bytes) break;
    memcpy(clean + length, taken ? bytes.data : "?", written);
    length += written;
    bytes.data += written;
    bytes.length -= written;
  }
  clean[length] = 0;
  return (struct text){clean, length};
}

static void put_place(struct buffer *out, const struct place *place)
{
  if (!place) return;
  put_place(out, place->up);
  if (!place->key.data) {
    buffer_print(out, "/%u", place->index);
    return;
  }
  buffer_append_byte(out, '/');
  for (size_t i = 0; i < place->key.length; i++) {
    char byte = place->key.data[i];
    if (byte == '~' || byte == '/')
      buffer_append(out, byte == '~' ? "~0" : "~1", 2);
    else
      buffer_append_byte(out, byte);
  }
}

static enum wire_outcome unfitting(struct wire_reader *reader, const struct place *place,
                                   struct text why)
{
  struct buffer message = {0};
  put_place(&message, place);
  if (message.length > 512) message.length = 512;
  if (message.length > 0) buffer_append(&message, ": ", 2);
  buffer_append_text(&message, why.length ? why : TEXT("not JSON"));
  *reader->problem = wire_clean(reader->arena, buffer_text(&message), 1024);
  buffer_deinit(&message);
  return WIRE_UNFITTING;
}

static bool take(struct wire_reader *reader, void *to, size_t length)
{
  if (length > (size_t)(reader->end - reader->next)) return false;
  memcpy(to, reader->next, length);
  reader->next += length;
  return true;
}

static bool take_text(struct wire_reader *reader, struct text *text)
{
  uint32_t length;
  if (!take(reader, &length, sizeof length) || length > (size_t)(reader->end - reader->next))
    return false;
  *text = (struct text){reader->next, length};
  reader->next += length;
  return true;
}

/* Takes the count of items or members; each is one of the values left. There may be fewer bytes
 * than items: writing ends where something does not fit. */
static bool take_count(struct wire_reader *reader, uint32_t *count)
{
  if (!take(reader, count, sizeof *count) || *count > reader->values_left) return false;
  reader->values_left -= *count;
  return true;
}

static enum wire_outcome read_value(struct wire_reader *reader, const struct place *place,
                                    unsigned depth, struct json *value);

static enum wire_outcome read_string(struct wire_reader *reader, const struct place *place,
                                     struct json *value)
{
  struct text text;
  if (!take_text(reader, &text)) return WIRE_MALFORMED;
  if (!text_is_utf8(text)) return unfitting(reader, place, TEXT("a string is not valid UTF-8"));
  *value = json_string(arena_copy(reader->arena, text));
  return WIRE_READ;
}

static enum wire_outcome read_array(struct wire_reader *reader, const struct place *up,
                                    unsigned depth, struct json *value)
{
  uint32_t count;
  if (!take_count(reader, &count)) return WIRE_MALFORMED;
  *value = (struct json){.type = JSON_ARRAY, .length = count};
  value->items = arena_new_array(reader->arena, count, sizeof *value->items);
  for (uint32_t i = 0; i < count; i++) {
    struct place place = {.up = up, .index = i};
    enum wire_outcome outcome = read_value(reader, &place, depth, &value->items[i]);
    if (outcome != WIRE_READ) return outcome;
  }
  return WIRE_READ;
}

static enum wire_outcome read_member(struct wire_reader *reader, const struct place *up,
                                     unsigned depth, struct json_member *member)
{
  struct place place = {.up = up};
  if (!take_text(reader, &place.key)) return WIRE_MALFORMED;
  if (!text_is_utf8(place.key)) return unfitting(reader, up, TEXT("a key is not valid UTF-8"));
  member->key = json_string(arena_copy(reader->arena, place.key));
  return read_value(reader, &place, depth, &member->value);
}

static enum wire_outcome read_object(struct wire_reader *reader, const struct place *up,
                                     unsigned depth, struct json *value)
{
  uint32_t count;
  if (!take_count(reader, &count)) return WIRE_MALFORMED;
  *value = (struct json){.type = JSON_OBJECT, .length = count};
  value->members = arena_new_array(reader->arena, count, sizeof *value->members);
  for (uint32_t i = 0; i < count; i++) {
    struct json_member *member = &value->members[i];
    enum wire_outcome outcome = read_member(reader, up, depth, member);
    if (outcome != WIRE_READ) return outcome;
    if (i > 0 && text_compare(json_text(&member[-1].key), json_text(&member->key)) >= 0)
      return WIRE_MALFORMED; /* not ascending: perhaps twice the same */
  }
  return WIRE_READ;
}

static enum wire_outcome read_number(struct wire_reader *reader, const struct place *place,
                                     enum wire_tag tag, struct json *value)
{
  int64_t integer = 0;
  double real = 0;
  if (!take(reader, tag == WIRE_INTEGER ? (void *)&integer : (void *)&real, 8))
    return WIRE_MALFORMED;
  if (!isfinite(real)) return unfitting(reader, place, TEXT("not a finite number"));
  *value = tag == WIRE_INTEGER ? json_integer(integer) : json_real(real);
  return WIRE_READ;
}

static enum wire_outcome read_value(struct wire_reader *reader, const struct place *place,
                                    unsigned depth, struct json *value)
{
  unsigned char tag;
  struct text why;
  if (!take(reader, &tag, 1)) return WIRE_MALFORMED;
  if (depth == WIRE_DEPTH_MAX && (tag == WIRE_ARRAY || tag == WIRE_OBJECT)) return WIRE_MALFORMED;
  switch (tag) {
  case WIRE_NULL:
    *value = json_null();
    return WIRE_READ;
  case WIRE_FALSE:
    *value = json_boolean(false);
    return WIRE_READ;
  case WIRE_TRUE:
    *value = json_boolean(true);
    return WIRE_READ;
  case WIRE_INTEGER:
  case WIRE_REAL:
    return read_number(reader, place, tag, value);
  case WIRE_STRING:
    return read_string(reader, place, value);
  case WIRE_ARRAY:
    return read_array(reader, place, depth + 1, value);
  case WIRE_OBJECT:
    return read_object(reader, place, depth + 1, value);
  case WIRE_UNFIT:
    return take_text(reader, &why) ? unfitting(reader, place, why) : WIRE_MALFORMED;
  default:
    return WIRE_MALFORMED;
  }
}

enum wire_outcome wire_read(struct arena *arena, struct text bytes, struct json *value,
                            struct text *problem)
{
  struct wire_reader reader = {.arena = arena,
                               .next = bytes.data,
                               .end = bytes.data + bytes.length,
                               .values_left = WIRE_NODES_MAX,
                               .problem = problem};
  enum wire_outcome outcome = read_value(&reader, NULL, 0, value);
  return outcome == WIRE_READ && reader.next != reader.end ? WIRE_MALFORMED : outcome;
}
