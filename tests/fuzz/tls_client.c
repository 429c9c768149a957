/* OpenSSL on the client's side (tls_client.h). */
#define OPENSSL_SUPPRESS_DEPRECATED  /* RAND_METHOD: what replaces it takes a provider of our own  \
                                      */
#include "tls_client.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "fuzz.h"

/* Randomness */

static uint64_t random_state;

/* splitmix64. */
static int fill(unsigned char *out, int length)
{
  for (int i = 0; i < length; i++) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    out[i] = (unsigned char)(z >> 56);
  }
  return 1;
}

static int is_ready(void)
{
  return 1;
}

void tls_random_begin(uint64_t seed)
{
  static const RAND_METHOD method = {.bytes = fill, .pseudorand = fill, .status = is_ready};
  random_state = seed;
  PROMISE(RAND_set_rand_method(&method) == 1, "OpenSSL keeps its own randomness");
}

/* Certificate */

static void take(struct buffer *out, BIO *bio)
{
  char *data;
  long length = BIO_get_mem_data(bio, &data);
  buffer_append(out, data, (size_t)length);
  BIO_free(bio);
}

void tls_certificate_make(struct buffer *certificate, struct buffer *key)
{
  EVP_PKEY *pair = EVP_EC_gen("P-256");
  X509 *x509 = X509_new();
  X509_NAME *name = X509_get_subject_name(x509);
  BIO *certificate_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_mem());
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(x509), "20200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(x509), "20991231235959Z");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509_set_pubkey(x509, pair);
  PROMISE(X509_sign(x509, pair, EVP_sha256()) > 0, "no certificate");
  PEM_write_bio_X509(certificate_bio, x509);
  PEM_write_bio_PrivateKey(key_bio, pair, NULL, NULL, 0, NULL, NULL);
  take(certificate, certificate_bio);
  take(key, key_bio);
  X509_free(x509);
  EVP_PKEY_free(pair);
}

/* Client */

struct tls_client {
  SSL *ssl;
  BIO *in, *out;
};

static SSL_CTX *context(void)
{
  static SSL_CTX *made; /* a millisecond: once for all */
  if (!made) made = SSL_CTX_new(TLS_client_method());
  PROMISE(made, "no client");
  return made;
}

static void introduce(SSL *ssl, uint8_t how)
{
  static const unsigned char protocols[] = "\2h2\10http/1.1";
  bool http = how & TLS_CLIENT_ALPN_HTTP, other = how & TLS_CLIENT_ALPN_OTHER;
  if (!(how & TLS_CLIENT_ANY)) {
    int version = how & TLS_CLIENT_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_set_min_proto_version(ssl, version);
    SSL_set_max_proto_version(ssl, version);
  }
  if (http || other)
    SSL_set_alpn_protos(ssl, protocols + (other ? 0 : 3), (other ? 3 : 0) + (http ? 9 : 0));
  if (how & TLS_CLIENT_NAMED) SSL_set_tlsext_host_name(ssl, "test");
  SSL_set1_groups_list(ssl, how & TLS_CLIENT_AGAIN ? "X448:X25519:P-256" : "X25519:P-256");
  if (how & TLS_CLIENT_CHACHA) {
    SSL_set_ciphersuites(ssl, "TLS_CHACHA20_POLY1305_SHA256");
    SSL_set_cipher_list(ssl, "ECDHE+CHACHA20");
  }
}

struct tls_client *tls_client_new(uint8_t how)
{
  struct tls_client *client = malloc(sizeof *client);
  if (client == NULL) abort();
  *client = (struct tls_client){
      .ssl = SSL_new(context()), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem())};
  PROMISE(client->ssl && client->in && client->out, "no client");
  introduce(client->ssl, how);
  SSL_set_bio(client->ssl, client->in, client->out);
  SSL_set_connect_state(client->ssl);
  return client;
}

void tls_client_free(struct tls_client *client)
{
  SSL_free(client->ssl);
  free(client);
}

void tls_client_give(struct tls_client *client, struct text ciphertext)
{
  if (ciphertext.length > 0) BIO_write(client->in, ciphertext.data, (int)ciphertext.length);
}

void tls_client_turn(struct tls_client *client, struct buffer *heard, struct buffer *flight)
{
  enum { RECORD_BYTES = 16384 };
  size_t length;
  while (SSL_read_ex(client->ssl, buffer_reserve(heard, RECORD_BYTES), RECORD_BYTES, &length))
    heard->length += length;
  size_t pending = BIO_ctrl_pending(client->out);
  if (pending == 0) return;
  BIO_read(client->out, buffer_reserve(flight, pending), (int)pending);
  flight->length += pending;
}

bool tls_client_say(struct tls_client *client, struct text plaintext)
{
  size_t length;
  return SSL_is_init_finished(client->ssl) &&
         SSL_write_ex(client->ssl, plaintext.data, plaintext.length, &length);
}

bool tls_client_control(struct tls_client *client, enum tls_client_control control)
{
  SSL *ssl = client->ssl;
  if (!SSL_is_init_finished(ssl)) return false;
  switch (control) {
  case TLS_UPDATE:
    return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1;
  case TLS_UPDATE_BOTH:
    return SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1;
  case TLS_RENEGOTIATE:
    return SSL_version(ssl) == TLS1_2_VERSION && SSL_renegotiate(ssl) == 1 &&
           SSL_do_handshake(ssl) != 1;
  case TLS_CLOSE:
    return SSL_shutdown(ssl) >= 0;
  case TLS_CONTROLS:
    break;
  }
  return false;
}
