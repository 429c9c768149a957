/* Time. Whoever decides by time takes `now` as an argument; only the edges of the program ask the
 * clock. */
#ifndef WRIT_BASE_CLOCK_H
#define WRIT_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);        /* milliseconds since 1970-01-01 UTC */
uint64_t clock_monotonic_ns(void);  /* never goes back; its zero means nothing */
uint64_t clock_thread_cpu_ns(void); /* CPU time of the calling thread */

#endif
