/* What this process uses, as proc(5) tells. Opened before it is confined, and then read as often as
 * wanted: afterwards nobody may open these files any more, its supervisor neither, unless that is
 * root. */
#ifndef WRIT_PROCESS_USAGE_H
#define WRIT_PROCESS_USAGE_H

#include <stdint.h>

struct usage {
  uint64_t resident_bytes, open_fds, cpu_ns; /* 0: nobody knows */
};

struct usage_probe;

struct usage_probe *usage_open(void);
struct usage usage_read(struct usage_probe *probe);
void usage_close(struct usage_probe *probe); /* NULL is allowed */

#endif
