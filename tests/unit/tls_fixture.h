/* What tests of TLS need of OpenSSL: certificates made on the spot, and a client whose bytes stay
 * in memory. */
#ifndef WRIT_TESTS_TLS_FIXTURE_H
#define WRIT_TESTS_TLS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/text.h"

/* A certificate with its key. */
struct identity {
  X509 *certificate;
  EVP_PKEY *key;
};

static inline void identity_add_authority(X509 *certificate)
{
  X509_EXTENSION *extension =
      X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/* Valid from `from_s` to `to_s` seconds from now. An authority, signed by itself, if `issuer` is
 * NULL. Takes over the key. */
static inline struct identity identity_make(const char *name, EVP_PKEY *key,
                                            const struct identity *issuer, long from_s, long to_s)
{
  X509 *certificate = X509_new();
  X509_NAME *subject = X509_get_subject_name(certificate);
  assert_non_null(key);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer ? 2 : 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate) : subject);
  X509_set_pubkey(certificate, key);
  if (!issuer) identity_add_authority(certificate);
  assert_true(X509_sign(certificate, issuer ? issuer->key : key, EVP_sha256()) > 0);
  return (struct identity){certificate, key};
}

static inline void identity_free(struct identity *identity)
{
  X509_free(identity->certificate);
  EVP_PKEY_free(identity->key);
}

static inline void append_bio(struct buffer *out, BIO *bio)
{
  char *data;
  long length = BIO_get_mem_data(bio, &data);
  buffer_append(out, data, (size_t)length);
  BIO_free(bio);
}

static inline void append_certificate(struct buffer *out, const struct identity *identity)
{
  BIO *bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, identity->certificate);
  append_bio(out, bio);
}

/* Encrypted if there is a password. */
static inline void append_key(struct buffer *out, const struct identity *identity,
                              const char *password)
{
  BIO *bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, identity->key, password ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
                           (void *)(uintptr_t)password);
  append_bio(out, bio);
}

/* A client. What it sends lies in `out`, what it gets goes into `in`. */
struct client {
  SSL_CTX *context;
  SSL *ssl;
  BIO *in, *out;
};

/* Security level 0: what the server refuses is to be refused by the server. */
static inline void client_begin(struct client *client, int version)
{
  client->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(client->context, 0);
  SSL_CTX_set_min_proto_version(client->context, version);
  SSL_CTX_set_max_proto_version(client->context, version);
  client->ssl = SSL_new(client->context);
  client->in = BIO_new(BIO_s_mem());
  client->out = BIO_new(BIO_s_mem());
  SSL_set_bio(client->ssl, client->in, client->out);
  SSL_set_connect_state(client->ssl);
}

static inline void client_end(struct client *client)
{
  SSL_free(client->ssl);
  SSL_CTX_free(client->context);
}

/* Appends what it has to send. */
static inline void client_take(struct client *client, struct buffer *out)
{
  size_t length = BIO_ctrl_pending(client->out);
  if (length == 0) return;
  assert_int_equal(BIO_read(client->out, buffer_reserve(out, length), (int)length), length);
  out->length += length;
}

#endif
