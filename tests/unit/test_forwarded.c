/* Addresses, networks, and clients behind proxies. The odd cases are those of RFC 7239 and of what
 * is written about X-Forwarded-For: spoofed values, ports, IPv6 with and without brackets, quotes,
 * `unknown`, obfuscated names, several lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/forwarded.h"

/* --- Addresses and networks. --- */

static void test_addresses(void **state)
{
  static const char *const examples[][2] = {
      {"192.0.2.1", "192.0.2.1"},
      {"2001:DB8:0:0::1", "2001:db8::1"},
      {"::", "::"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::ffff:c000:201", "192.0.2.1"},
      {"", NULL},
      {" 192.0.2.1", NULL},
      {"192.0.2.1 ", NULL},
      {"192.0.2", NULL},
      {"192.0.2.256", NULL},
      {"192.0.2.01", NULL},
      {"0x7f.1", NULL},
      {"192.0.2.1:80", NULL},
      {"[::1]", NULL},
      {"fe80::1%eth0", NULL},
      {"2001:db8::1::2", NULL},
      {"localhost", NULL},
      {"1111:2222:3333:4444:5555:6666:7777:8888:9999", NULL},
      {"0000000000000000000000000000000000000000000000000000", NULL},
  };
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct address address;
    char out[INET6_ADDRSTRLEN];
    bool good = address_parse(text_of(examples[i][0]), &address);
    if (good != (examples[i][1] != NULL)) fail_msg("%s", examples[i][0]);
    if (!good) continue;
    address_print(&address, out);
    assert_string_equal(out, examples[i][1]);
  }
  assert_false(address_parse((struct text){"192.0.2.1\0", 10}, &(struct address){0}));
}

static void test_networks(void **state)
{
  static const struct {
    const char *network, *has, *has_not;
  } examples[] = {
      {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
      {"10.0.0.0/8", "::ffff:10.1.1.1", "::10.0.0.1"},
      {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
      {"192.0.2.4/30", "192.0.2.7", "192.0.2.8"},
      {"192.0.2.1", "192.0.2.1", "192.0.2.0"},
      {"192.0.2.1/32", "192.0.2.1", "192.0.2.3"},
      {"0.0.0.0/0", "255.255.255.255", "::1"},
      {"::/0", "2001:db8::1", "192.0.2.1"},
      {"::1", "::1", "::"},
      {"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
      {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
      {"::ffff:10.0.0.0", "10.0.0.0", "10.0.0.1"},
  };
  static const char *const wrong[] = {
      "",          "10.0.0.0/",   "10.0.0.0/33",  "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.1/8",
      "10.0.0/8",  "/8",          "10.0.0.0/8/8", "::/129",      "::1/64",      "proxy.example",
      "[::1]/128", "10.0.0.0/ 8", "10.0.0.0/8 ",  "::/1x",       "10.0.0.0/256"};
  (void)state;
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct network network;
    struct address has, has_not;
    assert_null(network_parse(text_of(examples[i].network), &network));
    assert_true(address_parse(text_of(examples[i].has), &has));
    assert_true(address_parse(text_of(examples[i].has_not), &has_not));
    if (!network_has(&network, &has) || network_has(&network, &has_not))
      fail_msg("%s", examples[i].network);
  }
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    if (!network_parse(text_of(wrong[i]), &(struct network){0})) fail_msg("%s", wrong[i]);
}

/* --- Clients. The proxies are 10.0.0.0/8, 2001:db8::/32 and whoever is local. --- */

#define PEER    "10.0.0.1"
#define UNKNOWN PEER, false, false

static const struct {
  const char *peer, *value; /* of X-Forwarded-For */
  const char *address;
  bool malformed;
} x_cases[] = {
    {PEER, "", PEER, false},
    {PEER, "192.0.2.1", "192.0.2.1", false},
    {"unix", "192.0.2.1", "192.0.2.1", false},
    {"2001:db8::7", "192.0.2.1", "192.0.2.1", false},
    {"192.0.2.9", "192.0.2.1", "192.0.2.9", false}, /* no proxy of ours: it may say what it likes */
    {"2001:db9::", "192.0.2.1", "2001:db9::", false},
    /* spoofed: what the client wrote stands to the left */
    {PEER, "127.0.0.1, 192.0.2.1", "192.0.2.1", false},
    {PEER, "10.9.9.9, 192.0.2.1", "192.0.2.1", false},
    {PEER, "<script>, 192.0.2.1", "192.0.2.1", false},
    {PEER, "\", 192.0.2.1", "192.0.2.1", false},
    /* through several proxies */
    {PEER, "192.0.2.1, 10.0.0.2", "192.0.2.1", false},
    {PEER, "203.0.113.5,192.0.2.1,10.0.0.2 ,\t2001:db8::3", "192.0.2.1", false},
    {PEER, "10.0.0.3, 10.0.0.2", "10.0.0.3", false}, /* all ours: the outermost */
    /* IPv6 and ports */
    {PEER, "2001:DB9::1", "2001:db9::1", false},
    {PEER, "[2001:db9::1]", "2001:db9::1", false},
    {PEER, "[2001:db9::1]:4711", "2001:db9::1", false},
    {PEER, "192.0.2.1:4711", "192.0.2.1", false},
    {PEER, "::ffff:192.0.2.1", "192.0.2.1", false},
    {PEER, "::ffff:10.0.0.2", "10.0.0.2", false},
    {PEER, "192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1", false},
    /* nothing told */
    {PEER, "unknown", PEER, false},
    {PEER, "Unknown", PEER, false},
    {PEER, "_hidden", PEER, false},
    {PEER, "192.0.2.1, unknown", PEER, false},
    {PEER, "192.0.2.1, unknown, 10.0.0.2", "10.0.0.2", false},
    /* nothing readable */
    {PEER, "proxy.example", PEER, true},
    {PEER, "192.0.2.1, proxy.example, 10.0.0.2", "10.0.0.2", true},
    {PEER, "192.0.2.1:", PEER, true},
    {PEER, "192.0.2.1:123456", PEER, true},
    {PEER, "192.0.2.1:8x", PEER, true},
    {PEER, "[2001:db9::1", PEER, true},
    {PEER, "[2001:db9::1]x", PEER, true},
    {PEER, "[2001:db9::1]:", PEER, true},
    {PEER, "[192.0.2.1]", PEER, true},
    {PEER, "[unknown]", PEER, true},
    {PEER, "\"192.0.2.1\"", PEER, true},
    {PEER, "192.0.2.1 203.0.113.5", PEER, true},
    {PEER, "fe80::1%eth0", PEER, true},
    {PEER, "_", PEER, true},
    {PEER, "_b\"", PEER, true},
    {PEER, "[", PEER, true},
    {PEER, "]", PEER, true},
    {PEER, ":", PEER, true},
    /* empty elements */
    {PEER, ",", PEER, false},
    {PEER, ", ,", PEER, false},
    {PEER, "192.0.2.1,,", "192.0.2.1", false},
    {PEER, ",192.0.2.1", "192.0.2.1", false},
};

static const struct {
  const char *value; /* of Forwarded, from PEER */
  const char *address;
  bool secure, malformed;
} standard_cases[] = {
    {"", UNKNOWN},
    {"for=192.0.2.43", "192.0.2.43", false, false},
    {"For=\"[2001:db9:cafe::17]:4711\"", "2001:db9:cafe::17", false, false},
    {"for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60", false, false},
    {"by=203.0.113.43;proto=HTTPS;FOR=192.0.2.60;host=a", "192.0.2.60", true, false},
    {"for=192.0.2.43, for=\"[2001:db8:cafe::17]\"", "192.0.2.43", false, false},
    {"for=\"192.0.2.43\"", "192.0.2.43", false, false},
    {"for=\"192.0.2.43:47011\"", "192.0.2.43", false, false},
    {"for=\"192.0.2.43:_gazonk\"", "192.0.2.43", false, false},
    {"for=192.0.2.43 ; proto=https", "192.0.2.43", true, false},
    {"for=192.0.2.43;", "192.0.2.43", false, false},
    {"for=192.0.2.43;ext=\"a, for=10.0.0.9;\\\", b\"", "192.0.2.43", false, false},
    {"for=192.0.2.43;ext=\"\\\\\"", "192.0.2.43", false, false},
    /* spoofed */
    {"for=127.0.0.1;proto=https, for=192.0.2.1", "192.0.2.1", false, false},
    {"for=\", for=192.0.2.1", "192.0.2.1", false, false},
    {"for=\"\\, for=192.0.2.1;proto=https", "192.0.2.1", true, false},
    {"for=\", for=\"[2001:db9::1]\"", "2001:db9::1", false, false},
    {"\", for=192.0.2.1, for=10.0.0.2", "192.0.2.1", false, false},
    /* whose proto it is: the one that the outermost proxy of ours was spoken to by */
    {"for=192.0.2.1;proto=https, for=10.0.0.2;proto=http", "192.0.2.1", true, false},
    {"for=192.0.2.1;proto=http, for=10.0.0.2;proto=https", "192.0.2.1", false, false},
    {"for=10.0.0.3;proto=https, for=10.0.0.2", "10.0.0.3", true, false},
    {"for=192.0.2.1;proto=\"https\"", "192.0.2.1", true, false},
    {"for=192.0.2.1;proto=httpss", "192.0.2.1", false, false},
    /* nothing told */
    {"for=unknown;proto=https", PEER, true, false},
    {"for=_mdn", UNKNOWN},
    {"for=\"_gazonk\"", UNKNOWN},
    {"for=\"_a:_b\"", UNKNOWN},
    {"for=\"unknown:80\"", UNKNOWN},
    {"proto=https", PEER, true, false},
    {"by=10.0.0.1", UNKNOWN},
    {"for=192.0.2.1, for=unknown, for=10.0.0.2", "10.0.0.2", false, false},
    /* nothing readable */
    {"for=2001:db9::1", PEER, false, true},
    {"for=[2001:db9::1]", PEER, false, true},
    {"for=\"2001:db9::1\"", PEER, false, true},
    {"for=192.0.2.1:80", PEER, false, true},
    {"for=\"\"", PEER, false, true},
    {"for=", PEER, false, true},
    {"for", PEER, false, true},
    {"=192.0.2.1", PEER, false, true},
    {"192.0.2.1", PEER, false, true},
    {"for=192.0.2.1;for=192.0.2.2", PEER, false, true},
    {"for=192.0.2.1;proto=http;proto=https", PEER, false, true},
    {"for=192.0.2.1 proto=https", PEER, false, true},
    {"for=192.0.2.1;proto=https;;", PEER, false, true},
    {"for=\"192.0.2.1", PEER, false, true},
    {"for=192.0.2.1\"", PEER, false, true},
    {"for=\"192.0.2.1\\\"", PEER, false, true},
    {"for=\"192.0.2.1\"x", PEER, false, true},
    {"for=\"\\1\\9\\2.0.2.1\"", PEER, false, true},
    {"f or=192.0.2.1", PEER, false, true},
    {"\"", PEER, false, true},
    {"\\", PEER, false, true},
    {";", PEER, false, true},
    {"for=192.0.2.1, ,", "192.0.2.1", false, false},
};

static struct proxies trusted(struct network networks[2], enum forwarded_header header)
{
  assert_null(network_parse(TEXT("10.0.0.0/8"), &networks[0]));
  assert_null(network_parse(TEXT("2001:db8::/32"), &networks[1]));
  return (struct proxies){.trusted = networks, .count = 2, .local = true, .header = header};
}

static void test_x_forwarded_for(void **state)
{
  (void)state;
  struct network networks[2];
  struct proxies proxies = trusted(networks, FORWARDED_X);
  for (size_t i = 0; i < sizeof x_cases / sizeof *x_cases; i++) {
    struct forwarded_client client;
    struct forwarded_fields fields = {.x_for = text_of(x_cases[i].value),
                                      .forwarded = TEXT("for=198.51.100.1;proto=https")};
    forwarded_find(&proxies, text_of(x_cases[i].peer), false, &fields, &client);
    if (!text_is(client.address, x_cases[i].address) || client.malformed != x_cases[i].malformed)
      fail_msg("%s: %.*s", x_cases[i].value, TEXT_ARGS(client.address));
    assert_false(client.secure);
  }
}

static void test_x_forwarded_proto(void **state)
{
  static const struct {
    const char *peer, *value;
    bool tls, secure;
  } examples[] = {
      {PEER, "", false, false},
      {PEER, "", true, true},
      {PEER, "https", false, true},
      {PEER, "HTTPS", false, true},
      {PEER, "http", true, false},
      {PEER, "http, https", false, true},
      {PEER, "https,http", false, false},
      {PEER, "https x", false, false},
      {"192.0.2.1", "https", false, false},
      {"192.0.2.1", "http", true, true},
  };
  (void)state;
  struct network networks[2];
  struct proxies proxies = trusted(networks, FORWARDED_X);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct forwarded_client client;
    struct forwarded_fields fields = {.x_proto = text_of(examples[i].value)};
    forwarded_find(&proxies, text_of(examples[i].peer), examples[i].tls, &fields, &client);
    if (client.secure != examples[i].secure) fail_msg("%zu: %s", i, examples[i].value);
  }
}

static void test_forwarded(void **state)
{
  (void)state;
  struct network networks[2];
  struct proxies proxies = trusted(networks, FORWARDED_STANDARD);
  for (size_t i = 0; i < sizeof standard_cases / sizeof *standard_cases; i++) {
    struct forwarded_client client;
    struct forwarded_fields fields = {.forwarded = text_of(standard_cases[i].value),
                                      .x_for = TEXT("198.51.100.1"),
                                      .x_proto = TEXT("https")};
    forwarded_find(&proxies, TEXT(PEER), false, &fields, &client);
    if (!text_is(client.address, standard_cases[i].address) ||
        client.secure != standard_cases[i].secure ||
        client.malformed != standard_cases[i].malformed)
      fail_msg("%s: %.*s%s%s", standard_cases[i].value, TEXT_ARGS(client.address),
               client.secure ? ", secure" : "", client.malformed ? ", malformed" : "");
  }
}

static void test_nobody_is_trusted(void **state)
{
  (void)state;
  static const struct proxies nobody;
  static const char *const peers[] = {PEER, "127.0.0.1", "::1", "unix", ""};
  for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
    struct forwarded_client client;
    struct forwarded_fields fields = {.x_for = TEXT("192.0.2.1"), .x_proto = TEXT("https")};
    forwarded_find(&nobody, text_of(peers[i]), false, &fields, &client);
    assert_true(text_is(client.address, peers[i]));
    assert_false(client.secure);
  }
}

/* Every value that three of these pieces make is read without a fault, and whatever stands before
 * a good last element does not matter. */
static void test_pieces(void **state)
{
  static const char *const pieces[] = {
      "",  ",", "\"",       "\\",           ";",       "=",    "for=", "[",     "]",
      ":", "_", "10.0.0.2", "for=10.0.0.2", "unknown", "\\\"", " ",    "for=\""};
  enum { COUNT = sizeof pieces / sizeof *pieces };
  (void)state;
  struct network networks[2];
  struct proxies standard = trusted(networks, FORWARDED_STANDARD), x = standard;
  x.header = FORWARDED_X;
  for (size_t i = 0; i < (size_t)COUNT * COUNT * COUNT; i++) {
    struct forwarded_client client;
    struct buffer value = {0};
    buffer_print(&value, "%s%s%s", pieces[i % COUNT], pieces[i / COUNT % COUNT],
                 pieces[i / COUNT / COUNT]);
    struct forwarded_fields fields = {buffer_text(&value), buffer_text(&value),
                                      buffer_text(&value)};
    forwarded_find(&standard, TEXT(PEER), false, &fields, &client);
    forwarded_find(&x, TEXT(PEER), false, &fields, &client);
    buffer_append_text(&value, TEXT(", for=\"192.0.2.1\""));
    fields.forwarded = buffer_text(&value);
    forwarded_find(&standard, TEXT(PEER), false, &fields, &client);
    if (!text_is(client.address, "192.0.2.1")) fail_msg("%.*s", TEXT_ARGS(buffer_text(&value)));
    buffer_deinit(&value);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_addresses),       cmocka_unit_test(test_networks),
      cmocka_unit_test(test_x_forwarded_for), cmocka_unit_test(test_x_forwarded_proto),
      cmocka_unit_test(test_forwarded),       cmocka_unit_test(test_nobody_is_trusted),
      cmocka_unit_test(test_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
