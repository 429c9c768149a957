/* Opening an app, and closing it in reverse. */
#include "process/app.h"

#include <inttypes.h>
#include <string.h>

#include "config/config.h"
#include "contract/document.h"
#include "describe/openapi.h"
#include "store/audit.h"
#include "store/migrate.h"
#include "store/served.h"

enum { MIGRATION_CPU_MAX_MS = 10000 };

/* A chain that has begun needs the key it began with; before that, any new one will do. */
static int find_audit_key(struct app *app, const struct app_options *options, struct error *error)
{
  bool empty;
  if (audit_is_empty(store_reader(app->store), &empty, error)) return -1;
  if (options->audit_key)
    memcpy(app->audit_key, options->audit_key, HASH_BYTES);
  else if (config_audit_key(options->config, empty, app->audit_key, error))
    return -1;
  store_record_migrations(app->store, app->audit_key);
  return 0;
}

/* Whoever serves this database already would go on with a policy for another schema. */
static int may_migrate(const struct app *app, const struct app_options *options,
                       const struct migration_status *statuses, size_t count, struct error *error)
{
  size_t pending;
  if (migrations_check(statuses, count, &pending, error)) return -1;
  if (pending == 0) return 0;
  const char *first = statuses[count - pending].name;
  if (options->no_migrations)
    return error_set(error, "migration %s is pending: apply it with `writ migrate up`", first);
  if (store_is_alone(app->store)) return 0;
  return error_set(error,
                   "migration %s is pending, and another process uses the database, such as a "
                   "server: stop that first",
                   first);
}

/* Applies what is pending; *code says what an error is, if it is about a file. */
static int apply(struct app *app, const struct app_options *options,
                 const struct source_tree *sources, enum finding_code *code, struct error *error)
{
  struct arena arena;
  struct migration *migrations;
  struct migration_status *statuses;
  size_t count, all;
  arena_init(&arena, 64 * 1024);
  *code = FINDING_MIGRATION_NAME;
  int result = migrations_read(sources, &arena, &migrations, &count, error);
  if (result) goto end;
  all = count;
  result =
      store_migration_status(store_reader(app->store), migrations, &all, &arena, &statuses, error);
  if (result == 0) result = may_migrate(app, options, statuses, all, error);
  if (result == 0 && options->database) result = find_audit_key(app, options, error);
  *code = FINDING_MIGRATION_FAILED;
  if (result == 0) result = store_migrate(app->store, migrations, count, &app->applied, error);
  bool is_new = app->applied > 0 && app->applied == count;
  if (result == 0 && is_new && options->seed)
    result = store_run_script(app->store, options->seed->path, options->seed->text, error);

end:
  arena_deinit(&arena);
  return result;
}

/* What is wrong with a migration is a finding in its file, anything else an error. */
static int migrate(struct app *app, const struct app_options *options,
                   const struct source_tree *sources, struct report *report, struct error *error)
{
  enum finding_code code;
  struct error cause = {0};
  if (apply(app, options, sources, &code, &cause) == 0) return 0;
  if (cause.message[0] == '\0') return -1;
  return migrations_report(sources, code, &cause, report) ? -1
                                                          : error_set(error, "%s", cause.message);
}

/* In memory there is nothing that a migration could have to do for long. */
static int open_store(struct app *app, const struct app_options *options, struct error *error)
{
  struct store_config config = {.path = options->database,
                                .relaxed_sync = options->relaxed_sync,
                                .alone = options->alone,
                                .first = options->database && !options->no_migrations &&
                                         !options->joining && !options->alone};
  if (app->store) return 0;
  if (store_open(&config, &app->store, error)) return -1;
  if (!options->database) store_bound_migrations(app->store, MIGRATION_CPU_MAX_MS);
  return 0;
}

/* A folder from before would bring back what was taken away since. */
static int check_served(struct app *app, const struct manifest *manifest, struct error *error)
{
  struct served last;
  if (served_read(app->store, &last, error)) return -1;
  if (manifest->version < last.version)
    return error_set(error,
                     MANIFEST_FILE ": version %" PRId64 " is older than %" PRId64
                                   ", which was served last: deploy that one, or sign this one "
                                   "anew with `writ sign --version %" PRId64 "`",
                     manifest->version, last.version, last.version + 1);
  if (manifest->version == last.version && memcmp(manifest->hash, last.hash, sizeof last.hash) != 0)
    return error_set(error,
                     MANIFEST_FILE ": version %" PRId64
                                   " was served with other files: sign these with `writ sign "
                                   "--version %" PRId64 "`",
                     manifest->version, last.version + 1);
  return 0;
}

/* Webhooks are named by contracts and known to writ.json. */
static void check_webhooks(const struct generation *generation, const struct config *config,
                           struct report *report)
{
  const char *names[CONFIG_WEBHOOKS_MAX];
  for (size_t i = 0; i < config->webhook_count; i++) names[i] = config->webhooks[i].name;
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    for (size_t k = 0; contract->webhook && k < contract->role_count; k++) {
      struct text name = contract->roles[k], prefix;
      bool known = false;
      text_split(&name, ':', &prefix);
      for (size_t w = 0; w < config->webhook_count; w++) known |= text_is(name, names[w]);
      if (known) continue;
      const char *meant = text_suggestion(name, names, config->webhook_count);
      struct text help = {"say under `webhooks` in writ.json how it signs, and where its secret is",
                          0};
      if (meant) help = arena_print(&report->arena, "did you mean 'webhook:%s'?", meant);
      report_error(report, FINDING_WEBHOOK_UNKNOWN, contract->source, contract->auth_offset,
                   help.data, "writ.json knows no webhook '%.*s'", TEXT_ARGS(name));
    }
  }
}

/* A token names a subject; only the policy knows who that is. */
static void check_issuers(const struct generation *generation, const struct config *config,
                          struct report *report)
{
  const struct document *policy = document_find(generation->documents, TEXT("policy.json"));
  if (config->issuer_count == 0 || generation->identity) return;
  report_error(report, FINDING_POLICY_IDENTITY, policy ? &policy->source : NULL, 0,
               "add `identity`: a SELECT over :issuer and :subject that gives id and role",
               "writ.json names an identity provider, and no query says who its people are here");
}

/* NULL with findings, as generation_make. */
static struct generation *make_generation(struct app *app, const struct app_options *options,
                                          const struct source_tree *sources, struct report *report)
{
  struct app_tree scripts = {0};
  struct generation_origin origin = {.sources = sources,
                                     .app = options->scripts ? options->scripts : &scripts,
                                     .sandbox = app->sandbox,
                                     .before = options->before};
  if (!options->scripts) app_tree_read(&scripts, sources->folder);
  struct generation *generation =
      generation_make(&origin, app->store, report, &app->handler_errors);
  app_tree_free(&scripts);
  return generation;
}

int app_open(struct app *app, const struct app_options *options, struct report *report,
             struct error *error)
{
  const struct source_tree *sources = options->sources ? options->sources : &app->sources;
  *app = (struct app){.store = options->store};
  if (!options->sources) source_tree_read(&app->sources, options->folder, report);
  /* Nothing of an incomplete tree may leave traces in a database that stays. */
  if (options->database && !sources->complete) goto fail;
  if (open_store(app, options, error)) goto fail;
  if (options->manifest && check_served(app, options->manifest, error)) goto fail;
  if (migrate(app, options, sources, report, error) || store_let_in(app->store, error)) goto fail;
  if (!options->contracts_only && sandbox_new(&app->sandbox, error)) goto fail;
  app->generation = make_generation(app, options, sources, report);
  if (app->generation && options->config) {
    check_webhooks(app->generation, options->config, report);
    check_issuers(app->generation, options->config, report);
    if (options->config->openapi) openapi_check_route(app->generation, report);
  }
  if (app->generation && report->errors == app->handler_errors) return 0;

fail:
  app_close(app);
  return -1;
}

void app_close(struct app *app)
{
  if (app->generation) generation_free(app->generation);
  if (app->sandbox) sandbox_free(app->sandbox);
  if (app->store) store_close(app->store);
  source_tree_free(&app->sources);
  crypto_wipe(app->audit_key, sizeof app->audit_key);
  *app = (struct app){0};
}
