/* Numbers at their bounds, and beyond. */
#include <math.h>

#include "testing/mutation_parts.h"

static bool is_whole(const struct says_limits *limits)
{
  return !(limits->types & 1U << JSON_REAL);
}

/* The nearest number beyond a limit. False if there is none that a number can say. */
static bool beyond(const struct json *limit, int sign, bool whole, bool exclusive,
                   struct json *value)
{
  *value = *limit;
  if (exclusive) return !whole || limit->type == JSON_INTEGER;
  if (limit->type == JSON_INTEGER) {
    int64_t next;
    if (__builtin_add_overflow(limit->integer, (int64_t)sign, &next)) return false;
    *value = json_integer(next);
    return true;
  }
  double next = whole ? (sign > 0 ? floor(limit->real) + 1 : ceil(limit->real) - 1)
                      : nextafter(limit->real, sign > 0 ? INFINITY : -INFINITY);
  *value = json_real(next);
  if (whole && fabs(next) < 0x1p62) *value = json_integer((int64_t)next);
  return isfinite(next);
}

static void refuse_beyond(struct mutating *m, const struct spot *spot,
                          const struct says_limits *limits, enum certainty certainty,
                          const struct json *limit, int sign, bool exclusive)
{
  struct json value;
  const char *words =
      exclusive ? (sign > 0 ? "less than" : "more than") : (sign > 0 ? "at most" : "at least");
  if (!limit || !beyond(limit, sign, is_whole(limits), exclusive, &value)) return;
  mutate_refused(m, spot, certainty, value, "%s, where %s %s is allowed",
                 mutation_written(m, &value).data, words, mutation_written(m, limit).data);
}

static bool is_beyond(const struct json *value, const struct json *limit, int sign)
{
  return limit && says_compare(value, limit) * sign > 0;
}

static void refuse_far(struct mutating *m, const struct spot *spot,
                       const struct says_limits *limits, enum certainty certainty)
{
  const struct json least = json_integer(INT64_MIN), most = json_integer(INT64_MAX);
  if (is_beyond(&least, limits->minimum, -1) || is_beyond(&least, limits->exclusive_minimum, -1))
    mutate_refused(m, spot, certainty, least, "the least of 64-bit integers");
  if (is_beyond(&most, limits->maximum, 1) || is_beyond(&most, limits->exclusive_maximum, 1))
    mutate_refused(m, spot, certainty, most, "the greatest of 64-bit integers");
}

static void refuse_fractions(struct mutating *m, const struct spot *spot,
                             const struct says_limits *limits, enum certainty certainty)
{
  for (uint32_t i = 0; i < limits->multiple_count; i++) {
    const struct json *step = limits->multiples[i];
    struct json value;
    if (step->type == JSON_INTEGER && step->integer == 1)
      continue; /* a fraction, which types refuse */
    if (step->type == JSON_INTEGER && spot->value.type == JSON_INTEGER &&
        spot->value.integer < INT64_MAX)
      value = json_integer(spot->value.integer + 1);
    else if (!is_whole(limits) && step->type == JSON_REAL)
      value = json_real(
          (spot->value.type == JSON_REAL ? spot->value.real : (double)spot->value.integer) +
          step->real / 2);
    else
      continue;
    mutate_refused(m, spot, certainty, value, "%s, which is no multiple of %s",
                   mutation_written(m, &value).data, mutation_written(m, step).data);
  }
}

/* Whole numbers that computers get wrong, where no bound is said. */
static void admit_far(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                      enum certainty certainty)
{
  static const int64_t least[] = {-1, -9007199254740993, INT64_MIN};
  static const int64_t most[] = {9007199254740993, INT64_MAX};
  if (!(limits->types & 1U << JSON_INTEGER) || limits->multiple_count > 0) return;
  for (size_t i = 0; !limits->minimum && !limits->exclusive_minimum && i < 3; i++)
    mutate_admitted(m, spot, certainty, json_integer(least[i]), "%lld", (long long)least[i]);
  for (size_t i = 0; !limits->maximum && !limits->exclusive_maximum && i < 2; i++)
    mutate_admitted(m, spot, certainty, json_integer(most[i]), "%lld", (long long)most[i]);
}

void mutate_number(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                   enum certainty certainty)
{
  refuse_beyond(m, spot, limits, certainty, limits->minimum, -1, false);
  refuse_beyond(m, spot, limits, certainty, limits->maximum, 1, false);
  refuse_beyond(m, spot, limits, certainty, limits->exclusive_minimum, -1, true);
  refuse_beyond(m, spot, limits, certainty, limits->exclusive_maximum, 1, true);
  refuse_far(m, spot, limits, certainty);
  refuse_fractions(m, spot, limits, certainty);
  if (limits->listed || !(limits->types & (1U << JSON_INTEGER | 1U << JSON_REAL))) return;
  bool sure = spot->plain && certainty == CERTAIN && limits_are_bounds(limits);
  for (int sign = -1; sign <= 1; sign += 2) {
    struct json bound;
    if (make_bound(limits, sign, is_whole(limits), m->values->arena, &bound))
      mutate_admitted(m, spot, sure ? CERTAIN : ASK, bound, "%s, the %s that is allowed",
                      mutation_written(m, &bound).data, sign > 0 ? "least" : "most");
  }
  admit_far(m, spot, limits, sure ? CERTAIN : ASK);
}
