/* A worker goes over to the next generation: a thread makes it, with a store of its own on the same
 * database, while the loop's thread goes on serving the former one. Nothing may be shared that one
 * of them changes: to see that, build this with -fsanitize=thread. */
#include "dispatch_app.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/bundle.h"

enum { GENERATIONS = 12 };

struct loader {
  pthread_t thread;
  const struct bundle *bundle;
  char database[128];
  struct store *store;
  struct source_tree sources;
  struct report report;
  struct generation *generation;
  struct error error;
  atomic_bool done;
};

static void *load(void *context)
{
  struct loader *loader = context;
  size_t handler_errors;
  struct store_config config = {.path = loader->database, .relaxed_sync = true};
  struct generation_origin origin = {.sources = &loader->sources, .built = loader->bundle};
  report_init(&loader->report);
  source_tree_unpack(&loader->sources, loader->bundle, "/nowhere");
  if (store_open(&config, &loader->store, &loader->error) == 0)
    loader->generation = generation_make(&origin, loader->store, &loader->report, &handler_errors);
  atomic_store(&loader->done, true);
  return NULL;
}

static void forget(struct loader *loader)
{
  generation_free(loader->generation);
  store_close(loader->store);
  source_tree_free(&loader->sources);
  report_deinit(&loader->report);
}

static struct bundle pack(const struct fixture *fixture)
{
  struct bundle_writer writer;
  struct bundle bundle;
  int fd;
  bundle_writer_init(&writer);
  generation_pack(fixture->generation, &fixture->sources, &writer);
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  bundle_writer_deinit(&writer);
  assert_int_equal(bundle_open(fd, &bundle, NULL), 0);
  close(fd);
  return bundle;
}

static void ask(struct fixture *fixture, const char *target, const char *token, const char *body,
                int status)
{
  struct exchange exchange;
  exchange_send(fixture, &exchange, target, token, body);
  fixture_settle(fixture);
  if (exchange.status != status) fail_msg("%s: %d %s", target, exchange.status, exchange.body);
  exchange_end(&exchange);
}

/* Reads, writes, what is invalid, and what is refused. */
static void serve_some(struct fixture *fixture)
{
  const char *ada = fixture->tokens[0];
  ask(fixture, "PATCH /notes/a1", ada, "{\"title\": 5}", 422);
  ask(fixture, "PATCH /notes/a1", ada, "{\"title\": \"unruly\"}", 409);
  ask(fixture, "PATCH /notes/a1", NULL, "{\"title\": \"fine\"}", 401);
  ask(fixture, "PATCH /notes/b1", ada, "{\"title\": \"fine\"}", 404);
  ask(fixture, "GET /nowhere", ada, "", 404);
  ask(fixture, "GET /titles", ada, "", 200);
  ask(fixture, "PATCH /notes/a1", ada, "{\"title\": \"fine\"}", 200);
  ask(fixture, "PATCH /notes/a1", ada, "{\"title\": \"raise\"}", 500);
}

static void serving_goes_on_while_a_thread_loads(void **state)
{
  struct fixture *fixture = *state;
  struct bundle bundle = pack(fixture);
  int served = 0;
  for (int i = 0; i < GENERATIONS; i++) {
    struct loader loader = {.bundle = &bundle};
    snprintf(loader.database, sizeof loader.database, "%s/writ.db", fixture->app.folder);
    assert_int_equal(pthread_create(&loader.thread, NULL, load, &loader), 0);
    do {
      serve_some(fixture);
      served++;
    } while (!atomic_load(&loader.done));
    pthread_join(loader.thread, NULL);
    if (!loader.generation) fail_msg("%s", loader.error.message);
    app_expect(&loader.report, "the thread", "");
    assert_int_equal(loader.generation->contract_count, fixture->generation->contract_count);
    forget(&loader); /* here, while nothing runs */
    serve_some(fixture);
  }
  assert_true(served >= GENERATIONS);
  bundle_close(&bundle);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  fixture_open(fixture, app_files, sizeof app_files / sizeof app_files[0], app_rows);
  *state = fixture;
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(serving_goes_on_while_a_thread_loads, set_up,
                                      fixture_tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
