/* Numbers, equality and uniqueness as JSON Schema means them: by mathematical value, exactly. An
 * int64_t and a double are compared without converting one into the other; multiples are decided in
 * decimal, as the digits that were written. Comparing values takes steps from the validation's
 * budget. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "schema/program.h"

static const double two_to_63 = 9223372036854775808.0;

static int sign(double a, double b)
{
  return (a > b) - (a < b);
}

static int compare_integer_real(int64_t integer, double real)
{
  if (real >= two_to_63) return -1;
  if (real < -two_to_63) return 1;
  int64_t whole = (int64_t)real;
  if (integer != whole) return integer < whole ? -1 : 1;
  return sign(0, real - (double)whole);
}

int schema_compare_numbers(const struct json *a, const struct json *b)
{
  if (a->type == JSON_INTEGER && b->type == JSON_INTEGER)
    return (a->integer > b->integer) - (a->integer < b->integer);
  if (a->type == JSON_INTEGER) return compare_integer_real(a->integer, b->real);
  if (b->type == JSON_INTEGER) return -compare_integer_real(b->integer, a->real);
  return sign(a->real, b->real);
}

bool schema_is_whole(const struct json *value)
{
  return value->type == JSON_INTEGER ||
         (value->type == JSON_REAL && value->real == trunc(value->real));
}

size_t schema_characters(struct text text)
{
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += (text.data[i] & 0xC0) != 0x80;
  return count;
}

/* --- multiples */

struct decimal {
  uint64_t digits;
  int exponent; /* digits * 10^exponent */
};

/* The shortest decimal that reads back as the number, without its sign. */
static struct decimal decimal_of(const struct json *value)
{
  if (value->type == JSON_INTEGER) {
    uint64_t bits = (uint64_t)value->integer;
    return (struct decimal){value->integer < 0 ? 0 - bits : bits, 0};
  }
  char text[40];
  double real = fabs(value->real);
  for (int precision = 14; precision <= 16; precision++) {
    snprintf(text, sizeof text, "%.*e", precision, real);
    if (strtod(text, NULL) == real) break;
  }
  struct decimal decimal = {0, 0};
  const char *at = text;
  bool fraction = false;
  for (; *at != 'e' && *at != '\0'; at++) {
    if (*at < '0' || *at > '9') {
      fraction = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
    decimal.exponent -= fraction;
  }
  decimal.exponent += (int)strtol(at + (*at == 'e'), NULL, 10);
  while (decimal.digits != 0 && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    decimal.exponent++;
  }
  return decimal;
}

__extension__ typedef unsigned __int128 wide;

static uint64_t power_of_ten_modulo(unsigned power, uint64_t modulus)
{
  wide result = 1 % modulus, base = 10 % modulus;
  for (; power > 0; power >>= 1) {
    if (power & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return (uint64_t)result;
}

bool schema_is_multiple(const struct json *value, const struct json *of)
{
  if (value->type == JSON_INTEGER && of->type == JSON_INTEGER)
    return of->integer != 0 && (of->integer == -1 || value->integer % of->integer == 0);
  struct decimal a = decimal_of(value), b = decimal_of(of);
  if (a.digits == 0) return true;
  if (b.digits == 0) return false;
  int shift = a.exponent - b.exponent;
  if (shift >= 0)
    return (wide)(a.digits % b.digits) * power_of_ten_modulo((unsigned)shift, b.digits) %
               b.digits ==
           0;
  if (shift < -19) return false; /* a.digits has at most 20 */
  wide divisor = b.digits;
  for (; shift < 0; shift++) divisor *= 10;
  return a.digits % divisor == 0;
}

/* --- equality */

static bool is_number(const struct json *value)
{
  return value->type == JSON_INTEGER || value->type == JSON_REAL;
}

static bool equal_members(struct schema_run *run, const struct json *a, const struct json *b)
{
  for (uint32_t i = 0; i < a->length; i++) {
    struct text key = json_text(&a->members[i].key);
    const struct json *other = &b->members[i].value;
    if (!text_equal(key, json_text(&b->members[i].key))) {
      if (!schema_spend(run, b->length)) return false;
      other = json_get_text(b, key);
    }
    if (!other || !schema_equal(run, &a->members[i].value, other)) return false;
  }
  return true;
}

bool schema_equal(struct schema_run *run, const struct json *a, const struct json *b)
{
  if (!schema_spend(run, 1)) return false;
  if (is_number(a) && is_number(b)) return schema_compare_numbers(a, b) == 0;
  if (a->type != b->type) return false;
  switch (a->type) {
  case JSON_NULL:
    return true;
  case JSON_BOOLEAN:
    return a->boolean == b->boolean;
  case JSON_STRING:
    return a->length == b->length && schema_spend(run, a->length / 64) &&
           text_equal(json_text(a), json_text(b));
  case JSON_ARRAY:
    if (a->length != b->length) return false;
    for (uint32_t i = 0; i < a->length; i++)
      if (!schema_equal(run, &a->items[i], &b->items[i])) return false;
    return true;
  case JSON_OBJECT:
    return a->length == b->length && equal_members(run, a, b);
  default:
    return false; /* numbers have been compared */
  }
}

/* --- uniqueness */

static uint64_t mix(uint64_t hash)
{
  hash = (hash ^ hash >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  hash = (hash ^ hash >> 27) * UINT64_C(0x94D049BB133111EB);
  return hash ^ hash >> 31;
}

static uint64_t hash_bytes(struct schema_run *run, struct text text)
{
  (void)schema_spend(run, 1 + (uint32_t)(text.length / 64));
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < text.length; i++)
    hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
  return mix(hash);
}

/* Equal values have equal hashes. */
static uint64_t hash_value(struct schema_run *run, const struct json *value)
{
  uint64_t hash = (uint64_t)value->type + 1, bits;
  (void)schema_spend(run, 1);
  switch (value->type) {
  case JSON_NULL:
    break;
  case JSON_BOOLEAN:
    hash = hash * 2 + value->boolean;
    break;
  case JSON_INTEGER:
    return mix((uint64_t)value->integer);
  case JSON_REAL:
    if (schema_is_whole(value) && fabs(value->real) < two_to_63)
      return mix((uint64_t)(int64_t)value->real);
    memcpy(&bits, &value->real, sizeof bits);
    return mix(bits);
  case JSON_STRING:
    return hash_bytes(run, json_text(value));
  case JSON_ARRAY:
    for (uint32_t i = 0; i < value->length && !run->exhausted; i++)
      hash = mix(hash) + hash_value(run, &value->items[i]);
    break;
  case JSON_OBJECT: /* the order of members does not count */
    for (uint32_t i = 0; i < value->length && !run->exhausted; i++)
      hash += mix(hash_bytes(run, json_text(&value->members[i].key)) +
                  3 * hash_value(run, &value->members[i].value));
    break;
  }
  return mix(hash);
}

static bool is_unique_small(struct schema_run *run, const struct json *array, uint32_t *first,
                            uint32_t *second)
{
  for (uint32_t i = 1; i < array->length; i++)
    for (uint32_t j = 0; j < i; j++)
      if (schema_equal(run, &array->items[i], &array->items[j])) {
        *first = j;
        *second = i;
        return false;
      }
  return true;
}

bool schema_is_unique(struct schema_run *run, const struct json *array, uint32_t *first,
                      uint32_t *second)
{
  if (array->length <= 16) return is_unique_small(run, array, first, second);
  if (array->length > UINT32_MAX / 4) return false;

  struct seen {
    uint64_t hash;
    uint32_t index; /* + 1; 0 is free */
  } * table;
  uint32_t slots = 32;
  while (slots < 2 * array->length) slots *= 2;
  table = memory_new_array(slots, sizeof *table);
  bool unique = true;
  for (uint32_t i = 0; i < array->length && unique && !run->exhausted; i++) {
    uint64_t hash = hash_value(run, &array->items[i]);
    uint32_t slot = (uint32_t)hash & (slots - 1);
    for (; unique && table[slot].index != 0 && schema_spend(run, 1);
         slot = (slot + 1) & (slots - 1)) {
      if (table[slot].hash != hash) continue;
      *first = table[slot].index - 1;
      *second = i;
      unique = !schema_equal(run, &array->items[*first], &array->items[i]);
    }
    table[slot] = (struct seen){hash, i + 1};
  }
  memory_free(table);
  return unique;
}
