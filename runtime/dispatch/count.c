/* What is counted of calls, and where (dispatch/metrics.h). Every function here does nothing if
 * nobody gave memory to count in.
 *
 * During a reload two dispatchers of one worker may count in one segment, on one thread: so what
 * goes up and down is changed by differences. */
#include "base/memory.h"
#include "dispatch/call.h"
#include "dispatch/metrics.h"

struct counts {
  struct metrics *metrics;
  uint64_t generation;        /* whose flags count */
  struct metrics_row *none;   /* calls without a contract */
  size_t waiting;             /* jobs of this dispatcher's writer, as they are counted at present */
  struct metrics_row *rows[]; /* by contract.index; NULL: not looked up yet */
};

static struct metrics_row *row_of(struct counts *counts, const struct contract *contract)
{
  if (!contract) return counts->none;
  struct metrics_row **row = &counts->rows[contract->index];
  if (!*row) *row = metrics_row(counts->metrics, text_of(contract->name));
  return *row;
}

static void count_batch(void *context, const struct writer_batch *batch)
{
  static const enum metric ends[] = {[WRITER_COMMITTED] = METRIC_BATCHES_COMMITTED,
                                     [WRITER_ROLLED_BACK] = METRIC_BATCHES_ROLLED_BACK,
                                     [WRITER_FAILED] = METRIC_BATCHES_FAILED,
                                     [WRITER_NOT_BEGUN] = METRIC_BATCHES_NOT_BEGUN};
  struct metrics *metrics = ((struct counts *)context)->metrics;
  metrics_add(metrics, ends[batch->end], 1);
  metrics_observe(metrics, METRIC_HISTOGRAM_WRITE_TURN, batch->begin_ns);
  if (batch->end != WRITER_COMMITTED) return;
  metrics_observe(metrics, METRIC_HISTOGRAM_BATCH_JOBS, batch->jobs);
  metrics_observe(metrics, METRIC_HISTOGRAM_COMMIT, batch->commit_ns);
  metrics_set(metrics, METRIC_WAL_BYTES, batch->log_bytes);
}

static void count_waiting(void *context, size_t jobs, uint64_t since_ns)
{
  struct counts *counts = context;
  metrics_add(counts->metrics, METRIC_AUDIT_WAITING, jobs - counts->waiting);
  metrics_set_audit_oldest(counts->metrics, since_ns);
  counts->waiting = jobs;
}

/* Which handlers do not load is known for as long as their generation serves. */
static void flag_handlers(struct counts *counts, const struct generation *generation)
{
  counts->generation = metrics_begin_generation(counts->metrics);
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    if (contract->handler_state == HANDLER_CURRENT) continue;
    metrics_set_flag(counts->metrics, counts->generation, row_of(counts, contract),
                     contract->handler_state == HANDLER_STALE ? METRIC_STALE : METRIC_UNAVAILABLE,
                     true);
  }
}

struct counts *counts_new(struct metrics *metrics, const struct generation *generation,
                          struct writer *writer)
{
  if (!metrics) return NULL;
  size_t rows = generation->contract_count * sizeof(struct metrics_row *);
  struct counts *counts = memory_new(sizeof *counts + rows);
  counts->metrics = metrics;
  counts->none = metrics_row(metrics, TEXT(""));
  flag_handlers(counts, generation);
  writer_watch(writer, &(struct writer_watch){
                           .context = counts, .batch = count_batch, .waiting = count_waiting});
  return counts;
}

void counts_free(struct counts *counts)
{
  if (counts && counts->waiting > 0) count_waiting(counts, 0, 0);
  memory_free(counts);
}

void count_begin(const struct call *call)
{
  const struct counts *counts = call->dispatcher->counts;
  if (counts) metrics_add(counts->metrics, METRIC_CALLS_OPEN, 1);
}

void count_end(const struct call *call)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  struct counts *counts = dispatcher->counts;
  if (!counts) return;
  metrics_subtract(counts->metrics, METRIC_CALLS_OPEN, 1);
  metrics_count_call(row_of(counts, call->contract), call->verdict.denial,
                     dispatcher_monotonic_ns(dispatcher) - call->started_ns);
}

uint64_t count_clock(const struct call *call)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  return dispatcher->counts ? dispatcher_monotonic_ns(dispatcher) : 0;
}

void count_run(const struct call *call)
{
  const struct dispatcher *dispatcher = call->dispatcher;
  struct counts *counts = dispatcher->counts;
  if (!counts) return;
  metrics_count_run(row_of(counts, call->contract), call->run_ns, call->run.memory_bytes);
}

static void flag_quarantine(const struct dispatcher *dispatcher, const struct contract *contract)
{
  struct counts *counts = dispatcher->counts;
  bool closed = route_is_quarantined(dispatcher->quarantines, contract);
  metrics_set_flag(counts->metrics, counts->generation, row_of(counts, contract),
                   METRIC_QUARANTINED, closed);
}

void count_quarantine(const struct call *call)
{
  if (call->dispatcher->counts) flag_quarantine(call->dispatcher, call->contract);
}

void count_quarantines(const struct dispatcher *dispatcher)
{
  const struct generation *generation = dispatcher->generation;
  for (size_t i = 0; dispatcher->counts && i < generation->contract_count; i++)
    if (route_is_quarantined(dispatcher->quarantines, generation->contracts[i]))
      flag_quarantine(dispatcher, generation->contracts[i]);
}

void count_passwords(const struct call *call, bool wait)
{
  const struct counts *counts = call->dispatcher->counts;
  if (!counts) return;
  if (wait)
    metrics_add(counts->metrics, METRIC_PASSWORD_JOBS, 1);
  else
    metrics_subtract(counts->metrics, METRIC_PASSWORD_JOBS, 1);
}

void count_refusals(const struct dispatcher *dispatcher, int64_t change)
{
  if (dispatcher->counts)
    metrics_add(dispatcher->counts->metrics, METRIC_AUDIT_COUNTED, (uint64_t)change);
}

void count_audit_failure(const struct dispatcher *dispatcher)
{
  if (dispatcher->counts) metrics_add(dispatcher->counts->metrics, METRIC_AUDIT_FAILURES, 1);
}
