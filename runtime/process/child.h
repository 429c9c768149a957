/* A process of this very program, and the channel to it (process/channel.h): how the supervisor has
 * its builder and workers. It begins by exec, with nothing of ours but the file descriptors that it
 * is given, at an address space of its own; and the kernel ends it if the supervisor dies. */
#ifndef WRIT_PROCESS_CHILD_H
#define WRIT_PROCESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/error.h"
#include "process/channel.h"

/* Where a child finds them. */
enum { CHILD_CHANNEL = 3, CHILD_FDS = 4, CHILD_FDS_MAX = 16 };

/* In the owner's storage, which stays until `ended`. All calls come on the loop's thread. */
struct child {
  /* The owner sets these. *fd is the callback's to close, or -1. */
  void (*received)(struct child *child, const struct channel_message *message, int fd);
  /* Last of all: `status` as exit(3) has it, or the signal that ended it. */
  void (*ended)(struct child *child, int64_t status, int signal);

  bool alive;   /* from child_spawn until `ended`. The rest is private */
  bool running; /* there is a process, which has not been waited for: its number is its own */
  uv_process_t process;
  uv_poll_t poll;
  int end;
  unsigned open_handles;
  int64_t status;
  int signal;
};

/* Begins `writ ARGUMENTS`, with copies of these file descriptors from CHILD_FDS on. -1: it has not
 * begun; `ended` comes nevertheless if it is `alive`, and only then. */
int child_spawn(uv_loop_t *loop, struct child *child, char **arguments, const int *fds,
                size_t fd_count, struct error *error);

bool child_send(struct child *child, const struct channel_message *message, int fd);
void child_kill(struct child *child, int signal);

/* In a child, first of all, on its main thread: its name for people, that it ends with its parent
 * (also where that has ended already), and not with whoever reads what it says. Who sees the name
 * can count on the rest. */
void child_begin(const char *name);

/* In a child: says something to its parent. `text` may be NULL, `fd` -1. */
void child_tell(enum channel_kind kind, uint64_t generation, const char *text, int fd);

#endif
