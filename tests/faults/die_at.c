/* Death at a chosen moment, for specs: LD_PRELOAD puts it under a command, which is killed before
 * the call number WRIT_DIE_AT, counted from 1, of all that change what is on the disk. So a spec
 * that counts upwards until the command ends by itself has seen it die between any two of them.
 * With WRIT_STOP_AT it is stopped there instead, until somebody sends SIGCONT. */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

static void step(void)
{
  static long left;
  static int how = SIGKILL;
  if (left == 0) {
    const char *at = getenv("WRIT_DIE_AT");
    if (at == NULL) {
      at = getenv("WRIT_STOP_AT");
      how = SIGSTOP;
    }
    left = at != NULL ? atol(at) : -1;
  }
  if (left > 0 && --left == 0) {
    left = -1;
    raise(how);
  }
}

/* The function of this name that the shim hides, as type `function`. */
#define REAL(function, name)                                                                       \
  static function *real;                                                                           \
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name)

typedef int one_path(const char *path);
typedef int two_paths(const char *from, const char *to);
typedef int two_places(int from_folder, const char *from, int to_folder, const char *to,
                       unsigned flags);
typedef int one_file(int file);
typedef int one_file_length(int file, off_t length);
typedef ssize_t writing(int file, const void *bytes, size_t length, off_t at);

one_path unlink;
two_paths link, rename;
two_places renameat2;
one_file fsync, fdatasync;
one_file_length ftruncate, ftruncate64;
writing pwrite, pwrite64;

#define ONE_PATH(name)                                                                             \
  int name(const char *path)                                                                       \
  {                                                                                                \
    REAL(one_path, #name);                                                                         \
    step();                                                                                        \
    return real(path);                                                                             \
  }
#define TWO_PATHS(name)                                                                            \
  int name(const char *from, const char *to)                                                       \
  {                                                                                                \
    REAL(two_paths, #name);                                                                        \
    step();                                                                                        \
    return real(from, to);                                                                         \
  }
#define ONE_FILE(name)                                                                             \
  int name(int file)                                                                               \
  {                                                                                                \
    REAL(one_file, #name);                                                                         \
    step();                                                                                        \
    return real(file);                                                                             \
  }
#define ONE_FILE_LENGTH(name)                                                                      \
  int name(int file, off_t length)                                                                 \
  {                                                                                                \
    REAL(one_file_length, #name);                                                                  \
    step();                                                                                        \
    return real(file, length);                                                                     \
  }
#define WRITING(name)                                                                              \
  ssize_t name(int file, const void *bytes, size_t length, off_t at)                               \
  {                                                                                                \
    REAL(writing, #name);                                                                          \
    step();                                                                                        \
    return real(file, bytes, length, at);                                                          \
  }

ONE_PATH(unlink)
TWO_PATHS(link)
TWO_PATHS(rename)
ONE_FILE(fsync)
ONE_FILE(fdatasync)
ONE_FILE_LENGTH(ftruncate)
ONE_FILE_LENGTH(ftruncate64)
WRITING(pwrite)
WRITING(pwrite64)

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
  REAL(two_places, "renameat2");
  step();
  return real(from_folder, from, to_folder, to, flags);
}
