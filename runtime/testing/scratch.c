/* Opening a scratch app, closing it in reverse, and putting it back. */
#include "testing/scratch_internal.h"

#include "base/clock.h"
#include "base/memory.h"

const struct generation *scratch_generation(const struct scratch *scratch)
{
  return scratch->app.generation;
}

const struct config *scratch_config(const struct scratch *scratch)
{
  return &scratch->config;
}

/* The names go once the store's connections and ours have the files open. */
static int open_app(struct scratch *scratch, struct report *report, struct error *error)
{
  char path[SCRATCH_PATH_BYTES];
  struct app_options options = {.folder = scratch->sources.folder,
                                .sources = &scratch->sources,
                                .scripts = &scratch->scripts,
                                .database = path,
                                .relaxed_sync = true,
                                .config = &scratch->config,
                                .audit_key = scratch->audit_key,
                                .seed = scratch->fixtures.path ? &scratch->fixtures : NULL};
  if (scratch_make_folder(scratch, path, error)) return -1;
  int result = app_open(&scratch->app, &options, report, error);
  if (result == 0) result = inspector_open(path, &scratch->inspector, error);
  if (result == 0) result = inspector_keep(scratch->inspector, error);
  scratch_remove_folder(scratch);
  return result;
}

static int open_all(struct scratch *scratch, const struct scratch_options *options,
                    struct report *report, struct error *error)
{
  source_tree_read(&scratch->sources, options->folder, report);
  app_tree_read(&scratch->scripts, options->folder);
  if (config_read(&scratch->sources, &scratch->config, report) || !scratch->sources.complete ||
      scratch_read_fixtures(scratch, options, report, error) ||
      scratch_read_callers(scratch, report, error) || open_app(scratch, report, error))
    return -1;
  if (uv_loop_init(&scratch->loop)) return error_set(error, "cannot make an event loop");
  scratch->has_loop = true;
  return scratch_open_dispatcher(scratch, error);
}

int scratch_open(const struct scratch_options *options, struct report *report,
                 struct scratch **result, struct error *error)
{
  if (crypto_init(error)) return -1;
  struct scratch *scratch = memory_new(sizeof *scratch);
  arena_init(&scratch->arena, 16 * 1024);
  crypto_random(scratch->audit_key, sizeof scratch->audit_key);
  scratch->dev = options->dev;
  scratch->opened_ms = scratch->now_ms = clock_wall_ms();
  if (open_all(scratch, options, report, error) == 0) {
    *result = scratch;
    return 0;
  }
  scratch_close(scratch);
  return -1;
}

void scratch_close(struct scratch *scratch)
{
  if (!scratch) return;
  scratch_close_dispatcher(scratch);
  if (scratch->has_loop) uv_loop_close(&scratch->loop);
  scratch_restore_handlers(scratch);
  inspector_close(scratch->inspector);
  app_close(&scratch->app);
  issuers_free(scratch->issuers);
  memory_free(scratch->limiter);
  app_tree_free(&scratch->scripts);
  source_tree_free(&scratch->sources);
  arena_deinit(&scratch->arena);
  memory_free(scratch);
}

/* A new dispatcher knows nothing of what was before; so nothing of it can be forgotten here. */
int scratch_reset(struct scratch *scratch, struct error *error)
{
  scratch_close_dispatcher(scratch);
  scratch_restore_handlers(scratch);
  scratch->now_ms = scratch->opened_ms;
  int result = inspector_restore(scratch->inspector, error);
  return scratch_open_dispatcher(scratch, error) ? -1 : result;
}

int scratch_rows(struct scratch *scratch, struct text sql, const struct json *values,
                 struct arena *arena, struct json *rows, struct error *error)
{
  connection_end_read(store_reader(scratch->app.store)); /* the next call sees what this writes */
  return inspector_rows(scratch->inspector, sql, values, arena, rows, error);
}

int scratch_digest(struct scratch *scratch, unsigned char digest[HASH_BYTES], struct error *error)
{
  return inspector_digest(scratch->inspector, digest, error);
}

static bool is_secret(void *context, struct text table, struct text column)
{
  return store_is_secret(context, table, column);
}

int scratch_changes(struct scratch *scratch, struct arena *arena, struct json *changes,
                    struct error *error)
{
  return inspector_changes(scratch->inspector, is_secret, scratch->app.store, arena, changes,
                           error);
}
