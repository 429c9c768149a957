/* Verifying by OpenSSL 3. A key is an EVP_PKEY; what libcrypto refuses, for whatever reason, is not
 * signed, and what it says of that is forgotten: it would pile up in its queue of errors. */
#include "base/signature.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum { P256_DER_MAX_BYTES = 72 }; /* of a signature: two integers of at most 33 bytes */

void signature_init(void)
{
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

static struct signature_key *make_key(const char *type, OSSL_PARAM *parameters)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  EVP_PKEY *key = NULL;
  if (!context || !parameters || EVP_PKEY_fromdata_init(context) <= 0 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  ERR_clear_error();
  return (struct signature_key *)key;
}

static BIGNUM *read_number(struct text bytes)
{
  return bytes.length <= INT32_MAX
             ? BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.length, NULL)
             : NULL;
}

struct signature_key *signature_key_rsa(struct text modulus, struct text exponent)
{
  BIGNUM *n = read_number(modulus), *e = read_number(exponent);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM *parameters = NULL;
  struct signature_key *key = NULL;
  /* An exponent of 1 would make every message its own signature. */
  bool sound = n && e && BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e) && BN_cmp(e, n) < 0;
  if (sound && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
    parameters = OSSL_PARAM_BLD_to_param(builder);
  if (parameters) key = make_key("RSA", parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(n);
  ERR_clear_error();
  return key;
}

struct signature_key *signature_key_p256(const unsigned char point[P256_POINT_BYTES])
{
  char group[] = "P-256";
  unsigned char encoded[1 + P256_POINT_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
  memcpy(encoded + 1, point, P256_POINT_BYTES);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof encoded),
      OSSL_PARAM_construct_end()};
  return make_key("EC", parameters);
}

void signature_key_free(struct signature_key *key)
{
  EVP_PKEY_free((EVP_PKEY *)key);
}

static bool is_signed(const struct signature_key *key, struct text message,
                      const unsigned char *signature, size_t length)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY *public = (EVP_PKEY *)(uintptr_t)key; /* which libcrypto does not change */
  bool good = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, public) == 1 &&
              EVP_DigestVerify(context, signature, length, (const unsigned char *)message.data,
                               message.length) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return good;
}

bool signature_is_rs256(const struct signature_key *key, struct text message, struct text signature)
{
  return is_signed(key, message, (const unsigned char *)signature.data, signature.length);
}

/* libcrypto wants the two numbers as DER. */
static size_t encode_p256(const unsigned char signature[P256_SIGNATURE_BYTES],
                          unsigned char der[P256_DER_MAX_BYTES])
{
  ECDSA_SIG *numbers = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(signature, 32, NULL), *s = BN_bin2bn(signature + 32, 32, NULL);
  int length = 0;
  if (numbers && r && s && ECDSA_SIG_set0(numbers, r, s)) {
    r = s = NULL; /* they are its own now */
    length = i2d_ECDSA_SIG(numbers, NULL);
    if (length > 0 && length <= P256_DER_MAX_BYTES) length = i2d_ECDSA_SIG(numbers, &der);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(numbers);
  return length > 0 && length <= P256_DER_MAX_BYTES ? (size_t)length : 0;
}

bool signature_is_es256(const struct signature_key *key, struct text message,
                        const unsigned char signature[P256_SIGNATURE_BYTES])
{
  unsigned char der[P256_DER_MAX_BYTES];
  size_t length = encode_p256(signature, der);
  return length > 0 && is_signed(key, message, der, length);
}
