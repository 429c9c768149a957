/* Every secret that writ.json names: read by whoever may open its file, the builder, before it
 * gives up its rights, and handed on to the workers in the bundle, as parts "secret/…". */
#ifndef WRIT_PROCESS_SECRETS_H
#define WRIT_PROCESS_SECRETS_H

#include "base/bundle.h"
#include "config/config.h"
#include "http/tls.h"

/* Adds all but the audit log's key. -1 with the error or findings: one is missing, or will not do.
 */
int secrets_pack(const struct config *config, struct bundle_writer *writer, struct report *report,
                 struct error *error);
void secrets_pack_audit_key(const unsigned char key[HASH_BYTES], struct bundle_writer *writer);

/* What a worker needs of them; it borrows from configuration and bundle. */
struct secrets {
  unsigned char audit_key[HASH_BYTES];
  struct webhook webhooks[CONFIG_WEBHOOKS_MAX];
  struct issuers *issuers; /* NULL: there are none */
  struct tls_context *tls; /* NULL: no TLS */
  struct text admin_token; /* of the admin listener; empty: none is needed */
};

int secrets_unpack(const struct bundle *bundle, const struct config *config,
                   struct secrets *secrets, struct error *error);
void secrets_free(struct secrets *secrets);

#endif
