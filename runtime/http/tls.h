/* TLS 1.2 and 1.3 (RFC 5246, RFC 8446) by OpenSSL, without sockets: ciphertext in, plaintext out,
 * and the other way round. Whoever has a socket carries the bytes.
 *
 * A context is a certificate with its key. It is made of bytes, never of paths: workers may open no
 * files, and after tls_init OpenSSL opens none either, nor does it read a configuration. A session
 * is one connection's, and keeps its context alive: so a new certificate counts for connections
 * that come after it, and those that are open keep the one they have.
 *
 * What is offered: TLS 1.2 with ECDHE and an AEAD cipher, TLS 1.3; the groups X25519, P-256, P-384
 * (and X25519MLKEM768 where OpenSSL has it); security level 2, so RSA from 2,048 bits. ALPN (RFC
 * 7301) is "http/1.1": a client that offers other protocols only is refused.
 *
 * What is not: renegotiation, compression, early data, client certificates, and resumption. A
 * session that is resumed with another worker needs a ticket key that all workers share, and that
 * somebody changes often, since who has it can read what was recorded; a full handshake needs
 * nothing, and keep-alive makes it rare.
 *
 * What a client can make a session hold is bounded: a handshake of at most 32 KB, one record (16
 * KB) that is not complete, and 64 messages that are neither handshake nor data (KeyUpdate, alerts,
 * attempts to renegotiate), whose answers are a few bytes each. Idle sessions hold no buffers.
 *
 * Contexts and sessions belong to one thread at a time, sessions to that of their context. */
#ifndef WRIT_HTTP_TLS_H
#define WRIT_HTTP_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct tls_context;
struct tls_session;

/* Once, before threads and before confinement. More often does no harm. */
void tls_init(void);

/* A context of PEM: the server's certificate, then those between it and a root; and the key, which
 * must not be encrypted. The bytes are not needed afterwards: the caller wipes those of the key,
 * OpenSSL its own copy when it is freed. The error says "tls.certificate: …" or "tls.key: …". */
int tls_context_new(struct text certificate, struct text key, struct tls_context **context,
                    struct error *error);

/* One more owner. NULL is allowed. */
struct tls_context *tls_context_share(struct tls_context *context);

/* One owner less: the last one frees it. NULL is allowed. */
void tls_context_free(struct tls_context *context);

/* When the certificate ends, in wall-clock milliseconds: for metrics. */
int64_t tls_context_expires_ms(const struct tls_context *context);

/* What clients will object to though it works here: the certificate has expired, is not valid yet,
 * or the next one in the file did not sign it. False: nothing. As a sentence, like an error. */
bool tls_context_warning(const struct tls_context *context, int64_t now_ms, struct error *warning);

enum tls_state {
  TLS_HANDSHAKE, /* nothing can be sent yet */
  TLS_OPEN,
  TLS_ENDED,      /* the client sends no more (close_notify); the reply can still be sent */
  TLS_FAILED,     /* output has the alert, if there is one; then close */
  TLS_PLAIN_BYTES /* the first byte is that of an HTTP request: the client does not speak TLS.
                     Nothing was used; the session has nothing more to say */
};

/* A server's session. */
struct tls_session *tls_session_new(struct tls_context *context);

/* Says nothing to the client: see tls_session_close. NULL is allowed. */
void tls_session_free(struct tls_session *session);

enum tls_state tls_session_state(const struct tls_session *session);

/* Why the session failed, in OpenSSL's words: static text. NULL if it did not. */
const char *tls_session_failure(const struct tls_session *session);

/* Uses all of the ciphertext. Appends to plaintext what it says, at most 16 KB more than came; and
 * to the output what the client must be told. */
enum tls_state tls_session_receive(struct tls_session *session, struct text ciphertext,
                                   struct buffer *plaintext);

/* Appends to the output what says `plaintext` to the client: 22 to 29 bytes more for each 16 KB,
 * and before it at most one message that answers a change of keys. -1 if the state is neither
 * TLS_OPEN nor TLS_ENDED, or the session was closed. */
int tls_session_send(struct tls_session *session, struct text plaintext);

/* Appends close_notify to the output, if the state is one that sends. The client may still send. */
void tls_session_close(struct tls_session *session);

/* Ciphertext for the client, in the order in which it must be sent. Whoever sends it removes it. */
struct buffer *tls_session_output(struct tls_session *session);

#endif
