/* Confinement: what a process gives up before it touches anything of the app.
 *
 * A worker answers requests from the internet, a builder compiles what an AI wrote. The sandbox
 * holds the handlers; confinement is for the case that the host has a hole (or SQLite, or a
 * library): whoever has taken over the process finds nothing in it to go on with. In this order:
 *
 *   - no core dumps; as many open files as the hard limit admits
 *   - the user, for good; no capability, not even in the bounding set; PR_SET_NO_NEW_PRIVS; and
 *     PR_SET_DUMPABLE 0, so that no other process of this user can look into it
 *   - Landlock: files of the data folder only (and /dev/urandom), nothing can be executed, no TCP
 * port bound or connected to, no signal or abstract socket to outside
 *   - seccomp: an allowlist of system calls. What the kernel may have and we do not need is ENOSYS,
 *     which libraries know how to live with; what would lead out is EPERM; and what nothing of ours
 *     ever calls, such as execve or ptrace, ends the process with SIGSYS
 *
 * No memory becomes executable any more, so there is no JIT: PCRE2 interprets what is compiled from
 * then on. docs/security.md says what is left to an attacker, docs/decisions/0023 why it is so.
 *
 * A sanitized build (AddressSanitizer) does all of it but what would break the sanitizers: /proc,
 * /usr and the program itself can be read, system calls that are on no list are allowed, and so are
 * those by which LeakSanitizer looks at its process (ptrace, clone, prctl, kill). */
#ifndef WRIT_PROCESS_CONFINE_H
#define WRIT_PROCESS_CONFINE_H

#include <stdbool.h>

#include "base/error.h"
#include "process/user.h"

struct confinement {
  const struct user *user; /* to become; NULL: stay who one is. Root stays root then, without
                              capabilities, which is said in the log */
  const char *data;       /* folder, below which files are read, written, made and removed; SQLite's
                             temporary files too. NULL: no file is opened at all */
  bool accepts;           /* connections of sockets that are open: a worker. No socket is ever made,
                             bound or connected, by nobody */
  bool may_be_unfiltered; /* go on, with a warning, where the kernel has no seccomp */
  bool quiet;             /* what the kernel lacks has been said by another process */
};

/* For good, or -1: then the process has to end, for it is neither confined nor what it was. Once,
 * by the only thread of the process, when everything from outside is open. */
int confine(const struct confinement *confinement, struct error *error);

#endif
