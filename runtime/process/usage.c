/* See usage.h. */
#include "process/usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t NS_PER_S = 1000000000;

/* The file's first line in the process's folder; empty if it cannot be read. */
static void read_line(pid_t pid, const char *name, char line[256])
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
  FILE *file = fopen(path, "re");
  if (!file || !fgets(line, 256, file)) line[0] = 0;
  if (file) fclose(file);
}

static uint64_t count_fds(pid_t pid)
{
  char path[64];
  uint64_t count = 0;
  snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
  DIR *folder = opendir(path);
  if (!folder) return 0;
  while (readdir(folder)) count++;
  closedir(folder);
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

struct usage usage_of(pid_t pid)
{
  struct usage usage = {.open_fds = count_fds(pid)};
  uint64_t pages = 0;
  char line[256];
  read_line(pid, "statm", line);
  if (sscanf(line, "%*u %" SCNu64, &pages) == 1)
    usage.resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
  read_line(pid, "stat", line);
  usage.cpu_ns = cpu_time(line);
  return usage;
}
