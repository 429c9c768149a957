/* uv_spawn, and a poll handle on our end of the channel (child.h). */
#include "process/child.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MESSAGES_PER_TURN = 16 };

/* So many at once, and the others first: a worker that has been taken over may send without end. */
static void receive_some(struct child *child)
{
  struct channel_message message;
  enum channel_result result = CHANNEL_NOTHING;
  int fd;
  for (int i = 0; i < MESSAGES_PER_TURN; i++) {
    result = channel_receive(child->end, &message, &fd);
    if (result != CHANNEL_RECEIVED) break;
    child->received(child, &message, fd);
  }
  if (result == CHANNEL_ENDED) uv_poll_stop(&child->poll);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
  (void)status;
  (void)events;
  receive_some(poll->data);
}

static void on_closed(uv_handle_t *handle)
{
  struct child *child = handle->data;
  if (--child->open_handles > 0) return;
  close(child->end);
  child->alive = false;
  child->ended(child, child->status, child->signal);
}

/* What it said last may still be unread. */
static void on_exit(uv_process_t *process, int64_t status, int signal)
{
  struct child *child = process->data;
  child->running = false;
  child->status = status;
  child->signal = signal;
  receive_some(child);
  uv_close((uv_handle_t *)&child->process, on_closed);
  uv_close((uv_handle_t *)&child->poll, on_closed);
}

static int spawn(uv_loop_t *loop, struct child *child, char **arguments, int their_end,
                 const int *fds, size_t fd_count)
{
  uv_stdio_container_t containers[CHILD_FDS + CHILD_FDS_MAX];
  uv_process_options_t options = {.exit_cb = on_exit,
                                  .file = "/proc/self/exe", /* also once it has been replaced */
                                  .args = arguments,
                                  .stdio = containers,
                                  .stdio_count = (int)(CHILD_FDS + fd_count)};
  for (int i = 0; i < options.stdio_count; i++) {
    containers[i].flags = UV_INHERIT_FD;
    containers[i].data.fd = i < CHILD_CHANNEL    ? i
                            : i == CHILD_CHANNEL ? their_end
                                                 : fds[i - CHILD_FDS];
  }
  return uv_spawn(loop, &child->process, &options);
}

int child_spawn(uv_loop_t *loop, struct child *child, char **arguments, const int *fds,
                size_t fd_count, struct error *error)
{
  int ends[2];
  if (fd_count > CHILD_FDS_MAX) return error_set(error, "too many sockets for a process");
  if (channel_pair(ends, error)) return -1;
  child->end = ends[0];
  child->process.data = child->poll.data = child;
  child->open_handles = 2;
  uv_poll_init(loop, &child->poll, child->end);
  int result = spawn(loop, child, arguments, ends[1], fds, fd_count);
  close(ends[1]);
  child->alive = true;
  child->running = result == 0;
  if (result == 0) {
    uv_poll_start(&child->poll, UV_READABLE, on_readable);
    return 0;
  }
  on_exit(&child->process, 127, 0); /* it has ended before it began: `ended` tells */
  return error_set(error, "cannot start a process: %s%s", uv_strerror(result),
                   result == UV_ENOENT ? ": /proc must be mounted" : "");
}

bool child_send(struct child *child, const struct channel_message *message, int fd)
{
  return child->alive && channel_send(child->end, message, fd);
}

/* Without a process its number may be another's, or 0, which is all of ours. */
void child_kill(struct child *child, int signal)
{
  if (child->running) uv_process_kill(&child->process, signal);
}

/* The kernel tells of deaths to come only. Nobody else has the channel's other end. */
static bool parent_has_ended(void)
{
  struct pollfd channel = {.fd = CHILD_CHANNEL};
  return poll(&channel, 1, 0) == 1 && channel.revents & POLLHUP;
}

void child_begin(const char *name)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (parent_has_ended()) raise(SIGKILL);
  signal(SIGPIPE, SIG_IGN); /* nobody reads the log any more */
  prctl(PR_SET_NAME, name);
}

void child_tell(enum channel_kind kind, uint64_t generation, const char *text, int fd)
{
  struct channel_message message = {.kind = kind, .generation = generation};
  if (text) snprintf(message.text, sizeof message.text, "%s", text);
  channel_send(CHILD_CHANNEL, &message, fd);
}
