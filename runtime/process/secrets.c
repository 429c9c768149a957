/* See secrets.h. What is packed has been tried: who unpacks it finds nothing wrong. */
#include "process/secrets.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

enum { KEYS_MAX_BYTES = 256 * 1024, NAME_BYTES = 96 };

#define AUDIT_KEY       "secret/audit"
#define TLS_CERTIFICATE "secret/tls/certificate"
#define TLS_KEY         "secret/tls/key"
#define ADMIN_TOKEN     "secret/admin"

static const char *webhook_part(const struct config_webhook *webhook, char name[NAME_BYTES])
{
  snprintf(name, NAME_BYTES, "secret/webhook/%s", webhook->name);
  return name;
}

static const char *issuer_part(size_t index, char name[NAME_BYTES])
{
  snprintf(name, NAME_BYTES, "secret/jwt/%zu", index);
  return name;
}

static int pack_webhooks(const struct config *config, struct arena *arena,
                         struct bundle_writer *writer, struct error *error)
{
  char name[NAME_BYTES];
  for (size_t i = 0; i < config->webhook_count; i++) {
    const struct config_webhook *from = &config->webhooks[i];
    struct webhook webhook;
    struct text lines;
    if (config_read_webhook(from, arena, &lines, error) ||
        config_make_webhook(from, lines, &webhook, error))
      return -1;
    bundle_add_copy(writer, webhook_part(from, name), lines);
  }
  return 0;
}

static int pack_issuers(const struct config *config, struct arena *arena,
                        struct bundle_writer *writer, struct report *report)
{
  struct text keys[ISSUERS_MAX];
  struct issuers *issuers;
  char name[NAME_BYTES];
  for (size_t i = 0; i < config->issuer_count; i++) {
    struct error error = {0};
    if (file_read(arena, config->issuers[i].keys_file, KEYS_MAX_BYTES, &keys[i], &error))
      return report_error(report, FINDING_FILE_UNREADABLE, NULL, 0, NULL, "%s", error.message);
    bundle_add_copy(writer, issuer_part(i, name), keys[i]);
  }
  if (config_open_issuers(config, keys, &issuers, report)) return -1;
  issuers_free(issuers);
  return 0;
}

/* One that ends, or has ended, is no reason not to serve. */
static void warn_of_certificate(const struct tls_context *context, struct report *report)
{
  struct error warning = {0};
  if (tls_context_warning(context, clock_wall_ms(), &warning))
    report_warning(report, FINDING_CERTIFICATE_ENDS, NULL, 0, NULL, "%s", warning.message);
}

static int pack_tls(const struct config *config, struct arena *arena, struct bundle_writer *writer,
                    struct report *report, struct error *error)
{
  struct text certificate, key;
  struct tls_context *context;
  if (!config->tls.certificate[0]) return 0;
  if (config_read_tls(config, arena, &certificate, &key, error) ||
      tls_context_new(certificate, key, &context, error))
    return -1;
  warn_of_certificate(context, report);
  tls_context_free(context);
  bundle_add_copy(writer, TLS_CERTIFICATE, certificate);
  bundle_add_copy(writer, TLS_KEY, key);
  return 0;
}

static int pack_admin_token(const struct config *config, struct arena *arena,
                            struct bundle_writer *writer, struct error *error)
{
  struct text token;
  if (config_admin_token(config, arena, &token, error)) return -1;
  if (token.length > 0) bundle_add_copy(writer, ADMIN_TOKEN, token);
  return 0;
}

int secrets_pack(const struct config *config, struct bundle_writer *writer, struct report *report,
                 struct error *error)
{
  struct arena arena;
  arena_init(&arena, 4096);
  int result = pack_webhooks(config, &arena, writer, error);
  if (result == 0) result = pack_issuers(config, &arena, writer, report);
  if (result == 0) result = pack_tls(config, &arena, writer, report, error);
  if (result == 0) result = pack_admin_token(config, &arena, writer, error);
  arena_wipe(&arena);
  arena_deinit(&arena);
  return result;
}

void secrets_pack_audit_key(const unsigned char key[HASH_BYTES], struct bundle_writer *writer)
{
  bundle_add_copy(writer, AUDIT_KEY, (struct text){(const char *)key, HASH_BYTES});
}

static int lacks(const char *part, struct error *error)
{
  return error_set(error, "the bundle has no part %s", part);
}

static int unpack_webhooks(const struct bundle *bundle, const struct config *config,
                           struct secrets *secrets, struct error *error)
{
  char name[NAME_BYTES];
  for (size_t i = 0; i < config->webhook_count; i++) {
    const struct config_webhook *from = &config->webhooks[i];
    struct text lines;
    if (!bundle_find(bundle, webhook_part(from, name), &lines)) return lacks(name, error);
    if (config_make_webhook(from, lines, &secrets->webhooks[i], error)) return -1;
  }
  return 0;
}

static int unpack_issuers(const struct bundle *bundle, const struct config *config,
                          struct secrets *secrets, struct error *error)
{
  struct text keys[ISSUERS_MAX];
  struct report report;
  char name[NAME_BYTES];
  if (config->issuer_count == 0) return 0;
  for (size_t i = 0; i < config->issuer_count; i++)
    if (!bundle_find(bundle, issuer_part(i, name), &keys[i])) return lacks(name, error);
  report_init(&report);
  int result = config_open_issuers(config, keys, &secrets->issuers, &report);
  report_deinit(&report);
  return result ? error_set(error, "the keys of an identity provider cannot be read") : 0;
}

static int unpack_admin_token(const struct bundle *bundle, const struct config *config,
                              struct secrets *secrets, struct error *error)
{
  if (!config->admin.enabled || !config->admin.token_file[0]) return 0;
  return bundle_find(bundle, ADMIN_TOKEN, &secrets->admin_token) ? 0 : lacks(ADMIN_TOKEN, error);
}

static int unpack_tls(const struct bundle *bundle, const struct config *config,
                      struct secrets *secrets, struct error *error)
{
  struct text certificate, key;
  if (!config->tls.certificate[0]) return 0;
  if (!bundle_find(bundle, TLS_CERTIFICATE, &certificate) || !bundle_find(bundle, TLS_KEY, &key))
    return lacks(TLS_KEY, error);
  return tls_context_new(certificate, key, &secrets->tls, error);
}

int secrets_unpack(const struct bundle *bundle, const struct config *config,
                   struct secrets *secrets, struct error *error)
{
  struct text key;
  *secrets = (struct secrets){0};
  if (!bundle_find(bundle, AUDIT_KEY, &key) || key.length != HASH_BYTES)
    return lacks(AUDIT_KEY, error);
  memcpy(secrets->audit_key, key.data, HASH_BYTES);
  return unpack_webhooks(bundle, config, secrets, error) ||
                 unpack_issuers(bundle, config, secrets, error) ||
                 unpack_tls(bundle, config, secrets, error) ||
                 unpack_admin_token(bundle, config, secrets, error)
             ? -1
             : 0;
}

void secrets_free(struct secrets *secrets)
{
  issuers_free(secrets->issuers);
  tls_context_free(secrets->tls);
  crypto_wipe(secrets, sizeof *secrets);
}
