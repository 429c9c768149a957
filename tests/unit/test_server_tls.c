/* The server over TLS, with OpenSSL's client on real sockets. */
#include "server_fixture.h"
#include "tls_fixture.h"

#include <fcntl.h>
#include <netinet/tcp.h>

enum { DAY_S = 24 * 3600, COMMENT_BYTES = 6000, CHAIN = 10 };

/* A certificate that signs itself. A long comment makes handshakes large. */
static struct tls_context *make_context(const char *name, size_t followers)
{
  struct identity identity = identity_make(name, EVP_EC_gen("P-256"), NULL, -DAY_S, DAY_S);
  struct identity other = identity_make("other", EVP_EC_gen("P-256"), NULL, -DAY_S, DAY_S);
  struct buffer chain = {0}, key = {0};
  struct tls_context *context = NULL;
  struct error error = {0};
  char comment[COMMENT_BYTES + 1] = {0};
  memset(comment, 'c', COMMENT_BYTES);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, comment);
  X509_add_ext(other.certificate, extension, -1);
  X509_EXTENSION_free(extension);
  assert_true(X509_sign(other.certificate, other.key, EVP_sha256()) > 0);
  append_certificate(&chain, &identity);
  for (size_t i = 0; i < followers; i++) append_certificate(&chain, &other);
  append_key(&key, &identity, NULL);
  if (tls_context_new(buffer_text(&chain), buffer_text(&key), &context, &error))
    fail_msg("%s", error.message);
  buffer_deinit(&chain);
  buffer_deinit(&key);
  identity_free(&other);
  identity_free(&identity);
  return context;
}

static void set_certificate(struct test *test, const char *name, size_t followers)
{
  struct tls_context *context = make_context(name, followers);
  server_set_tls(test->server, context);
  tls_context_free(context);
}

/* `send_bytes`: of the kernel's buffer for each client; 0: as it is. */
static void open_tls_server(struct test *test, int send_bytes)
{
  struct server_limits limits = test_limits();
  struct listener listener;
  assert_int_equal(listener_open("127.0.0.1", 0, false, &listener, NULL), 0);
  if (send_bytes) setsockopt(listener.fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
  struct server_config config = {.listeners = &listener,
                                 .listener_count = 1,
                                 .limits = &limits,
                                 .metrics = test->metrics,
                                 .now_ms = now_ms};
  struct server_handler handler = {.context = test, .handle = handle, .body_max = body_max};
  close_server(test);
  assert_int_equal(server_open(&test->loop, &config, &handler, &test->server, NULL), 0);
  set_certificate(test, "first", 0);
}

static int setup_tls(void **state)
{
  tls_init();
  setup(state);
  open_tls_server(*state, 0);
  return 0;
}

/* The client */

struct tls_client {
  SSL_CTX *context;
  SSL *ssl;
  int fd;
  struct buffer received; /* by the last hear */
};

static struct tls_client client_of(int fd, int version)
{
  struct tls_client client = {.context = SSL_CTX_new(TLS_client_method()), .fd = fd};
  SSL_CTX_set_min_proto_version(client.context, version);
  SSL_CTX_set_max_proto_version(client.context, version);
  client.ssl = SSL_new(client.context);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* what is said is there at once */
  fcntl(fd, F_SETFL, O_NONBLOCK);
  SSL_set_fd(client.ssl, fd);
  SSL_set_connect_state(client.ssl);
  return client;
}

static struct tls_client connect_tls(const struct test *test)
{
  return client_of(connect_to(test), TLS1_3_VERSION);
}

static void close_client(struct tls_client *client)
{
  SSL_free(client->ssl);
  SSL_CTX_free(client->context);
  buffer_deinit(&client->received);
  close(client->fd);
}

static bool wants_more(const struct tls_client *client, int result)
{
  int error = SSL_get_error(client->ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static bool shake_hands(struct test *test, struct tls_client *client)
{
  for (uint64_t end = deadline(); in_time(end); turn(test, client->fd)) {
    int result = SSL_do_handshake(client->ssl);
    if (result == 1) return true;
    if (!wants_more(client, result)) return false;
  }
  fail_msg("the handshake does not end");
  return false;
}

static void say(struct test *test, struct tls_client *client, struct text text)
{
  size_t written;
  uint64_t end = deadline();
  while (!SSL_write_ex(client->ssl, text.data, text.length, &written)) {
    assert_true(wants_more(client, 0) && in_time(end));
    turn(test, client->fd);
  }
}

#define SAY(client, literal) say(test, client, TEXT(literal))

/* Reads until there are so many bytes more; less if the server ends. */
static void hear_bytes(struct test *test, struct tls_client *client, size_t bytes)
{
  struct buffer *received = &client->received;
  size_t length, wanted = received->length + bytes;
  test->ended = false;
  for (uint64_t end = deadline(); in_time(end) && received->length < wanted;) {
    if (SSL_read_ex(client->ssl, buffer_reserve(received, 16384), 16384, &length)) {
      received->length += length;
      continue;
    }
    if (!wants_more(client, 0)) {
      test->ended = true;
      return;
    }
    turn(test, client->fd);
  }
  assert_true(received->length >= wanted);
}

static bool has(const struct tls_client *client, const char *text)
{
  const struct buffer *received = &client->received;
  return received->length > 0 && memmem(received->data, received->length, text, strlen(text));
}

/* Forgets what was heard before, and reads until the text has come. NULL: until the server ends. */
static void hear(struct test *test, struct tls_client *client, const char *text)
{
  buffer_clear(&client->received);
  do hear_bytes(test, client, 1);
  while (!test->ended && !(text && has(client, text)));
  if (text ? !has(client, text) : !test->ended)
    fail_msg("waited for '%s', got '%.*s'", text ? text : "the end", (int)client->received.length,
             client->received.data);
}

/* The server said that it ends, rather than to cut the connection off. */
static void assert_goodbye(const struct tls_client *client)
{
  assert_true(SSL_get_shutdown(client->ssl) & SSL_RECEIVED_SHUTDOWN);
}

/* Requests */

static void test_requests(void **state)
{
  static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  struct test *test = *state;
  for (size_t v = 0; v < 2; v++) {
    struct tls_client client = client_of(connect_to(test), versions[v]);
    SAY(&client, REQUEST("GET /address", ""));
    hear(test, &client, "127.0.0.1");
    SAY(&client, REQUEST("GET /secure", ""));
    hear(test, &client, "[yes]");
    SAY(&client, REQUEST("POST /1", "Content-Length: 2\r\n") "hi" REQUEST("GET /2", "")
                     REQUEST("HEAD /3", "") REQUEST("GET /4", ""));
    hear(test, &client, "[GET /4 ||]");
    assert_true(has(&client, "[POST /1 ||hi]HTTP/1.1 200"));
    assert_true(has(&client, "[GET /2 ||]HTTP/1.1 200"));
    SAY(&client, REQUEST("GET /5", "Connection: close\r\n"));
    hear(test, &client, NULL);
    assert_true(has(&client, "[GET /5 ||]"));
    assert_goodbye(&client);
    close_client(&client);
  }
  wait_for_connections(test, 0);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"ok\"}", 2);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"failed\"}", 0);
}

static void test_bytes_one_by_one(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  const char *request = REQUEST("POST /", "Content-Length: 2\r\n") "hi";
  for (const char *at = request; *at; at++) say(test, &client, (struct text){at, 1});
  hear(test, &client, "[POST / ||hi]");
  close_client(&client);
}

/* RFC 9112 section 3.2.2, RFC 9110 section 7.4: the target's scheme is the connection's. */
static void test_absolute_targets(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, "GET https://a/1?b HTTP/1.1\r\nHost: a\r\n\r\n" REQUEST("GET /2", ""));
  hear(test, &client, "[GET /2 ||]");
  assert_true(has(&client, "[GET /1 b||]HTTP/1.1 200"));
  SAY(&client, "GET http://a/3 HTTP/1.1\r\nHost: a\r\n\r\n" REQUEST("GET /4", ""));
  hear(test, &client, NULL);
  assert_true(has(&client, "HTTP/1.1 421 "));
  assert_false(has(&client, "[GET"));
  assert_goodbye(&client);
  close_client(&client);
}

/* A body that waits for leave, and is many records. */
static void test_large_body(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("POST /big", "Expect: 100-continue\r\nContent-Length: 1048576\r\n"));
  hear(test, &client, "HTTP/1.1 100 Continue\r\n\r\n");
  say(test, &client, (struct text){test->large, LARGE_BODY_MAX});
  hear(test, &client, "[POST /big ||xxxx");
  SAY(&client, REQUEST("POST /", "Content-Length: 1048576\r\n"));
  hear(test, &client, NULL);
  assert_true(has(&client, "HTTP/1.1 413 "));
  assert_goodbye(&client);
  close_client(&client);
}

/* A client that takes its reply late: all of it comes, and the next one after it. */
static void test_slow_reader(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("GET /large", ""));
  wait_for_calls(test, 1);
  /* What the server must answer meanwhile comes after the reply that is under way. */
  SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED);
  SSL_do_handshake(client.ssl);
  for (int i = 0; i < 3; i++) turn(test, -1);
  SAY(&client, REQUEST("GET /next", ""));
  for (int i = 0; i < 20; i++) turn(test, -1);
  assert_int_equal(test->calls, 1);
  hear(test, &client, "\r\n\r\n");
  size_t head =
      (size_t)((char *)memmem(client.received.data, client.received.length, "\r\n\r\n", 4) -
               client.received.data) +
      4;
  hear_bytes(test, &client, head + LARGE_REPLY - client.received.length);
  assert_memory_equal(client.received.data + head, test->large, LARGE_REPLY);
  if (!has(&client, "[GET /next ||]")) hear(test, &client, "[GET /next ||]");
  close_client(&client);
}

static void test_write_deadline(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("GET /large", ""));
  wait_for_calls(test, 1);
  for (int i = 0; i < 3; i++) turn(test, -1);
  assert_int_equal(server_connections(test->server), 1);
  /* What the kernel has taken for it gives it some more time. */
  for (uint64_t end = deadline(); server_connections(test->server) > 0 && in_time(end);) {
    test_now_ms += 100000;
    turn(test, -1);
  }
  assert_int_equal(server_connections(test->server), 0);
  close_client(&client);
}

/* More requests at once than one connection may have answered in a turn of the loop, and then the
 * end: all of them are answered. */
static void test_pipeline(void **state)
{
  enum { COUNT = 100 };
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  struct buffer requests = {0};
  for (int i = 0; i < COUNT; i++) buffer_print(&requests, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
  assert_true(shake_hands(test, &client));
  say(test, &client, buffer_text(&requests));
  SSL_shutdown(client.ssl);
  hear(test, &client, NULL);
  buffer_append_byte(&client.received, '\0');
  assert_int_equal(count(client.received.data, "HTTP/1.1 200 OK"), COUNT);
  assert_int_equal(test->calls, COUNT);
  assert_goodbye(&client);
  buffer_deinit(&requests);
  close_client(&client);
}

/* The client says that it sends no more, and waits for its reply. */
static void test_half_closed(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("GET /later", ""));
  SSL_shutdown(client.ssl);
  wait_for_calls(test, 1);
  turn(test, -1);
  reply_later(test);
  hear(test, &client, "[late]");
  wait_for_connections(test, 0);
  close_client(&client);

  client = connect_tls(test);
  assert_true(shake_hands(test, &client));
  SSL_shutdown(client.ssl);
  hear(test, &client, NULL);
  assert_goodbye(&client);
  wait_for_connections(test, 0);
  close_client(&client);
}

/* What is no TLS, or goes wrong */

static void test_plain_request(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /", ""));
  read_until(test, fd, NULL);
  assert_memory_equal(test->received, "HTTP/1.1 400 ", 13);
  assert_non_null(strstr(test->received, "this port speaks TLS: use https"));
  close(fd);
  wait_for_connections(test, 0);
  assert_int_equal(test->calls, 0);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"failed\"}", 1);
}

static void test_garbage(void **state)
{
  struct test *test = *state;
  int fd = connect_to(test);
  send_bytes(fd, "\0\1\2\3\4\5\6\7", 8);
  read_until(test, fd, NULL); /* an alert, perhaps */
  close(fd);
  wait_for_connections(test, 0);

  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("GET /", ""));
  hear(test, &client, "[GET / ||]");
  send_bytes(client.fd, "\x17\x03\x03\0\x05hello", 10);
  hear(test, &client, NULL);
  close_client(&client);
  wait_for_connections(test, 0);

  client = connect_tls(test);
  SAY(&client, REQUEST("GET /later", ""));
  wait_for_calls(test, 2);
  send_bytes(client.fd, "\x17\x03\x03\0\x05hello", 10);
  hear(test, &client, NULL);
  reply_later(test); /* for nobody */
  close_client(&client);
  wait_for_connections(test, 0);
}

static void test_other_protocol(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SSL_set_alpn_protos(client.ssl, (const unsigned char *)"\x02h2", 3);
  assert_false(shake_hands(test, &client));
  assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
  ERR_clear_error();
  close_client(&client);
  wait_for_connections(test, 0);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"ok\"}", 0);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"failed\"}", 1);
}

/* Clients that stop: before the first byte, in their first record, after it. */
static void test_stopping_in_the_handshake(void **state)
{
  struct test *test = *state;
  int silent = connect_to(test), partial = connect_to(test);
  struct tls_client client = connect_tls(test);
  send_bytes(partial, "\x16\x03\x01\x02\x00\x01", 6);
  assert_int_equal(SSL_do_handshake(client.ssl), -1);
  wait_for_connections(test, 3);
  for (int i = 0; i < 5; i++) turn(test, client.fd);
  assert_int_equal(server_connections(test->server), 3);
  test_now_ms += 10001;
  wait_for_connections(test, 0);
  close(silent);
  close(partial);
  close_client(&client);
}

static void test_idle(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("GET /", ""));
  hear(test, &client, "[GET / ||]");
  test_now_ms += 1000; /* memory is given back */
  turn(test, -1);
  SAY(&client, REQUEST("GET /again", ""));
  hear(test, &client, "[GET /again ||]");
  test_now_ms += 100000;
  hear(test, &client, NULL);
  assert_goodbye(&client);
  close_client(&client);
  wait_for_connections(test, 0);
}

static void test_head_deadline(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, "GET / HT");
  for (int i = 0; i < 3; i++) turn(test, -1);
  test_now_ms += 100000;
  hear(test, &client, NULL);
  assert_true(has(&client, "HTTP/1.1 408 "));
  close_client(&client);
}

static size_t count_answered(const struct tls_client *clients, size_t client_count)
{
  size_t answered = 0;
  for (size_t i = 0; i < client_count; i++) {
    struct pollfd look = {.fd = clients[i].fd, .events = POLLIN};
    answered += poll(&look, 1, 0) > 0;
  }
  return answered;
}

/* Many who shake hands at once do so in several turns of the loop, and others come between. */
static void test_handshakes_at_once(void **state)
{
  enum { CLIENTS = 40, PER_TURN = 4 };
  struct test *test = *state;
  struct tls_client early = connect_tls(test), clients[CLIENTS];
  assert_true(shake_hands(test, &early));
  for (size_t i = 0; i < CLIENTS; i++) clients[i] = connect_tls(test);
  wait_for_connections(test, CLIENTS + 1);
  turn(test, -1);
  for (size_t i = 0; i < CLIENTS; i++) assert_int_equal(SSL_do_handshake(clients[i].ssl), -1);
  SAY(&early, REQUEST("GET /early", ""));
  uv_run(&test->loop, UV_RUN_NOWAIT);
  assert_in_range(count_answered(clients, CLIENTS), 1, PER_TURN);
  hear(test, &early, "[GET /early ||]");
  for (size_t i = 0; i < CLIENTS; i++) SAY(&clients[i], REQUEST("GET /", ""));
  for (size_t i = 0; i < CLIENTS; i++) {
    hear(test, &clients[i], "[GET / ||]");
    close_client(&clients[i]);
  }
  close_client(&early);
}

/* More certificates than the socket takes at once: the rest goes when there is room. */
static void test_large_flight(void **state)
{
  struct test *test = *state;
  int small = 4096;
  open_tls_server(test, small);
  set_certificate(test, "large", CHAIN);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(server_port(test->server))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  struct tls_client client = client_of(fd, TLS1_3_VERSION);
  assert_int_equal(SSL_do_handshake(client.ssl), -1);
  for (int i = 0; i < 20; i++) turn(test, -1); /* ticks do not take the rest away */
  SAY(&client, REQUEST("GET /", ""));
  hear(test, &client, "[GET / ||]");
  assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(client.ssl)), 1 + CHAIN);
  close_client(&client);

  /* And one that goes away meanwhile. */
  fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  client = client_of(fd, TLS1_3_VERSION);
  assert_int_equal(SSL_do_handshake(client.ssl), -1);
  for (int i = 0; i < 5; i++) turn(test, -1);
  close_client(&client);
  wait_for_connections(test, 0);
}

/* Certificates */

static void assert_certificate(const struct tls_client *client, const char *name)
{
  char found[64] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(client->ssl)),
                            NID_commonName, found, sizeof found);
  assert_string_equal(found, name);
}

static void test_renewed_certificate(void **state)
{
  struct test *test = *state;
  struct tls_client old = connect_tls(test);
  SAY(&old, REQUEST("GET /", ""));
  hear(test, &old, "[GET / ||]");
  set_certificate(test, "second", 0);
  struct tls_client new = connect_tls(test);
  SAY(&new, REQUEST("GET /", ""));
  hear(test, &new, "[GET / ||]");
  SAY(&old, REQUEST("GET /still", ""));
  hear(test, &old, "[GET /still ||]");
  assert_certificate(&old, "first");
  assert_certificate(&new, "second");
  close_client(&new);
  close_client(&old);
}

/* Connections go on as they began, whatever comes after them. */
static void test_turned_on_and_off(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  SAY(&client, REQUEST("GET /secure", ""));
  hear(test, &client, "[yes]");
  server_set_tls(test->server, NULL);
  int plain = connect_to(test);
  send_text(plain, REQUEST("GET /secure", ""));
  read_until(test, plain, "[no]");
  SAY(&client, REQUEST("GET /secure", ""));
  hear(test, &client, "[yes]");
  set_certificate(test, "second", 0);
  send_text(plain, REQUEST("GET /secure", ""));
  read_until(test, plain, "[no]");
  int other = connect_to(test);
  send_text(other, REQUEST("GET /secure", ""));
  read_until(test, other, "400 Bad Request");
  close(other);
  close(plain);
  close_client(&client);
}

/* A server that closes lets the reply under way go out whole. */
static void test_closing(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test), idle = connect_tls(test);
  SAY(&idle, REQUEST("GET /", ""));
  hear(test, &idle, "[GET / ||]");
  SAY(&client, REQUEST("GET /later", ""));
  wait_for_calls(test, 2);
  server_close(test->server, on_closed, test);
  hear(test, &idle, NULL);
  assert_goodbye(&idle);
  reply_later(test);
  hear(test, &client, NULL);
  assert_true(has(&client, "[late]"));
  assert_goodbye(&client);
  close_client(&client);
  close_client(&idle);
  wait_until_closed(test);
}

static void test_counts(void **state)
{
  struct test *test = *state;
  struct tls_client client = connect_tls(test);
  assert_true(shake_hands(test, &client));
  SAY(&client, REQUEST("GET /1", ""));
  hear(test, &client, "[GET /1 ||]");
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"ok\"}", 1);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"failed\"}", 0);
  expect_counted(test, "writ_http_received_bytes_total", strlen(REQUEST("GET /1", "")));
  expect_counted(test, "writ_http_sent_bytes_total", (double)client.received.length);
  close_client(&client);
  int fd = connect_to(test);
  send_text(fd, REQUEST("GET /", ""));
  read_until(test, fd, NULL);
  close(fd);
  expect_counted(test, "writ_tls_handshakes_total{outcome=\"failed\"}", 1);
  expect_counted(test, "writ_http_refused_total{status=\"400\"}", 1);
  double expires_s = counted(test, "writ_tls_certificate_expires_seconds{worker=\"0\"}");
  assert_true(expires_s > (double)clock_wall_ms() / 1000);
  server_set_tls(test->server, NULL);
  expect_counted(test, "writ_tls_certificate_expires_seconds{worker=\"0\"}", -1);
}

#define TLS_TEST(function) cmocka_unit_test_setup_teardown(function, setup_tls, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TLS_TEST(test_requests),
      TLS_TEST(test_bytes_one_by_one),
      TLS_TEST(test_absolute_targets),
      TLS_TEST(test_large_body),
      TLS_TEST(test_slow_reader),
      TLS_TEST(test_write_deadline),
      TLS_TEST(test_pipeline),
      TLS_TEST(test_half_closed),
      TLS_TEST(test_plain_request),
      TLS_TEST(test_garbage),
      TLS_TEST(test_other_protocol),
      TLS_TEST(test_stopping_in_the_handshake),
      TLS_TEST(test_idle),
      TLS_TEST(test_head_deadline),
      TLS_TEST(test_handshakes_at_once),
      TLS_TEST(test_large_flight),
      TLS_TEST(test_renewed_certificate),
      TLS_TEST(test_turned_on_and_off),
      TLS_TEST(test_closing),
      TLS_TEST(test_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
