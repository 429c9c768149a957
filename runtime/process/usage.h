/* What another process of ours uses, as proc(5) tells. */
#ifndef WRIT_PROCESS_USAGE_H
#define WRIT_PROCESS_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
  uint64_t resident_bytes, open_fds, cpu_ns; /* 0: nobody may know */
};

struct usage usage_of(pid_t pid);

#endif
