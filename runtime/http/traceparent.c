/* "00-" trace id "-" parent id "-" flags (traceparent.h). */
#include "http/traceparent.h"

#include "base/ascii.h"

enum {
  VERSION_DIGITS = 2,
  TRACE_AT = VERSION_DIGITS + 1,
  TRACE_DIGITS = 32,
  PARENT_AT = TRACE_AT + TRACE_DIGITS + 1,
  PARENT_DIGITS = 16,
  FLAGS_AT = PARENT_AT + PARENT_DIGITS + 1,
  FLAGS_DIGITS = 2,
  LENGTH = FLAGS_AT + FLAGS_DIGITS
};

/* Lower case only: the form says so, and one id must have one spelling. */
static bool is_hex(struct text digits)
{
  for (size_t i = 0; i < digits.length; i++) {
    char c = digits.data[i];
    if (!ascii_is_digit(c) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

static bool is_zero(struct text digits)
{
  for (size_t i = 0; i < digits.length; i++)
    if (digits.data[i] != '0') return false;
  return true;
}

/* Hexadecimal digits at their place, with a dash before them. */
static bool take(struct text value, size_t at, size_t length, struct text *digits)
{
  *digits = (struct text){value.data + at, length};
  return (at == 0 || value.data[at - 1] == '-') && is_hex(*digits);
}

static bool has_end(struct text value, struct text version)
{
  if (text_is(version, "ff")) return false;
  if (text_is(version, "00")) return value.length == LENGTH;
  return value.length == LENGTH || value.data[LENGTH] == '-';
}

struct text traceparent_trace_id(struct text value)
{
  struct text version, trace, parent, flags, none = {"", 0};
  if (value.length < LENGTH) return none;
  if (!take(value, 0, VERSION_DIGITS, &version) || !take(value, TRACE_AT, TRACE_DIGITS, &trace) ||
      !take(value, PARENT_AT, PARENT_DIGITS, &parent) ||
      !take(value, FLAGS_AT, FLAGS_DIGITS, &flags))
    return none;
  return has_end(value, version) && !is_zero(trace) && !is_zero(parent) ? trace : none;
}
