/* Who may ask, and which of three things (admin.h). */
#include "process/admin.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "checks/auth.h"

struct admin {
  struct admin_config config;
  struct arena arena; /* of one problem at a time */
  struct buffer body; /* of one reply at a time */
};

static const struct reply_header no_store = {"Cache-Control", TEXT_INITIALIZER("no-store")};

/* --- Who may ask --- */

/* "name" or "name:port". */
static bool is_host(struct text host, const char *name)
{
  size_t length = strlen(name);
  if (host.length < length || !text_is_ignoring_case((struct text){host.data, length}, name))
    return false;
  if (host.length == length) return true;
  if (host.data[length] != ':') return false;
  for (size_t i = length + 1; i < host.length; i++)
    if (host.data[i] < '0' || host.data[i] > '9') return false;
  return true;
}

static bool knows_host(const struct admin *admin, struct text host)
{
  static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
  for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
    if (is_host(host, always[i])) return true;
  const struct config_admin *terms = admin->config.terms;
  for (size_t i = 0; i < terms->host_count; i++)
    if (is_host(host, terms->hosts[i])) return true;
  return false;
}

/* A page made the request. What people type into a browser has no Origin, and "none". */
static bool is_of_a_page(const struct request *request)
{
  struct text site = request->sec_fetch_site;
  return request->origin.length > 0 ||
         (site.length > 0 && !text_is(site, "none") && !text_is(site, "same-origin"));
}

/* By their hashes, so that time tells neither where they differ nor how long the right one is. */
static bool is_token(struct text token, struct text right)
{
  unsigned char hashes[2][HASH_BYTES];
  crypto_hash_text(hashes[0], TEXT(""), token);
  crypto_hash_text(hashes[1], TEXT(""), right);
  return crypto_equal(hashes[0], hashes[1], HASH_BYTES);
}

/* May be told everything. */
static bool is_trusted(const struct admin *admin, const struct request *request)
{
  const struct admin_config *config = &admin->config;
  struct text token = auth_token(request->authorization, TEXT(""), "");
  if (config->token.length == 0) return config->terms->enabled && !config->exposed;
  return is_token(token, config->token);
}

/* --- Replies --- */

static void refuse(struct admin *admin, struct reply *reply, int status, const char *code,
                   const char *detail)
{
  arena_reset(&admin->arena);
  dispatch_problem(&admin->arena, status, code, detail, reply);
}

static void answer(struct admin *admin, struct reply *reply, int status, const char *content_type)
{
  *reply = (struct reply){
      .status = status, .content_type = content_type, .body = buffer_text(&admin->body)};
}

static void get_status(const struct admin *admin, struct admin_status *status)
{
  *status = (struct admin_status){0};
  admin->config.status(admin->config.context, status);
  if (status->worker_count > SERVE_WORKERS_MAX) status->worker_count = SERVE_WORKERS_MAX;
}

static void healthz(struct admin *admin, const struct request *request, struct reply *reply)
{
  (void)request;
  buffer_append_text(&admin->body, TEXT("ok\n"));
  answer(admin, reply, 200, "text/plain; charset=utf-8");
}

/* For probes, which have no token, without what only its holder is told. */
static void readyz(struct admin *admin, const struct request *request, struct reply *reply)
{
  struct admin_status status;
  get_status(admin, &status);
  bool ready = admin_is_ready(&status);
  if (is_trusted(admin, request))
    admin_write_ready(&admin->body, &status);
  else
    buffer_print(&admin->body, "{\"ready\":%s}\n", ready ? "true" : "false");
  answer(admin, reply, ready ? 200 : 503, "application/json");
}

static void metrics(struct admin *admin, const struct request *request, struct reply *reply)
{
  struct admin_status status;
  (void)request;
  get_status(admin, &status);
  admin_write_metrics(&admin->body, &status, admin->config.version, admin->config.monotonic_ns());
  answer(admin, reply, 200, "text/plain; version=0.0.4; charset=utf-8");
}

static const struct page {
  const char *path;
  bool open; /* to whoever shows no token; who shows a wrong one is refused in any case */
  void (*write)(struct admin *admin, const struct request *request, struct reply *reply);
} pages[] = {{"/healthz", true, healthz}, {"/readyz", true, readyz}, {"/metrics", false, metrics}};

static const struct page *find_page(struct text path)
{
  for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
    if (text_is(path, pages[i].path)) return &pages[i];
  return NULL;
}

static bool may_see(const struct admin *admin, const struct request *request,
                    const struct page *page)
{
  return is_trusted(admin, request) || (page->open && request->authorization.length == 0);
}

static void reply_to(struct admin *admin, const struct request *request, struct reply *reply)
{
  const struct page *page = find_page(request->path);
  buffer_clear(&admin->body);
  if (!knows_host(admin, request->host)) {
    refuse(admin, reply, 421, "misdirected", "This server does not go by that name");
  } else if (is_of_a_page(request)) {
    refuse(admin, reply, 403, "forbidden", "This is not for pages in a browser");
  } else if (!page) {
    refuse(admin, reply, 404, "no_route", "There is no such route");
  } else if (request->method != METHOD_GET && request->method != METHOD_HEAD) {
    refuse(admin, reply, 405, "method_not_allowed", "This path does not have this method");
    reply->headers[reply->header_count++] = (struct reply_header){"Allow", TEXT("GET, HEAD")};
  } else if (!may_see(admin, request, page)) {
    refuse(admin, reply, 401, "unauthenticated", "A valid token is needed");
    reply->headers[reply->header_count++] =
        (struct reply_header){"WWW-Authenticate", TEXT("Bearer")};
  } else {
    page->write(admin, request, reply);
  }
  reply->headers[reply->header_count++] = no_store;
}

static void handle(void *context, const struct request *request, dispatch_done done,
                   void *done_context)
{
  struct reply reply;
  reply_to(context, request, &reply);
  done(done_context, &reply);
}

static size_t body_max(void *context, enum method method, struct text path)
{
  (void)context;
  (void)method;
  (void)path;
  return 0;
}

/* --- */

bool admin_is_ready(const struct admin_status *status)
{
  if (status->generation == 0 || status->draining) return false;
  for (size_t i = 0; i < status->worker_count; i++)
    if (status->workers[i].alive) return true;
  return false;
}

struct admin *admin_new(const struct admin_config *config)
{
  struct admin *admin = memory_new(sizeof *admin);
  arena_init(&admin->arena, 1024);
  admin_configure(admin, config);
  return admin;
}

void admin_configure(struct admin *admin, const struct admin_config *config)
{
  admin->config = *config;
  if (!admin->config.monotonic_ns) admin->config.monotonic_ns = clock_monotonic_ns;
}

void admin_free(struct admin *admin)
{
  if (!admin) return;
  arena_deinit(&admin->arena);
  buffer_deinit(&admin->body);
  memory_free(admin);
}

struct server_handler admin_handler(struct admin *admin)
{
  return (struct server_handler){.context = admin, .handle = handle, .body_max = body_max};
}
