/* See builder.h. */
#include "process/builder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/clock.h"
#include "base/file.h"
#include "contract/handler_part.h"
#include "contract/manifest.h"
#include "process/app.h"
#include "process/child.h"
#include "process/openapi_part.h"
#include "process/secrets.h"
#include "process/user.h"
#include "store/served.h"

enum { SEED_MAX_BYTES = 64 * 1024 * 1024 };

struct builder {
  const struct serve_options *options;
  struct report report;
  struct error error;
  bool first; /* nothing is served yet */
  struct bundle before;
  struct source_tree sources;
  struct app_tree scripts;
  struct manifest manifest; /* version 0: nothing has to be signed */
  struct config config;
  struct arena arena; /* of the seed */
  struct source seed; /* its path NULL: there is none */
  char database[CONFIG_PATH_BYTES + 16];
  unsigned char audit_key[HASH_BYTES];
  bool has_audit_key;
  struct bundle_writer writer;
  struct app app;
};

/* --- Reading: with the rights that the server was started with. --- */

static int read_sources(struct builder *builder)
{
  const struct serve_options *options = builder->options;
  if (access(options->folder, R_OK | X_OK))
    return error_set(&builder->error, "%s: the folder of the app cannot be read: %s",
                     options->folder, strerror(errno));
  source_tree_read(&builder->sources, options->folder, &builder->report);
  app_tree_read(&builder->scripts, options->folder);
  if (!builder->sources.complete) return -1;
  if (options->trusted_count == 0) return 0;
  return manifest_verify(&builder->sources, options->trusted, options->trusted_count,
                         &builder->manifest, &builder->report);
}

/* One is only made for a database that is new. Where one is missing, whoever opens the database
 * says so, if nothing worse is wrong with it. */
static void read_audit_key(struct builder *builder)
{
  bool is_new = access(builder->database, F_OK) != 0;
  struct error *error = is_new ? &builder->error : NULL;
  builder->has_audit_key =
      config_audit_key(&builder->config, is_new, builder->audit_key, error) == 0;
}

/* Workers are confined to one folder, as one user, and would not find another database migrated. */
static int check_unchanged(struct builder *builder)
{
  struct config before;
  if (builder->first) return 0;
  if (serve_config_of(builder->options, &builder->before, &before, &builder->error)) return -1;
  bool same = strcmp(before.data, builder->config.data) == 0 &&
              strcmp(before.user, builder->config.user) == 0;
  if (same && access(builder->database, F_OK) == 0) return 0;
  if (same)
    return error_set(&builder->error,
                     "%s: %s, while it is served: put it back, or start again with a new one",
                     builder->database, strerror(errno));
  return error_set(&builder->error,
                   "writ.json: `data` and `user` change with a restart only: until then, say what "
                   "was there");
}

static int make_data_folder(struct builder *builder)
{
  const struct config *config = &builder->config;
  struct user user;
  if (config->user[0] && user_find(config->user, &user, &builder->error)) return -1;
  return user_make_folder(config->data, config->user[0] ? &user : NULL, &builder->error);
}

static int read_seed(struct builder *builder)
{
  const char *path = builder->options->seed;
  if (!path || !builder->first) return 0;
  builder->seed.path = path;
  return file_read(&builder->arena, path, SEED_MAX_BYTES, &builder->seed.text, &builder->error);
}

static int read_all(struct builder *builder)
{
  struct config *config = &builder->config;
  if (read_sources(builder) ||
      serve_config(builder->options, &builder->sources, config, &builder->report, &builder->error))
    return -1;
  snprintf(builder->database, sizeof builder->database, "%s/writ.db", config->data);
  if (check_unchanged(builder) || make_data_folder(builder) || read_seed(builder)) return -1;
  read_audit_key(builder);
  if (builder->error.message[0]) return -1;
  return secrets_pack(config, &builder->writer, &builder->report, &builder->error);
}

/* --- Building --- */

/* When all of it has loaded, so that a version that does not load never bars the way back; before
 * the first request. */
static int remember_served(struct builder *builder)
{
  struct served served = {.version = builder->manifest.version};
  if (served.version == 0) return 0;
  memcpy(served.hash, builder->manifest.hash, sizeof served.hash);
  return served_write(builder->app.store, &served, clock_wall_ms(), &builder->error);
}

static int make_generation(struct builder *builder)
{
  const struct serve_options *options = builder->options;
  struct app_options app_options = {.folder = options->folder,
                                    .sources = &builder->sources,
                                    .scripts = &builder->scripts,
                                    .before = builder->before.bytes ? &builder->before : NULL,
                                    .manifest =
                                        builder->manifest.version > 0 ? &builder->manifest : NULL,
                                    .database = builder->database,
                                    .relaxed_sync = builder->config.relaxed_sync,
                                    .no_migrations = options->no_migrations,
                                    .joining = !builder->first,
                                    .config = &builder->config,
                                    .audit_key = builder->has_audit_key ? builder->audit_key : NULL,
                                    .seed = builder->seed.path ? &builder->seed : NULL};
  if (app_open(&builder->app, &app_options, &builder->report, &builder->error)) return -1;
  return remember_served(builder);
}

/* Developers hear what is likely to be wrong with the handlers that they have changed. It keeps
 * none from being served. */
static void advise_developer(struct builder *builder)
{
  const struct generation *generation = builder->app.generation;
  struct handler_part before;
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    bool same = builder->before.bytes &&
                handler_part_find(&builder->before, contract->name, &before) &&
                memcmp(before.handler_hash, contract->handler_hash, HASH_BYTES) == 0;
    if (!same) advise_contract(generation, contract, &builder->scripts, &builder->report);
  }
}

static int build(struct builder *builder, int *bundle)
{
  if (make_generation(builder)) return -1;
  secrets_pack_audit_key(builder->app.audit_key, &builder->writer);
  generation_pack(builder->app.generation, &builder->sources, &builder->writer);
  if (builder->options->dev) {
    app_tree_pack(&builder->scripts, &builder->writer);
    advise_developer(builder);
  }
  openapi_pack(&builder->config, builder->app.generation,
               builder->before.bytes ? &builder->before : NULL, &builder->writer);
  int result = bundle_seal(&builder->writer, bundle, &builder->error);
  app_close(&builder->app);
  return result;
}

/* --- The process --- */

/* What everybody sees who asks the server how it is: the first error, in one line. */
static void tell_failure(const struct builder *builder)
{
  char text[CHANNEL_TEXT_BYTES];
  const struct finding *finding = builder->report.first;
  while (finding && finding->severity != SEVERITY_ERROR) finding = finding->next;
  if (builder->error.message[0] || !finding)
    snprintf(text, sizeof text, "%s", builder->error.message);
  else if (finding->path)
    snprintf(text, sizeof text, "%s:%u:%u: %s", finding->path, finding->line, finding->column,
             finding->message);
  else
    snprintf(text, sizeof text, "%s", finding->message);
  child_tell(CHANNEL_FAILED, 0, text, -1);
}

static void tell_read(const struct builder *builder)
{
  unsigned char hash[HASH_BYTES];
  char hex[2 * HASH_BYTES + 1];
  source_tree_hash(&builder->sources, hash);
  crypto_hex(hex, hash, sizeof hash);
  child_tell(CHANNEL_READ, 0, hex, -1);
}

/* The supervisor begins by saying what is served already. */
static int begin(struct builder *builder)
{
  struct channel_message message;
  int fd;
  if (channel_wait(CHILD_CHANNEL, &message, &fd) != CHANNEL_RECEIVED ||
      message.kind != CHANNEL_BUILD)
    return -1;
  builder->first = message.generation == 0;
  if (!builder->first && fd < 0)
    return error_set(&builder->error, "no file descriptor is left for what is served");
  if (fd < 0) return 0;
  int result = bundle_open(fd, &builder->before, &builder->error);
  close(fd);
  return result;
}

static int run(struct builder *builder)
{
  int bundle;
  if (begin(builder) || read_all(builder)) return -1;
  tell_read(builder);
  bool quiet = builder->options->dev || !builder->first;
  if (serve_confine(&builder->config, false, quiet, &builder->error)) return -1;
  if (build(builder, &bundle)) return -1;
  report_print(&builder->report, stderr);
  child_tell(CHANNEL_BUNDLE, 0, NULL, bundle);
  close(bundle);
  return 0;
}

int builder_run(const struct serve_options *options)
{
  struct builder builder = {.options = options};
  child_begin("writ-builder");
  signal(SIGINT, SIG_IGN); /* of the terminal, for all: the supervisor decides */
  signal(SIGHUP, SIG_IGN);
  report_init(&builder.report);
  arena_init(&builder.arena, 4096);
  bundle_writer_init(&builder.writer);
  int result = run(&builder);
  if (result) {
    report_print(&builder.report, stderr);
    if (builder.error.message[0]) fprintf(stderr, "writ: %s\n", builder.error.message);
    tell_failure(&builder);
  }
  crypto_wipe(builder.audit_key, sizeof builder.audit_key);
  bundle_writer_deinit(&builder.writer);
  arena_deinit(&builder.arena);
  app_tree_free(&builder.scripts);
  source_tree_free(&builder.sources);
  bundle_close(&builder.before);
  report_deinit(&builder.report);
  return result ? 1 : 0;
}
