/* A database of a test's, in a file: with what lies beside it. */
#ifndef WRIT_TESTS_DATABASE_FILE_H
#define WRIT_TESTS_DATABASE_FILE_H

#include <stdio.h>
#include <unistd.h>

/* Once it is closed. */
static inline void database_file_remove(const char *path)
{
  static const char *const suffixes[] = {"", "-wal", "-shm", "-shared"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    char name[256];
    snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
    unlink(name);
  }
}

#endif
