/* The user that a server started by root becomes, and whose its data are. */
#ifndef WRIT_PROCESS_USER_H
#define WRIT_PROCESS_USER_H

#include <sys/types.h>

#include "base/error.h"

enum { USER_NAME_BYTES = 33 };

struct user {
  char name[USER_NAME_BYTES]; /* as the machine has it; a number that it does not know, in digits */
  uid_t uid;
  gid_t gid; /* the user's own; for a number that the machine does not know: the same number */
};

/* By name, or by number. Asks the machine (getpwnam(3)), so before confinement. */
int user_find(const char *name, struct user *user, struct error *error);

/* For good: real, effective and saved ids, and the groups of the user alone (initgroups(3)). Needs
 * root, unless one is this user already. Before other threads begin. */
int user_become(const struct user *user, struct error *error);

/* Makes a folder for its owner alone, unless there is one; not those above it. A new one that root
 * makes is the user's (NULL: root's). One that was there before stays whose it is. */
int user_make_folder(const char *path, const struct user *user, struct error *error);

#endif
