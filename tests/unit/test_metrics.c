/* Counters in shared memory, and their text: what is counted comes out, in a form that Prometheus
 * takes, whatever becomes of workers. */
#include "prometheus_text.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/memory.h"
#include "dispatch/metrics_segment.h"

enum { SEGMENTS = 3 };
static const uint64_t MS = 1000000;

struct workers {
  void *segments[SEGMENTS];
  struct buffer text;
};

static void *new_segment(void)
{
  void *memory =
      mmap(NULL, metrics_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(memory != MAP_FAILED);
  return memory;
}

static int set_up(void **state)
{
  struct workers *workers = memory_new(sizeof *workers);
  for (size_t i = 0; i < SEGMENTS; i++) workers->segments[i] = new_segment();
  *state = workers;
  return 0;
}

static int tear_down(void **state)
{
  struct workers *workers = *state;
  for (size_t i = 0; i < SEGMENTS; i++) munmap(workers->segments[i], metrics_bytes());
  buffer_deinit(&workers->text);
  memory_free(workers);
  return 0;
}

static struct text write_at(struct workers *workers, uint64_t now_ns)
{
  buffer_clear(&workers->text);
  metrics_write(&workers->text, (const void *const *)workers->segments, SEGMENTS, now_ns);
  return buffer_text(&workers->text);
}

static void expect(struct workers *workers, const char *series, double value)
{
  double found = prometheus_value(buffer_text(&workers->text), series);
  if (found != value) fail_msg("%s: %g instead of %g", series, found, value);
}

/* --- */

static void empty_memory_is_an_empty_segment(void **state)
{
  struct workers *workers = *state;
  struct prometheus read = prometheus_read(write_at(workers, 0));
  assert_true(read.families > 20);
  expect(workers, "writ_calls_open", 0);
  expect(workers, "writ_batches_total{outcome=\"committed\"}", 0);
  expect(workers, "writ_handlers{state=\"quarantined\"}", 0);
  expect(workers, "writ_worker_starts_total{worker=\"0\"}", -1);
  expect(workers, "writ_requests_total{contract=\"(none)\",outcome=\"ok\"}", -1);
}

static void what_workers_count_is_added_up(void **state)
{
  struct workers *workers = *state;
  for (size_t i = 0; i < 2; i++) {
    struct metrics *metrics = metrics_attach(workers->segments[i], 1700000000000);
    struct metrics_row *row = metrics_row(metrics, TEXT("notes.list"));
    metrics_count_call(row, DENIAL_NONE, MS);
    metrics_count_call(row, DENIAL_NOT_OWNER, 3 * MS);
    metrics_count_call(row, DENIAL_DECLARED, 20000 * MS);
    metrics_count_call(metrics_row(metrics, TEXT("")), DENIAL_NO_ROUTE, 1000);
    metrics_count_run(row, (2 - i) * MS, (2 - i) * 65536);
    metrics_add(metrics, METRIC_CALLS_OPEN, 3);
    metrics_subtract(metrics, METRIC_CALLS_OPEN, 1);
    metrics_set(metrics, METRIC_WAL_BYTES, 4120 * (i + 1));
    metrics_count_refused(metrics, 431);
    metrics_count_refused(metrics, 499);
    metrics_observe(metrics, METRIC_HISTOGRAM_BATCH_JOBS, 64);
    metrics_observe(metrics, METRIC_HISTOGRAM_COMMIT, 2500000);
    metrics_set_audit_oldest(metrics, (i + 1) * MS);
  }
  prometheus_read(write_at(workers, 501 * MS));
  static const struct {
    const char *series;
    double value;
  } expected[] = {
      {"writ_requests_total{contract=\"notes.list\",outcome=\"ok\"}", 2},
      {"writ_requests_total{contract=\"notes.list\",outcome=\"denied\",reason=\"not_found\"}", 2},
      {"writ_requests_total{contract=\"notes.list\",outcome=\"denied\",reason=\"declared\"}", 2},
      {"writ_requests_total{contract=\"(none)\",outcome=\"denied\",reason=\"no_route\"}", 2},
      {"writ_requests_total{contract=\"(others)\",outcome=\"ok\"}", -1},
      {"writ_request_seconds_bucket{contract=\"notes.list\",le=\"0.0005\"}", 0},
      {"writ_request_seconds_bucket{contract=\"notes.list\",le=\"0.001\"}", 2},
      {"writ_request_seconds_bucket{contract=\"notes.list\",le=\"0.0025\"}", 2},
      {"writ_request_seconds_bucket{contract=\"notes.list\",le=\"0.005\"}", 4},
      {"writ_request_seconds_bucket{contract=\"notes.list\",le=\"10\"}", 4},
      {"writ_request_seconds_bucket{contract=\"notes.list\",le=\"+Inf\"}", 6},
      {"writ_request_seconds_sum{contract=\"notes.list\"}", 40.008},
      {"writ_request_seconds_count{contract=\"notes.list\"}", 6},
      {"writ_handler_seconds_sum{contract=\"notes.list\"}", 0.003},
      {"writ_handler_seconds_count{contract=\"notes.list\"}", 2},
      {"writ_handler_max_seconds{contract=\"notes.list\"}", 0.002},
      {"writ_handler_memory_max_bytes{contract=\"notes.list\"}", 131072},
      {"writ_calls_open", 4},
      {"writ_wal_bytes{worker=\"0\"}", 4120},
      {"writ_wal_bytes{worker=\"1\"}", 8240},
      {"writ_wal_bytes{worker=\"2\"}", -1},
      {"writ_http_refused_total{status=\"431\"}", 2},
      {"writ_http_refused_total{status=\"other\"}", 2},
      {"writ_batch_jobs_bucket{le=\"32\"}", 0},
      {"writ_batch_jobs_bucket{le=\"64\"}", 2},
      {"writ_batch_jobs_sum", 128},
      {"writ_commit_seconds_bucket{le=\"0.0025\"}", 2},
      {"writ_commit_seconds_bucket{le=\"0.001\"}", 0},
      {"writ_commit_seconds_sum", 0.005},
      {"writ_audit_oldest_seconds", 0.5},
      {"writ_worker_starts_total{worker=\"1\"}", 1},
      {"writ_worker_start_time_seconds{worker=\"1\"}", 1700000000},
  };
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
    expect(workers, expected[i].series, expected[i].value);
}

static void a_successor_goes_on(void **state)
{
  struct workers *workers = *state;
  struct metrics *metrics = metrics_attach(workers->segments[0], 1000);
  struct metrics_row *row = metrics_row(metrics, TEXT("a"));
  uint64_t generation = metrics_begin_generation(metrics);
  metrics_count_call(row, DENIAL_NONE, 1);
  metrics_add(metrics, METRIC_CALLS_OPEN, 1);
  metrics_add(metrics, METRIC_SENT_BYTES, 7);
  metrics_set_audit_oldest(metrics, 1);
  metrics_set_flag(metrics, generation, row, METRIC_QUARANTINED, true);

  metrics = metrics_attach(workers->segments[0], 2000);
  metrics_set_flag(metrics, generation, row, METRIC_STALE, true); /* of a generation that is over */
  assert_ptr_equal(metrics_row(metrics, TEXT("a")), row);
  metrics_count_call(row, DENIAL_NONE, 1);
  prometheus_read(write_at(workers, MS));
  expect(workers, "writ_requests_total{contract=\"a\",outcome=\"ok\"}", 2);
  expect(workers, "writ_http_sent_bytes_total", 7);
  expect(workers, "writ_calls_open", 0);
  expect(workers, "writ_audit_oldest_seconds", 0);
  expect(workers, "writ_handlers{state=\"quarantined\"}", 0);
  expect(workers, "writ_handlers{state=\"stale\"}", 0);
  expect(workers, "writ_worker_starts_total{worker=\"0\"}", 2);
  expect(workers, "writ_worker_start_time_seconds{worker=\"0\"}", 2);
}

static void append_name(void *context, struct text contract)
{
  buffer_append_text(context, contract);
  buffer_append_byte(context, ' ');
}

static void handlers_are_told_by_name(void **state)
{
  struct workers *workers = *state;
  struct buffer names = {0};
  for (size_t i = 0; i < 2; i++) {
    struct metrics *metrics = metrics_attach(workers->segments[i], 0);
    uint64_t generation = metrics_begin_generation(metrics);
    metrics_row(metrics, TEXT("fine"));
    metrics_set_flag(metrics, generation, metrics_row(metrics, TEXT("b")), METRIC_STALE, true);
    metrics_set_flag(metrics, generation, metrics_row(metrics, i ? TEXT("a") : TEXT("c")),
                     METRIC_STALE, true);
  }
  const void *const *segments = (const void *const *)workers->segments;
  assert_int_equal(metrics_flagged(segments, SEGMENTS, METRIC_STALE, append_name, &names), 3);
  buffer_append_byte(&names, 0);
  assert_string_equal(names.data, "a b c ");
  buffer_deinit(&names);
  prometheus_read(write_at(workers, 0));
  expect(workers, "writ_handlers{state=\"stale\"}", 3);
  expect(workers, "writ_handlers{state=\"unavailable\"}", 0);
  expect(workers, "writ_handler_state{contract=\"b\",state=\"stale\"}", 1);
  expect(workers, "writ_handler_state{contract=\"fine\",state=\"stale\"}", -1);
}

/* Off by a moment, the sum of what goes up and down may be below 0. */
static void nothing_is_below_zero(void **state)
{
  struct workers *workers = *state;
  metrics_subtract(metrics_attach(workers->segments[0], 0), METRIC_AUDIT_COUNTED, 1);
  prometheus_read(write_at(workers, 0));
  expect(workers, "writ_audit_counted_refusals", 0);
}

static void what_has_no_row_is_counted_together(void **state)
{
  enum { MORE_THAN_ROWS = 4100 };
  struct workers *workers = *state;
  struct metrics *metrics = metrics_attach(workers->segments[0], 0);
  char name[200];
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < MORE_THAN_ROWS; i++) {
      snprintf(name, sizeof name, "contract_%d", i);
      metrics_count_call(metrics_row(metrics, text_of(name)), DENIAL_NONE, 1);
    }
  memset(name, 'a', sizeof name - 1);
  name[sizeof name - 1] = 0;
  metrics_count_call(metrics_row(metrics, text_of(name)), DENIAL_NONE, 1);
  write_at(workers, 0);
  expect(workers, "writ_requests_total{contract=\"contract_0\",outcome=\"ok\"}", 2);
  expect(workers, "writ_requests_total{contract=\"contract_4095\",outcome=\"ok\"}", 2);
  expect(workers, "writ_requests_total{contract=\"contract_4096\",outcome=\"ok\"}", -1);
  expect(workers, "writ_requests_total{contract=\"(others)\",outcome=\"ok\"}", 9);
}

/* A worker that was taken over writes anything: numbers are wrong, nothing else is. */
static void no_segment_is_trusted(void **state)
{
  struct workers *workers = *state;
  struct metrics *metrics = metrics_attach(workers->segments[0], 0);
  static const struct text names[] = {TEXT_INITIALIZER("a\"b"),     TEXT_INITIALIZER("a\nb 1"),
                                      TEXT_INITIALIZER("a\\"),      TEXT_INITIALIZER("(none)"),
                                      TEXT_INITIALIZER("\xff\xfe"), TEXT_INITIALIZER("a b")};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    metrics_count_call(metrics_row(metrics, names[i]), DENIAL_NONE, 1);
  prometheus_read(write_at(workers, 0));
  expect(workers, "writ_requests_total{contract=\"(others)\",outcome=\"ok\"}", 6);
  expect(workers, "writ_requests_total{contract=\"(none)\",outcome=\"ok\"}", -1);
  for (int round = 0; round < 3; round++) {
    crypto_random(workers->segments[1], metrics_bytes());
    struct text text = write_at(workers, 0);
    assert_true(text_is_utf8(text) && !memchr(text.data, 0, text.length));
  }
}

/* A successor finds its rows in what is left of such a worker, and reads no further than that. */
static void no_predecessor_is_trusted(void **state)
{
  (void)state;
  static const struct text name = TEXT_INITIALIZER("notes.read");
  size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (sizeof(struct metrics) / page + 3) * page;
  unsigned char *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(memory != MAP_FAILED);
  bytes -= page;
  assert_int_equal(mprotect(memory + bytes, page, PROT_NONE), 0);
  struct metrics *metrics = (struct metrics *)(void *)memory;
  metrics_row(metrics_attach(metrics, 0), name);
  uint64_t hash = atomic_load(&metrics->hashes[0]);
  memset(metrics->rows, 'x', (size_t)(memory + bytes - (unsigned char *)metrics->rows));
  for (size_t i = 0; i < ROWS_MAX; i++) atomic_store(&metrics->hashes[i], hash);
  atomic_store(&metrics->row_count, ROWS_MAX - 1);
  assert_ptr_equal(metrics_row(metrics, name), &metrics->rows[ROWS_MAX - 1]);
  munmap(memory, bytes + page);
}

/* --- Others read while one counts. --- */

/* As soon as there is room for as many rows as there are, there are more. */
static struct metrics *growing;
void *__real_memory_new_array(size_t count, size_t size);
void *__wrap_memory_new_array(size_t count, size_t size);
void *__wrap_memory_new_array(size_t count, size_t size)
{
  if (growing) atomic_store(&growing->row_count, ROWS_MAX);
  return __real_memory_new_array(count, size);
}

static void rows_that_come_meanwhile_wait_for_the_next_reader(void **state)
{
  struct workers *workers = *state;
  for (size_t i = 0; i < SEGMENTS; i++)
    metrics_count_call(metrics_row(metrics_attach(workers->segments[i], 0), TEXT("notes.read")),
                       DENIAL_NONE, 1);
  for (size_t i = 1; i < SEGMENTS; i++)
    metrics_count_call(metrics_row(workers->segments[i], TEXT("")), DENIAL_NONE, 1);
  growing = workers->segments[0];
  write_at(workers, 0);
  growing = NULL;
  expect(workers, "writ_requests_total{contract=\"(none)\",outcome=\"ok\"}", SEGMENTS - 1);
  expect(workers, "writ_requests_total{contract=\"notes.read\",outcome=\"ok\"}", 1);
}

enum { CONTRACTS = 40, ROUNDS = 5000 };

static void count_much(void *segment)
{
  struct metrics *metrics = metrics_attach(segment, 0);
  char name[40];
  for (int i = 0; i < CONTRACTS * ROUNDS; i++) {
    snprintf(name, sizeof name, "contract_%d", i / ROUNDS);
    metrics_count_call(metrics_row(metrics, text_of(name)), DENIAL_NONE, (uint64_t)i * 1000);
    metrics_add(metrics, METRIC_SENT_BYTES, 1);
  }
}

static void *count_in_thread(void *segment)
{
  count_much(segment);
  return NULL;
}

static void readers_see_whole_numbers_that_grow(void **state)
{
  struct workers *workers = *state;
  pthread_t thread;
  double before = 0, now = 0;
  assert_int_equal(pthread_create(&thread, NULL, count_in_thread, workers->segments[0]), 0);
  while (before < CONTRACTS * ROUNDS) {
    prometheus_read(write_at(workers, 0));
    now = prometheus_value(buffer_text(&workers->text), "writ_http_sent_bytes_total");
    assert_true(now >= before);
    before = now;
  }
  pthread_join(thread, NULL);
  prometheus_read(write_at(workers, 0));
  expect(workers, "writ_http_sent_bytes_total", CONTRACTS * ROUNDS);
  expect(workers, "writ_requests_total{contract=\"contract_39\",outcome=\"ok\"}", ROUNDS);
  expect(workers, "writ_request_seconds_count{contract=\"contract_0\"}", ROUNDS);
}

static void a_segment_outlives_its_process(void **state)
{
  struct workers *workers = *state;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    count_much(workers->segments[0]);
    raise(SIGKILL);
  }
  assert_int_equal(waitpid(child, NULL, 0), child);
  count_much(workers->segments[0]);
  prometheus_read(write_at(workers, 0));
  expect(workers, "writ_http_sent_bytes_total", 2 * CONTRACTS * ROUNDS);
  expect(workers, "writ_requests_total{contract=\"contract_39\",outcome=\"ok\"}", 2 * ROUNDS);
  expect(workers, "writ_worker_starts_total{worker=\"0\"}", 2);
}

/* Thousands of rows are there, a few are used. */
static void memory_is_used_for_real_rows(void **state)
{
  enum { PAGE = 4096 };
  struct workers *workers = *state;
  unsigned char resident[1024] = {0};
  size_t pages = metrics_bytes() / PAGE, used = 0;
  assert_true(pages <= sizeof resident);
  struct metrics *metrics = metrics_attach(workers->segments[0], 0);
  for (int i = 0; i < 10; i++) {
    char name[40];
    snprintf(name, sizeof name, "contract_%d", i);
    metrics_count_call(metrics_row(metrics, text_of(name)), DENIAL_NONE, 1);
  }
  write_at(workers, 0);
  assert_int_equal(mincore(workers->segments[0], metrics_bytes(), resident), 0);
  for (size_t i = 0; i < pages; i++) used += resident[i] & 1;
  assert_true(pages > 400);
  assert_in_range(used, 1, 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(empty_memory_is_an_empty_segment),
      TEST(what_workers_count_is_added_up),
      TEST(a_successor_goes_on),
      TEST(handlers_are_told_by_name),
      TEST(nothing_is_below_zero),
      TEST(what_has_no_row_is_counted_together),
      TEST(no_segment_is_trusted),
      cmocka_unit_test(no_predecessor_is_trusted),
      TEST(rows_that_come_meanwhile_wait_for_the_next_reader),
      TEST(readers_see_whole_numbers_that_grow),
      TEST(a_segment_outlives_its_process),
      TEST(memory_is_used_for_real_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
