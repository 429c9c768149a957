/* Opening everything that serves an app, running the loop, closing in reverse. */
#include "process/serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "describe/openapi.h"
#include "dispatch/dispatch.h"
#include "http/server.h"
#include "process/app.h"
#include "process/config.h"
#include "store/served.h"

struct serving {
  struct source_tree sources;
  struct manifest manifest; /* version 0: nothing has to be signed */
  uv_loop_t loop;
  uv_signal_t terminate, interrupt;
  struct app app;
  struct arena arena;      /* secrets of webhooks */
  struct issuers *issuers; /* NULL until they are open */
  struct buffer openapi;   /* the document, if it is served */
  struct dispatcher *dispatcher;
  struct server *server;
  bool stopping;
};

static void handle(void *context, const struct request *request, dispatch_done done,
                   void *done_context)
{
  dispatch(context, request, done, done_context);
}

static size_t body_max(void *context, enum method method, struct text path)
{
  return dispatcher_body_max(context, method, path);
}

/* All replies are written: what was only counted goes to the audit log, and the loop ends by
 * itself. */
static void closed(void *context)
{
  struct serving *serving = context;
  dispatcher_drain(serving->dispatcher);
  uv_close((uv_handle_t *)&serving->terminate, NULL);
  uv_close((uv_handle_t *)&serving->interrupt, NULL);
}

static void stop(uv_signal_t *signal, int number)
{
  struct serving *serving = signal->data;
  /* Asked twice: at once. Asked once more, the kernel ends it: a call may wait for a turn to write
   * that another process does not give, and nothing can be lost by then. */
  if (serving->stopping) {
    server_abort(serving->server);
    uv_signal_stop(&serving->terminate);
    uv_signal_stop(&serving->interrupt);
    return;
  }
  serving->stopping = true;
  log_message(LOG_INFO, "stopping on %s", number == SIGTERM ? "SIGTERM" : "SIGINT");
  server_close(serving->server, closed, serving);
}

static void on_signal(struct serving *serving, uv_signal_t *handle_, int number)
{
  uv_signal_init(&serving->loop, handle_);
  handle_->data = serving;
  uv_signal_start(handle_, stop, number);
}

static const struct manifest *signed_manifest(const struct serving *serving)
{
  return serving->manifest.version > 0 ? &serving->manifest : NULL;
}

static int read_sources(struct serving *serving, const struct serve_options *options,
                        struct report *report)
{
  source_tree_read(&serving->sources, options->folder, report);
  if (!serving->sources.complete) return -1;
  if (options->trusted_count == 0) return 0;
  return manifest_verify(&serving->sources, options->trusted, options->trusted_count,
                         &serving->manifest, report);
}

/* When all of it has loaded, so that a version that does not load never bars the way back; before
 * the first request. */
static int remember_served(struct serving *serving, struct error *error)
{
  const struct manifest *manifest = signed_manifest(serving);
  if (!manifest) return 0;
  struct served served = {.version = manifest->version};
  memcpy(served.hash, manifest->hash, sizeof served.hash);
  return served_write(serving->app.store, &served, clock_wall_ms(), error);
}

static int open_app(struct serving *serving, const struct serve_options *options,
                    const struct config *config, struct report *report, struct error *error)
{
  char database[1100];
  if (file_make_folder(config->data, error)) return -1;
  snprintf(database, sizeof database, "%s/writ.db", config->data);
  struct app_options app_options = {.folder = options->folder,
                                    .sources = &serving->sources,
                                    .manifest = signed_manifest(serving),
                                    .database = database,
                                    .relaxed_sync = config->relaxed_sync,
                                    .no_migrations = options->no_migrations,
                                    .config = config,
                                    .seed = options->seed};
  return app_open(&serving->app, &app_options, report, error);
}

static int open_dispatcher(struct serving *serving, const struct serve_options *options,
                           const struct config *config, struct report *report, struct error *error)
{
  struct webhook *webhooks;
  struct dispatch_config dispatch_config = {.dev = options->dev,
                                            .password_cost = config->password_cost,
                                            .password_lane = config->password_lane,
                                            .password_queue = config->password_queue,
                                            .session = config->session,
                                            .cookie_name = config->cookie_name,
                                            .cookie_secure = config->cookie_secure && !options->dev,
                                            .webhook_count = config->webhook_count};
  if (config_webhook_secrets(config, &serving->arena, &webhooks, error) ||
      config_open_issuers(config, &serving->issuers, report))
    return -1;
  memcpy(dispatch_config.audit_key, serving->app.audit_key, HASH_BYTES);
  dispatch_config.webhooks = webhooks;
  dispatch_config.issuers = serving->issuers;
  if (config->openapi) {
    struct openapi_info info = config_openapi(config);
    openapi_write(&serving->openapi, serving->app.generation, &info);
    dispatch_config.openapi = buffer_text(&serving->openapi);
  }
  return dispatcher_new(&serving->loop, serving->app.store, serving->app.sandbox,
                        serving->app.generation, &dispatch_config, &serving->dispatcher, error);
}

static int open_server(struct serving *serving, const struct config *config, struct error *error)
{
  struct listener listener;
  struct server_config server_config = {.listeners = &listener, .listener_count = 1};
  struct server_handler handler = {
      .context = serving->dispatcher, .handle = handle, .body_max = body_max};
  if (listener_open(config->listen_host, config->listen_port, false, &listener, error)) return -1;
  return server_open(&serving->loop, &server_config, &handler, &serving->server, error);
}

static int read_config(const struct serve_options *options, const struct source_tree *sources,
                       struct config *config, struct report *report, struct error *error)
{
  if (config_read(sources, config, report)) return -1;
  if (options->listen && config_parse_listen(options->listen, config, error)) return -1;
  if (options->data) {
    if (strlen(options->data) >= sizeof config->data)
      return error_set(error, "--data: the path is too long");
    memcpy(config->data, options->data, strlen(options->data) + 1);
  }
  bool loopback = !strncmp(config->listen_host, "127.", 4) || !strcmp(config->listen_host, "::1");
  if (options->dev && !loopback)
    return error_set(error,
                     "--dev tells everything to everybody, so it listens on loopback only, "
                     "not on %s",
                     config->listen_host);
  return 0;
}

static void announce(const struct serving *serving, const struct serve_options *options,
                     const struct config *config)
{
  bool v6 = strchr(config->listen_host, ':') != NULL;
  printf("writ: serving %zu routes of %s on http://%s%s%s:%u\n",
         serving->app.generation->contract_count, options->folder, v6 ? "[" : "",
         config->listen_host, v6 ? "]" : "", (unsigned)server_port(serving->server));
  fflush(stdout);
}

int serve(const struct serve_options *options, struct report *report, struct error *error)
{
  struct serving serving = {0};
  struct config config;
  int result = -1;
  if (read_sources(&serving, options, report) ||
      read_config(options, &serving.sources, &config, report, error))
    goto free_sources;
  uv_loop_init(&serving.loop);
  arena_init(&serving.arena, 4096);
  if (open_app(&serving, options, &config, report, error)) goto close_loop;
  if (open_dispatcher(&serving, options, &config, report, error)) goto close_app;
  if (remember_served(&serving, error)) goto close_dispatcher;
  if (open_server(&serving, &config, error)) goto close_dispatcher;
  report_print(report, stderr);
  on_signal(&serving, &serving.terminate, SIGTERM);
  on_signal(&serving, &serving.interrupt, SIGINT);
  announce(&serving, options, &config);
  uv_run(&serving.loop, UV_RUN_DEFAULT);
  server_free(serving.server);
  result = 0;

close_dispatcher:
  dispatcher_close(serving.dispatcher);
  uv_run(&serving.loop, UV_RUN_DEFAULT);
  dispatcher_free(serving.dispatcher);
close_app:
  issuers_free(serving.issuers);
  buffer_deinit(&serving.openapi);
  app_close(&serving.app);
close_loop:
  arena_wipe(&serving.arena);
  arena_deinit(&serving.arena);
  uv_loop_close(&serving.loop);
free_sources:
  source_tree_free(&serving.sources);
  return result;
}
