/* Becoming another user: checked afterwards, for a server that believes to have given up root is
 * worse than one that does not start. */
#include "process/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last number is setresuid's "leave it". */
static bool is_number(const char *name, uid_t *uid)
{
  char *end;
  errno = 0;
  unsigned long number = strtoul(name, &end, 10);
  if (name[0] < '0' || name[0] > '9' || *end || errno || number >= (uid_t)-1) return false;
  *uid = (uid_t)number;
  return true;
}

static void take(struct user *user, const char *name, uid_t uid, gid_t gid)
{
  *user = (struct user){.uid = uid, .gid = gid};
  snprintf(user->name, sizeof user->name, "%s", name);
}

int user_find(const char *name, struct user *user, struct error *error)
{
  uid_t uid;
  bool number = is_number(name, &uid);
  const struct passwd *entry = number ? getpwuid(uid) : getpwnam(name);
  if (!entry && !number) return error_set(error, "there is no user '%s'", name);
  if (entry && strlen(entry->pw_name) < USER_NAME_BYTES)
    take(user, entry->pw_name, entry->pw_uid, entry->pw_gid);
  else if (entry)
    take(user, name, entry->pw_uid, entry->pw_gid);
  else
    take(user, name, uid, (gid_t)uid);
  return 0;
}

static bool is_user(const struct user *user)
{
  uid_t real, effective, saved;
  gid_t real_group, effective_group, saved_group;
  return getresuid(&real, &effective, &saved) == 0 &&
         getresgid(&real_group, &effective_group, &saved_group) == 0 && real == user->uid &&
         effective == user->uid && saved == user->uid && real_group == user->gid &&
         effective_group == user->gid && saved_group == user->gid;
}

/* A number that the machine does not know has no other groups. */
static int set_groups(const struct user *user)
{
  return getpwnam(user->name) ? initgroups(user->name, user->gid) : setgroups(1, &user->gid);
}

int user_become(const struct user *user, struct error *error)
{
  if (geteuid() != 0) {
    if (geteuid() == user->uid) return 0;
    return error_set(error, "only root can become the user '%s'; start as root, or as '%s'",
                     user->name, user->name);
  }
  if (set_groups(user) || setresgid(user->gid, user->gid, user->gid) ||
      setresuid(user->uid, user->uid, user->uid))
    return error_set(error, "cannot become the user '%s': %s", user->name, strerror(errno));
  bool comes_back = user->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0);
  if (comes_back || !is_user(user))
    return error_set(error, "became the user '%s', and could become root again", user->name);
  return 0;
}

/* By its descriptor: whatever has been put in its place meanwhile is not given away. */
static int give(const char *path, const struct user *user, struct error *error)
{
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;
  int result = 0;
  if (folder < 0 || fstat(folder, &status) || status.st_uid != geteuid() ||
      fchown(folder, user->uid, user->gid))
    result = error_set(error, "%s: cannot be given to the user '%s': %s", path, user->name,
                       strerror(errno));
  if (folder >= 0) close(folder);
  return result;
}

int user_make_folder(const char *path, const struct user *user, struct error *error)
{
  if (mkdir(path, 0700)) {
    if (errno == EEXIST) return 0;
    return error_set(error, "%s: cannot be made: %s%s", path, strerror(errno),
                     errno == ENOENT ? ": make the folder that it lies in" : "");
  }
  if (!user || geteuid() != 0) return 0;
  return give(path, user, error);
}
