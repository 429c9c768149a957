/* See usage.h. */
#include "process/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

static const uint64_t NS_PER_S = 1000000000;

struct usage_probe {
  int statm, stat; /* -1: it could not be opened */
  DIR *fds;        /* NULL: likewise */
};

struct usage_probe *usage_open(void)
{
  struct usage_probe *probe = memory_new(sizeof *probe);
  probe->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  probe->stat = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  probe->fds = opendir("/proc/self/fd");
  return probe;
}

void usage_close(struct usage_probe *probe)
{
  if (!probe) return;
  if (probe->statm >= 0) close(probe->statm);
  if (probe->stat >= 0) close(probe->stat);
  if (probe->fds) closedir(probe->fds);
  memory_free(probe);
}

/* The beginning of the file, as it is now; empty if it cannot be read. */
static void read_now(int file, char text[512])
{
  ssize_t length = file >= 0 ? pread(file, text, 511, 0) : 0;
  text[length > 0 ? length : 0] = 0;
}

static uint64_t count_fds(DIR *fds)
{
  uint64_t count = 0;
  if (!fds) return 0;
  rewinddir(fds);
  while (readdir(fds)) count++;
  return count > 2 ? count - 2 : 0; /* "." and ".." */
}

/* Of all its threads: those that hash passwords and commit, too. The second field is a name that
 * may hold anything, so what counts is behind its parenthesis. */
static uint64_t cpu_time(const char *stat)
{
  uint64_t user, system;
  const char *rest = strrchr(stat, ')');
  if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
                      &user, &system) != 2)
    return 0;
  return (user + system) * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

struct usage usage_read(struct usage_probe *probe)
{
  struct usage usage = {.open_fds = count_fds(probe->fds)};
  uint64_t pages = 0;
  char text[512];
  read_now(probe->statm, text);
  if (sscanf(text, "%*u %" SCNu64, &pages) == 1)
    usage.resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
  read_now(probe->stat, text);
  usage.cpu_ns = cpu_time(text);
  return usage;
}
