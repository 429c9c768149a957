/* The access log: what a line says, and what becomes of lines when nobody reads them, or nobody
 * ever will. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "http/access_line.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define ID    "01a20ae5-6277-7fc7-ae71-050a721d0377"

enum { NOON_MS = 43200123 };

static const struct request full_request = {.method = METHOD_PATCH,
                                            .path = TEXT_INITIALIZER("/a%20\"b\"/\\"),
                                            .query = TEXT_INITIALIZER("token=secret"),
                                            .authorization = TEXT_INITIALIZER("Bearer secret"),
                                            .trace_id = TEXT_INITIALIZER(TRACE)};
static const struct request no_request;

static struct reply reply_of(struct json principal)
{
  return (struct reply){.status = 409,
                        .body = TEXT("secret"),
                        .handler = TEXT("users.update"),
                        .code = TEXT("email_taken"),
                        .request_id = TEXT(ID),
                        .principal = principal};
}

static struct access_entry entry_of(const struct request *request, const struct reply *reply)
{
  return (struct access_entry){.request = request,
                               .reply = reply,
                               .address = TEXT("2001:db8::1"),
                               .bytes = 6,
                               .now_ms = NOON_MS,
                               .duration_ns = 1234567};
}

/* --- What a line says. --- */

static void expect_line(const struct access_entry *entry, bool in_words, const char *line)
{
  struct access_time time = {0};
  struct buffer out = {0};
  access_line(&out, &time, entry, in_words);
  if (!text_is(buffer_text(&out), line)) fail_msg("%.*s", TEXT_ARGS(buffer_text(&out)));
  buffer_deinit(&out);
}

static void test_json(void **state)
{
  (void)state;
  struct reply reply = reply_of(json_string(TEXT("ada\n")));
  struct access_entry entry = entry_of(&full_request, &reply);
  expect_line(&entry, false,
              "{\"time\":\"1970-01-01T12:00:00.123Z\",\"status\":409,\"method\":\"PATCH\","
              "\"path\":\"/a%20\\\"b\\\"/\\\\\",\"address\":\"2001:db8::1\",\"bytes\":6,"
              "\"duration_us\":1234,\"handler\":\"users.update\",\"code\":\"email_taken\","
              "\"principal\":\"ada\\n\",\"request_id\":\"" ID "\",\"trace_id\":\"" TRACE "\"}\n");
  reply = reply_of(json_integer(7));
  reply.handler = reply.code = reply.request_id = TEXT("");
  struct request request = {.method = METHOD_OTHER, .path = TEXT("*")};
  entry = entry_of(&request, &reply);
  entry.now_ms = 7;
  expect_line(&entry, false,
              "{\"time\":\"1970-01-01T00:00:00.007Z\",\"status\":409,\"method\":\"OTHER\","
              "\"path\":\"*\",\"address\":\"2001:db8::1\",\"bytes\":6,\"duration_us\":1234,"
              "\"principal\":7}\n");
  reply = (struct reply){.status = 400, .code = TEXT("malformed")};
  entry = (struct access_entry){.request = &no_request, .reply = &reply};
  expect_line(&entry, false,
              "{\"time\":\"1970-01-01T00:00:00.000Z\",\"status\":400,\"bytes\":0,"
              "\"duration_us\":0,\"code\":\"malformed\"}\n");
}

static void test_words(void **state)
{
  (void)state;
  struct reply reply = reply_of(json_string(TEXT("ada\x1b[2J\xc2\x9b\n")));
  struct access_entry entry = entry_of(&full_request, &reply);
  expect_line(&entry, true,
              "12:00:00.123 409 PATCH /a%20\"b\"/\\  1.23 ms  users.update email_taken "
              "by ada?[2J?? from 2001:db8::1  " ID " " TRACE "\n");
  reply = (struct reply){.status = 400, .code = TEXT("malformed"), .principal = json_integer(-3)};
  entry = (struct access_entry){.request = &no_request, .reply = &reply};
  expect_line(&entry, true, "00:00:00.000 400  0.00 ms malformed by -3\n");
}

/* The second is kept as text: it must be made anew when it is over. */
static void test_time_goes_on(void **state)
{
  (void)state;
  struct access_time time = {0};
  struct buffer out = {0};
  struct reply reply = {.status = 200};
  struct access_entry entry = {.request = &no_request, .reply = &reply};
  for (entry.now_ms = 999; entry.now_ms < 1002; entry.now_ms++)
    access_line(&out, &time, &entry, false);
  buffer_append_byte(&out, 0);
  assert_non_null(strstr(out.data, "00:00:00.999Z"));
  assert_non_null(strstr(out.data, "00:00:01.000Z"));
  assert_non_null(strstr(out.data, "00:00:01.001Z"));
  buffer_deinit(&out);
}

/* The worst of everything still goes in one piece. */
static void test_longest_line(void **state)
{
  static char quotes[9000], controls[9000], letters[9000];
  (void)state;
  memset(quotes, '"', sizeof quotes);
  memset(controls, 1, sizeof controls);
  for (size_t i = 0; i < sizeof letters; i += 3) memcpy(letters + i, "\xe2\x82\xac", 3);
  struct request request = {
      .method = METHOD_OPTIONS, .path = {quotes, sizeof quotes}, .trace_id = TEXT(TRACE)};
  struct reply reply = {.status = 200,
                        .handler = {quotes, sizeof quotes},
                        .code = {letters, sizeof letters},
                        .request_id = TEXT(ID),
                        .principal = json_string((struct text){controls, sizeof controls})};
  struct access_entry entry = entry_of(&request, &reply);
  entry.bytes = SIZE_MAX / 2;
  entry.duration_ns = UINT64_MAX;
  entry.address = TEXT("1111:2222:3333:4444:5555:6666:7777:8888");
  for (int words = 0; words < 2; words++) {
    struct access_time time = {0};
    struct buffer out = {0};
    access_line(&out, &time, &entry, words);
    assert_in_range(out.length, 1000, ACCESS_LINE_BYTES);
    assert_true(text_is_utf8(buffer_text(&out)));
    assert_ptr_equal(memchr(out.data, '\n', out.length), out.data + out.length - 1);
    buffer_deinit(&out);
  }
}

/* --- Where they go. --- */

struct test {
  uv_loop_t loop;
  struct access_log *log;
  int ends[2];
  char received[4 * 1024 * 1024];
  size_t length, awaited; /* lines, for `look` */
};

static void open_on(struct test *test, int fd)
{
  test->log = access_log_new(&test->loop, fd);
}

static int set_up(void **state)
{
  static struct test test;
  test = (struct test){0};
  signal(SIGPIPE, SIG_IGN);
  uv_loop_init(&test.loop);
  assert_int_equal(pipe(test.ends), 0);
  *state = &test;
  return 0;
}

static int tear_down(void **state)
{
  struct test *test = *state;
  access_log_close(test->log);
  uv_run(&test->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&test->loop), 0);
  close(test->ends[0]);
  close(test->ends[1]);
  return 0;
}

/* A line that can be told from all others: its bytes are its number. */
static void add(struct test *test, size_t number)
{
  struct reply reply = reply_of(json_null());
  struct access_entry entry = entry_of(&full_request, &reply);
  entry.bytes = number;
  access_log_add(test->log, &entry);
}

/* Whatever has come. */
static void receive(struct test *test)
{
  fcntl(test->ends[0], F_SETFL, O_NONBLOCK);
  ssize_t got;
  while ((got = read(test->ends[0], test->received + test->length,
                     sizeof test->received - 1 - test->length)) > 0)
    test->length += (size_t)got;
  test->received[test->length] = 0;
}

/* Every line that was received is whole; gives their number, and how many they say are missing. */
static size_t count_lines(struct test *test, uint64_t *missing)
{
  struct text rest = {test->received, test->length}, line;
  struct arena arena;
  size_t count = 0;
  *missing = 0;
  arena_init(&arena, 4096);
  while (text_split(&rest, '\n', &line) && rest.data) {
    struct json json;
    if (json_read(&arena, line, NULL, &json, NULL)) fail_msg("%.*s", TEXT_ARGS(line));
    const struct json *dropped = json_get(&json, "dropped");
    if (dropped)
      *missing += (uint64_t)dropped->integer;
    else
      count++;
    arena_reset(&arena);
  }
  assert_int_equal(line.length, 0); /* nothing after the last line */
  arena_deinit(&arena);
  return count;
}

static void look(uv_timer_t *timer)
{
  struct test *test = timer->data;
  receive(test);
  size_t lines = 0;
  for (size_t i = 0; i < test->length; i++) lines += test->received[i] == '\n';
  if (lines == test->awaited) uv_close((uv_handle_t *)timer, NULL);
}

/* Runs a loop that has nothing else to do until so many lines have come. */
static void wait_for_lines(struct test *test, size_t count)
{
  uint64_t missing;
  uv_timer_t timer = {.data = test};
  test->awaited = count;
  uv_timer_init(&test->loop, &timer);
  uv_timer_start(&timer, look, 5, 5);
  uv_run(&test->loop, UV_RUN_DEFAULT);
  assert_int_equal(count_lines(test, &missing), count);
}

/* Timers that are started meanwhile are not: on a slow machine one would be over at once. */
static bool timers_wait;

int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb over, uint64_t ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb over, uint64_t ms, uint64_t repeat_ms);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb over, uint64_t ms, uint64_t repeat_ms)
{
  return timers_wait ? 0 : __real_uv_timer_start(timer, over, ms, repeat_ms);
}

static void on_idle(uv_idle_t *idle)
{
  uv_close((uv_handle_t *)idle, NULL);
}

/* One turn of a loop that lives: the log alone does not keep it alive. */
static void turn(struct test *test)
{
  uv_idle_t idle;
  assert_false(uv_loop_alive(&test->loop));
  uv_idle_init(&test->loop, &idle);
  uv_idle_start(&idle, on_idle);
  uv_run(&test->loop, UV_RUN_NOWAIT);
}

/* Full pieces are written at the end of the turn, and the rest soon. */
static void test_in_pieces(void **state)
{
  struct test *test = *state;
  uint64_t missing;
  open_on(test, test->ends[1]);
  timers_wait = true;
  add(test, 0);
  turn(test);
  receive(test);
  assert_int_equal(test->length, 0);
  for (size_t i = 1; i < 40; i++) add(test, i);
  receive(test);
  assert_int_equal(test->length, 0);
  turn(test);
  receive(test);
  assert_in_range(test->length, PIPE_BUF, 4 * PIPE_BUF);
  assert_in_range(count_lines(test, &missing), 20, 39);
  timers_wait = false;
  assert_int_equal(fcntl(test->ends[1], F_GETFL) & O_NONBLOCK, 0); /* its owner's is as it was */
  wait_for_lines(test, 40);
}

/* More than is gathered in a turn is written before its end. */
static void test_many_in_one_turn(void **state)
{
  struct test *test = *state;
  uint64_t missing;
  open_on(test, test->ends[1]);
  for (size_t i = 0; i < 600; i++) {
    add(test, i);
    if (i % 10 == 0) receive(test);
  }
  access_log_flush(test->log);
  receive(test);
  assert_int_equal(count_lines(test, &missing), 600);
  assert_int_equal(access_log_dropped(test->log), 0);
}

/* It never waits, keeps little, and afterwards says how much is missing. */
static void test_nobody_reads(void **state)
{
  enum { LINES = 5000 };
  struct test *test = *state;
  uint64_t missing;
  open_on(test, test->ends[1]);
  for (size_t i = 0; i < LINES; i++) {
    add(test, i);
    access_log_flush(test->log);
  }
  uint64_t dropped = access_log_dropped(test->log);
  assert_in_range(dropped, LINES / 2, LINES - 1);
  for (int i = 0; i < 100; i++) {
    receive(test);
    access_log_flush(test->log);
  }
  assert_int_equal(count_lines(test, &missing), LINES - dropped);
  assert_int_equal(missing, dropped);
  assert_int_equal(count_lines(test, &missing) + missing, LINES);
  /* said once, and it goes on */
  const char *first = strstr(test->received, "{\"dropped\"");
  assert_non_null(first);
  assert_null(strstr(first + 1, "{\"dropped\""));
  add(test, LINES);
  access_log_flush(test->log);
  receive(test);
  assert_int_equal(count_lines(test, &missing) + missing, LINES + 1);
}

/* While somebody reads slowly, what is missing is told where it is missing. */
static void test_slow_reader(void **state)
{
  enum { LINES = 20000 };
  struct test *test = *state;
  uint64_t missing;
  open_on(test, test->ends[1]);
  for (size_t i = 0; i < LINES; i++) {
    add(test, i);
    if (i % 100 == 0) access_log_flush(test->log);
    if (i % 2000 == 0) receive(test);
  }
  for (int i = 0; i < 100; i++) {
    receive(test);
    access_log_flush(test->log);
  }
  assert_true(access_log_dropped(test->log) > 0);
  assert_int_equal(count_lines(test, &missing) + missing, LINES);
  struct text rest = {test->received, test->length}, line;
  uint64_t next = 0;
  while (text_split(&rest, '\n', &line) && rest.data) {
    const char *number = strstr(line.data, "\"bytes\":");
    if (text_starts_with(line, "{\"dropped\":"))
      next += strtoull(line.data + strlen("{\"dropped\":"), NULL, 10);
    else
      assert_int_equal(strtoull(number + strlen("\"bytes\":"), NULL, 10), next++);
  }
  assert_int_equal(next, LINES);
}

/* What could not be written is tried again, though no turn of the loop has anything else to do. */
static void test_tries_again(void **state)
{
  struct test *test = *state;
  open_on(test, test->ends[1]);
  for (size_t i = 0; i < 600; i++) add(test, i);
  access_log_flush(test->log);
  receive(test);
  assert_in_range(test->length, 1, 600 * 256);
  wait_for_lines(test, 600);
}

static void test_reader_is_gone(void **state)
{
  struct test *test = *state;
  open_on(test, test->ends[1]);
  close(test->ends[0]);
  for (size_t i = 0; i < 1000; i++) {
    add(test, i);
    access_log_flush(test->log);
  }
  test->ends[0] = open("/dev/null", O_RDONLY);
}

/* A terminal is told in words, and at once. */
static void test_terminal(void **state)
{
  struct test *test = *state;
  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(terminal >= 0);
  assert_int_equal(grantpt(terminal), 0);
  assert_int_equal(unlockpt(terminal), 0);
  int fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  assert_true(fd >= 0);
  open_on(test, fd);
  close(test->ends[0]);
  test->ends[0] = terminal;
  add(test, 1);
  turn(test);
  receive(test);
  assert_string_equal(
      test->received,
      "12:00:00.123 409 PATCH /a%20\"b\"/\\  1.23 ms  users.update email_taken from "
      "2001:db8::1  " ID " " TRACE "\r\n");
  close(fd);
}

/* A service manager may give a socket for the standard output. */
static void test_socket(void **state)
{
  struct test *test = *state;
  uint64_t missing;
  close(test->ends[0]);
  close(test->ends[1]);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, test->ends), 0);
  open_on(test, test->ends[1]);
  for (size_t i = 0; i < 3000; i++) {
    add(test, i);
    access_log_flush(test->log);
  }
  for (int i = 0; i < 100; i++) {
    receive(test);
    access_log_flush(test->log);
  }
  assert_int_equal(count_lines(test, &missing) + missing, 3000);
  assert_true(missing > 0);
}

/* What else is written there by the same description goes on behind it. */
static void test_file(void **state)
{
  struct test *test = *state;
  uint64_t missing;
  FILE *file = tmpfile();
  assert_non_null(file);
  int fd = fileno(file);
  assert_int_equal(write(fd, "{}\n", 3), 3);
  open_on(test, fd);
  for (size_t i = 0; i < 1000; i++) add(test, i);
  access_log_flush(test->log);
  assert_int_equal(write(fd, "{}\n", 3), 3);
  test->length = (size_t)pread(fd, test->received, sizeof test->received - 1, 0);
  assert_int_equal(count_lines(test, &missing), 1002);
  access_log_close(test->log);
  test->log = NULL;
  uv_run(&test->loop, UV_RUN_DEFAULT);
  fclose(file);
}

/* Lines of two processes on one pipe stay whole. */
static void test_two_writers(void **state)
{
  enum { LINES = 3000 };
  struct test *test = *state;
  uint64_t missing;
  pid_t pids[2];
  for (int child = 0; child < 2; child++) {
    pids[child] = fork();
    if (pids[child] != 0) continue;
    uv_loop_t loop;
    uv_loop_init(&loop);
    test->log = access_log_new(&loop, test->ends[1]);
    for (size_t i = 0; i < LINES; i++) {
      add(test, i);
      if (i % 40 == 0) access_log_flush(test->log);
    }
    access_log_flush(test->log);
    _exit(0);
  }
  close(test->ends[1]);
  ssize_t got;
  while ((got = read(test->ends[0], test->received + test->length,
                     sizeof test->received - 1 - test->length)) > 0) {
    test->length += (size_t)got;
    const char *end = memrchr(test->received, '\n', test->length);
    size_t left = end ? test->length - (size_t)(end + 1 - test->received) : test->length;
    test->length -= left;
    size_t lines = count_lines(test, &missing); /* whole ones, or it fails */
    assert_true(lines > 0 || missing > 0 || left > 0);
    if (end) memmove(test->received, end + 1, left);
    test->length = left;
  }
  assert_int_equal(test->length, 0);
  for (int child = 0; child < 2; child++) waitpid(pids[child], NULL, 0);
  test->ends[1] = open("/dev/null", O_WRONLY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  setenv("TZ", "UTC", 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_json),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_time_goes_on),
      cmocka_unit_test(test_longest_line),
      TEST(test_in_pieces),
      TEST(test_many_in_one_turn),
      TEST(test_nobody_reads),
      TEST(test_slow_reader),
      TEST(test_tries_again),
      TEST(test_reader_is_gone),
      TEST(test_terminal),
      TEST(test_socket),
      TEST(test_file),
      TEST(test_two_writers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
