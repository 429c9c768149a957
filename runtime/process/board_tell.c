/* What the board says, for the admin listener. */
#include "process/board_tell.h"

#include "process/board.h"

static void tell_worker(struct board *board, size_t index, struct admin_worker *status)
{
  struct board_worker *shared = board_worker(board, index);
  status->metrics = board_metrics(board, index);
  status->generation = atomic_load(&shared->generation);
  status->alive = atomic_load(board_pid(board, index)) != 0 && status->generation > 0;
  status->resident_bytes = atomic_load(&shared->resident_bytes);
  status->open_fds = atomic_load(&shared->open_fds);
  status->cpu_ns = atomic_load(&shared->cpu_ns);
}

void board_tell(void *context, struct admin_status *status)
{
  struct board *board = context;
  struct board_status *shared = board_status(board);
  status->started_ms = atomic_load(&shared->started_ms);
  status->generation = atomic_load(&shared->generation);
  status->reloads = atomic_load(&shared->reloads);
  status->failed_reloads = atomic_load(&shared->failed_reloads);
  status->reload_ms = atomic_load(&shared->reload_ms);
  status->reload_failed = atomic_load(&shared->reload_failed);
  status->restarts = atomic_load(&shared->restarts);
  status->kills = atomic_load(&shared->kills);
  status->draining = atomic_load(&shared->draining);
  board_get_text(board, status->text);
  status->worker_count = board_worker_count(board);
  for (size_t i = 0; i < status->worker_count; i++) tell_worker(board, i, &status->workers[i]);
}
