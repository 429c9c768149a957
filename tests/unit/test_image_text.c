/* Images as bytes: one that was made in one process runs in another, which knows nothing else of
 * it; and no other bytes are taken for one. */
#include "sandbox_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/memory.h"

static const struct image_module modules[] = {
    {"money", "app/lib/money.lua",
     TEXT_INITIALIZER("return { cents = function(x) return x * 100 end }")}};

static const char handler[] =
    "local money, calls = require 'money', 0\n"
    "local names = { 'ada', 'bob', tag = ('x'):rep(3000) }\n"
    "return function(input, ctx)\n"
    "  calls = calls + 1\n"
    "  local row = ctx.db.users.find()\n"
    "  local parts = {}\n"
    "  for word in string.gmatch(input.words, '%a+') do parts[#parts + 1] = word:upper() end\n"
    "  table.sort(parts, function(a, b) return a > b end)\n"
    "  local co = coroutine.wrap(function() coroutine.yield(#names.tag) end)\n"
    "  return { calls = calls, cents = money.cents(input.amount), words = parts, tag = co(),\n"
    "           who = names[2], row = row ~= nil, ok = pcall(error, 'x'), now = ctx.now ~= nil }\n"
    "end\n";
static const char input[] = "{\"words\": \"one two three\", \"amount\": 7}";
static const char output[] = "{\"calls\":1,\"cents\":700,\"now\":true,\"ok\":false,\"row\":true,"
                             "\"tag\":3000,\"who\":\"bob\","
                             "\"words\":[\"TWO\",\"THREE\",\"ONE\"]}";

static struct image *build(struct fixture *fixture)
{
  struct error error = {0};
  struct image *image = fixture_build(fixture, handler, modules, 1, &error);
  if (!image) fail_msg("%s", error.message);
  return image;
}

/* --- The other process: this program, started anew with a bundle as its descriptor 3 --- */

static int run_elsewhere(void)
{
  struct bundle bundle;
  struct text bytes;
  struct image *image;
  struct error error = {0};
  void *state;
  if (fixture_setup(&state) || bundle_open(3, &bundle, &error) || close(3) ||
      !bundle_find(&bundle, "image/t", &bytes) || image_read(bytes, &image, &error)) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }
  struct fixture *fixture = state;
  for (int i = 0; i < 2; i++) { /* the second finds what the first was given */
    fixture_run_image(fixture, image, input);
    if (strcmp(fixture_text(fixture), output) != 0) {
      fprintf(stderr, "%s\n", fixture_text(fixture));
      return 3;
    }
  }
  image_free(image);
  bundle_close(&bundle);
  fixture_teardown(&state);
  return 42;
}

static void runs_in_another_process(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture);
  struct bundle_writer writer;
  int fd, status;
  bundle_writer_init(&writer);
  bundle_add(&writer, "image/t", image_text(image));
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  bundle_writer_deinit(&writer);
  pid_t child = fork();
  if (child == 0) {
    if (fd == 3 ? fcntl(fd, F_SETFD, 0) : dup2(fd, 3) != 3) _exit(4);
    execl("/proc/self/exe", "elsewhere", "elsewhere", (char *)NULL);
    _exit(5);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 42);
  close(fd);
  image_free(image);
}

/* --- Here --- */

static void is_the_same_when_read(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture), *read, *again;
  struct text text = image_text(image);
  char *copy = memory_new(text.length);
  memcpy(copy, text.data, text.length);
  assert_int_equal(image_read((struct text){copy, text.length}, &read, NULL), 0);
  assert_int_equal(image_bytes(read), image_bytes(image));
  image_free(image);
  fixture_run_image(fixture, read, input);
  assert_string_equal(fixture_text(fixture), output);
  assert_true(text_equal(image_text(read), (struct text){copy, text.length}));
  assert_int_equal(image_read(image_text(read), &again, NULL), 0);
  image_free(again);
  image_free(read);
  memory_free(copy);
}

static void knows_what_it_was_built_for(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture), *read;
  struct image_spec spec = {.path = "app/handlers/t.lua",
                            .source = text_of(handler),
                            .modules = modules,
                            .module_count = 1,
                            .sleeps = true};
  assert_int_equal(image_read(image_text(image), &read, NULL), 0);
  assert_true(image_fits(read, 3, false));
  assert_false(image_fits(read, 2, false));
  assert_false(image_fits(read, 4, false));
  assert_false(image_fits(read, 3, true));
  image_free(read);
  image_free(image);
  assert_int_equal(image_build(fixture->sandbox, &spec, &image, NULL), 0);
  assert_int_equal(image_read(image_text(image), &read, NULL), 0);
  assert_true(image_fits(read, 0, true));
  assert_false(image_fits(read, 0, false));
  image_free(read);
  image_free(image);
}

static void other_bytes_are_refused(void **state)
{
  struct fixture *fixture = *state;
  struct image *image = build(fixture), *read;
  struct text text = image_text(image);
  size_t header = text.length - image_bytes(image);
  char *copy = memory_new(text.length + 16);
  memcpy(copy, text.data, text.length);
  for (size_t length = 0; length < text.length; length += length < header + 20 ? 1 : 777)
    assert_int_equal(image_read((struct text){copy, length}, &read, NULL), -1);
  assert_int_equal(image_read((struct text){copy, text.length + 16}, &read, NULL), -1);
  /* Each byte of the header but the count of queries, which image_fits is asked about. */
  for (size_t i = 0; i < header; i++) {
    if (i >= header - 8 && i < header - 4) continue;
    for (int bit = 0; bit < 8; bit++) {
      if (i == header - 4 && bit == 0) continue; /* sleeps, the same */
      copy[i] = (char)(copy[i] ^ (1 << bit));
      struct error error = {0};
      if (image_read((struct text){copy, text.length}, &read, &error) == 0)
        fail_msg("byte %zu, bit %d", i, bit);
      if (i >= 8 && i < 8 + HASH_BYTES)
        assert_string_equal(error.message, "an image of another build of writ");
      copy[i] = (char)(copy[i] ^ (1 << bit));
    }
  }
  assert_int_equal(image_read((struct text){copy, text.length}, &read, NULL), 0);
  image_free(read);
  memory_free(copy);
  image_free(image);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "elsewhere") == 0) return run_elsewhere();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(runs_in_another_process),
      cmocka_unit_test(is_the_same_when_read),
      cmocka_unit_test(knows_what_it_was_built_for),
      cmocka_unit_test(other_bytes_are_refused),
  };
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
