/* Strings and numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "testing/format_text.h"
#include "testing/pattern_text.h"
#include "testing/values_make.h"

/* --- Text --- */

/* Words of letters, so that they read as data; no blanks at the ends, which `trim` would take. */
static struct text words(struct values *values, uint32_t length)
{
  char *out = arena_alloc(values->arena, (size_t)length + 1);
  for (uint32_t i = 0; i < length; i++) {
    bool blank = i % 7 == 6 && i + 1 < length;
    out[i] = blank ? ' ' : (char)('a' + dice_below(&values->dice, 26));
  }
  out[length] = '\0';
  return (struct text){out, length};
}

static struct text in_case(struct values *values, const struct says_limits *limits,
                           struct text text)
{
  if (!limits->lower && !limits->upper) return text;
  char *out = arena_alloc(values->arena, text.length + 1);
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (limits->upper && c >= 'a' && c <= 'z') c = (char)(c - 32);
    if (limits->lower && !limits->upper && c >= 'A' && c <= 'Z') c = (char)(c + 32);
    out[i] = c;
  }
  out[text.length] = '\0';
  return (struct text){out, text.length};
}

bool make_text_of_length(struct values *values, const struct says_limits *limits, uint32_t least,
                         uint32_t most, struct text *text)
{
  enum { LONGEST = 1 << 20 };
  struct text made;
  if (least > most || least > LONGEST) return false;
  bool formatted = limits->format_count > 0 && format_text_faults(limits->formats[0]);
  if (formatted && (limits->pattern_count == 0 || dice_happens(&values->dice, 50))) {
    if (!format_text_make(values, limits->formats[0], least, most, most, &made)) return false;
  } else if (limits->pattern_count > 0) {
    uint32_t which = dice_below(&values->dice, limits->pattern_count);
    const struct pattern_text *pattern = pattern_text_of(values, limits->patterns[which]);
    if (!pattern || !pattern_text_make(values, pattern, least, most, &made)) return false;
  } else {
    made = words(values, most);
  }
  *text = in_case(values, limits, made);
  return true;
}

bool make_text(struct making *making, const struct says_limits *limits, struct json *value)
{
  enum { SHORT = 6, LONG = 20, ANY = 200 };
  struct values *values = making->values;
  uint32_t low = limits->length_min, high = limits->length_max;
  uint32_t least = low > SHORT ? low : SHORT, most = least > LONG ? least : LONG;
  struct text text;
  if (least > high) least = high;
  if (most > high) most = high;
  if (limits->pattern_count + limits->format_count == 0)
    most = least + dice_below(&values->dice, most - least + 1);
  if (low > high) return false;
  if (!make_text_of_length(values, limits, least, most, &text) &&
      !make_text_of_length(values, limits, low, high < low + ANY ? high : low + ANY, &text))
    return false;
  *value = json_string(text);
  return true;
}

/* --- Numbers --- */

static long double number(const struct json *value)
{
  return value->type == JSON_INTEGER ? (long double)value->integer : (long double)value->real;
}

struct range {
  bool has_low, has_high;
  long double low, high;
  bool open_low, open_high; /* the ends are not in it */
};

static struct range range_of(const struct says_limits *limits)
{
  struct range range = {0};
  if (limits->minimum) range.has_low = true, range.low = number(limits->minimum);
  if (limits->maximum) range.has_high = true, range.high = number(limits->maximum);
  if (limits->exclusive_minimum) {
    long double low = number(limits->exclusive_minimum);
    if (!range.has_low || low >= range.low) range.low = low, range.open_low = true;
    range.has_low = true;
  }
  if (limits->exclusive_maximum) {
    long double high = number(limits->exclusive_maximum);
    if (!range.has_high || high <= range.high) range.high = high, range.open_high = true;
    range.has_high = true;
  }
  return range;
}

static int decimals(const struct json *of, struct arena *arena)
{
  struct buffer out = {0};
  json_write(&out, of);
  struct text text = arena_copy(arena, buffer_text(&out));
  buffer_deinit(&out);
  const char *dot = strchr(text.data, '.'), *exponent = strpbrk(text.data, "eE");
  int digits = dot ? (int)strspn(dot + 1, "0123456789") : 0;
  if (exponent) digits -= atoi(exponent + 1);
  return digits < 0 ? 0 : digits > 60 ? 60 : digits;
}

/* So many steps from 0, in decimal: 7 steps of 0.01 are 0.07. */
static bool step_value(long double steps, const struct json *step, bool whole, struct arena *arena,
                       struct json *value)
{
  long double product = step ? steps * number(step) : steps;
  bool fraction = step && product != floorl(product);
  if (!isfinite((double)product) || (whole && fraction)) return false;
  if (!fraction && product >= -0x1p63L && product < 0x1p63L) {
    *value = json_integer((int64_t)product);
    if (!whole) *value = json_real((double)product);
    return true;
  }
  char text[512];
  snprintf(text, sizeof text, "%.*Lf", step ? decimals(step, arena) : 0, product);
  *value = json_real(strtod(text, NULL));
  return !whole;
}

static const struct json *step_of(const struct says_limits *limits)
{
  const struct json *step = NULL; /* the largest: of 2 and 4 each multiple of 4 will do */
  for (uint32_t i = 0; i < limits->multiple_count; i++)
    if (!step || says_compare(limits->multiples[i], step) > 0) step = limits->multiples[i];
  return step;
}

/* The first and last whole number of steps within the range. */
static void steps_within(const struct range *range, const struct json *step, long double *first,
                         long double *last)
{
  const long double unit = step ? number(step) : 1;
  *first = ceill(range->low / unit - 1e-12L);
  *last = floorl(range->high / unit + 1e-12L);
  if (range->open_low && *first * unit <= range->low) ++*first;
  if (range->open_high && *last * unit >= range->high) --*last;
}

bool make_bound(const struct says_limits *limits, int sign, bool whole, struct arena *arena,
                struct json *value)
{
  struct range range = range_of(limits);
  const struct json *step = step_of(limits);
  if (sign > 0 ? !range.has_low : !range.has_high) return false;
  if (!range.has_low) range.low = range.high;
  if (!range.has_high) range.high = range.low;
  if (whole || step) {
    long double first, last;
    steps_within(&range, step, &first, &last);
    return step_value(sign > 0 ? first : last, step, whole, arena, value);
  }
  if (sign > 0 ? range.open_low : range.open_high) return false; /* there is no nearest one */
  *value = json_real((double)(sign > 0 ? range.low : range.high));
  return true;
}

/* A bound that is missing is put where numbers stay small. */
static void complete(struct range *range, long double unit)
{
  const long double span = 99 * unit;
  if (!range->has_low && !range->has_high) {
    range->low = unit;
    range->high = unit + span;
  } else if (!range->has_low) {
    range->low = range->high >= unit && range->high - unit < 1e6L ? unit : range->high - span;
    if (range->low > range->high) range->low = range->high - span;
  } else if (!range->has_high) {
    range->high = range->low + span;
  }
}

static long double between(struct dice *dice, long double first, long double last)
{
  long double count = last - first + 1;
  if (count >= 0x1p32L) count = 0x1p32L - 1;
  return first + (long double)dice_below(dice, (uint32_t)count);
}

bool make_number(struct making *making, const struct says_limits *limits, unsigned types,
                 struct json *value)
{
  struct dice *dice = &making->values->dice;
  struct range range = range_of(limits);
  const struct json *step = step_of(limits);
  bool whole = (types & 1U << JSON_INTEGER) != 0;
  long double first, last;
  const long double unit = step ? number(step) : 1;
  complete(&range, unit);
  if (range.low > range.high) return false;
  if (range.high - range.low > 99 * unit && dice_happens(dice, 80)) /* people's numbers are small */
    range.high = range.low + 99 * unit, range.open_high = false;
  steps_within(&range, step, &first, &last);
  if ((whole || step) && first > last) return false;
  if (whole || step)
    return step_value(between(dice, first, last), step, whole, making->values->arena, value);
  long double part = (1 + (long double)dice_below(dice, 98)) / 100;
  double real = (double)(range.low + part * (range.high - range.low));
  double rounded = round(real * 100) / 100;
  bool inside = rounded > (double)range.low && rounded < (double)range.high;
  if (range.low == range.high) real = (double)range.low;
  *value = json_real(inside ? rounded : real);
  return true;
}
