/* Whole numbers with a unit. */
#include "base/units.h"

#include <stddef.h>

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

bool units_bytes(struct text text, uint32_t *bytes)
{
  static const struct unit units[] = {{"B", 1}, {"KB", 1024}, {"MB", 1024 * 1024}};
  int64_t value;
  if (!parse(text, units, sizeof units / sizeof units[0], UINT32_MAX, &value)) return false;
  *bytes = (uint32_t)value;
  return true;
}
