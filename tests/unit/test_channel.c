/* Messages between processes: whole or not at all, with what they carry, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/channel.h"

static int set_up(void **state)
{
  static int ends[2];
  struct error error = {0};
  assert_int_equal(channel_pair(ends, &error), 0);
  *state = ends;
  return 0;
}

static int tear_down(void **state)
{
  const int *ends = *state;
  close(ends[0]);
  close(ends[1]);
  return 0;
}

static void a_message_carries_a_descriptor(void **state)
{
  const int *ends = *state;
  struct channel_message sent = {.kind = CHANNEL_BUNDLE, .generation = 7, .text = "why"}, got;
  int pipes[2], fd;
  char byte = 0;
  assert_int_equal(pipe(pipes), 0);
  assert_true(channel_send(ends[0], &sent, pipes[1]));
  close(pipes[1]);
  assert_int_equal(channel_receive(ends[1], &got, &fd), CHANNEL_RECEIVED);
  assert_memory_equal(&sent, &got, sizeof got);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "x", 1), 1);
  assert_int_equal(read(pipes[0], &byte, 1), 1);
  assert_int_equal(byte, 'x');
  close(fd);
  close(pipes[0]);
  assert_int_equal(channel_receive(ends[1], &got, &fd), CHANNEL_NOTHING);
  assert_int_equal(fd, -1);
}

static void messages_come_in_order(void **state)
{
  const int *ends = *state;
  struct channel_message message = {.kind = CHANNEL_SERVING};
  int fd;
  for (uint64_t i = 0; i < 10; i++) {
    message.generation = i;
    assert_true(channel_send(ends[1], &message, -1));
  }
  for (uint64_t i = 0; i < 10; i++) {
    assert_int_equal(channel_wait(ends[0], &message, &fd), CHANNEL_RECEIVED);
    assert_int_equal(message.generation, i);
    assert_int_equal(fd, -1);
  }
}

/* Who does not read is not waited for. */
static void sending_never_waits(void **state)
{
  const int *ends = *state;
  struct channel_message message = {.kind = CHANNEL_SERVING};
  int sent = 0;
  while (sent < 1000000 && channel_send(ends[0], &message, -1)) sent++;
  assert_in_range(sent, 10, 999999);
}

static void what_is_no_message_ends_the_channel(void **state)
{
  struct channel_message message = {.kind = CHANNEL_ABORT + 1};
  const size_t lengths[] = {1, 8, sizeof message - 1, sizeof message, sizeof message + 1, 4096};
  char bytes[4096] = {0};
  (void)state;
  memcpy(bytes, &message, sizeof message);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    struct channel_message got;
    struct error error = {0};
    int ends[2], fd;
    assert_int_equal(channel_pair(ends, &error), 0);
    assert_int_equal(send(ends[0], bytes, lengths[i], 0), lengths[i]);
    assert_int_equal(channel_receive(ends[1], &got, &fd), CHANNEL_ENDED);
    assert_int_equal(fd, -1);
    close(ends[0]);
    close(ends[1]);
  }
}

/* More descriptors than one: there is room for a second beside the first. */
static void no_descriptor_is_left_open(void **state)
{
  enum { MANY = 4 };
  const int *ends = *state;
  struct channel_message message = {.kind = CHANNEL_SERVING}, got;
  int before = dup(ends[0]), after, fd;
  close(before); /* the lowest one that is free */
  for (size_t count = 2; count <= MANY; count++) {
    union {
      struct cmsghdr header;
      char bytes[CMSG_SPACE(MANY * sizeof(int))];
    } control = {0};
    struct iovec piece = {.iov_base = &message, .iov_len = sizeof message};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    int fds[MANY] = {ends[0], ends[0], ends[0], ends[0]};
    control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS,
                                      .cmsg_len = CMSG_LEN(count * sizeof(int))};
    memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    assert_int_equal(sendmsg(ends[0], &header, 0), sizeof message);
    assert_int_equal(channel_receive(ends[1], &got, &fd), CHANNEL_ENDED);
    assert_int_equal(fd, -1);
    after = dup(ends[0]);
    assert_int_equal(after, before);
    close(after);
  }
}

static void text_always_ends(void **state)
{
  const int *ends = *state;
  struct channel_message message = {.kind = CHANNEL_FAILED}, got;
  int fd;
  memset(message.text, 'a', sizeof message.text);
  assert_true(channel_send(ends[0], &message, -1));
  assert_int_equal(channel_receive(ends[1], &got, &fd), CHANNEL_RECEIVED);
  assert_int_equal(strlen(got.text), sizeof got.text - 1);
}

static void an_end_that_is_gone_is_told(void **state)
{
  (void)state;
  struct channel_message message = {.kind = CHANNEL_DRAIN};
  struct error error = {0};
  int ends[2], fd;
  assert_int_equal(channel_pair(ends, &error), 0);
  close(ends[0]);
  assert_int_equal(channel_wait(ends[1], &message, &fd), CHANNEL_ENDED);
  assert_false(channel_send(ends[1], &message, -1));
  close(ends[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_message_carries_a_descriptor, set_up, tear_down),
      cmocka_unit_test_setup_teardown(messages_come_in_order, set_up, tear_down),
      cmocka_unit_test_setup_teardown(sending_never_waits, set_up, tear_down),
      cmocka_unit_test(what_is_no_message_ends_the_channel),
      cmocka_unit_test_setup_teardown(no_descriptor_is_left_open, set_up, tear_down),
      cmocka_unit_test_setup_teardown(text_always_ends, set_up, tear_down),
      cmocka_unit_test(an_end_that_is_gone_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
