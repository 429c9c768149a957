/* Durations, times and sizes as people write them in contracts, in writ.json and for commands. */
#ifndef WRIT_BASE_UNITS_H
#define WRIT_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* "10ms", "30s", "5m", "12h", "30d": a whole number and one unit. */
bool units_duration_ms(struct text text, int64_t *ms);

/* "2026-01-31", "2026-01-31T12:00:00Z": a day or a second of UTC, as UNIX milliseconds. */
bool units_time_ms(struct text text, int64_t *ms);

/* "512B", "64KB", "4MB": a whole number and one unit, a KB being 1,024 bytes. At most UINT32_MAX.
 */
bool units_bytes(struct text text, uint32_t *bytes);

#endif
