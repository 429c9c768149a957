/* Landlock, by its system calls: glibc has no functions for them. What a version of it does not
 * know is not asked of it (Documentation/userspace-api/landlock.rst). The numbers are the kernel's,
 * for headers that are older than it. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/confine_parts.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum { ASK_VERSION = 1, RULE_PATH_BENEATH = 1 };

enum { /* LANDLOCK_ACCESS_FS_… */
       EXECUTE = 1 << 0,
       WRITE_FILE = 1 << 1,
       READ_FILE = 1 << 2,
       READ_FOLDER = 1 << 3,
       REMOVE_FILE = 1 << 5,
       MAKE_FILE = 1 << 8,
       TRUNCATE = 1 << 14, /* from version 3 on */

       /* All that a version knows, including those that nobody gets: to make, move and remove other
        * things, and (from version 5 on) ioctl on devices. */
       FILES_1 = (1 << 13) - 1,
       FILES_2 = (1 << 14) - 1,
       FILES_3 = (1 << 15) - 1,
       FILES_5 = (1 << 16) - 1,
};

/* struct landlock_ruleset_attr. The kernel takes a longer one than it knows, if the rest is 0. */
struct ruleset {
  uint64_t files;
  uint64_t network; /* from version 4 on: to bind and to connect TCP */
  uint64_t scopes;  /* from version 6 on: abstract sockets and signals */
};

struct rule { /* struct landlock_path_beneath_attr */
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

static struct ruleset ruleset_of(int version)
{
  static const uint64_t files[] = {0, FILES_1, FILES_2, FILES_3, FILES_3};
  struct ruleset all = {.files = version >= 5 ? FILES_5 : files[version]};
  if (version >= 4) all.network = 3;
  if (version >= 6) all.scopes = 3;
  return all;
}

static int allow(int ruleset, const char *path, uint64_t allowed, struct error *error)
{
  struct rule rule = {.allowed = allowed, .parent = open(path, O_PATH | O_CLOEXEC)};
  int result = 0;
  if (rule.parent < 0 || syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
    result = error_set(error, "%s: cannot be confined to: %s", path, strerror(errno));
  if (rule.parent >= 0) close(rule.parent);
  return result;
}

/* What there is of them. SQLite seeds random() from /dev/urandom; without it, from the time. libuv
 * keeps /dev/null open, to close it when no file descriptor is left to refuse a client with. */
static int allow_devices(int ruleset, struct error *error)
{
  static const char *const devices[] = {"/dev/urandom", "/dev/null"};
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
    if (access(devices[i], F_OK) == 0 && allow(ruleset, devices[i], READ_FILE, error)) return -1;
  return 0;
}

/* For the sanitizers' reports. */
static int allow_looking(int ruleset, struct error *error)
{
  static const char *const folders[] = {"/proc", "/usr"};
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    if (allow(ruleset, folders[i], READ_FILE | READ_FOLDER, error)) return -1;
  return allow(ruleset, "/proc/self/exe", READ_FILE, error);
}

static int restrict_self(int ruleset, const char *data, uint64_t known, struct error *error)
{
  uint64_t work = READ_FILE | WRITE_FILE | READ_FOLDER | REMOVE_FILE | MAKE_FILE | TRUNCATE;
  if (allow_devices(ruleset, error)) return -1;
  if (data && allow(ruleset, data, work & known, error)) return -1;
  if (CONFINE_SANITIZED && allow_looking(ruleset, error)) return -1;
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
    return error_set(error, "Landlock: %s", strerror(errno));
  return 0;
}

/* 0: the kernel was built without it, or started without it. */
static int landlock_version(void)
{
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
  return version > 0 ? (int)version : 0;
}

int confine_files(const char *data, int *version, struct error *error)
{
  *version = landlock_version();
  if (*version == 0) return 0;
  struct ruleset all = ruleset_of(*version);
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
  if (ruleset < 0) return error_set(error, "Landlock: %s", strerror(errno));
  int result = restrict_self(ruleset, data, all.files, error);
  close(ruleset);
  return result;
}
