/* What tls.c and tls_context.c share; nobody else includes this. */
#ifndef WRIT_HTTP_TLS_CONTEXT_H
#define WRIT_HTTP_TLS_CONTEXT_H

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "http/tls.h"

struct tls_context {
  unsigned owners;
  SSL_CTX *ssl;
  BIO_METHOD *transport; /* between OpenSSL and a session's bytes */
};

/* The method and the callback of sessions: what passes OpenSSL's own hands (tls.c). */
BIO_METHOD *tls_transport_new(void);
void tls_watch_messages(int sent, int version, int type, const void *data, size_t length, SSL *ssl,
                        void *session);

#endif
