/* What a worker serves: editions come, take over, and go (worker_internal.h). */
#include <malloc.h>
#include <unistd.h>

#include "base/memory.h"
#include "process/board_tell.h"
#include "process/child.h"
#include "process/worker_internal.h"

/* --- Requests --- */

static void handle(void *context, const struct request *request, dispatch_done done,
                   void *done_context)
{
  dispatch(context, request, done, done_context);
}

static size_t body_max(void *context, enum method method, struct text path)
{
  return dispatcher_body_max(context, method, path);
}

struct server_handler worker_handler(const struct edition *edition)
{
  return (struct server_handler){
      .context = edition->dispatcher, .handle = handle, .body_max = body_max};
}

/* --- What the admin listener tells --- */

struct admin_config worker_admin_config(struct worker *worker)
{
  const struct edition *edition = worker->current;
  return (struct admin_config){.version = WRIT_VERSION,
                               .terms = &edition->config.admin,
                               .token = edition->secrets.admin_token,
                               .exposed = worker->admin_exposed,
                               .status = board_tell,
                               .context = worker->board};
}

static void configure_admin(struct worker *worker)
{
  struct admin_config config = worker_admin_config(worker);
  admin_configure(worker->admin, &config);
}

/* --- Editions --- */

/* The one that serves from now on. */
int worker_take_over(struct worker *worker, struct edition *edition, struct error *error)
{
  if (edition_open(edition, &worker->host, worker->options->dev, error)) {
    edition_free(edition);
    return -1;
  }
  struct edition *before = worker->current;
  worker->current = edition;
  if (before) {
    struct server_handler handler = worker_handler(edition);
    dispatcher_adopt(edition->dispatcher, before->dispatcher);
    struct server_limits limits = config_server_limits(&edition->config);
    server_set_handler(worker->server, &handler);
    server_configure(worker->server, &limits);
    server_set_policy(worker->server, &edition->policy);
    server_set_tls(worker->server, edition->secrets.tls);
    if (worker->admin) configure_admin(worker);
    before->next = worker->retired;
    worker->retired = before;
  }
  return 0;
}

void worker_announce(struct worker *worker)
{
  atomic_store(&worker->self->generation, worker->current->number);
  child_tell(CHANNEL_SERVING, worker->current->number, NULL, -1);
}

static void load(uv_work_t *work)
{
  struct worker *worker = work->data;
  struct loading *loading = &worker->loading;
  edition_load(worker->options, loading->bundle, loading->number, &loading->edition,
               &loading->error);
}

static void load_next(struct worker *worker);

static void loaded(uv_work_t *work, int status)
{
  struct worker *worker = work->data;
  struct loading *loading = &worker->loading;
  (void)status;
  close(loading->bundle);
  loading->busy = false;
  if (worker->draining)
    edition_free(loading->edition);
  else if (!loading->edition || worker_take_over(worker, loading->edition, &loading->error))
    child_tell(CHANNEL_FAILED, loading->number, loading->error.message, -1);
  else
    worker_announce(worker);
  load_next(worker);
}

/* One at a time, and of those that wait only the newest. */
static void load_next(struct worker *worker)
{
  if (worker->loading.busy || worker->waiting < 0) return;
  worker->loading =
      (struct loading){.busy = true, .bundle = worker->waiting, .number = worker->waiting_number};
  worker->loading.work.data = worker;
  worker->waiting = -1;
  uv_queue_work(&worker->loop, &worker->loading.work, load, loaded);
}

void worker_receive_bundle(struct worker *worker, int fd, uint64_t number)
{
  if (worker->waiting >= 0) close(worker->waiting);
  worker->waiting = fd;
  worker->waiting_number = number;
  load_next(worker);
}

/* Editions are made by threads of the pool, each in a heap of its own, which keep what is freed:
 * all of them together as much as several editions. */
static void trim(uv_work_t *work)
{
  (void)work;
  malloc_trim(0);
}

static void trimmed(uv_work_t *work, int status)
{
  (void)status;
  memory_free(work);
}

void worker_retire_old(struct worker *worker)
{
  bool freed = false;
  for (struct edition **at = &worker->retired; *at;) {
    struct edition *next = (*at)->next;
    if (edition_retire(*at)) {
      *at = next;
      freed = true;
    } else {
      at = &(*at)->next;
    }
  }
  if (freed) uv_queue_work(&worker->loop, memory_new(sizeof(uv_work_t)), trim, trimmed);
}
