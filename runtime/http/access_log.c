/* Gathering lines and getting rid of them (access_log.h). What a line looks like is
 * access_line.c's. */
#include "http/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/access_line.h"

_Static_assert((int)ACCESS_LINE_BYTES <= (int)PIPE_BUF, "a line goes in one piece");

enum { KEPT_BYTES = 256 * 1024, FLUSHED_BYTES = 32 * 1024, LATER_MS = 20, HANDLES = 2 };

struct access_log {
  uv_prepare_t turn;
  uv_timer_t later; /* runs while there is something to be written */
  unsigned open_handles;
  int fd;
  bool own_fd;    /* it is this log's own, and never waits */
  bool is_file;   /* it never waits either, and takes any length */
  bool is_socket; /* which cannot be opened anew, but written to without waiting */
  bool is_over;   /* nobody will ever read again */
  bool in_words;  /* for a terminal */
  struct access_time time;
  struct buffer lines; /* from `written` on they are still to be written */
  size_t written;
  bool dropping;          /* until half of what is kept has been read */
  uint64_t dropped, told; /* lines; how many of them a line has told of */
};

uint64_t access_log_dropped(const struct access_log *log)
{
  return log->dropped;
}

/* Another description of the same pipe or terminal, so that writing there never waits while that of
 * its other owners may. A file is left as it is: its place in it is shared. */
static void open_anew(struct access_log *log, int fd)
{
  struct stat status;
  char path[32];
  log->fd = fd;
  log->in_words = isatty(fd);
  if (fstat(fd, &status) < 0 || S_ISREG(status.st_mode)) {
    log->is_file = true;
    return;
  }
  log->is_socket = S_ISSOCK(status.st_mode);
  if (log->is_socket) return;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (own < 0) return;
  log->fd = own;
  log->own_fd = true;
}

/* As many whole lines as go in one piece. A longer line would be a piece of its own. */
static struct text next_piece(const struct access_log *log)
{
  struct text rest = {log->lines.data + log->written, log->lines.length - log->written};
  if (log->is_file || rest.length <= PIPE_BUF) return rest;
  const char *end = memrchr(rest.data, '\n', PIPE_BUF);
  if (!end) end = memchr(rest.data, '\n', rest.length);
  return (struct text){rest.data, (size_t)(end - rest.data) + 1};
}

/* How many bytes were taken; 0: none just now; -1: none ever. */
static ssize_t put(const struct access_log *log, struct text piece)
{
  struct pollfd space = {.fd = log->fd, .events = POLLOUT};
  ssize_t taken;
  if (log->is_socket)
    taken = send(log->fd, piece.data, piece.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  else if (log->own_fd || log->is_file || poll(&space, 1, 0) == 1)
    taken = write(log->fd, piece.data, piece.length);
  else
    return 0;
  if (taken >= 0) return taken;
  return errno == EAGAIN || errno == EINTR || errno == ENOSPC ? 0 : -1;
}

static void give_up(struct access_log *log)
{
  log_message(LOG_WARNING, "the access log cannot be written any more: %s", strerror(errno));
  log->is_over = true;
  buffer_deinit(&log->lines);
  log->written = 0;
}

/* At the place where they would have been. */
static void tell_of_dropped(struct access_log *log)
{
  if (!log->dropping) return;
  access_line_dropped(&log->lines, log->dropped - log->told, log->in_words);
  log->told = log->dropped;
  log->dropping = false;
}

static size_t left(const struct access_log *log)
{
  return log->lines.length - log->written;
}

/* Moves what is left to the front. */
static void make_room(struct access_log *log)
{
  size_t bytes = left(log);
  if (log->written == 0) return;
  memmove(log->lines.data, log->lines.data + log->written, bytes);
  log->lines.length = bytes;
  log->written = 0;
}

/* Writes until no more than so much is left, or nobody takes more. */
static void write_down_to(struct access_log *log, size_t bytes)
{
  while (left(log) > bytes && !log->is_over) {
    ssize_t taken = put(log, next_piece(log));
    if (taken < 0) give_up(log);
    if (taken <= 0) return;
    log->written += (size_t)taken;
    if (left(log) <= PIPE_BUF) make_room(log); /* so little memory is in use as a rule */
    if (left(log) == 0) tell_of_dropped(log);
  }
}

void access_log_flush(struct access_log *log)
{
  write_down_to(log, 0);
}

static void on_later(uv_timer_t *later)
{
  access_log_flush(later->data);
}

static void on_turn(uv_prepare_t *turn)
{
  struct access_log *log = turn->data;
  if (left(log) == 0) return;
  write_down_to(log, log->in_words ? 0 : PIPE_BUF);
  if (left(log) > 0 && !uv_is_active((uv_handle_t *)&log->later))
    uv_timer_start(&log->later, on_later, LATER_MS, 0);
}

/* For one line, and one that tells of others. */
static bool has_room(struct access_log *log)
{
  size_t room = log->dropping ? KEPT_BYTES / 2 : 2 * ACCESS_LINE_BYTES;
  if (log->lines.length + room > KEPT_BYTES) make_room(log);
  return log->lines.length + room <= KEPT_BYTES;
}

/* Said at the first one, the second, the fourth, …: where a disk is full no line will say it. */
static void drop(struct access_log *log)
{
  uint64_t count = ++log->dropped;
  log->dropping = true;
  if ((count & (count - 1)) == 0)
    log_message(LOG_WARNING, "lines of the access log dropped by now, as nobody takes them: %llu",
                (unsigned long long)count);
}

void access_log_add(struct access_log *log, const struct access_entry *entry)
{
  if (log->is_over) return;
  if (!has_room(log)) {
    drop(log);
    return;
  }
  tell_of_dropped(log);
  access_line(&log->lines, &log->time, entry, log->in_words);
  if (left(log) >= FLUSHED_BYTES) write_down_to(log, PIPE_BUF);
}

struct access_log *access_log_new(uv_loop_t *loop, int fd)
{
  struct access_log *log = memory_new(sizeof *log);
  open_anew(log, fd);
  uv_prepare_init(loop, &log->turn);
  uv_timer_init(loop, &log->later);
  log->turn.data = log->later.data = log;
  log->open_handles = HANDLES;
  uv_prepare_start(&log->turn, on_turn);
  uv_unref((uv_handle_t *)&log->turn);
  uv_unref((uv_handle_t *)&log->later);
  return log;
}

static void on_closed(uv_handle_t *handle)
{
  struct access_log *log = handle->data;
  if (--log->open_handles > 0) return;
  if (log->own_fd) close(log->fd);
  buffer_deinit(&log->lines);
  memory_free(log);
}

void access_log_close(struct access_log *log)
{
  if (!log) return;
  access_log_flush(log);
  uv_close((uv_handle_t *)&log->turn, on_closed);
  uv_close((uv_handle_t *)&log->later, on_closed);
}
