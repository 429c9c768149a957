/* Signed webhooks: who calls is shown by a signature over the raw body, with a secret that only the
 * sender has. Which senders there are, and their secrets, is said in writ.json. */
#ifndef WRIT_CHECKS_WEBHOOK_H
#define WRIT_CHECKS_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum webhook_scheme {
  /* Stripe-Signature: t=SECONDS,v1=HEX,…: HMAC-SHA256 over "SECONDS.BODY". The time must be near.
   */
  WEBHOOK_STRIPE,
  /* X-Hub-Signature-256: sha256=HEX: HMAC-SHA256 over the body. It has no time, so a request can be
   * sent again by whoever saw it: make the contract idempotent. */
  WEBHOOK_GITHUB,
};

enum { WEBHOOK_SECRETS_MAX = 4 };

struct webhook {
  const char *name; /* "stripe": the role is "webhook:stripe" */
  enum webhook_scheme scheme;
  int64_t tolerance_ms; /* of WEBHOOK_STRIPE: how far from now its time may be */
  /* Any of them will do, so that one can follow another. */
  struct text secrets[WEBHOOK_SECRETS_MAX];
  size_t secret_count;
};

/* What a request shows. */
struct webhook_proof {
  struct text stripe_signature, hub_signature; /* the header of each scheme; empty if absent */
  struct text body;
};

/* NULL if this webhook sent it, else why that cannot be said (a constant). */
const char *webhook_refuses(const struct webhook *webhook, const struct webhook_proof *proof,
                            int64_t now_ms);

/* The webhook that a role names ("webhook:stripe"); NULL if there is none. */
const struct webhook *webhook_of_role(const struct webhook *webhooks, size_t count,
                                      struct text role);

#endif
