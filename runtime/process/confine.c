/* The steps in their order, and those that need no file of their own: limits, capabilities, flags
 * of the process. */
#include "process/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/signature.h"
#include "process/confine_parts.h"

/* Capabilities and Landlock are a thread's: others would keep theirs. A folder has a link from each
 * folder in it. */
static int check_alone(struct error *error)
{
  struct stat tasks;
  if (stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink != 3)
    return error_set(error, "cannot be confined: other threads run already");
  return 0;
}

/* What libraries read from outside when they are first used, and go on without if they cannot. */
static void let_libraries_read(void)
{
  tzset();          /* "localtime" of SQL */
  signature_init(); /* by which OpenSSL reads nothing */
}

static int set_limit(int resource, rlim_t to, const char *name, struct error *error)
{
  struct rlimit limit;
  if (getrlimit((__rlimit_resource_t)resource, &limit)) goto fail;
  if (to > limit.rlim_max) to = limit.rlim_max;
  limit.rlim_cur = to;
  if (resource == RLIMIT_CORE) limit.rlim_max = to;
  if (setrlimit((__rlimit_resource_t)resource, &limit)) goto fail;
  return 0;

fail:
  return error_set(error, "cannot set the limit %s: %s", name, strerror(errno));
}

/* Not RLIMIT_AS: the sandbox reserves pieces of 8 GB. Not RLIMIT_NPROC: it counts the threads of
 * all processes of the user, and seccomp lets nobody fork. */
static int set_limits(struct error *error)
{
  return set_limit(RLIMIT_CORE, 0, "core", error) ||
                 set_limit(RLIMIT_NOFILE, RLIM_INFINITY, "nofile", error)
             ? -1
             : 0;
}

/* While they are still there to do it. Who lacks CAP_SETPCAP cannot, and need not: without a
 * program to execute the bounding set gives nothing. */
static int drop_bounding_set(struct error *error)
{
  for (unsigned long number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++)
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) && errno != EPERM)
      return error_set(error, "cannot drop capability %lu: %s", number, strerror(errno));
  return 0;
}

static int drop_capabilities(struct error *error)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* of kernels that have it */
  if (syscall(SYS_capset, &header, none))
    return error_set(error, "cannot drop the capabilities: %s", strerror(errno));
  return 0;
}

/* Whoever changes user forgets that the end of its parent is its own. */
static int change_user(const struct user *user, struct error *error)
{
  int with_parent = 0;
  prctl(PR_GET_PDEATHSIG, &with_parent, 0, 0, 0);
  if (user_become(user, error)) return -1;
  prctl(PR_SET_PDEATHSIG, with_parent, 0, 0, 0);
  return 0;
}

static int drop_privileges(const struct confinement *confinement, struct error *error)
{
  if (drop_bounding_set(error)) return -1;
  if (confinement->user && change_user(confinement->user, error)) return -1;
  if (drop_capabilities(error)) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
    return error_set(error, "cannot be confined: %s", strerror(errno));
  if (geteuid() == 0 && !confinement->quiet)
    log_message(LOG_WARNING, "serving as root, though without its capabilities: name another "
                             "`user` in writ.json");
  return 0;
}

/* Before the first request for the database, so that it says what is wrong. */
static int check_data(const struct confinement *confinement, struct error *error)
{
  if (!confinement->data) return 0;
  if (access(confinement->data, R_OK | W_OK | X_OK))
    return error_set(error,
                     "%s: cannot be used by the user %lu: %s: give it to that user, with all that "
                     "is in it",
                     confinement->data, (unsigned long)geteuid(), strerror(errno));
  /* Where SQLite puts what it has no room for in memory. */
  if (setenv("SQLITE_TMPDIR", confinement->data, 1)) return error_set(error, "%s", strerror(errno));
  return 0;
}

static int restrict_files(const struct confinement *confinement, struct error *error)
{
  int version;
  if (confine_files(confinement->data, &version, error)) return -1;
  if (version == 0 && !confinement->quiet)
    log_message(LOG_WARNING, "this kernel has no Landlock: a worker can open what its user can");
  return 0;
}

static int restrict_calls(const struct confinement *confinement, struct error *error)
{
  bool missing;
  if (confine_calls(confinement->accepts, &missing, error)) return -1;
  if (!missing) return 0;
  if (!confinement->may_be_unfiltered)
    return error_set(error, "this kernel has no seccomp, which filters system calls");
  if (!confinement->quiet)
    log_message(LOG_WARNING, "this kernel has no seccomp: a worker can call what it likes");
  return 0;
}

int confine(const struct confinement *confinement, struct error *error)
{
  if (check_alone(error)) return -1;
  let_libraries_read();
  if (set_limits(error) || drop_privileges(confinement, error) || check_data(confinement, error) ||
      restrict_files(confinement, error))
    return -1;
  return restrict_calls(confinement, error);
}
