/* The table that counts connections by address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "http/peers.h"

static struct peers peers;

static int setup(void **state)
{
  (void)state;
  peers_init(&peers);
  return 0;
}

static struct peer *take(const char *text, size_t max)
{
  struct sockaddr_in four = {.sin_family = AF_INET};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6};
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
    return peers_take(&peers, (struct sockaddr *)&four, max);
  assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
  return peers_take(&peers, (struct sockaddr *)&six, max);
}

static void assert_empty(void)
{
  for (size_t i = 0; i < PEER_BUCKETS; i++) assert_null(peers.buckets[i]);
}

static void test_who_is_one(void **state)
{
  (void)state;
  static const struct {
    const char *a, *b;
    bool same;
  } rows[] = {
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1", "::ffff:192.0.2.1", true},
      {"2001:db8::1", "2001:db8::ffff:1", true},
      {"2001:db8::1", "2001:db8:0:1::1", false},
      {"::1", "0.0.0.0", false}, /* both are zero as far as is looked at */
      {"102:304::1", "1.2.3.4", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct peer *a = take(rows[i].a, 1);
    assert_non_null(a);
    struct peer *b = take(rows[i].b, 1);
    if ((b == NULL) != rows[i].same) fail_msg("%s and %s", rows[i].a, rows[i].b);
    peers_give_back(&peers, a);
    peers_give_back(&peers, b);
    assert_empty();
  }
}

static void test_counts(void **state)
{
  (void)state;
  struct peer *first = take("192.0.2.1", 3);
  for (int i = 1; i < 3; i++) assert_ptr_equal(take("192.0.2.1", 3), first);
  assert_null(take("192.0.2.1", 3));
  peers_give_back(&peers, first);
  assert_ptr_equal(take("192.0.2.1", 3), first);
  for (int i = 0; i < 3; i++) peers_give_back(&peers, first);
  assert_empty();
  assert_null(take("192.0.2.1", 0));
  assert_empty();
}

/* More addresses than buckets, so that some share one. */
static void test_many(void **state)
{
  (void)state;
  enum { COUNT = 3 * PEER_BUCKETS };
  static struct peer *taken[COUNT];
  for (uint32_t i = 0; i < COUNT; i++) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = i};
    taken[i] = peers_take(&peers, (struct sockaddr *)&address, 1);
    assert_non_null(taken[i]);
    assert_null(peers_take(&peers, (struct sockaddr *)&address, 1));
  }
  for (uint32_t i = 0; i < COUNT; i += 2) peers_give_back(&peers, taken[i]);
  for (uint32_t i = 1; i < COUNT; i += 2) peers_give_back(&peers, taken[i]);
  assert_empty();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_who_is_one, setup),
      cmocka_unit_test_setup(test_counts, setup),
      cmocka_unit_test_setup(test_many, setup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
