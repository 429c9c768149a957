/* Bundles: what goes in comes out, nobody can change it, and no bytes of any kind lead astray who
 * opens it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/memory.h"
#include "dice.h"

enum { ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static const struct bundle_item given[] = {
    {"image/b", TEXT_INITIALIZER("\0\1\2")},
    {"contracts/z.json", TEXT_INITIALIZER("{}")},
    {"contracts/a.json", TEXT_INITIALIZER("")},
    {"contracts", TEXT_INITIALIZER("before them")},
    {"contracts0", TEXT_INITIALIZER("after them")},
    {"", TEXT_INITIALIZER("no name")},
    {"writ.json", TEXT_INITIALIZER("{\"listen\": \"127.0.0.1:1\"}")}};

enum { GIVEN = sizeof given / sizeof *given };

static int seal_items(const struct bundle_item *items, size_t count)
{
  struct bundle_writer writer;
  struct error error = {0};
  int fd = -1;
  bundle_writer_init(&writer);
  for (size_t i = 0; i < count; i++) bundle_add(&writer, items[i].name, items[i].bytes);
  if (bundle_seal(&writer, &fd, &error)) fail_msg("%s", error.message);
  bundle_writer_deinit(&writer);
  return fd;
}

static void gives_back_what_it_got(void **state)
{
  (void)state;
  static const char *const order[GIVEN] = {
      "",           "contracts", "contracts/a.json", "contracts/z.json",
      "contracts0", "image/b",   "writ.json"};
  struct bundle bundle;
  struct text bytes;
  size_t first, end;
  int fd = seal_items(given, GIVEN);
  assert_int_equal(bundle_open(fd, &bundle, NULL), 0);
  close(fd);
  assert_int_equal(bundle.count, GIVEN);
  for (size_t i = 0; i < GIVEN; i++) {
    assert_string_equal(bundle_part(&bundle, i).name, order[i]);
    assert_true(bundle_find(&bundle, given[i].name, &bytes));
    assert_true(text_equal(bytes, given[i].bytes));
    assert_int_equal(bytes.data[bytes.length], 0);
  }
  assert_false(bundle_find(&bundle, "contracts/b.json", &bytes));
  assert_false(bundle_find(&bundle, "zzz", &bytes));
  bundle_range(&bundle, "contracts/", &first, &end);
  assert_int_equal(first, 2);
  assert_int_equal(end, 4);
  bundle_range(&bundle, "secret/", &first, &end);
  assert_int_equal(first, end);
  bundle_range(&bundle, "", &first, &end);
  assert_int_equal(end - first, GIVEN);
  bundle_close(&bundle);
}

static void may_be_empty(void **state)
{
  (void)state;
  struct bundle bundle;
  struct text bytes;
  int fd = seal_items(NULL, 0);
  assert_int_equal(bundle_open(fd, &bundle, NULL), 0);
  assert_int_equal(bundle.count, 0);
  assert_false(bundle_find(&bundle, "writ.json", &bytes));
  bundle_close(&bundle);
  close(fd);
}

/* More parts than one system call takes, and larger than a pipe's worth. */
static void holds_many_parts(void **state)
{
  (void)state;
  enum { PARTS = 5000, LARGE = 3000000 };
  struct bundle_writer writer;
  struct bundle bundle;
  struct text bytes;
  char name[32], *large = memory_new(LARGE);
  int fd;
  bundle_writer_init(&writer);
  for (int i = 0; i < LARGE; i++) large[i] = (char)(i * 7);
  for (int i = 0; i < PARTS; i++) {
    snprintf(name, sizeof name, "part/%d", i);
    bundle_add_copy(&writer, name, text_of(name));
  }
  bundle_add(&writer, "large", (struct text){large, LARGE});
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  bundle_writer_deinit(&writer);
  assert_int_equal(bundle_open(fd, &bundle, NULL), 0);
  for (int i = 0; i < PARTS; i++) {
    snprintf(name, sizeof name, "part/%d", i);
    assert_true(bundle_find(&bundle, name, &bytes));
    assert_true(text_is(bytes, name));
  }
  assert_true(bundle_find(&bundle, "large", &bytes));
  assert_true(text_equal(bytes, (struct text){large, LARGE}));
  bundle_close(&bundle);
  close(fd);
  memory_free(large);
}

static void takes_no_name_twice(void **state)
{
  (void)state;
  struct bundle_writer writer;
  struct error error = {0};
  int fd = -1;
  bundle_writer_init(&writer);
  for (int i = 0; i < 2; i++) bundle_add(&writer, "twice", TEXT("x"));
  assert_int_equal(bundle_seal(&writer, &fd, &error), -1);
  assert_string_equal(error.message, "part twice of a bundle comes twice");
  assert_int_equal(fd, -1);
  bundle_writer_deinit(&writer);
}

static void cannot_be_changed(void **state)
{
  (void)state;
  int fd = seal_items(given, GIVEN);
  assert_int_equal(fcntl(fd, F_GET_SEALS) & ALL_SEALS, ALL_SEALS);
  assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  assert_int_equal(pwrite(fd, "x", 1, 0), -1);
  assert_int_equal(errno, EPERM);
  assert_int_equal(ftruncate(fd, 1), -1);
  assert_int_equal(ftruncate(fd, 1 << 20), -1);
  assert_ptr_equal(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  close(fd);
}

/* A memfd of these bytes, with these seals. */
static int raw(struct text bytes, int seals)
{
  int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes.data, bytes.length), (ssize_t)bytes.length);
  if (seals) assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
  return fd;
}

static struct buffer bytes_of(int fd)
{
  struct buffer out = {0};
  off_t length = lseek(fd, 0, SEEK_END);
  assert_int_equal(pread(fd, buffer_reserve(&out, (size_t)length), (size_t)length, 0), length);
  out.length = (size_t)length;
  return out;
}

static void is_taken_only_sealed(void **state)
{
  (void)state;
  static const int seals[] = {F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE};
  struct bundle bundle;
  int fd = seal_items(given, GIVEN), pipes[2];
  struct buffer bytes = bytes_of(fd);
  close(fd);
  for (size_t i = 0; i < 4; i++) {
    struct error error = {0};
    fd = raw(buffer_text(&bytes), ALL_SEALS & ~seals[i]);
    assert_int_equal(bundle_open(fd, &bundle, &error), -1);
    assert_string_equal(error.message, "not a bundle: it is not sealed");
    close(fd);
  }
  assert_int_equal(pipe(pipes), 0);
  assert_int_equal(bundle_open(pipes[0], &bundle, NULL), -1);
  close(pipes[0]);
  close(pipes[1]);
  assert_int_equal(bundle_open(-1, &bundle, NULL), -1);
  fd = raw(TEXT(""), ALL_SEALS);
  assert_int_equal(bundle_open(fd, &bundle, NULL), -1);
  close(fd);
  buffer_deinit(&bytes);
}

/* Touches all that an opened bundle gives out, and holds it to what the header promises. */
static unsigned use(const struct bundle *bundle)
{
  unsigned sum = 0;
  struct text bytes;
  for (size_t i = 0; i < bundle->count; i++) {
    struct bundle_part part = bundle_part(bundle, i);
    sum += (unsigned)strlen(part.name);
    for (size_t k = 0; k <= part.bytes.length; k++) sum += (unsigned char)part.bytes.data[k];
    assert_int_equal(part.bytes.data[part.bytes.length], 0);
    assert_true(bundle_find(bundle, part.name, &bytes));
    assert_ptr_equal(bytes.data, part.bytes.data);
  }
  return sum;
}

/* Numbers near the edges of what is there, and anything. */
static uint64_t number(struct dice *dice, size_t length)
{
  static const uint64_t odd[] = {0, 1, UINT64_MAX, UINT32_MAX, INT64_MAX, UINT64_C(1) << 32};
  if (dice_happens(dice, 30)) return odd[dice_below(dice, 6)];
  if (dice_happens(dice, 70)) return length - 8 + dice_below(dice, 16);
  return dice_roll(dice);
}

static void survives_any_bytes(void **state)
{
  (void)state;
  enum { ROUNDS = 20000 };
  struct dice dice = {number_from("WRIT_TEST_SEED", 1)};
  int fd = seal_items(given, GIVEN), opened = 0;
  struct buffer good = bytes_of(fd), bad = {0};
  close(fd);
  for (int round = 0; round < ROUNDS; round++) {
    struct bundle bundle;
    buffer_clear(&bad);
    buffer_append_text(&bad, buffer_text(&good));
    for (uint32_t changes = 1 + dice_below(&dice, 3); changes > 0; changes--) {
      uint64_t value = number(&dice, bad.length);
      size_t at = dice_below(&dice, (uint32_t)bad.length - 8),
             width = dice_happens(&dice, 50) ? 8 : 1;
      if (dice_happens(&dice, 60)) at = dice_below(&dice, 24 + GIVEN * 24) & ~7U;
      if (width == 8 && dice_happens(&dice, 50)) at += 4, width = 4;
      memcpy(bad.data + at, &value, width);
    }
    if (dice_happens(&dice, 10)) bad.length = 1 + dice_below(&dice, (uint32_t)bad.length);
    fd = raw(buffer_text(&bad), ALL_SEALS);
    if (bundle_open(fd, &bundle, NULL) == 0) {
      opened++;
      use(&bundle);
      bundle_close(&bundle);
    }
    assert_null(bundle.bytes);
    close(fd);
  }
  assert_in_range(opened, 1, ROUNDS - 1);
  buffer_deinit(&good);
  buffer_deinit(&bad);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gives_back_what_it_got), cmocka_unit_test(may_be_empty),
      cmocka_unit_test(holds_many_parts),       cmocka_unit_test(takes_no_name_twice),
      cmocka_unit_test(cannot_be_changed),      cmocka_unit_test(is_taken_only_sealed),
      cmocka_unit_test(survives_any_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
