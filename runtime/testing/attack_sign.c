/* Signing as the sender of a webhook does, or not quite. */
#include <string.h>

#include "testing/attack_parts.h"

static const struct config_webhook *webhook_of(const struct attack *attack)
{
  const struct config *config = attack->run->config;
  struct text name = attack->contract->role_count ? attack->contract->roles[0] : TEXT("");
  struct text scheme;
  if (!attack->contract->webhook || !text_split(&name, ':', &scheme)) return NULL;
  for (size_t i = 0; i < config->webhook_count; i++)
    if (text_is(name, config->webhooks[i].name)) return &config->webhooks[i];
  return NULL;
}

bool attempt_is_dated(const struct attack *attack)
{
  const struct config_webhook *webhook = webhook_of(attack);
  return webhook && webhook->scheme == WEBHOOK_STRIPE;
}

static void write_mac(char hex[2 * MAC_BYTES + 1], struct text secret, const struct text *parts,
                      size_t count)
{
  unsigned char mac[MAC_BYTES];
  crypto_hmac_sha256(mac, secret, parts, count);
  crypto_hex(hex, mac, MAC_BYTES);
}

void attempt_sign(struct attack *attack, const struct attempt *attempt, struct request *request)
{
  const struct config_webhook *webhook = webhook_of(attack);
  char hex[2 * MAC_BYTES + 1];
  if (!webhook || attempt->sign == SIGN_NOT) return;
  struct text secret = scratch_webhook_secret(attack->scratch, text_of(webhook->name));
  struct text body = request->body;
  if (attempt->sign == SIGN_WRONGLY) secret = TEXT("another secret, that nobody knows");
  if (attempt->sign == SIGN_OTHER_BODY) body = TEXT("{}");
  if (webhook->scheme == WEBHOOK_GITHUB) {
    write_mac(hex, secret, &body, 1);
    request->hub_signature = arena_print(&attack->arena, "sha256=%s", hex);
    return;
  }
  int64_t seconds = scratch_now(attack->scratch) / 1000;
  if (attempt->sign == SIGN_LONG_AGO) seconds -= webhook->tolerance_ms / 1000 + 60;
  struct text time = arena_print(&attack->arena, "%lld", (long long)seconds);
  write_mac(hex, secret, (struct text[]){time, TEXT("."), body}, 3);
  request->stripe_signature = arena_print(&attack->arena, "t=%.*s,v1=%s", TEXT_ARGS(time), hex);
}
