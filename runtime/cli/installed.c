/* Files that come with the program. */
#include "cli/installed.h"

#include <limits.h>
#include <unistd.h>

const char *installed_path(struct arena *arena, const char *path, struct error *error)
{
  static const char *const ways[] = {"", "../"};
  char program[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program);
  while (length > 0 && program[length - 1] != '/') length--;
  for (size_t i = 0; i < sizeof ways / sizeof *ways && length > 0; i++) {
    struct text found = arena_print(arena, "%.*s%s%s", (int)length, program, ways[i], path);
    if (access(found.data, F_OK) == 0) return found.data;
  }
  error_set(error, "%s, which is installed with writ, is neither below %.*s nor beside it", path,
            length > 0 ? (int)length : 0, program);
  return NULL;
}
