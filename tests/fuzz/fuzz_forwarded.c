/* X-Forwarded-For and Forwarded from arbitrary bytes: whatever they are, the client is an address
 * or the proxy itself; and what a client wrote does not matter once its proxy has appended to it.
 */
#include "fuzz.h"

#include "http/forwarded.h"

static const struct text peer = TEXT_INITIALIZER("10.0.0.1");

static void find(enum forwarded_header header, struct text value, struct forwarded_client *client)
{
  struct network network;
  PROMISE(!network_parse(TEXT("10.0.0.0/8"), &network), "a good network is refused");
  struct proxies proxies = {.trusted = &network, .count = 1, .header = header};
  struct forwarded_fields fields = {.forwarded = value, .x_for = value, .x_proto = value};
  forwarded_find(&proxies, peer, false, &fields, client);
}

static void check(enum forwarded_header header, struct text value)
{
  static const char *const appended[] = {", 192.0.2.1", ",for=\"192.0.2.1:80\";proto=https"};
  struct forwarded_client client;
  struct address address;
  find(header, value, &client);
  PROMISE(address_parse(client.address, &address), "%.*s", TEXT_ARGS(client.address));
  struct buffer longer = {0};
  buffer_append_text(&longer, value);
  buffer_append_text(&longer, text_of(appended[header]));
  find(header, buffer_text(&longer), &client);
  PROMISE(text_is(client.address, "192.0.2.1"), "%.*s", TEXT_ARGS(client.address));
  PROMISE(!client.malformed, "a good element is malformed");
  PROMISE(header == FORWARDED_X || client.secure, "it was said that it is secure");
  buffer_deinit(&longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text value = fuzz_copy(data, size);
  struct network network;
  check(FORWARDED_X, value);
  check(FORWARDED_STANDARD, value);
  network_parse(value, &network);
  free((char *)(uintptr_t)value.data);
  return 0;
}
