/* A client of OpenSSL's, and a certificate for the server, for fuzz_tls.c: the same bytes in every
 * run, so that an input shows again what it has shown. */
#ifndef WRIT_TESTS_TLS_CLIENT_H
#define WRIT_TESTS_TLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Whatever OpenSSL takes for random in this program comes from the seed, from now on. */
void tls_random_begin(uint64_t seed);

/* A self-signed certificate and its key (P-256), as PEM. */
void tls_certificate_make(struct buffer *certificate, struct buffer *key);

/* How it introduces itself. */
enum {
  TLS_CLIENT_1_2 = 1,        /* else 1.3, or what the server chooses with TLS_CLIENT_ANY */
  TLS_CLIENT_ANY = 2,        /* offers both */
  TLS_CLIENT_ALPN_HTTP = 4,  /* offers http/1.1 */
  TLS_CLIENT_ALPN_OTHER = 8, /* offers h2, before http/1.1 */
  TLS_CLIENT_NAMED = 16,     /* says which host it wants */
  TLS_CLIENT_AGAIN = 32, /* begins with a group that the server does not have: it is asked again */
  TLS_CLIENT_CHACHA = 64 /* the other cipher */
};

struct tls_client;

struct tls_client *tls_client_new(uint8_t how);
void tls_client_free(struct tls_client *client);

/* What the server has sent it. */
void tls_client_give(struct tls_client *client, struct text ciphertext);

/* Shakes hands and reads, as far as it can; appends what it hears, and what it has to send. */
void tls_client_turn(struct tls_client *client, struct buffer *heard, struct buffer *flight);

/* Encrypts; false if it cannot, because hands are not shaken or it is broken. */
bool tls_client_say(struct tls_client *client, struct text plaintext);

/* What is neither handshake nor data: a new key (which asks for another, or not), renegotiation (of
 * TLS 1.2), the end. False: it cannot. */
enum tls_client_control { TLS_UPDATE, TLS_UPDATE_BOTH, TLS_RENEGOTIATE, TLS_CLOSE, TLS_CONTROLS };
bool tls_client_control(struct tls_client *client, enum tls_client_control control);

#endif
