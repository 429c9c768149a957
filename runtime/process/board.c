/* One layout, computed from the number of workers: head, workers, rate limits, metrics (board.h).
 */
#include "process/board.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "checks/rate_limit.h"
#include "dispatch/metrics.h"
#include "process/serve.h"

enum { PIECE_ALIGNMENT = 4096, TEXT_TRIES = 100 };

/* The beginning of the file. */
struct head {
  uint64_t bytes, worker_count;
  struct board_status status;
  struct board_worker workers[];
};

struct board {
  struct head *head;
  size_t bytes, worker_count, metrics_at, limiter_at; /* whatever others write into the head */
};

static size_t align(size_t bytes)
{
  return (bytes + PIECE_ALIGNMENT - 1) / PIECE_ALIGNMENT * PIECE_ALIGNMENT;
}

static size_t metrics_piece(void)
{
  return align(metrics_bytes());
}

static void lay_out(struct board *board, size_t workers)
{
  board->worker_count = workers;
  board->limiter_at = align(sizeof(struct head) + workers * sizeof(struct board_worker));
  board->metrics_at = board->limiter_at + align(rate_limiter_bytes(RATE_LIMITER_KEYS));
  board->bytes = board->metrics_at + workers * metrics_piece();
}

static int map(struct board *board, int fd)
{
  void *memory = mmap(NULL, board->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return -1;
  board->head = memory;
  return 0;
}

int board_create(size_t workers, int *fd, struct board **result, struct error *error)
{
  struct board *board = memory_new(sizeof *board);
  lay_out(board, workers);
  *fd = memfd_create("writ-board", MFD_CLOEXEC);
  if (*fd < 0 || ftruncate(*fd, (off_t)board->bytes) < 0 || map(board, *fd) < 0) {
    error_set(error, "cannot make memory to share with workers: %s", strerror(errno));
    if (*fd >= 0) close(*fd);
    memory_free(board);
    return -1;
  }
  board->head->bytes = board->bytes;
  board->head->worker_count = workers;
  rate_limiter_init((char *)board->head + board->limiter_at, RATE_LIMITER_KEYS);
  *result = board;
  return 0;
}

/* The file is the supervisor's own, but a wrong one must not be a fault. */
static int attach(struct board *board, int fd)
{
  struct stat status;
  struct head head;
  if (fstat(fd, &status) < 0 || pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head) return -1;
  if (head.worker_count == 0 || head.worker_count > SERVE_WORKERS_MAX) return -1;
  lay_out(board, (size_t)head.worker_count);
  if (head.bytes != board->bytes || (uint64_t)status.st_size != head.bytes) return -1;
  return map(board, fd);
}

int board_attach(int fd, struct board **result, struct error *error)
{
  struct board *board = memory_new(sizeof *board);
  int attached = attach(board, fd);
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
  return &board->head->workers[index];
}

struct board_status *board_status(struct board *board)
{
  return &board->head->status;
}

struct rate_limiter *board_limiter(struct board *board)
{
  return (struct rate_limiter *)(void *)((char *)board->head + board->limiter_at);
}

void *board_metrics(struct board *board, size_t index)
{
  return (char *)board->head + board->metrics_at + index * metrics_piece();
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
