/* Opening an app, and closing it in reverse. */
#include "process/app.h"

#include "base/file.h"

enum { SEED_MAX_BYTES = 64 * 1024 * 1024 };

static int seed(struct app *app, const char *path, struct arena *arena, struct error *error)
{
  struct text sql;
  if (file_read(arena, path, SEED_MAX_BYTES, &sql, error)) return -1;
  return store_run_script(app->store, path, sql, error);
}

static int migrate(struct app *app, const struct app_options *options, struct error *error)
{
  struct arena arena;
  struct migration *migrations;
  size_t count, applied = 0;
  arena_init(&arena, 64 * 1024);
  int result = migrations_read(options->folder, &arena, &migrations, &count, error);
  if (result == 0) result = store_migrate(app->store, migrations, count, &applied, error);
  bool is_new = applied > 0 && applied == count;
  if (result == 0 && is_new && options->seed) result = seed(app, options->seed, &arena, error);
  arena_deinit(&arena);
  return result;
}

int app_open(struct app *app, const struct app_options *options, struct report *report,
             struct error *error)
{
  struct store_config config = {.path = options->database, .relaxed_sync = options->relaxed_sync};
  *app = (struct app){0};
  if (store_open(&config, &app->store, error)) return -1;
  if (migrate(app, options, error) || sandbox_new(&app->sandbox, error)) goto fail;
  app->generation =
      generation_load(options->folder, app->store, app->sandbox, report, &app->handler_errors);
  if (app->generation) return 0;

fail:
  app_close(app);
  return -1;
}

void app_close(struct app *app)
{
  if (app->generation) generation_free(app->generation);
  if (app->sandbox) sandbox_free(app->sandbox);
  if (app->store) store_close(app->store);
  *app = (struct app){0};
}
