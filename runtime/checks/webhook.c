/* The signature schemes of webhooks. What is compared is compared in constant time; nothing of the
 * body is believed before. */
#include "checks/webhook.h"

#include "base/ascii.h"
#include "base/crypto.h"

enum { SIGNATURES_MAX = 8, SECONDS_DIGITS_MAX = 12 };

static bool read_mac(struct text hex, unsigned char mac[MAC_BYTES])
{
  if (hex.length != 2 * MAC_BYTES) return false;
  for (size_t i = 0; i < MAC_BYTES; i++) {
    int high = ascii_hex_value(hex.data[2 * i]), low = ascii_hex_value(hex.data[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    mac[i] = (unsigned char)(high * 16 + low);
  }
  return true;
}

/* Whether any of the signatures is that of the parts, with any of the secrets. */
static bool is_signed(const struct webhook *webhook, const struct text *parts, size_t part_count,
                      unsigned char signatures[][MAC_BYTES], size_t count)
{
  bool found = false;
  for (size_t i = 0; i < webhook->secret_count; i++) {
    unsigned char mac[MAC_BYTES];
    crypto_hmac_sha256(mac, webhook->secrets[i], parts, part_count);
    for (size_t k = 0; k < count; k++) found |= crypto_equal(mac, signatures[k], MAC_BYTES);
  }
  return found;
}

/* --- GitHub (docs.github.com: "Validating webhook deliveries") --- */

static const char *refuses_github(const struct webhook *webhook, const struct webhook_proof *proof)
{
  unsigned char signature[1][MAC_BYTES];
  struct text hex = proof->hub_signature, scheme;
  if (hex.length == 0) return "there is no X-Hub-Signature-256";
  if (!text_split(&hex, '=', &scheme) || !text_is(scheme, "sha256") || !read_mac(hex, signature[0]))
    return "X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits";
  if (is_signed(webhook, &proof->body, 1, signature, 1)) return NULL;
  return "the signature is not that of this body";
}

/* --- Stripe (docs.stripe.com: "Verify webhook signatures manually") --- */

static bool read_seconds(struct text digits, int64_t *seconds)
{
  *seconds = 0;
  for (size_t i = 0; i < digits.length; i++) {
    if (digits.data[i] < '0' || digits.data[i] > '9') return false;
    *seconds = *seconds * 10 + (digits.data[i] - '0');
  }
  return digits.length > 0;
}

struct stripe_signature {
  struct text time; /* as written, since that is what was signed */
  unsigned char macs[SIGNATURES_MAX][MAC_BYTES];
  size_t count;
};

/* False if it is not well-formed. Schemes other than v1 are passed over, as Stripe asks. */
static bool read_stripe(struct text header, struct stripe_signature *signature)
{
  struct text pair, key;
  while (text_split(&header, ',', &pair)) {
    pair = text_trim(pair);
    if (!text_split(&pair, '=', &key) || !pair.data) return false;
    if (text_is(key, "t")) {
      if (signature->time.data || pair.length > SECONDS_DIGITS_MAX) return false;
      signature->time = pair;
    }
    if (!text_is(key, "v1")) continue;
    if (signature->count == SIGNATURES_MAX || !read_mac(pair, signature->macs[signature->count]))
      return false;
    signature->count++;
  }
  return signature->time.data && signature->count > 0;
}

static const char *refuses_stripe(const struct webhook *webhook, const struct webhook_proof *proof,
                                  int64_t now_ms)
{
  struct stripe_signature signature = {0};
  int64_t seconds;
  if (proof->stripe_signature.length == 0) return "there is no Stripe-Signature";
  if (!read_stripe(proof->stripe_signature, &signature) || !read_seconds(signature.time, &seconds))
    return "Stripe-Signature is not one t= and at least one v1=";
  const struct text parts[] = {signature.time, TEXT("."), proof->body};
  if (!is_signed(webhook, parts, 3, signature.macs, signature.count))
    return "the signature is not that of this time and body";
  int64_t age_ms = now_ms - seconds * 1000;
  if (age_ms > webhook->tolerance_ms) return "it was signed too long ago";
  if (-age_ms > webhook->tolerance_ms) return "it was signed too far in the future";
  return NULL;
}

const char *webhook_refuses(const struct webhook *webhook, const struct webhook_proof *proof,
                            int64_t now_ms)
{
  switch (webhook->scheme) {
  case WEBHOOK_STRIPE:
    return refuses_stripe(webhook, proof, now_ms);
  case WEBHOOK_GITHUB:
    return refuses_github(webhook, proof);
  }
  return "its scheme is unknown";
}

const struct webhook *webhook_of_role(const struct webhook *webhooks, size_t count,
                                      struct text role)
{
  struct text name;
  if (!text_split(&role, ':', &name)) return NULL;
  for (size_t i = 0; i < count; i++)
    if (text_is(role, webhooks[i].name)) return &webhooks[i];
  return NULL;
}
