/* What a confined process can do: all that a worker and a builder need. Each piece of work is done
 * by a confined child, as nobody if the test runs as root, and is begun after confinement: threads,
 * connections, databases, libraries that have not been used before. */
#include "confined.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/signature.h"
#include "jwt_vectors.h"
#include "process/channel.h"
#include "sandbox/instance.h"
#include "schema/schema.h"
#include "store/backup.h"
#include "store/host_statement.h"
#include "store/store_internal.h"
#include "store/writer.h"

/* cmocka's would jump out of the child. */
#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      dprintf(STDERR_FILENO, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                       \
      _exit(1);                                                                                    \
    }                                                                                              \
  } while (0)

static void expect_work(int (*work)(const struct place *place))
{
  struct place place;
  place_begin(&place);
  int status = confined(&place, work);
  if (WIFSIGNALED(status)) fail_msg("ended by signal %d", WTERMSIG(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  place_end(&place);
}

/* --- Databases. --- */

enum { THREADS = 3, WRITES = 200, PIECES = 40, PIECE_BYTES = 1000000 };

static struct store *open_store(const struct place *place)
{
  char path[128];
  struct store *store;
  struct error error = {0};
  snprintf(path, sizeof path, "%s/writ.db", place->data);
  struct store_config config = {.path = path};
  if (store_open(&config, &store, &error)) dprintf(STDERR_FILENO, "%s\n", error.message);
  CHECK(error.message[0] == 0);
  return store;
}

static void insert(struct connection *connection, int bytes)
{
  struct host_statement statement;
  struct error error = {0};
  host_statement_open(&statement, connection, "INSERT INTO things (bytes) VALUES (zeroblob(?1))");
  host_statement_bind_integer(&statement, bytes);
  if (host_statement_finish(&statement, "insert", &error))
    dprintf(STDERR_FILENO, "%s\n", error.message);
  CHECK(error.message[0] == 0);
}

/* Takes turns with the others, as another process would. */
static void *write_on(void *context)
{
  struct error error = {0};
  struct store *store = open_store(context);
  for (int i = 0; i < WRITES; i++) {
    CHECK(connection_begin_write(store_writer(store), &error) == 0);
    insert(store_writer(store), 100);
    CHECK(connection_commit(store_writer(store), &error) == 0);
  }
  store_close(store);
  return NULL;
}

struct job {
  struct writer_job job;
  struct writer *writer;
  int left;
};

static bool run_job(struct writer_job *job, struct connection *connection)
{
  (void)job;
  insert(connection, PIECE_BYTES); /* until the log is cut off */
  return true;
}

static void job_done(struct writer_job *base, bool committed, const struct error *error)
{
  struct job *job = (struct job *)base;
  if (!committed) dprintf(STDERR_FILENO, "%s\n", error->message);
  CHECK(committed);
  if (--job->left > 0) writer_submit(job->writer, base);
}

static void write_by_the_writer(struct store *store)
{
  uv_loop_t loop;
  struct error error = {0};
  struct job job = {.job = {.run = run_job, .done = job_done}, .left = PIECES};
  CHECK(uv_loop_init(&loop) == 0);
  CHECK(writer_new(&loop, store_writer(store), &job.writer, &error) == 0);
  writer_submit(job.writer, &job.job);
  uv_run(&loop, UV_RUN_DEFAULT);
  writer_close(job.writer);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

static void make_things(struct store *store)
{
  struct error error = {0};
  struct migration things = {
      "0001_things.sql",
      TEXT("CREATE TABLE things (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;")};
  CHECK(store_migrate(store, &things, 1, NULL, &error) == 0);
}

static int64_t count_things(struct store *store)
{
  struct host_statement statement;
  struct error error = {0};
  int64_t count = -1;
  CHECK(connection_begin_read(store_reader(store), &error) == 0);
  host_statement_open(&statement, store_reader(store), "SELECT count(*) FROM things");
  host_statement_step(&statement);
  host_statement_integer(&statement, 0, &count);
  CHECK(host_statement_close(&statement, "count", &error) == 0);
  connection_end_read(store_reader(store));
  return count;
}

static int databases(const struct place *place)
{
  pthread_t threads[THREADS];
  struct error error = {0};
  struct audit_chain chain;
  char path[128];
  CHECK(crypto_init(&error) == 0);
  struct store *store = open_store(place);
  make_things(store);
  for (int i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, write_on, (void *)(uintptr_t)place) == 0);
  write_by_the_writer(store);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  CHECK(count_things(store) == THREADS * WRITES + PIECES);
  snprintf(path, sizeof path, "%s/copy", place->data);
  if (backup_make(store, path, false, NULL, &chain, &error))
    dprintf(STDERR_FILENO, "%s\n", error.message);
  CHECK(error.message[0] == 0);
  struct store *memory;
  struct store_config config = {.copy_of = store};
  CHECK(store_open(&config, &memory, &error) == 0);
  CHECK(count_things(memory) == THREADS * WRITES + PIECES); /* more than SQLite's cache has */
  store_close(memory);
  store_close(store);
  return 0;
}

static void test_databases(void **state)
{
  (void)state;
  expect_work(databases);
}

/* --- The sandbox. --- */

static enum run_outcome run_with(struct sandbox *sandbox, const char *source,
                                 void (*entry)(struct instance *))
{
  struct image *image;
  struct arena arena;
  struct error error = {0};
  struct run_result result;
  struct json input = json_null(), context = {.type = JSON_OBJECT};
  struct run_input call = {.input = &input, .context = &context};
  struct run_limits limits = {.cpu_ns = 1000000000, .memory_bytes = 4 << 20};
  struct run_host host = {0};
  struct image_spec spec = {.path = "app/handlers/t.lua", .source = text_of(source)};
  if (image_build(sandbox, &spec, &image, &error)) dprintf(STDERR_FILENO, "%s\n", error.message);
  CHECK(error.message[0] == 0);
  arena_init(&arena, 16384);
  if (entry)
    sandbox_enter(sandbox, image, &call, &limits, &host, &arena, &result, entry);
  else
    sandbox_run(sandbox, image, &call, &limits, &host, &arena, &result);
  arena_deinit(&arena);
  image_free(image);
  return result.outcome;
}

static void overflow(struct instance *instance)
{
  *(volatile char *)(instance->stack.low - 64) = 1;
}

static int handlers(const struct place *place)
{
  struct sandbox *sandbox;
  struct error error = {0};
  (void)place;
  CHECK(crypto_init(&error) == 0);
  CHECK(sandbox_new(&sandbox, &error) == 0);
  CHECK(run_with(sandbox, "return function() return 1 end", NULL) == RUN_RETURNED);
  CHECK(run_with(sandbox, "return function() while true do end end", NULL) == RUN_DEADLINE);
  CHECK(run_with(sandbox, "return function() return #('x'):rep(1 << 20) end", NULL) ==
        RUN_RETURNED);
  CHECK(run_with(sandbox, "return function() return #('x'):rep(9 << 20) end", NULL) == RUN_MEMORY);
  CHECK(run_with(sandbox, "return function() end", overflow) == RUN_TRAPPED);
  CHECK(run_with(sandbox, "return function() return 1 end", NULL) == RUN_RETURNED);
  sandbox_free(sandbox);
  return 0;
}

static void test_handlers(void **state)
{
  (void)state;
  expect_work(handlers);
}

/* --- Libraries. --- */

/* The example of RFC 7515, appendix A.2. */
static void check_rs256(void)
{
  unsigned char modulus[256], signature[256], exponent[] = {1, 0, 1};
  struct text token = TEXT(RFC_RS256_TOKEN);
  const char *dot = memrchr(token.data, '.', token.length);
  struct text message = {token.data, (size_t)(dot - token.data)};
  struct text signed_by = {dot + 1, token.length - message.length - 1};
  CHECK(crypto_unbase64(modulus, sizeof modulus, TEXT(RFC_RSA_N)));
  CHECK(crypto_unbase64(signature, sizeof signature, signed_by));
  struct signature_key *key = signature_key_rsa((struct text){(char *)modulus, sizeof modulus},
                                                (struct text){(char *)exponent, sizeof exponent});
  CHECK(key && signature_is_rs256(key, message, (struct text){(char *)signature, 256}));
  signature_key_free(key);
}

/* PCRE2 has no memory for its JIT. */
static void check_pattern(void)
{
  static const struct {
    const char *text;
    bool fits;
  } texts[] = {{"\"ada.lovelace-1815\"", true}, {"\"Ada\"", false}, {"\"\"", false}};
  struct arena arena;
  struct json value;
  struct report report;
  struct source source = {"t.json",
                          TEXT("{\"type\": \"string\", \"pattern\": \"^[a-z.]+(-[0-9]+)?$\"}")};
  report_init(&report);
  arena_init(&arena, 4096);
  struct schema_set *set = schema_set_new(&arena, NULL, NULL);
  CHECK(json_read(&arena, source.text, NULL, &value, NULL) == 0);
  const struct schema *schema = schema_compile(set, &source, "t.json", &value, &value, 0, &report);
  CHECK(schema);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct json text;
    CHECK(json_read(&arena, text_of(texts[i].text), NULL, &text, NULL) == 0);
    CHECK(schema_valid(schema, &text, NULL) == texts[i].fits);
  }
  schema_set_free(set);
  arena_deinit(&arena);
  report_deinit(&report);
}

static void hash_password(uv_work_t *work)
{
  struct error error = {0};
  struct password_cost cost = {.operations = 2, .memory_bytes = 19 << 20};
  char hash[PASSWORD_HASH_BYTES];
  CHECK(crypto_password_hash(hash, TEXT("a secret"), cost, &error) == 0);
  CHECK(crypto_password_verify(hash, TEXT("a secret")));
  CHECK(!crypto_password_verify(hash, TEXT("another")));
  work->data = NULL;
}

static int libraries(const struct place *place)
{
  struct error error = {0};
  uv_loop_t loop;
  uv_work_t works[4];
  char id[UUID_CHARS + 1];
  (void)place;
  CHECK(crypto_init(&error) == 0);
  crypto_uuid7(id, 1);
  CHECK(access("/dev/urandom", F_OK) ||
        open("/dev/urandom", O_RDONLY | O_CLOEXEC) >= 0);                           /* SQLite */
  CHECK(access("/dev/null", F_OK) || open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0); /* libuv */
  check_rs256();
  check_pattern();
  CHECK(uv_loop_init(&loop) == 0);
  for (int i = 0; i < 4; i++) CHECK(uv_queue_work(&loop, &works[i], hash_password, NULL) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
  return 0;
}

static void test_libraries(void **state)
{
  (void)state;
  expect_work(libraries);
}

/* --- Connections. --- */

static int listening;

struct echo {
  uv_tcp_t server, client;
  uv_timer_t timer;
  uv_signal_t signal;
  uv_write_t write;
  char bytes[16];
};

static void allocate(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
  struct echo *echo = handle->data;
  (void)size;
  *buffer = uv_buf_init(echo->bytes, sizeof echo->bytes);
}

static void on_signal(uv_signal_t *signal, int number)
{
  struct echo *echo = signal->data;
  (void)number;
  uv_close((uv_handle_t *)&echo->server, NULL);
  uv_close((uv_handle_t *)&echo->timer, NULL);
  uv_close((uv_handle_t *)signal, NULL);
}

/* Signals to itself arrive. */
static void on_timer(uv_timer_t *timer)
{
  struct echo *echo = timer->data;
  uv_close((uv_handle_t *)&echo->client, NULL);
  CHECK(raise(SIGTERM) == 0);
}

static void on_written(uv_write_t *write, int status)
{
  struct echo *echo = write->handle->data;
  CHECK(status == 0);
  CHECK(uv_timer_start(&echo->timer, on_timer, 1, 0) == 0);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
  struct echo *echo = stream->data;
  uv_buf_t bytes = uv_buf_init(buffer->base, 5);
  CHECK(length == 5);
  uv_read_stop(stream);
  CHECK(uv_write(&echo->write, stream, &bytes, 1, on_written) == 0);
}

static void on_connection(uv_stream_t *server, int status)
{
  struct echo *echo = server->data;
  struct sockaddr_storage address;
  int length = sizeof address;
  CHECK(status == 0);
  CHECK(uv_accept(server, (uv_stream_t *)&echo->client) == 0);
  CHECK(uv_tcp_nodelay(&echo->client, 1) == 0);
  CHECK(uv_tcp_keepalive(&echo->client, 1, 60) == 0);
  CHECK(uv_tcp_getpeername(&echo->client, (struct sockaddr *)&address, &length) == 0);
  CHECK(uv_read_start((uv_stream_t *)&echo->client, allocate, on_read) == 0);
}

static int serve(const struct place *place)
{
  static struct echo echo;
  uv_loop_t loop;
  (void)place;
  CHECK(uv_loop_init(&loop) == 0);
  CHECK(uv_tcp_init(&loop, &echo.server) == 0 && uv_tcp_init(&loop, &echo.client) == 0);
  CHECK(uv_timer_init(&loop, &echo.timer) == 0 && uv_signal_init(&loop, &echo.signal) == 0);
  echo.server.data = echo.client.data = echo.timer.data = echo.signal.data = &echo;
  CHECK(uv_signal_start(&echo.signal, on_signal, SIGTERM) == 0);
  CHECK(uv_tcp_open(&echo.server, listening) == 0);
  CHECK(uv_listen((uv_stream_t *)&echo.server, 16, on_connection) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
  return 0;
}

/* It waits in the queue of the socket until somebody accepts it. */
static int connect_beforehand(void)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  listening = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(listening, 16), 0);
  assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &length), 0);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
  return client;
}

static void test_connections(void **state)
{
  (void)state;
  char bytes[16];
  int client = connect_beforehand();
  assert_int_equal(write(client, "hello", 5), 5);
  expect_work(serve);
  assert_int_equal(read(client, bytes, sizeof bytes), 5);
  assert_memory_equal(bytes, "hello", 5);
  close(client);
  close(listening);
}

/* --- Bundles: sealed files that come and go over the channel. --- */

static int ends[2];

static int make_bundle(const char *text)
{
  int file = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) return -1;
  return fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0
             ? file
             : -1;
}

static bool bundle_is(int file, const char *text)
{
  struct stat status;
  if (fcntl(file, F_GET_SEALS) <= 0 || fstat(file, &status)) return false;
  char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
  bool equal = bytes != MAP_FAILED && (size_t)status.st_size == strlen(text) &&
               memcmp(bytes, text, strlen(text)) == 0;
  if (bytes != MAP_FAILED) munmap(bytes, (size_t)status.st_size);
  return equal;
}

static int exchange(const struct place *place)
{
  struct channel_message message;
  int file;
  (void)place;
  CHECK(channel_wait(ends[1], &message, &file) == CHANNEL_RECEIVED);
  CHECK(bundle_is(file, "to the worker"));
  close(file);
  message = (struct channel_message){.kind = CHANNEL_BUNDLE};
  file = make_bundle("from the builder");
  CHECK(file >= 0 && channel_send(ends[1], &message, file));
  log_message(LOG_INFO, "handed over");
  return 0;
}

static void test_bundles(void **state)
{
  (void)state;
  struct error error = {0};
  struct channel_message message = {.kind = CHANNEL_BUNDLE};
  assert_int_equal(channel_pair(ends, &error), 0);
  int file = make_bundle("to the worker");
  assert_true(channel_send(ends[0], &message, file));
  close(file);
  expect_work(exchange);
  assert_int_equal(channel_wait(ends[0], &message, &file), CHANNEL_RECEIVED);
  assert_true(bundle_is(file, "from the builder"));
  close(file);
  close(ends[0]);
  close(ends[1]);
}

/* --- An orderly end: LeakSanitizer, in a sanitized build, looks at the process then. --- */

static int end(const struct place *place)
{
  (void)place;
  exit(0);
}

static void test_an_orderly_end(void **state)
{
  (void)state;
  expect_work(end);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_databases), cmocka_unit_test(test_handlers),
      cmocka_unit_test(test_libraries), cmocka_unit_test(test_connections),
      cmocka_unit_test(test_bundles),   cmocka_unit_test(test_an_orderly_end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
