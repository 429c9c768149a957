/* The native guest, under AddressSanitizer and UndefinedBehaviorSanitizer: it gives what the walled
 * one gives, and no allocation's failure breaks it. Each handler runs in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "native_text.h"
#include "sandbox_examples.h"

struct task {
  const char *source, *input;
  long fails_at; /* of the run's allocations; 0: none */
  bool for_good;
};

/* In the child. */
static void work(const struct task *task, struct buffer *out)
{
  static const char *const queries[] = {"users.update_profile", "users.find", "notes.list"};
  struct image_spec spec = {.path = "app/handlers/t.lua",
                            .source = text_of(task->source),
                            .queries = queries,
                            .query_count = 3};
  struct arena arena;
  struct buffer row = {0};
  arena_init(&arena, 4096);
  struct json value = native_json(&arena, EXAMPLE_ROW);
  wire_write(&row, &value);
  struct native_host host = {.row = row.data, .row_length = row.length};
  struct native_end end = native_begin(&spec, &host);
  if (end.kind == END_READY) {
    native_fail_at(task->fails_at, task->for_good);
    end = native_call(&arena, task->input, EXAMPLE_CONTEXT);
  }
  native_print(&arena, &end, out);
}

/* What the task gives, as text; "" if its process did not end well. The caller frees it. */
static char *perform(const struct task *task)
{
  int ends[2], status;
  struct buffer out = {0};
  if (pipe(ends) != 0) fail_msg("no pipe");
  pid_t child = fork();
  if (child == 0) {
    work(task, &out);
    for (size_t done = 0; done < out.length;) {
      ssize_t written = write(ends[1], out.data + done, out.length - done);
      if (written <= 0) _exit(1);
      done += (size_t)written;
    }
    _exit(0);
  }
  close(ends[1]);
  char piece[65536];
  for (ssize_t got; (got = read(ends[0], piece, sizeof piece)) > 0;)
    buffer_append(&out, piece, (size_t)got);
  close(ends[0]);
  waitpid(child, &status, 0);
  if (status != 0) buffer_clear(&out);
  buffer_append_byte(&out, 0);
  return out.data;
}

static void native_gives_what_walled_gives(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
    struct task task = {.source = examples[i].source, .input = examples[i].input};
    char *text = perform(&task);
    if (!example_is_right(&examples[i], text))
      fail_msg("%s\n  gave     %s\n  expected %s", task.source, text, examples[i].expected);
    free(text);
  }
}

/* One allocation fails: garbage is collected, and the result is the same; unless a stack was being
 * moved. It and all others fail: the run ends, and nothing catches that. All of the
 * first hundred are tried, then ever fewer. */
static void any_allocation_may_fail(void **state)
{
  struct task task = {.source = example_of_all, .input = EXAMPLE_OF_ALL_INPUT};
  char *expected = perform(&task);
  long tried = 0, ended = 0;
  (void)state;
  assert_int_equal(strncmp(expected, "[{", 2), 0);
  for (task.fails_at = 1;; task.fails_at += 1 + task.fails_at / 100, tried++) {
    task.for_good = false;
    char *once = perform(&task);
    bool ends = strcmp(once, "memory ") == 0;
    if (!ends && strcmp(once, expected) != 0)
      fail_msg("without allocation %ld: %.300s", task.fails_at, once);
    ended += ends;
    task.for_good = true;
    char *for_good = perform(&task);
    bool never = strcmp(for_good, expected) == 0; /* the run has fewer */
    if (!never) assert_string_equal(for_good, "memory ");
    free(once);
    free(for_good);
    if (never) break;
  }
  assert_true(tried > 300 && ended < tried / 10);
  free(expected);
}

int main(void)
{
  setenv("TZ", "Asia/Kathmandu", 1); /* for who would ask this machine's library for local time */
  static const struct CMUnitTest tests[] = {cmocka_unit_test(native_gives_what_walled_gives),
                                            cmocka_unit_test(any_allocation_may_fail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
