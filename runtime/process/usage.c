/* See usage.h. */
#include "process/usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

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

struct usage usage_of(pid_t pid)
{
  struct usage usage = {.open_fds = count_fds(pid)};
  uint64_t pages = 0;
  char line[256];
  read_line(pid, "statm", line);
  if (sscanf(line, "%*u %" SCNu64, &pages) == 1)
    usage.resident_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
  read_line(pid, "schedstat", line); /* of its main thread, which does what there is to do */
  if (sscanf(line, "%" SCNu64, &usage.cpu_ns) != 1) usage.cpu_ns = 0;
  return usage;
}
