/* The document as a whole: what stands at its top, its paths, its components. */
#include "describe/openapi.h"

#include <stdlib.h>

#include "describe/openapi_internal.h"

enum { OPENAPI_CHUNK_BYTES = 64 * 1024 };

/* --- The top --- */

static struct json information(struct openapi *api)
{
  struct json_builder object = {0};
  openapi_add_text(api, &object, "title", api->info->title);
  openapi_add_text(api, &object, "version", api->info->version);
  openapi_add_text(api, &object, "description", api->info->description);
  return json_builder_object(&object);
}

static struct json servers(struct openapi *api)
{
  struct json_list list = {0};
  openapi_push(api, &list, openapi_object(api, "url", json_string(api->info->server)));
  return openapi_array(&list);
}

/* One for each folder; contracts are sorted by their names. */
static struct json tags(struct openapi *api)
{
  struct json_list list = {0};
  struct text last = TEXT("");
  for (size_t i = 0; i < api->generation->contract_count; i++) {
    struct text name = openapi_tag(api->generation->contracts[i]);
    if (name.length == 0 || text_equal(name, last)) continue;
    struct json_builder tag = {0};
    last = arena_copy(api->arena, name);
    openapi_add_text(api, &tag, "name", last);
    openapi_add_text(api, &tag, "description",
                     arena_print(api->arena, "The contracts %.*s.*", TEXT_ARGS(last)));
    openapi_push(api, &list, json_builder_object(&tag));
  }
  return openapi_array(&list);
}

/* --- Paths --- */

/* To OpenAPI, paths that differ only in the names of parameters are one path. */
struct offer {
  struct text shape; /* "/notes/{}" */
  const struct contract *contract;
};

static struct text shape_of(struct openapi *api, struct text path)
{
  struct text shape = TEXT(""), segment;
  while (text_split(&path, '/', &segment)) {
    if (text_starts_with(segment, "{")) segment = TEXT("{}");
    shape = arena_print(api->arena, "%.*s/%.*s", TEXT_ARGS(shape), TEXT_ARGS(segment));
  }
  return shape;
}

static int by_shape(const void *a, const void *b)
{
  const struct offer *x = a, *y = b;
  int order = text_compare(x->shape, y->shape);
  if (order == 0) order = (int)x->contract->route.method - (int)y->contract->route.method;
  return order;
}

static struct offer *sorted_offers(struct openapi *api)
{
  size_t count = api->generation->contract_count;
  struct offer *offers = arena_new_array(api->arena, count + 1, sizeof *offers);
  for (size_t i = 0; i < count; i++) {
    offers[i].contract = api->generation->contracts[i];
    offers[i].shape = shape_of(api, offers[i].contract->route.path);
  }
  if (count > 0) qsort(offers, count, sizeof *offers, by_shape);
  return offers;
}

/* The first operation of a path names its parameters. */
static struct json paths(struct openapi *api)
{
  static const char *const keys[] = {
      [METHOD_GET] = "get", [METHOD_HEAD] = "head",   [METHOD_POST] = "post",
      [METHOD_PUT] = "put", [METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete"};
  struct json_builder items = {0};
  const struct offer *offers = sorted_offers(api);
  for (size_t i = 0, next; i < api->generation->contract_count; i = next) {
    const struct route *path = &offers[i].contract->route;
    struct json_builder item = {0};
    for (next = i;
         next < api->generation->contract_count && text_equal(offers[next].shape, offers[i].shape);
         next++)
      openapi_add(api, &item, keys[offers[next].contract->route.method],
                  openapi_operation(api, offers[next].contract, path));
    json_builder_add(&items, api->arena, path->path, json_builder_object(&item));
  }
  return json_builder_object(&items);
}

/* --- Components --- */

const char *const openapi_schemes[OPENAPI_SCHEMES] = {"bearer", "cookie"};

static void find_schemes(struct openapi *api)
{
  for (size_t i = 0; i < api->generation->contract_count; i++) {
    const struct contract *contract = api->generation->contracts[i];
    if (!contract->anonymous) api->schemes |= 1U << OPENAPI_BEARER;
    if (contract->session_cookie) api->schemes |= 1U << OPENAPI_COOKIE;
  }
}

/* What is sent as a bearer token. */
static struct text bearer_words(struct openapi *api)
{
  struct text words = TEXT("The token of a session");
  for (size_t i = 0; i < api->info->issuer_count; i++)
    words = arena_print(api->arena, "%.*s, or a JSON Web Token of %.*s", TEXT_ARGS(words),
                        TEXT_ARGS(api->info->issuers[i]));
  return words;
}

static struct json security_schemes(struct openapi *api)
{
  struct json_builder schemes = {0}, bearer = {0}, cookie = {0};
  openapi_add_text(api, &bearer, "type", TEXT("http"));
  openapi_add_text(api, &bearer, "scheme", TEXT("bearer"));
  openapi_add_text(api, &bearer, "description", bearer_words(api));
  openapi_add_text(api, &cookie, "type", TEXT("apiKey"));
  openapi_add_text(api, &cookie, "in", TEXT("cookie"));
  openapi_add_text(api, &cookie, "name", api->info->cookie);
  openapi_add_text(api, &cookie, "description", TEXT("The same as a cookie"));
  const struct json made[OPENAPI_SCHEMES] = {[OPENAPI_BEARER] = json_builder_object(&bearer),
                                             [OPENAPI_COOKIE] = json_builder_object(&cookie)};
  for (size_t i = 0; i < OPENAPI_SCHEMES; i++)
    if (api->schemes & 1U << i) openapi_add(api, &schemes, openapi_schemes[i], made[i]);
  openapi_sort(&api->signatures);
  for (uint32_t i = 0; i < api->signatures.length; i++)
    json_builder_add(&schemes, api->arena, json_text(&api->signatures.members[i].key),
                     api->signatures.members[i].value);
  return json_builder_object(&schemes);
}

static struct json components(struct openapi *api)
{
  struct json_builder kinds = {0};
  openapi_sort(&api->responses);
  openapi_add(api, &kinds, "schemas", openapi_components(api));
  openapi_add(api, &kinds, "responses", json_builder_object(&api->responses));
  openapi_add(api, &kinds, "headers", openapi_headers(api));
  openapi_add(api, &kinds, "securitySchemes", security_schemes(api));
  return json_builder_object(&kinds);
}

/* --- The document --- */

static struct json document(struct openapi *api)
{
  struct json_builder object = {0};
  find_schemes(api);
  openapi_name_schemas(api);
  openapi_add_default_response(api);
  openapi_add_text(api, &object, "openapi", TEXT("3.1.0"));
  openapi_add(api, &object, "info", information(api));
  openapi_add(api, &object, "servers", servers(api));
  openapi_add(api, &object, "tags", tags(api));
  openapi_add(api, &object, "paths", paths(api));
  openapi_add(api, &object, "components", components(api));
  return json_builder_object(&object);
}

void openapi_write(struct buffer *out, const struct generation *generation,
                   const struct openapi_info *info)
{
  struct arena arena;
  struct openapi api = {.generation = generation, .info = info, .arena = &arena};
  arena_init(&arena, OPENAPI_CHUNK_BYTES);
  struct json object = document(&api);
  json_write_pretty(out, &object);
  buffer_append_byte(out, '\n');
  arena_deinit(&arena);
}

void openapi_check_route(const struct generation *generation, struct report *report)
{
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    if (!text_is(contract->route.path, OPENAPI_PATH)) continue;
    struct openapi api = {.generation = generation};
    const struct json *route = json_get(openapi_document_of(&api, contract)->root, "route");
    report_error(report, FINDING_ROUTE_OPENAPI, contract->source, route->offset,
                 "give it another path, or take \"openapi\" out of writ.json",
                 "the OpenAPI document is served at " OPENAPI_PATH);
  }
}
