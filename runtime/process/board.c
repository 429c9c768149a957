/* One layout, computed from the number of workers (board.h): the supervisor's head; the rate
 * limits, of which the words are everybody's; then for each worker a piece of its own, with its
 * words and its metrics. */
#include "process/board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "checks/rate_limit.h"
#include "dispatch/metrics.h"
#include "process/serve.h"

enum { PIECE_ALIGNMENT = RATE_LIMITER_HEAD_BYTES, TEXT_TRIES = 100 };

/* The beginning of the file. */
struct head {
  uint64_t bytes, worker_count;
  struct board_status status;
  _Atomic int32_t pids[];
};

struct board {
  struct head *head;
  size_t bytes, worker_count, limiter_at, workers_at;
};

static size_t align(size_t bytes)
{
  return (bytes + PIECE_ALIGNMENT - 1) / PIECE_ALIGNMENT * PIECE_ALIGNMENT;
}

static size_t limiter_piece(void)
{
  return align(rate_limiter_bytes(RATE_LIMITER_KEYS));
}

static size_t worker_piece(void)
{
  return align(metrics_bytes() + sizeof(struct board_worker));
}

static void lay_out(struct board *board, size_t workers)
{
  board->worker_count = workers;
  board->limiter_at = align(sizeof(struct head) + workers * sizeof(_Atomic int32_t));
  board->workers_at = board->limiter_at + limiter_piece();
  board->bytes = board->workers_at + workers * worker_piece();
}

static void *at(const struct board *board, size_t offset)
{
  return (char *)board->head + offset;
}

static void *piece_of(const struct board *board, size_t index)
{
  return at(board, board->workers_at + index * worker_piece());
}

static int map(struct board *board, int fd, int protection)
{
  void *memory = mmap(NULL, board->bytes, protection, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return -1;
  board->head = memory;
  return 0;
}

/* Makes a part of what is mapped writable, by a descriptor that may write. */
static int map_writable(struct board *board, int fd, size_t offset, size_t bytes)
{
  void *memory = mmap(at(board, offset), bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                      (off_t)offset);
  return memory == MAP_FAILED ? -1 : 0;
}

int board_create(size_t workers, int *fd, struct board **result, struct error *error)
{
  struct board *board = memory_new(sizeof *board);
  lay_out(board, workers);
  *fd = memfd_create("writ-board", MFD_CLOEXEC);
  if (*fd < 0 || ftruncate(*fd, (off_t)board->bytes) < 0 ||
      map(board, *fd, PROT_READ | PROT_WRITE) < 0) {
    error_set(error, "cannot make memory to share with workers: %s", strerror(errno));
    if (*fd >= 0) close(*fd);
    memory_free(board);
    return -1;
  }
  board->head->bytes = board->bytes;
  board->head->worker_count = workers;
  rate_limiter_init(at(board, board->limiter_at), RATE_LIMITER_KEYS);
  *result = board;
  return 0;
}

/* The file is the supervisor's own, but a wrong one must not be a fault. */
static int read_layout(struct board *board, int fd, size_t index)
{
  struct stat status;
  struct head head;
  if (fstat(fd, &status) < 0 || pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head) return -1;
  if (head.worker_count == 0 || head.worker_count > SERVE_WORKERS_MAX) return -1;
  lay_out(board, (size_t)head.worker_count);
  return head.bytes == board->bytes && (uint64_t)status.st_size == head.bytes &&
                 index < board->worker_count
             ? 0
             : -1;
}

/* All of it by a second descriptor, which can only read. */
static int map_read_only(struct board *board, int fd)
{
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int reading = open(path, O_RDONLY | O_CLOEXEC);
  if (reading < 0) return -1;
  int result = map(board, reading, PROT_READ);
  close(reading);
  return result;
}

static int attach(struct board *board, int fd, size_t index)
{
  if (read_layout(board, fd, index) || map_read_only(board, fd)) return -1;
  size_t words_at = board->limiter_at + RATE_LIMITER_HEAD_BYTES;
  if (map_writable(board, fd, words_at, board->workers_at - words_at) == 0 &&
      map_writable(board, fd, board->workers_at + index * worker_piece(), worker_piece()) == 0)
    return 0;
  munmap(board->head, board->bytes);
  return -1;
}

int board_attach(int fd, size_t index, struct board **result, struct error *error)
{
  struct board *board = memory_new(sizeof *board);
  int attached = attach(board, fd, index);
  close(fd);
  if (attached) {
    memory_free(board);
    return error_set(error, "what the supervisor shares is not its memory");
  }
  *result = board;
  return 0;
}

void board_detach(struct board *board)
{
  if (!board) return;
  munmap(board->head, board->bytes);
  memory_free(board);
}

size_t board_worker_count(const struct board *board)
{
  return board->worker_count;
}

struct board_worker *board_worker(struct board *board, size_t index)
{
  return (struct board_worker *)(void *)((char *)piece_of(board, index) + metrics_bytes());
}

_Atomic int32_t *board_pid(struct board *board, size_t index)
{
  return &board->head->pids[index];
}

struct board_status *board_status(struct board *board)
{
  return &board->head->status;
}

struct rate_limiter *board_limiter(struct board *board)
{
  return at(board, board->limiter_at);
}

void *board_metrics(struct board *board, size_t index)
{
  return piece_of(board, index);
}

/* A sequence lock: readers try again while the text is being written. */
void board_set_text(struct board *board, const char *text)
{
  struct board_status *status = &board->head->status;
  atomic_fetch_add(&status->text_version, 1);
  size_t length = strnlen(text, BOARD_TEXT_BYTES - 1);
  memcpy(status->text, text, length);
  status->text[length] = 0;
  atomic_fetch_add(&status->text_version, 1);
}

void board_get_text(struct board *board, char text[BOARD_TEXT_BYTES])
{
  struct board_status *status = &board->head->status;
  for (int i = 0; i < TEXT_TRIES; i++) {
    uint32_t before = atomic_load(&status->text_version);
    memcpy(text, status->text, BOARD_TEXT_BYTES);
    text[BOARD_TEXT_BYTES - 1] = 0;
    if (before % 2 == 0 && before == atomic_load(&status->text_version)) return;
  }
  text[0] = 0;
}
