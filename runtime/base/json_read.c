/* The JSON reader: one pass, recursive descent bounded by the depth limit.
 *
 * The values of the arrays and objects that are still open wait on one stack, a member as its key
 * and its value; when a bracket closes, its part of the stack is copied to the arena at its final
 * size. The stack begins in json_read's frame, so that a usual request allocates nothing on the
 * heap. Strings are checked while their end is looked for, eight plain bytes at a time, and copied
 * whole unless they contain escapes. Never trusts its input, never reads past its end, takes no
 * more than n log n for any of it. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

enum {
  DEPTH_DEFAULT = 64,
  DEPTH_MAX = 1000,
  NODES_DEFAULT = 100000,
  FIRST_STACK = 64,  /* values, before the heap is used */
  FEW_MEMBERS = 16,  /* up to these many, each key is compared with each */
  EXACT_DIGITS = 19, /* decimal digits that always fit 64 bits */
  EXACT_POWERS = 22, /* powers of ten that are exact doubles */
  NUMBER_BYTES = 128 /* a longer number is copied to the heap on its way to strtod */
};

/* No text is long enough for a fraction to make up for such an exponent. */
static const int64_t EXPONENT_ENOUGH = INT64_C(1000000000000);

struct reader {
  struct arena *arena;
  const char *begin, *at, *end;
  uint32_t depth, depth_left; /* limit, and how much of it is left */
  uint32_t nodes, nodes_left;
  struct json_error *error;
  struct json *stack; /* of `capacity`, the first `length` in use */
  size_t length, capacity;
  bool stack_on_heap;
};

/* A member is copied as two values: what json_member looks like. */
static_assert(offsetof(struct json_member, value) == sizeof(struct json), "no gap after the key");
static_assert(sizeof(struct json_member) == 2 * sizeof(struct json), "no gap after the value");

static int read_value(struct reader *reader, struct json *value);

static uint32_t offset_of(const struct reader *reader, const char *at)
{
  return (uint32_t)(at - reader->begin);
}

/* ---- errors ---- */

static int fail(struct reader *reader, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct reader *reader, const char *at, const char *format, ...)
{
  if (!reader->error) return -1;
  reader->error->offset = offset_of(reader, at);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reader->error->message, sizeof reader->error->message, format, arguments);
  va_end(arguments);
  return -1;
}

static int expected(struct reader *reader, const char *what)
{
  return fail(reader, reader->at,
              reader->at == reader->end ? "the text ends, but %s must follow" : "%s must follow",
              what);
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
  void *copy = bytes > 0 ? arena_alloc(reader->arena, bytes) : NULL;
  if (bytes > 0) memcpy(copy, reader->stack + mark, bytes);
  reader->length = mark;
  return copy;
}

/* ---- single bytes ---- */

static void skip_space(struct reader *reader)
{
  const char *at = reader->at;
  while (at < reader->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  reader->at = at;
}

static bool next_is(const struct reader *reader, char byte)
{
  return reader->at < reader->end && *reader->at == byte;
}

static bool take(struct reader *reader, char byte)
{
  if (!next_is(reader, byte)) return false;
  reader->at++;
  return true;
}

static bool take_digit(struct reader *reader, unsigned *digit)
{
  if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9') return false;
  *digit = (unsigned)(*reader->at++ - '0');
  return true;
}

/* ---- strings ---- */

static int hex_digit(char byte)
{
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

/* Four hexadecimal digits; -1 if they are not there. */
static int32_t read_hex4(const char *at, const char *end)
{
  if (end - at < 4) return -1;
  int32_t code = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    code = code << 4 | digit;
  }
  return code;
}

/* The code point of the escape that begins (with its backslash) at *at, which moves behind it. On
 * an error it stays, and -1 is returned with *wrong set. */
static int32_t read_escape(const char **at, const char *end, const char **wrong)
{
  static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  *wrong = "one of \" \\ / b f n r t u must follow a backslash";
  if (end - *at < 2) return -1;
  char name = (*at)[1];
  if (name != 'u') {
    const char *found = name != '\0' ? strchr(names, name) : NULL;
    if (!found) return -1;
    *at += 2;
    return meanings[found - names];
  }

  *wrong = "four hexadecimal digits must follow \\u";
  int32_t code = read_hex4(*at + 2, end);
  if (code < 0) return -1;
  if (code < 0xD800 || code > 0xDFFF) {
    *at += 6;
    return code;
  }
  *wrong = "half of a surrogate pair stands alone";
  if (code > 0xDBFF || end - *at < 12 || (*at)[6] != '\\' || (*at)[7] != 'u') return -1;
  int32_t low = read_hex4(*at + 8, end);
  if (low < 0xDC00 || low > 0xDFFF) return -1;
  *at += 12;
  return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_utf8(char *out, int32_t code)
{
  if (code < 0x80) {
    *out++ = (char)code;
    return out;
  }
  if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *out++ = (char)(0xE0 | code >> 12);
    } else {
      *out++ = (char)(0xF0 | code >> 18);
      *out++ = (char)(0x80 | (code >> 12 & 0x3F));
    }
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
  }
  *out++ = (char)(0x80 | (code & 0x3F));
  return out;
}

/* The first byte that is not plain: a quote, a backslash, a control byte or the beginning of a
 * UTF-8 sequence. A word's byte is zero after the exclusive or if it is the one looked for, and
 * below 0x20 if the subtraction borrows; a borrow may also mark later bytes, so the last word is
 * looked at again byte by byte. */
static const char *skip_plain(const char *at, const char *end)
{
  const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
  for (uint64_t word; (size_t)(end - at) >= sizeof word; at += sizeof word) {
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    uint64_t marks = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | word;
    if (marks & tops) break;
  }
  while (at < end) {
    unsigned char byte = (unsigned char)*at;
    if (byte == '"' || byte == '\\' || byte < 0x20 || byte >= 0x80) break;
    at++;
  }
  return at;
}

/* Copies [from, to), which has been checked, without its escapes; `length` is what that gives. */
static char *unescape(struct arena *arena, const char *from, const char *to, size_t length)
{
  char *string = arena_alloc(arena, length + 1), *out = string;
  while (from < to) {
    const char *backslash = memchr(from, '\\', (size_t)(to - from)), *wrong;
    size_t plain = (size_t)((backslash ? backslash : to) - from);
    memcpy(out, from, plain);
    out += plain;
    from += plain;
    if (backslash) out = put_utf8(out, read_escape(&from, to, &wrong));
  }
  *out = '\0';
  return string;
}

/* At an opening quote. */
static int read_string(struct reader *reader, struct json *value)
{
  const char *from = reader->at + 1, *at = from;
  size_t saved = 0; /* bytes by which escapes are longer than what they mean */
  while (at = skip_plain(at, reader->end), at < reader->end && *at != '"') {
    unsigned char byte = (unsigned char)*at;
    if (byte < 0x20)
      return fail(reader, at, "a control byte in a string must be written \\u%04x", byte);
    if (byte == '\\') {
      char encoded[4];
      const char *escape = at, *wrong;
      int32_t code = read_escape(&at, reader->end, &wrong);
      if (code < 0) return fail(reader, at, "%s", wrong);
      saved += (size_t)(at - escape) - (size_t)(put_utf8(encoded, code) - encoded);
    } else {
      size_t sequence = text_utf8_sequence((struct text){at, (size_t)(reader->end - at)});
      if (sequence == 0) return fail(reader, at, "the bytes from here on are not UTF-8");
      at += sequence;
    }
  }
  if (at == reader->end) return fail(reader, at, "the text ends within a string");

  size_t length = (size_t)(at - from) - saved;
  *value = (struct json){
      .type = JSON_STRING, .offset = offset_of(reader, reader->at), .length = (uint32_t)length};
  if (saved > 0)
    value->string = unescape(reader->arena, from, at, length);
  else
    value->string = arena_copy(reader->arena, (struct text){from, length}).data;
  reader->at = at + 1;
  return 0;
}

/* ---- numbers ---- */

/* The double nearest to the number [from, to). The C library rounds correctly; the process never
 * leaves the C locale, so its decimal point is a point. */
static double slow_double(const char *from, const char *to)
{
  char few[NUMBER_BYTES];
  size_t length = (size_t)(to - from);
  char *copy = length < sizeof few ? few : memory_new(length + 1);
  memcpy(copy, from, length);
  copy[length] = '\0';
  double real = strtod(copy, NULL);
  if (copy != few) memory_free(copy);
  return real;
}

/* What a number's digits say: significand times 10^power. */
struct decimal {
  uint64_t significand;
  int64_t power;
  unsigned digits; /* without leading zeros; with more than EXACT_DIGITS the significand is wrong */
};

static void add_digit(struct decimal *decimal, unsigned digit)
{
  decimal->significand = decimal->significand * 10 + digit;
  if (decimal->digits + digit > 0 && decimal->digits <= EXACT_DIGITS) decimal->digits++;
}

/* Both factors are exact doubles, so the one rounding is the right one (Clinger 1990). */
static bool fast_double(struct decimal decimal, double *real)
{
  static const double powers[EXACT_POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (decimal.digits > EXACT_DIGITS || decimal.significand > UINT64_C(1) << 53) return false;
  if (decimal.power < -EXACT_POWERS || decimal.power > EXACT_POWERS) return false;
  double significand = (double)decimal.significand;
  *real = decimal.power < 0 ? significand / powers[-decimal.power]
                            : significand * powers[decimal.power];
  return true;
}

/* What follows the e of an exponent. */
static int read_exponent(struct reader *reader, struct decimal *decimal)
{
  bool negative = next_is(reader, '-');
  if (!take(reader, '-')) take(reader, '+');
  unsigned digit;
  if (!take_digit(reader, &digit)) return expected(reader, "a digit of the exponent");
  int64_t exponent = 0;
  do {
    if (exponent < EXPONENT_ENOUGH) exponent = exponent * 10 + (int64_t)digit;
  } while (take_digit(reader, &digit));
  decimal->power += negative ? -exponent : exponent;
  return 0;
}

/* What follows the point of a fraction. */
static int read_fraction(struct reader *reader, struct decimal *decimal)
{
  unsigned digit;
  if (!take_digit(reader, &digit)) return expected(reader, "a digit of the fraction");
  const char *first = reader->at - 1;
  do add_digit(decimal, digit);
  while (take_digit(reader, &digit));
  decimal->power -= reader->at - first;
  return 0;
}

static bool fits_integer(struct decimal decimal, bool negative, int64_t *integer)
{
  const uint64_t most = INT64_MAX;
  if (decimal.digits > EXACT_DIGITS || decimal.significand > most + negative) return false;
  *integer = (int64_t)(negative ? 0 - decimal.significand : decimal.significand);
  return true;
}

/* At a minus sign or a digit. */
static int read_number(struct reader *reader, struct json *value)
{
  const char *from = reader->at;
  struct decimal decimal = {0};
  bool negative = take(reader, '-');
  unsigned digit;
  if (!take_digit(reader, &digit)) return expected(reader, "a digit");
  if (digit == 0 && take_digit(reader, &digit))
    return fail(reader, from, "a number may not begin with a zero");
  add_digit(&decimal, digit);
  while (take_digit(reader, &digit)) add_digit(&decimal, digit);

  bool integer = true;
  if (take(reader, '.')) {
    integer = false;
    if (read_fraction(reader, &decimal)) return -1;
  }
  if (next_is(reader, 'e') || next_is(reader, 'E')) {
    integer = false;
    reader->at++;
    if (read_exponent(reader, &decimal)) return -1;
  }

  *value = (struct json){.type = JSON_INTEGER, .offset = offset_of(reader, from)};
  if (integer && fits_integer(decimal, negative, &value->integer)) return 0;
  double real;
  if (!fast_double(decimal, &real)) real = fabs(slow_double(from, reader->at));
  if (isinf(real)) return fail(reader, from, "the number is too large");
  value->type = JSON_REAL;
  value->real = negative ? -real : real;
  return 0;
}

/* ---- arrays and objects ---- */

/* Steps behind an opening bracket. Who closes it gives the depth back. */
static int open_bracket(struct reader *reader)
{
  if (reader->depth_left == 0)
    return fail(reader, reader->at, "arrays and objects may be nested %u deep at most",
                reader->depth);
  reader->depth_left--;
  reader->at++;
  skip_space(reader);
  return 0;
}

static int read_items(struct reader *reader)
{
  do {
    struct json item;
    skip_space(reader);
    if (read_value(reader, &item)) return -1;
    push(reader, &item);
    skip_space(reader);
  } while (take(reader, ','));
  return take(reader, ']') ? 0 : expected(reader, "a comma or ]");
}

static int read_array(struct reader *reader, struct json *array)
{
  *array = (struct json){.type = JSON_ARRAY, .offset = offset_of(reader, reader->at)};
  size_t mark = reader->length;
  if (open_bracket(reader)) return -1;
  if (!take(reader, ']') && read_items(reader)) return -1;
  reader->depth_left++;
  array->length = (uint32_t)(reader->length - mark);
  array->items = pop_all(reader, mark);
  return 0;
}

static int read_members(struct reader *reader)
{
  do {
    struct json key, value;
    skip_space(reader);
    if (!next_is(reader, '"')) return expected(reader, "a name in double quotes");
    if (read_string(reader, &key)) return -1;
    skip_space(reader);
    if (!take(reader, ':')) return expected(reader, "a colon");
    skip_space(reader);
    if (read_value(reader, &value)) return -1;
    push(reader, &key);
    push(reader, &value);
    skip_space(reader);
  } while (take(reader, ','));
  return take(reader, '}') ? 0 : expected(reader, "a comma or }");
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
  *object = (struct json){.type = JSON_OBJECT, .offset = offset_of(reader, reader->at)};
  size_t mark = reader->length;
  if (open_bracket(reader)) return -1;
  if (!take(reader, '}') && read_members(reader)) return -1;
  reader->depth_left++;
  object->length = (uint32_t)((reader->length - mark) / 2);
  object->members = pop_all(reader, mark);
  const struct json_member *duplicate = find_duplicate(object);
  if (duplicate)
    return fail(reader, reader->begin + duplicate->key.offset,
                "this name is in the same object already");
  return 0;
}

/* ---- values ---- */

static int read_word(struct reader *reader, struct text word, struct json made, struct json *value)
{
  size_t left = (size_t)(reader->end - reader->at);
  if (left < word.length || memcmp(reader->at, word.data, word.length) != 0)
    return expected(reader, "a value");
  *value = made;
  value->offset = offset_of(reader, reader->at);
  reader->at += word.length;
  return 0;
}

static int read_value(struct reader *reader, struct json *value)
{
  if (reader->nodes_left == 0)
    return fail(reader, reader->at, "there may be %u values at most", reader->nodes);
  reader->nodes_left--;
  switch (reader->at < reader->end ? *reader->at : '\0') {
  case '{':
    return read_object(reader, value);
  case '[':
    return read_array(reader, value);
  case '"':
    return read_string(reader, value);
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
    return read_number(reader, value);
  default:
    return expected(reader, "a value");
  }
}

/* The whole text: one value amid white space. */
static int read_document(struct reader *reader, struct json *value)
{
  static const char byte_order_mark[] = "\xEF\xBB\xBF";
  struct text text = {reader->begin, (size_t)(reader->end - reader->begin)};
  if (text.length > UINT32_MAX) return fail(reader, reader->begin, "the text is too long");
  if (text_starts_with(text, byte_order_mark))
    return fail(reader, reader->begin, "a byte order mark may not stand here");
  skip_space(reader);
  if (read_value(reader, value)) return -1;
  skip_space(reader);
  if (reader->at < reader->end) return fail(reader, reader->at, "nothing may follow the value");
  return 0;
}

int json_read(struct arena *arena, struct text text, const struct json_limits *limits,
              struct json *value, struct json_error *error)
{
  struct json first_stack[FIRST_STACK];
  const char *begin = text.data ? text.data : "";
  struct reader reader = {.arena = arena,
                          .begin = begin,
                          .at = begin,
                          .end = begin + text.length,
                          .depth = limits && limits->depth ? limits->depth : DEPTH_DEFAULT,
                          .nodes = limits && limits->nodes ? limits->nodes : NODES_DEFAULT,
                          .error = error,
                          .stack = first_stack,
                          .capacity = FIRST_STACK};
  if (reader.depth > DEPTH_MAX) reader.depth = DEPTH_MAX;
  reader.depth_left = reader.depth;
  reader.nodes_left = reader.nodes;
  int result = read_document(&reader, value);
  if (result) *value = json_null();
  if (reader.stack != first_stack) memory_free(reader.stack);
  return result;
}
