/* TLS without sockets: a client of OpenSSL's in the same process, its bytes cut anywhere, its
 * mistakes and its malice. */
#include "tls_fixture.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/tls.h"
#include "process/confine.h"

enum { DAY_S = 24 * 3600 };

struct test {
  struct identity authority, server; /* the second one's certificate is issued by the first */
  struct buffer chain, key;
  struct tls_context *context;
};

/* A client and a session of the server that talk to each other. */
struct pair {
  struct client client;
  struct tls_session *session;
  struct buffer said;   /* by the client, as the server read it */
  struct buffer heard;  /* by the client */
  struct buffer on_way; /* from the client */
  size_t cut;           /* the server gets its bytes in pieces of so many */
};

static int setup(void **state)
{
  struct test *test = calloc(1, sizeof *test);
  struct error error = {0};
  tls_init();
  test->authority = identity_make("authority", EVP_EC_gen("P-256"), NULL, -DAY_S, 365 * DAY_S);
  test->server =
      identity_make("localhost", EVP_EC_gen("P-256"), &test->authority, -DAY_S, 90 * DAY_S);
  append_certificate(&test->chain, &test->server);
  append_certificate(&test->chain, &test->authority);
  append_key(&test->key, &test->server, NULL);
  if (tls_context_new(buffer_text(&test->chain), buffer_text(&test->key), &test->context, &error))
    fail_msg("%s", error.message);
  *state = test;
  return 0;
}

static int teardown(void **state)
{
  struct test *test = *state;
  tls_context_free(test->context);
  identity_free(&test->authority);
  identity_free(&test->server);
  buffer_deinit(&test->chain);
  buffer_deinit(&test->key);
  free(test);
  return 0;
}

static void pair_begin(struct pair *pair, struct test *test, int version)
{
  *pair = (struct pair){.cut = SIZE_MAX};
  client_begin(&pair->client, version);
  pair->session = tls_session_new(test->context);
  assert_non_null(pair->session);
}

static void pair_end(struct pair *pair)
{
  client_end(&pair->client);
  tls_session_free(pair->session);
  buffer_deinit(&pair->said);
  buffer_deinit(&pair->heard);
  buffer_deinit(&pair->on_way);
}

/* Gives the server bytes, in pieces. */
static enum tls_state give(struct pair *pair, struct text bytes)
{
  enum tls_state state = tls_session_state(pair->session);
  for (size_t at = 0; at < bytes.length; at += pair->cut) {
    size_t left = bytes.length - at, length = pair->cut < left ? pair->cut : left;
    size_t before = pair->said.length;
    /* A copy of its own, so that reading beyond is seen. */
    char *copy = malloc(length);
    memcpy(copy, bytes.data + at, length);
    state = tls_session_receive(pair->session, (struct text){copy, length}, &pair->said);
    free(copy);
    assert_true(pair->said.length - before <= length + 16384);
    if (length == left) break;
  }
  return state;
}

static void client_read(struct pair *pair)
{
  size_t length;
  char *room = buffer_reserve(&pair->heard, 65536);
  while (SSL_read_ex(pair->client.ssl, room, 65536, &length)) {
    pair->heard.length += length;
    room = buffer_reserve(&pair->heard, 65536);
  }
}

/* Carries bytes to and fro until nobody has more to say. */
static enum tls_state talk(struct pair *pair)
{
  enum tls_state state = tls_session_state(pair->session);
  struct buffer *output = tls_session_output(pair->session);
  for (;;) {
    client_read(pair); /* shakes hands first */
    buffer_clear(&pair->on_way);
    client_take(&pair->client, &pair->on_way);
    if (pair->on_way.length == 0 && output->length == 0) return state;
    if (pair->on_way.length > 0) state = give(pair, buffer_text(&pair->on_way));
    if (output->length > 0) BIO_write(pair->client.in, output->data, (int)output->length);
    buffer_clear(output);
  }
}

static void client_say(struct pair *pair, const void *data, size_t length)
{
  size_t written;
  assert_true(SSL_write_ex(pair->client.ssl, data, length, &written));
}

static void assert_said(struct pair *pair, struct text text)
{
  assert_int_equal(pair->said.length, text.length);
  if (text.length > 0) assert_memory_equal(pair->said.data, text.data, text.length);
  buffer_clear(&pair->said);
}

static void assert_heard(struct pair *pair, struct text text)
{
  assert_int_equal(pair->heard.length, text.length);
  if (text.length > 0) assert_memory_equal(pair->heard.data, text.data, text.length);
  buffer_clear(&pair->heard);
}

static void assert_failed(const struct pair *pair, const char *why)
{
  const char *said = tls_session_failure(pair->session);
  assert_int_equal(tls_session_state(pair->session), TLS_FAILED);
  if (!said || !strstr(said, why)) fail_msg("\"%s\" instead of \"%s\"", said ? said : "", why);
}

/* Talking */

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* Requests and replies of several records, however the bytes are cut. */
static void test_any_cut(void **state)
{
  static const size_t cuts[] = {1, 2, 3, 5, 7, 64, 1000, 4096, 16384, 16389, 65536, SIZE_MAX};
  enum { LARGE = 100000 };
  char *large = malloc(LARGE);
  for (size_t i = 0; i < LARGE; i++) large[i] = (char)(i * 31 >> 3);
  for (size_t v = 0; v < 2; v++)
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
      struct pair pair;
      pair_begin(&pair, *state, versions[v]);
      pair.cut = cuts[i];
      assert_int_equal(talk(&pair), TLS_OPEN);
      assert_int_equal(SSL_version(pair.client.ssl), versions[v]);
      for (int round = 0; round < 3; round++) {
        client_say(&pair, large, LARGE);
        client_say(&pair, "?", 1);
        assert_int_equal(talk(&pair), TLS_OPEN);
        assert_int_equal(pair.said.length, LARGE + 1);
        assert_memory_equal(pair.said.data, large, LARGE);
        buffer_clear(&pair.said);
        assert_int_equal(tls_session_send(pair.session, (struct text){large, LARGE}), 0);
        assert_int_equal(tls_session_send(pair.session, TEXT("!")), 0);
        /* The bound that tls.h names. */
        size_t sent = tls_session_output(pair.session)->length, records = LARGE / 16384 + 2;
        assert_in_range(sent, LARGE + 1 + 22 * records, LARGE + 1 + 29 * records);
        talk(&pair);
        assert_int_equal(pair.heard.length, LARGE + 1);
        assert_memory_equal(pair.heard.data, large, LARGE);
        buffer_clear(&pair.heard);
      }
      pair_end(&pair);
    }
  free(large);
}

/* The last flight of the handshake and the first request in one piece. */
static void test_request_with_handshake(void **state)
{
  struct pair pair;
  pair_begin(&pair, *state, TLS1_3_VERSION);
  SSL_do_handshake(pair.client.ssl);
  client_take(&pair.client, &pair.on_way);
  assert_int_equal(give(&pair, buffer_text(&pair.on_way)), TLS_HANDSHAKE);
  struct buffer *output = tls_session_output(pair.session);
  BIO_write(pair.client.in, output->data, (int)output->length);
  assert_int_equal(SSL_do_handshake(pair.client.ssl), 1);
  client_say(&pair, "GET /", 5);
  buffer_clear(&pair.on_way);
  client_take(&pair.client, &pair.on_way);
  assert_int_equal(give(&pair, buffer_text(&pair.on_way)), TLS_OPEN);
  assert_said(&pair, TEXT("GET /"));
  pair_end(&pair);
}

/* Either side may say first that it sends no more. */
static void test_closing(void **state)
{
  for (size_t v = 0; v < 2; v++) {
    struct pair pair;
    pair_begin(&pair, *state, versions[v]);
    talk(&pair);
    client_say(&pair, "last", 4);
    SSL_shutdown(pair.client.ssl);
    assert_int_equal(talk(&pair), TLS_ENDED);
    assert_said(&pair, TEXT("last"));
    assert_int_equal(tls_session_send(pair.session, TEXT("reply")), 0);
    tls_session_close(pair.session);
    tls_session_close(pair.session); /* says it once */
    struct buffer *output = tls_session_output(pair.session);
    BIO_write(pair.client.in, output->data, (int)output->length);
    buffer_clear(output);
    client_read(&pair);
    assert_heard(&pair, TEXT("reply"));
    assert_int_equal(SSL_get_shutdown(pair.client.ssl), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    assert_int_equal(tls_session_send(pair.session, TEXT("more")), -1);
    assert_int_equal(tls_session_state(pair.session), TLS_ENDED);
    assert_int_equal(output->length, 0);
    pair_end(&pair);

    pair_begin(&pair, *state, versions[v]);
    talk(&pair);
    tls_session_close(pair.session);
    talk(&pair);
    assert_int_equal(SSL_get_shutdown(pair.client.ssl) & SSL_RECEIVED_SHUTDOWN,
                     SSL_RECEIVED_SHUTDOWN);
    pair_end(&pair);
  }
}

static void test_nothing_is_sent_before_the_handshake(void **state)
{
  struct pair pair;
  pair_begin(&pair, *state, TLS1_3_VERSION);
  assert_int_equal(tls_session_send(pair.session, TEXT("early")), -1);
  tls_session_close(pair.session);
  assert_int_equal(tls_session_output(pair.session)->length, 0);
  assert_int_equal(talk(&pair), TLS_OPEN);
  pair_end(&pair);
}

/* What is agreed upon */

static void test_old_versions_are_refused(void **state)
{
  static const int old[] = {TLS1_VERSION, TLS1_1_VERSION};
  for (size_t i = 0; i < 2; i++) {
    struct pair pair;
    pair_begin(&pair, *state, old[i]);
    assert_int_equal(talk(&pair), TLS_FAILED);
    assert_failed(&pair, "unsupported protocol");
    pair_end(&pair);
  }
}

/* TLS 1.2 with these ciphers only; the last ones are good. */
static void test_weak_ciphers_are_refused(void **state)
{
  static const struct {
    const char *ciphers;
    enum tls_state state;
  } examples[] = {
      {"ECDHE-ECDSA-AES128-SHA", TLS_FAILED},      {"ECDHE-ECDSA-AES256-SHA384", TLS_FAILED},
      {"AES128-GCM-SHA256", TLS_FAILED},           {"DHE-RSA-AES128-GCM-SHA256", TLS_FAILED},
      {"aNULL:@SECLEVEL=0", TLS_FAILED},           {"ECDHE-ECDSA-CHACHA20-POLY1305", TLS_OPEN},
      {"ECDHE-ECDSA-AES128-GCM-SHA256", TLS_OPEN},
  };
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    struct pair pair;
    pair_begin(&pair, *state, TLS1_2_VERSION);
    assert_true(SSL_set_cipher_list(pair.client.ssl, examples[i].ciphers));
    if (talk(&pair) != examples[i].state) fail_msg("%s", examples[i].ciphers);
    pair_end(&pair);
  }
}

static void test_protocols(void **state)
{
  static const struct {
    struct text offered;
    enum tls_state state;
  } examples[] = {
      {TEXT_INITIALIZER("\x08http/1.1"), TLS_OPEN},
      {TEXT_INITIALIZER("\x02h2\x08http/1.1"), TLS_OPEN},
      {TEXT_INITIALIZER("\x08http/1.1\x02h2"), TLS_OPEN},
      {TEXT_INITIALIZER("\x02h2"), TLS_FAILED},
      {TEXT_INITIALIZER("\x08http/1.0"), TLS_FAILED},
      {TEXT_INITIALIZER("\x09http/1.1x"), TLS_FAILED},
      {TEXT_INITIALIZER("\x07http/1."), TLS_FAILED},
  };
  for (size_t v = 0; v < 2; v++)
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
      struct pair pair;
      const unsigned char *selected;
      unsigned length;
      struct text offered = examples[i].offered;
      pair_begin(&pair, *state, versions[v]);
      SSL_set_alpn_protos(pair.client.ssl, (const unsigned char *)offered.data,
                          (unsigned)offered.length);
      if (talk(&pair) != examples[i].state) fail_msg("%s", offered.data);
      if (examples[i].state == TLS_FAILED) assert_failed(&pair, "no application protocol");
      SSL_get0_alpn_selected(pair.client.ssl, &selected, &length);
      if (examples[i].state == TLS_OPEN) assert_memory_equal(selected, "http/1.1", length = 8);
      pair_end(&pair);
    }
}

/* Nothing that a client could resume with, though it would like to. */
static void test_sessions_are_not_resumed(void **state)
{
  for (size_t v = 0; v < 2; v++) {
    struct pair pair;
    pair_begin(&pair, *state, versions[v]);
    talk(&pair);
    SSL_SESSION *session = SSL_get1_session(pair.client.ssl);
    assert_false(SSL_SESSION_has_ticket(session));
    if (versions[v] == TLS1_3_VERSION) assert_false(SSL_SESSION_is_resumable(session));
    pair_end(&pair);

    pair_begin(&pair, *state, versions[v]);
    SSL_set_session(pair.client.ssl, session);
    assert_int_equal(talk(&pair), TLS_OPEN);
    assert_false(SSL_session_reused(pair.client.ssl));
    SSL_SESSION_free(session);
    pair_end(&pair);
  }
}

/* Malice */

static void test_plain_request(void **state)
{
  struct pair pair;
  pair_begin(&pair, *state, TLS1_3_VERSION);
  assert_int_equal(give(&pair, TEXT("GET / HTTP/1.1\r\n\r\n")), TLS_PLAIN_BYTES);
  assert_int_equal(give(&pair, TEXT("more")), TLS_PLAIN_BYTES);
  assert_int_equal(tls_session_send(pair.session, TEXT("x")), -1);
  tls_session_close(pair.session);
  assert_int_equal(tls_session_output(pair.session)->length, 0);
  assert_int_equal(pair.said.length, 0);
  pair_end(&pair);
}

static void test_no_tls(void **state)
{
  static const struct {
    struct text bytes;
    enum tls_state state;
  } examples[] = {
      {TEXT_INITIALIZER("get / http/1.1\r\n\r\n"), TLS_FAILED},
      {TEXT_INITIALIZER("\0\0\0\0\0\0\0\0\0\0\0"), TLS_FAILED},
      {TEXT_INITIALIZER("\x16"), TLS_HANDSHAKE},
      {TEXT_INITIALIZER("\x16\x03\x01\x48\x01\x01\0\0\0\0\0"), TLS_FAILED}, /* too long a record */
      {TEXT_INITIALIZER("\x16\x09\x01\0\x04\x01\0\0\0"), TLS_FAILED},
      {TEXT_INITIALIZER("\x17\x03\x03\0\x04\x01\0\0\0"), TLS_FAILED}, /* data before a handshake */
      {TEXT_INITIALIZER("\x15\x03\x03\0\x02\x02\x00"), TLS_FAILED},
      {TEXT_INITIALIZER("\x80\x2e\x01\0\x02\0\x15\0\0\0\x10\0\0\0\0\0\0\0\0\0"), TLS_HANDSHAKE},
  };
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
    for (size_t cut = 1; cut < 4; cut++) {
      struct pair pair;
      pair_begin(&pair, *state, TLS1_3_VERSION);
      pair.cut = cut;
      if (give(&pair, examples[i].bytes) != examples[i].state) fail_msg("example %zu", i);
      /* What comes after a failure changes nothing. */
      if (examples[i].state == TLS_FAILED) {
        size_t length = tls_session_output(pair.session)->length;
        assert_int_equal(give(&pair, examples[i].bytes), TLS_FAILED);
        assert_int_equal(tls_session_output(pair.session)->length, length);
        assert_non_null(tls_session_failure(pair.session));
      }
      assert_int_equal(pair.said.length, 0);
      pair_end(&pair);
    }
}

/* Records that cost five bytes each, and say nothing. */
static void test_empty_records(void **state)
{
  struct pair pair;
  pair_begin(&pair, *state, TLS1_3_VERSION);
  for (int i = 0; i < 20; i++)
    assert_int_equal(give(&pair, TEXT("\x16\x03\x01\0\0")), TLS_HANDSHAKE);
  for (int i = 0; i < 20; i++) give(&pair, TEXT("\x16\x03\x01\0\0"));
  assert_failed(&pair, "record too small");
  pair_end(&pair);
}

/* Every byte of the client's flights wrong once: it fails, waits for more, or was of no account. */
static void test_every_byte_wrong(void **state)
{
  for (size_t v = 0; v < 2; v++)
    for (size_t wrong = 0, total = 1; wrong < total; wrong++) {
      struct pair pair;
      pair_begin(&pair, *state, versions[v]);
      total = 0;
      for (int flight = 0; flight < 3; flight++) {
        struct buffer *output = tls_session_output(pair.session);
        if (flight == 2) SSL_write(pair.client.ssl, "hello", 5);
        client_read(&pair);
        buffer_clear(&pair.on_way);
        client_take(&pair.client, &pair.on_way);
        if (wrong >= total && wrong < total + pair.on_way.length)
          pair.on_way.data[wrong - total] ^= (char)(1 << wrong % 8);
        total += pair.on_way.length;
        give(&pair, buffer_text(&pair.on_way));
        BIO_write(pair.client.in, output->data, (int)output->length);
        buffer_clear(output);
      }
      if (pair.said.length > 0) assert_said(&pair, TEXT("hello"));
      pair_end(&pair);
    }
}

/* Records that are authentic in form, and wrong. */
static void test_garbage_after_handshake(void **state)
{
  static const struct text examples[] = {
      TEXT_INITIALIZER("\x17\x03\x03\0\x20"
                       "0123456789abcdef0123456789abcdef"),
      TEXT_INITIALIZER("\x17\x03\x03\x42\x00\x00"),
      TEXT_INITIALIZER("\x16\x03\x03\0\x04\x01\0\0\0"),
      TEXT_INITIALIZER("GET / HTTP/1.1\r\n\r\n"),
      TEXT_INITIALIZER("\x17\x03\x03\0\x00\x17\x03\x03\0\x00"),
  };
  for (size_t v = 0; v < 2; v++)
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
      struct pair pair;
      pair_begin(&pair, *state, versions[v]);
      talk(&pair);
      client_say(&pair, "good", 4);
      talk(&pair);
      if (give(&pair, examples[i]) != TLS_FAILED) fail_msg("example %zu", i);
      assert_said(&pair, TEXT("good"));
      assert_true(tls_session_output(pair.session)->length > 0); /* an alert */
      assert_int_equal(tls_session_send(pair.session, TEXT("x")), -1);
      pair_end(&pair);
    }
}

/* A ClientHello that says it has 100 KB: it is not waited for. */
static void test_large_handshake(void **state)
{
  struct pair pair;
  char record[5 + 16384] = "\x16\x03\x01\x40\x00\x01\x01\x86\xa0\x03\x03";
  struct text bytes = {record, sizeof record};
  pair_begin(&pair, *state, TLS1_3_VERSION);
  assert_int_equal(give(&pair, bytes), TLS_HANDSHAKE);
  assert_int_equal(give(&pair, bytes), TLS_FAILED);
  assert_failed(&pair, "too much");
  pair_end(&pair);
}

/* A large one that is complete, as hybrid key shares and many extensions make it, is taken. */
static void test_handshake_of_a_large_client(void **state)
{
  struct pair pair;
  char name[256];
  memset(name, 'a', 255);
  name[0] = (char)254;
  unsigned char protocols[255 * 40 + 9];
  for (size_t i = 0; i < 40; i++) memcpy(protocols + 255 * i, name, 255);
  memcpy(protocols + sizeof protocols - 9, "\x08http/1.1", 9);
  pair_begin(&pair, *state, TLS1_3_VERSION);
  assert_int_equal(SSL_set_alpn_protos(pair.client.ssl, protocols, sizeof protocols), 0);
  assert_int_equal(talk(&pair), TLS_OPEN);
  pair_end(&pair);
}

static void test_key_updates(void **state)
{
  struct pair pair;
  pair_begin(&pair, *state, TLS1_3_VERSION);
  talk(&pair);
  for (int i = 0; i < 10; i++) { /* some are fine */
    SSL_key_update(pair.client.ssl, SSL_KEY_UPDATE_REQUESTED);
    client_say(&pair, "x", 1);
    assert_int_equal(talk(&pair), TLS_OPEN);
    assert_int_equal(tls_session_send(pair.session, TEXT("y")), 0);
    talk(&pair);
  }
  assert_said(&pair, TEXT("xxxxxxxxxx"));
  assert_heard(&pair, TEXT("yyyyyyyyyy"));
  int sent = 0;
  for (; sent < 1000 && tls_session_state(pair.session) == TLS_OPEN; sent++) {
    SSL_key_update(pair.client.ssl, SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(pair.client.ssl);
    buffer_clear(&pair.on_way);
    client_take(&pair.client, &pair.on_way);
    give(&pair, buffer_text(&pair.on_way));
  }
  assert_in_range(sent, 20, 64);
  assert_failed(&pair, "too much");
  assert_true(tls_session_output(pair.session)->length < 4096);
  pair_end(&pair);
}

static void test_renegotiation(void **state)
{
  struct pair pair;
  pair_begin(&pair, *state, TLS1_2_VERSION);
  talk(&pair);
  SSL_renegotiate(pair.client.ssl);
  SSL_do_handshake(pair.client.ssl);
  client_take(&pair.client, &pair.on_way);
  assert_true(pair.on_way.length > 0);
  give(&pair, buffer_text(&pair.on_way));
  struct buffer *output = tls_session_output(pair.session);
  assert_true(output->length < 64); /* an alert, no flight of a handshake */
  BIO_write(pair.client.in, output->data, (int)output->length);
  assert_int_not_equal(SSL_do_handshake(pair.client.ssl), 1);
  assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
  ERR_clear_error();
  pair_end(&pair);
}

static void test_client_that_stops(void **state)
{
  for (size_t v = 0; v < 2; v++) {
    struct pair pair;
    pair_begin(&pair, *state, versions[v]);
    SSL_do_handshake(pair.client.ssl);
    client_take(&pair.client, &pair.on_way);
    struct text hello = buffer_text(&pair.on_way);
    for (size_t i = 0; i < hello.length; i++) {
      assert_int_equal(give(&pair, (struct text){hello.data + i, 1}), TLS_HANDSHAKE);
      bool last = i + 1 == hello.length;
      assert_true(last == (tls_session_output(pair.session)->length > 0));
    }
    assert_int_equal(give(&pair, (struct text){0}), TLS_HANDSHAKE);
    pair_end(&pair); /* and is freed in the middle of it */
  }
}

/* Contexts */

static void test_new_certificate(void **state)
{
  struct test *test = *state, renewed = *test;
  struct pair old, new;
  struct buffer chain = {0}, key = {0};
  struct identity identity =
      identity_make("renewed", EVP_RSA_gen(2048), &test->authority, -DAY_S, DAY_S);
  append_certificate(&chain, &identity);
  append_key(&key, &identity, NULL);
  assert_int_equal(tls_context_new(buffer_text(&chain), buffer_text(&key), &renewed.context, NULL),
                   0);
  buffer_deinit(&chain);
  buffer_deinit(&key);

  pair_begin(&old, test, TLS1_3_VERSION);
  talk(&old);
  /* The session is the last owner of its context. */
  pair_begin(&new, &renewed, TLS1_3_VERSION);
  tls_context_free(renewed.context);
  assert_int_equal(talk(&new), TLS_OPEN);
  assert_int_equal(X509_cmp(SSL_get0_peer_certificate(new.client.ssl), identity.certificate), 0);
  client_say(&old, "still", 5);
  talk(&old);
  assert_said(&old, TEXT("still"));
  assert_int_equal(X509_cmp(SSL_get0_peer_certificate(old.client.ssl), test->server.certificate),
                   0);
  pair_end(&new);
  pair_end(&old);
  identity_free(&identity);
}

/* The client gets the intermediate certificates, and can verify. */
static void test_chain(void **state)
{
  struct test *test = *state;
  struct pair pair;
  pair_begin(&pair, test, TLS1_3_VERSION);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(pair.client.context), test->authority.certificate);
  SSL_set_verify(pair.client.ssl, SSL_VERIFY_PEER, NULL);
  assert_int_equal(talk(&pair), TLS_OPEN);
  assert_int_equal(SSL_get_verify_result(pair.client.ssl), X509_V_OK);
  assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(pair.client.ssl)), 2);
  pair_end(&pair);
}

/* Workers may open nothing: here no file has a descriptor left. */
static void test_no_file_is_opened(void **state)
{
  struct rlimit limit, none;
  struct pair pair;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
  pair_begin(&pair, *state, TLS1_2_VERSION);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  enum tls_state got = talk(&pair);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  assert_int_equal(got, TLS_OPEN);
  pair_end(&pair);
}

/* As a worker is: the context is made from bytes after that, too, when the app is loaded again. */
static void shake_hands_confined(struct test *test)
{
  struct confinement confinement = {.may_be_unfiltered = true, .quiet = true};
  struct error error = {0};
  if (confine(&confinement, &error)) _exit(1);
  if (tls_context_new(buffer_text(&test->chain), buffer_text(&test->key), &test->context, &error))
    _exit(2);
  for (size_t v = 0; v < 2; v++) {
    struct pair pair;
    pair_begin(&pair, test, versions[v]);
    if (talk(&pair) != TLS_OPEN) _exit(3);
    client_say(&pair, "x", 1);
    talk(&pair);
    if (pair.said.length != 1) _exit(4);
  }
  _exit(0);
}

static void test_confined(void **state)
{
  int status;
  pid_t child = fork();
  if (child == 0) shake_hands_confined(*state);
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* Takes what is in the buffers, which it empties. */
static char *context_error(struct buffer *certificate, struct buffer *key)
{
  static struct error error;
  struct tls_context *context = NULL;
  error_clear(&error);
  int result = tls_context_new(buffer_text(certificate), buffer_text(key), &context, &error);
  assert_int_equal(result, error.message[0] ? -1 : 0);
  assert_true((context != NULL) == (result == 0));
  tls_context_free(context);
  buffer_clear(certificate);
  buffer_clear(key);
  return error.message;
}

static void assert_says(const char *said, const char *expected)
{
  if (!strstr(said, expected)) fail_msg("\"%s\" does not say \"%s\"", said, expected);
}

static void test_what_is_wrong_with_certificate_or_key(void **state)
{
  struct test *test = *state;
  struct buffer certificate = {0}, key = {0};
  struct identity small = identity_make("small", EVP_RSA_gen(1024), NULL, -DAY_S, DAY_S);

  assert_says(context_error(&certificate, &key), "tls.certificate: there is no certificate in it");

  append_key(&certificate, &test->server, NULL);
  append_key(&key, &test->server, NULL);
  assert_says(context_error(&certificate, &key), "tls.certificate: there is no certificate in it");

  append_certificate(&certificate, &test->server);
  certificate.data[100] = certificate.data[101] = '!';
  append_key(&key, &test->server, NULL);
  assert_says(context_error(&certificate, &key), "tls.certificate: OpenSSL does not take it: bad");

  append_certificate(&certificate, &test->server);
  append_certificate(&certificate, &test->authority);
  certificate.length -= 60;
  append_key(&key, &test->server, NULL);
  assert_says(context_error(&certificate, &key), "tls.certificate: OpenSSL does not take it: ");

  append_certificate(&certificate, &test->server);
  assert_says(context_error(&certificate, &key), "tls.key: there is no private key in it");

  append_certificate(&certificate, &test->server);
  append_certificate(&key, &test->server);
  assert_says(context_error(&certificate, &key), "tls.key: there is no private key in it");

  append_certificate(&certificate, &test->server);
  append_key(&key, &test->server, "password");
  assert_says(context_error(&certificate, &key), "tls.key: it is encrypted");

  append_certificate(&certificate, &test->server);
  append_key(&key, &test->authority, NULL);
  assert_says(context_error(&certificate, &key), "tls.key: it is not the key of tls.certificate");

  append_certificate(&certificate, &small);
  append_key(&key, &small, NULL);
  assert_says(context_error(&certificate, &key),
              "tls.certificate: OpenSSL does not take it: ee key too small");

  for (int i = 0; i < 12; i++) append_certificate(&certificate, &test->server);
  append_key(&key, &test->server, NULL);
  assert_says(context_error(&certificate, &key), "tls.certificate: more than 10 certificates");

  append_certificate(&certificate, &test->server);
  append_key(&key, &test->server, NULL);
  assert_string_equal(context_error(&certificate, &key), "");

  identity_free(&small);
  buffer_deinit(&certificate);
  buffer_deinit(&key);
}

/* What works and what clients will object to all the same. */
static void test_warnings(void **state)
{
  struct test *test = *state;
  struct error warning = {0};
  int64_t end_ms = tls_context_expires_ms(test->context);
  const int64_t day_ms = DAY_S * INT64_C(1000);
  assert_false(tls_context_warning(test->context, end_ms - day_ms, &warning));
  assert_string_equal(warning.message, "");
  assert_true(tls_context_warning(test->context, end_ms + 1, &warning));
  assert_string_equal(warning.message, "tls.certificate: it has expired");
  error_clear(&warning);
  assert_true(tls_context_warning(test->context, end_ms - 92 * day_ms, &warning));
  assert_string_equal(warning.message, "tls.certificate: it is not valid yet");
  error_clear(&warning);

  struct tls_context *context;
  buffer_clear(&test->chain);
  append_certificate(&test->chain, &test->server);
  append_certificate(&test->chain, &test->server);
  assert_int_equal(
      tls_context_new(buffer_text(&test->chain), buffer_text(&test->key), &context, NULL), 0);
  assert_true(tls_context_warning(context, end_ms - day_ms, &warning));
  assert_string_equal(warning.message,
                      "tls.certificate: certificate 1 was not issued by the next one in the file");
  tls_context_free(context);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_any_cut),
      TEST(test_request_with_handshake),
      TEST(test_closing),
      TEST(test_nothing_is_sent_before_the_handshake),
      TEST(test_old_versions_are_refused),
      TEST(test_weak_ciphers_are_refused),
      TEST(test_protocols),
      TEST(test_sessions_are_not_resumed),
      TEST(test_plain_request),
      TEST(test_no_tls),
      TEST(test_empty_records),
      TEST(test_every_byte_wrong),
      TEST(test_garbage_after_handshake),
      TEST(test_large_handshake),
      TEST(test_handshake_of_a_large_client),
      TEST(test_key_updates),
      TEST(test_renegotiation),
      TEST(test_client_that_stops),
      TEST(test_new_certificate),
      TEST(test_chain),
      TEST(test_no_file_is_opened),
      TEST(test_confined),
      TEST(test_what_is_wrong_with_certificate_or_key),
      TEST(test_warnings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
