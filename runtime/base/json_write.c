/* The JSON writer. Appends to a buffer, compact or indented; the result is always JSON, whatever
 * the bytes of a string are. Never sorts members and never fails. */
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_cursor.h"

enum { INTEGER_CHARS = 20, REAL_CHARS = 32, NOT_PRETTY = -1 };

/* ---- strings ---- */

/* The length of the beginning that can be copied as it is. */
static size_t plain_length(struct text text)
{
  const char *at = text.data, *end = at + text.length;
  while (at = json_skip_plain(at, end), at < end && (unsigned char)*at >= 0x80) {
    size_t sequence = text_utf8_sequence((struct text){at, (size_t)(end - at)});
    if (sequence == 0) break;
    at += sequence;
  }
  return (size_t)(at - text.data);
}

static void write_escaped(struct buffer *out, unsigned char byte)
{
  static const char names[0x20] = {
      ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
  static const char hex[] = "0123456789abcdef";
  if (byte >= 0x80) {
    buffer_append_text(out, TEXT("\xEF\xBF\xBD"));
  } else if (byte >= 0x20 || names[byte] != '\0') {
    const char escape[] = {'\\', byte >= 0x20 ? (char)byte : names[byte]};
    buffer_append(out, escape, sizeof escape);
  } else {
    const char escape[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
    buffer_append(out, escape, sizeof escape);
  }
}

void json_write_string(struct buffer *out, struct text text)
{
  buffer_append_byte(out, '"');
  while (text.length > 0) {
    size_t plain = plain_length(text);
    buffer_append(out, text.data, plain);
    text.data += plain;
    text.length -= plain;
    if (text.length == 0) break;
    write_escaped(out, (unsigned char)*text.data);
    text.data++;
    text.length--;
  }
  buffer_append_byte(out, '"');
}

/* ---- numbers ---- */

static void write_integer(struct buffer *out, int64_t integer)
{
  char digits[INTEGER_CHARS], *first = digits + sizeof digits;
  uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
  do *--first = (char)('0' + rest % 10);
  while (rest /= 10);
  if (integer < 0) *--first = '-';
  buffer_append(out, first, (size_t)(digits + sizeof digits - first));
}

/* Prints the number with so many significant digits; false if it is not what they read back as. */
static bool print_real(char *digits, int precision, double real)
{
  snprintf(digits, REAL_CHARS, "%.*g", precision, real);
  return strtod(digits, NULL) == real;
}

/* The neighbours of a power of two are twice as far from it above as below. So 16 digits may do
 * although the nearest 16 do not: those that are rounded away from zero. */
static bool print_away(char *digits, double real)
{
  int exponent;
  if (fabs(frexp(real, &exponent)) != 0.5) return false;
  fesetround(real > 0 ? FE_UPWARD : FE_DOWNWARD);
  snprintf(digits, REAL_CHARS, "%.16g", real);
  fesetround(FE_TONEAREST);
  return strtod(digits, NULL) == real;
}

/* 17 significant digits always read back as the same double; often fewer do. Below 15 only where
 * it has lost some of its 53 bits, near zero. */
void json_write_real(struct buffer *out, double real)
{
  if (!isfinite(real)) {
    buffer_append_text(out, TEXT("null"));
    return;
  }
  if (real == 0 && signbit(real)) { /* "-0" would be read as the integer */
    buffer_append_text(out, TEXT("-0.0"));
    return;
  }
  char digits[REAL_CHARS];
  int precision = fabs(real) < DBL_MIN ? 1 : 15;
  while (precision < 16 && !print_real(digits, precision, real)) precision++;
  if (precision == 16 && !print_real(digits, 16, real) && !print_away(digits, real))
    print_real(digits, 17, real);
  buffer_append_text(out, text_of(digits));
}

/* ---- values ---- */

/* Writes at this depth of indentation, or on one line if it is NOT_PRETTY. */
static void write_value(struct buffer *out, const struct json *value, int depth);

static void break_line(struct buffer *out, int depth)
{
  if (depth == NOT_PRETTY) return;
  size_t spaces = 2 * (size_t)depth;
  memset(buffer_reserve(out, spaces + 1), ' ', spaces + 1);
  out->data[out->length] = '\n';
  out->length += spaces + 1;
}

static void write_array(struct buffer *out, const struct json *array, int depth)
{
  int inside = depth == NOT_PRETTY ? depth : depth + 1;
  buffer_append_byte(out, '[');
  for (uint32_t i = 0; i < array->length; i++) {
    if (i > 0) buffer_append_byte(out, ',');
    break_line(out, inside);
    write_value(out, &array->items[i], inside);
  }
  if (array->length > 0) break_line(out, depth);
  buffer_append_byte(out, ']');
}

static void write_object(struct buffer *out, const struct json *object, int depth)
{
  int inside = depth == NOT_PRETTY ? depth : depth + 1;
  buffer_append_byte(out, '{');
  for (uint32_t i = 0; i < object->length; i++) {
    if (i > 0) buffer_append_byte(out, ',');
    break_line(out, inside);
    json_write_string(out, json_text(&object->members[i].key));
    buffer_append_byte(out, ':');
    if (depth != NOT_PRETTY) buffer_append_byte(out, ' ');
    write_value(out, &object->members[i].value, inside);
  }
  if (object->length > 0) break_line(out, depth);
  buffer_append_byte(out, '}');
}

static void write_value(struct buffer *out, const struct json *value, int depth)
{
  switch (value->type) {
  case JSON_NULL:
    buffer_append_text(out, TEXT("null"));
    break;
  case JSON_BOOLEAN:
    buffer_append_text(out, value->boolean ? TEXT("true") : TEXT("false"));
    break;
  case JSON_INTEGER:
    write_integer(out, value->integer);
    break;
  case JSON_REAL:
    json_write_real(out, value->real);
    break;
  case JSON_STRING:
    json_write_string(out, json_text(value));
    break;
  case JSON_ARRAY:
    write_array(out, value, depth);
    break;
  case JSON_OBJECT:
    write_object(out, value, depth);
    break;
  }
}

void json_write(struct buffer *out, const struct json *value)
{
  write_value(out, value, NOT_PRETTY);
}

void json_write_pretty(struct buffer *out, const struct json *value)
{
  write_value(out, value, 0);
}
