/* Whole numbers with a unit, and times. */
#include "base/units.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

struct unit {
  const char *name;
  int64_t factor;
};

static bool parse(struct text text, const struct unit *units, size_t count, int64_t max,
                  int64_t *value)
{
  size_t digits = 0;
  int64_t number = 0;
  while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9') {
    number = number * 10 + (text.data[digits++] - '0');
    if (number > max) return false;
  }
  struct text name = {text.data + digits, text.length - digits};
  for (size_t i = 0; i < count && digits > 0; i++) {
    if (!text_is(name, units[i].name)) continue;
    if (number > max / units[i].factor) return false;
    *value = number * units[i].factor;
    return true;
  }
  return false;
}

bool units_duration_ms(struct text text, int64_t *ms)
{
  static const struct unit units[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};
  return parse(text, units, sizeof units / sizeof units[0], INT64_MAX / 1000000, ms);
}

/* timegm would make a day of March of the 30th of February. */
static bool is_real(struct tm tm, int64_t *ms)
{
  struct tm real = tm;
  *ms = (int64_t)timegm(&real) * 1000;
  return real.tm_mon == tm.tm_mon && real.tm_mday == tm.tm_mday && real.tm_hour == tm.tm_hour &&
         real.tm_min == tm.tm_min && real.tm_sec == tm.tm_sec;
}

bool units_time_ms(struct text text, int64_t *ms)
{
  char copy[24] = "";
  struct tm tm = {0};
  int day = 0, second = 0;
  if (text.length >= sizeof copy) return false;
  if (text.length > 0) memcpy(copy, text.data, text.length);
  sscanf(copy, "%4d-%2d-%2d%nT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &day,
         &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &second);
  if ((size_t)day != text.length && (size_t)second != text.length) return false;
  tm.tm_year -= 1900;
  tm.tm_mon--;
  return text.length > 0 && is_real(tm, ms);
}

bool units_bytes(struct text text, uint32_t *bytes)
{
  static const struct unit units[] = {{"B", 1}, {"KB", 1024}, {"MB", 1024 * 1024}};
  int64_t value;
  if (!parse(text, units, sizeof units / sizeof units[0], UINT32_MAX, &value)) return false;
  *bytes = (uint32_t)value;
  return true;
}
