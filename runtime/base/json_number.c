/* JSON numbers: an integer where the text has one that fits 64 bits, otherwise the nearest double.
 * Never rounds an integer, never gives an infinity. */
#include <math.h>
#include <stdlib.h>

#include "base/json_cursor.h"
#include "base/memory.h"

enum {
  EXACT_DIGITS = 19, /* decimal digits that always fit 64 bits */
  EXACT_POWERS = 22, /* powers of ten that are exact doubles */
  NUMBER_BYTES = 128 /* a longer number is copied to the heap on its way to strtod */
};

/* No text is long enough for a fraction to make up for such an exponent. */
static const int64_t EXPONENT_ENOUGH = INT64_C(1000000000000);

static bool take_digit(struct json_cursor *cursor, unsigned *digit)
{
  if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '9') return false;
  *digit = (unsigned)(*cursor->at++ - '0');
  return true;
}

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
static int read_exponent(struct json_cursor *cursor, struct decimal *decimal)
{
  bool negative = json_next_is(cursor, '-');
  if (!json_take(cursor, '-')) json_take(cursor, '+');
  unsigned digit;
  if (!take_digit(cursor, &digit)) return json_expected(cursor, "a digit of the exponent");
  int64_t exponent = 0;
  do {
    if (exponent < EXPONENT_ENOUGH) exponent = exponent * 10 + (int64_t)digit;
  } while (take_digit(cursor, &digit));
  decimal->power += negative ? -exponent : exponent;
  return 0;
}

/* What follows the point of a fraction. */
static int read_fraction(struct json_cursor *cursor, struct decimal *decimal)
{
  unsigned digit;
  if (!take_digit(cursor, &digit)) return json_expected(cursor, "a digit of the fraction");
  const char *first = cursor->at - 1;
  do add_digit(decimal, digit);
  while (take_digit(cursor, &digit));
  decimal->power -= cursor->at - first;
  return 0;
}

static bool fits_integer(struct decimal decimal, bool negative, int64_t *integer)
{
  const uint64_t most = INT64_MAX;
  if (decimal.digits > EXACT_DIGITS || decimal.significand > most + negative) return false;
  *integer = (int64_t)(negative ? 0 - decimal.significand : decimal.significand);
  return true;
}

int json_read_number(struct json_cursor *cursor, struct json *value)
{
  const char *from = cursor->at;
  struct decimal decimal = {0};
  bool negative = json_take(cursor, '-');
  unsigned digit;
  if (!take_digit(cursor, &digit)) return json_expected(cursor, "a digit");
  if (digit == 0 && take_digit(cursor, &digit))
    return json_fail(cursor, from, "a number may not begin with a zero");
  add_digit(&decimal, digit);
  while (take_digit(cursor, &digit)) add_digit(&decimal, digit);

  bool integer = true;
  if (json_take(cursor, '.')) {
    integer = false;
    if (read_fraction(cursor, &decimal)) return -1;
  }
  if (json_next_is(cursor, 'e') || json_next_is(cursor, 'E')) {
    integer = false;
    cursor->at++;
    if (read_exponent(cursor, &decimal)) return -1;
  }

  *value = (struct json){.type = JSON_INTEGER, .offset = json_offset_of(cursor, from)};
  if (integer && fits_integer(decimal, negative, &value->integer)) return 0;
  double real;
  if (!fast_double(decimal, &real)) real = fabs(slow_double(from, cursor->at));
  if (isinf(real)) return json_fail(cursor, from, "the number is too large");
  value->type = JSON_REAL;
  value->real = negative ? -real : real;
  return 0;
}
