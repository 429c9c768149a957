/* A certificate with its key as OpenSSL's SSL_CTX (tls.h), and what sessions may agree upon. */
#include "http/tls_context.h"

#include <limits.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/memory.h"

enum { SECURITY_LEVEL = 2, CHAIN_MAX = 10 };

static const char CIPHERS_1_2[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const char GROUPS_HYBRID[] = "X25519MLKEM768:X25519:P-256:P-384";
static const char GROUPS[] = "X25519:P-256:P-384"; /* before OpenSSL 3.5 */

static const char certificate_broken[] = "tls.certificate: OpenSSL does not take it";
static const char key_broken[] = "tls.key: OpenSSL does not take it";

void tls_init(void)
{
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

/* What OpenSSL says is wrong, behind what we were about. Forgets the rest of what it says. */
static int set_openssl_error(struct error *error, const char *about)
{
  const char *reason = ERR_reason_error_string(ERR_peek_error());
  int result = error_set(error, "%s: %s", about, reason ? reason : "it says not why");
  ERR_clear_error();
  return result;
}

/* Certificate */

static BIO *open_text(struct text text)
{
  if (text.length > INT_MAX) return NULL;
  return BIO_new_mem_buf(text.data ? text.data : "", (int)text.length);
}

/* The next certificate; NULL at the end and where one is broken, which *broken tells apart. */
static X509 *read_certificate(BIO *pem, bool *broken)
{
  X509 *certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
  *broken = !certificate && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
  return certificate;
}

static int add_to_chain(SSL_CTX *ssl, X509 *certificate, struct error *error)
{
  STACK_OF(X509) *chain = NULL;
  SSL_CTX_get0_chain_certs(ssl, &chain);
  if (sk_X509_num(chain) >= CHAIN_MAX)
    return error_set(error, "tls.certificate: more than %d certificates follow the server's",
                     CHAIN_MAX);
  return SSL_CTX_add1_chain_cert(ssl, certificate) == 1
             ? 0
             : set_openssl_error(error, certificate_broken);
}

static int use_certificates(SSL_CTX *ssl, BIO *pem, struct error *error)
{
  bool broken;
  X509 *certificate = read_certificate(pem, &broken);
  if (!certificate)
    return broken ? set_openssl_error(error, certificate_broken)
                  : error_set(error, "tls.certificate: there is no certificate in it: PEM begins "
                                     "with -----BEGIN CERTIFICATE-----");
  int result = SSL_CTX_use_certificate(ssl, certificate) == 1
                   ? 0
                   : set_openssl_error(error, certificate_broken);
  X509_free(certificate);
  while (result == 0 && (certificate = read_certificate(pem, &broken))) {
    result = add_to_chain(ssl, certificate, error);
    X509_free(certificate);
  }
  if (result == 0 && broken) result = set_openssl_error(error, certificate_broken);
  ERR_clear_error();
  return result;
}

/* Key */

/* Nobody is there to be asked for a password. */
static int refuse_password(char *out, int size, int encrypting, void *asked)
{
  (void)out;
  (void)size;
  (void)encrypting;
  *(bool *)asked = true;
  return -1;
}

static int use_key(SSL_CTX *ssl, BIO *pem, struct error *error)
{
  bool encrypted = false;
  EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, refuse_password, &encrypted);
  int result = 0;
  if (encrypted)
    result = error_set(error, "tls.key: it is encrypted: nobody is there to type the password");
  else if (!key)
    result = error_set(error, "tls.key: there is no private key in it: PEM begins with "
                              "-----BEGIN PRIVATE KEY-----");
  else if (EVP_PKEY_eq(X509_get0_pubkey(SSL_CTX_get0_certificate(ssl)), key) != 1)
    result = error_set(error, "tls.key: it is not the key of tls.certificate");
  else if (SSL_CTX_use_PrivateKey(ssl, key) != 1)
    result = set_openssl_error(error, key_broken);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return result;
}

/* Terms */

/* A client that speaks ALPN must speak http/1.1; most that do not use it do. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                           const unsigned char *offered, unsigned offered_length, void *argument)
{
  static const char name[] = "http/1.1";
  enum { NAME_LENGTH = sizeof name - 1 };
  (void)ssl;
  (void)argument;
  for (unsigned i = 0; i < offered_length; i += 1U + offered[i]) {
    if (offered[i] != NAME_LENGTH || offered_length - i <= NAME_LENGTH ||
        memcmp(offered + i + 1, name, NAME_LENGTH) != 0)
      continue;
    *out = offered + i + 1;
    *out_length = NAME_LENGTH;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_groups(SSL_CTX *ssl)
{
  bool set = SSL_CTX_set1_groups_list(ssl, GROUPS_HYBRID) == 1 ||
             SSL_CTX_set1_groups_list(ssl, GROUPS) == 1;
  ERR_clear_error();
  return set;
}

static int set_terms(SSL_CTX *ssl, struct error *error)
{
  SSL_CTX_set_security_level(ssl, SECURITY_LEVEL);
  SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_clear_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(ssl, 0);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(ssl, select_protocol, NULL);
  SSL_CTX_set_msg_callback(ssl, tls_watch_messages);
  if (SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(ssl, CIPHERS_1_2) != 1 || SSL_CTX_set_num_tickets(ssl, 0) != 1 ||
      !set_groups(ssl))
    return set_openssl_error(error, "TLS cannot be set up");
  return 0;
}

/* Life */

int tls_context_new(struct text certificate, struct text key, struct tls_context **context,
                    struct error *error)
{
  tls_init();
  ERR_clear_error();
  struct tls_context *made = memory_new(sizeof *made);
  BIO *certificate_pem = open_text(certificate), *key_pem = open_text(key);
  made->owners = 1;
  made->ssl = SSL_CTX_new(TLS_server_method());
  made->transport = tls_transport_new();
  int result;
  if (!made->ssl || !made->transport || !certificate_pem || !key_pem)
    result = set_openssl_error(error, "TLS cannot be set up");
  else if (set_terms(made->ssl, error) || use_certificates(made->ssl, certificate_pem, error) ||
           use_key(made->ssl, key_pem, error))
    result = -1;
  else
    result = 0;
  BIO_free(certificate_pem);
  BIO_free(key_pem);
  if (result == 0)
    *context = made;
  else
    tls_context_free(made);
  return result;
}

struct tls_context *tls_context_share(struct tls_context *context)
{
  if (context) context->owners++;
  return context;
}

void tls_context_free(struct tls_context *context)
{
  if (!context || --context->owners > 0) return;
  SSL_CTX_free(context->ssl);
  BIO_meth_free(context->transport);
  memory_free(context);
}

/* Looking at it */

static int64_t time_ms(const ASN1_TIME *time)
{
  struct tm tm = {0};
  return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

int64_t tls_context_expires_ms(const struct tls_context *context)
{
  return time_ms(X509_get0_notAfter(SSL_CTX_get0_certificate(context->ssl)));
}

/* The first certificate of the chain that the next one did not issue, counted from 1; 0 if none. */
static int broken_link(SSL_CTX *ssl)
{
  STACK_OF(X509) *chain = NULL;
  X509 *below = SSL_CTX_get0_certificate(ssl);
  SSL_CTX_get0_chain_certs(ssl, &chain);
  for (int i = 0; i < sk_X509_num(chain); i++) {
    X509 *issuer = sk_X509_value(chain, i);
    if (X509_check_issued(issuer, below) != X509_V_OK) return i + 1;
    below = issuer;
  }
  return 0;
}

bool tls_context_warning(const struct tls_context *context, int64_t now_ms, struct error *warning)
{
  const X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
  int link = broken_link(context->ssl);
  if (tls_context_expires_ms(context) < now_ms)
    error_set(warning, "tls.certificate: it has expired");
  else if (time_ms(X509_get0_notBefore(certificate)) > now_ms)
    error_set(warning, "tls.certificate: it is not valid yet");
  else if (link > 0)
    error_set(warning, "tls.certificate: certificate %d was not issued by the next one in the file",
              link);
  else
    return false;
  return true;
}
