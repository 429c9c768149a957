/* A request out of Lua values, and its reply as a table. What a client's HTTP would be is not made:
 * of headers only those are taken that struct request has, as the server does. */
#include <lauxlib.h>

#include "lua_module/app.h"
#include "lua_module/module.h"
#include "lua_module/values.h"

/* Where the value of a header goes. */
static struct text *field_of(struct request *request, struct text name)
{
  const struct {
    const char *name;
    struct text *value;
  } fields[] = {
      {"authorization", &request->authorization},
      {"cookie", &request->cookie},
      {"content-type", &request->content_type},
      {"if-none-match", &request->if_none_match},
      {"idempotency-key", &request->idempotency_key},
      {"stripe-signature", &request->stripe_signature},
      {"x-hub-signature-256", &request->hub_signature},
      {"host", &request->host},
      {"origin", &request->origin},
      {"sec-fetch-site", &request->sec_fetch_site},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (text_is_ignoring_case(name, fields[i].name)) return fields[i].value;
  return NULL;
}

static bool has_control_bytes(struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    unsigned char byte = (unsigned char)text.data[i];
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return true;
  }
  return false;
}

static int read_header(struct request *request, struct text name, struct text value,
                       struct error *error)
{
  if (has_control_bytes(value))
    return error_set(error, "the header %.*s has a control character", TEXT_ARGS(name));
  struct text *field = field_of(request, name);
  if (field) *field = text_trim(value);
  return 0;
}

/* From the table at `index`; the texts are Lua's. */
static int read_headers(lua_State *lua, int index, struct request *request, struct error *error)
{
  if (lua_isnoneornil(lua, index)) return 0;
  luaL_checktype(lua, index, LUA_TTABLE);
  lua_pushnil(lua);
  for (; lua_next(lua, index); lua_pop(lua, 1)) {
    struct text name, value;
    if (lua_type(lua, -2) != LUA_TSTRING || lua_type(lua, -1) != LUA_TSTRING)
      return error_set(error, "names and values of headers are strings");
    name.data = lua_tolstring(lua, -2, &name.length);
    value.data = lua_tolstring(lua, -1, &value.length);
    if (read_header(request, name, value, error)) return -1;
  }
  return 0;
}

static int read_target(struct text target, struct request *request, struct error *error)
{
  if (!text_starts_with(target, "/")) return error_set(error, "a path begins with /");
  for (size_t i = 0; i < target.length; i++)
    if (target.data[i] <= ' ' || target.data[i] == 0x7f || target.data[i] == '#')
      return error_set(error, "a path has only visible ASCII characters but #: write others as "
                              "%%20 or %%C3%%A9, or give them as `query`");
  text_split(&target, '?', &request->path);
  if (target.data) request->query = target;
  return 0;
}

static struct text lower(struct arena *arena, struct text name)
{
  char *copy = arena_alloc(arena, name.length);
  for (size_t i = 0; i < name.length; i++)
    copy[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] + 32) : name.data[i];
  return (struct text){copy, name.length};
}

/* Into the table on top of the stack. */
static void set_field(lua_State *lua, struct text name, struct text value)
{
  lua_pushlstring(lua, name.data, name.length);
  lua_pushlstring(lua, value.data ? value.data : "", value.length);
  lua_rawset(lua, -3);
}

static void push_headers(lua_State *lua, struct arena *arena, const struct scratch_reply *reply)
{
  lua_newtable(lua);
  if (reply->content_type.length > 0) set_field(lua, TEXT("content-type"), reply->content_type);
  for (size_t i = 0; i < reply->header_count; i++)
    set_field(lua, lower(arena, reply->headers[i].name), reply->headers[i].value);
}

static void push_lines(lua_State *lua, const struct scratch_line *line)
{
  lua_newtable(lua);
  for (lua_Integer i = 1; line; line = line->next, i++) {
    lua_pushlstring(lua, line->text.data, line->text.length);
    lua_rawseti(lua, -2, i);
  }
}

static void push_reply(lua_State *lua, struct arena *arena, const struct scratch_reply *reply,
                       bool has_body)
{
  lua_newtable(lua);
  lua_pushinteger(lua, reply->status);
  lua_setfield(lua, -2, "status");
  push_headers(lua, arena, reply);
  lua_setfield(lua, -2, "headers");
  set_field(lua, TEXT("body"), has_body ? reply->body : TEXT(""));
  if (has_body && reply->body.length > 0 &&
      (reply->json.type != JSON_NULL || text_is(reply->body, "null"))) {
    values_push(lua, &reply->json);
    lua_setfield(lua, -2, "json");
  }
  if (reply->code.length > 0) set_field(lua, TEXT("code"), reply->code);
  if (reply->handler.length > 0) set_field(lua, TEXT("handler"), reply->handler);
  set_field(lua, TEXT("request_id"), reply->request_id);
  lua_pushnumber(lua, (lua_Number)reply->elapsed_ns / 1e6);
  lua_setfield(lua, -2, "elapsed_ms");
}

static int sign(lua_State *lua, struct lua_app *app, struct arena *arena, struct request *request,
                struct error *error)
{
  if (lua_isnoneornil(lua, 8)) return 0;
  struct text name = module_text(lua, 8);
  bool known = scratch_sign_webhook(lua_app_begin(app), name, arena, request);
  lua_app_end(app);
  return known ? 0 : error_set(error, "writ.json has no webhook %.*s", TEXT_ARGS(name));
}

int lua_app_call(lua_State *lua)
{
  struct lua_app *app = lua_app_argument(lua);
  struct arena *arena = module_arena(lua);
  struct request request = {.method = method_of(module_text(lua, 2)), .host = TEXT("localhost")};
  struct error error = {0};
  struct scratch_reply reply;
  struct scratch_trace trace;
  if (read_target(module_text(lua, 3), &request, &error) || read_headers(lua, 4, &request, &error))
    return module_fail(lua, &error);
  if (!lua_isnoneornil(lua, 5)) request.body = module_text(lua, 5);
  if (!lua_isnoneornil(lua, 6)) request.address = module_text(lua, 6);
  request.secure = lua_toboolean(lua, 7);
  if (sign(lua, app, arena, &request, &error)) return module_fail(lua, &error);
  bool held = module_hold(lua);
  struct scratch *scratch = lua_app_begin(app);
  scratch_watch(scratch, &trace, arena);
  scratch_call(scratch, &request, arena, &reply);
  scratch_watch(scratch, NULL, NULL);
  lua_app_end(app);
  push_reply(lua, arena, &reply, request.method != METHOD_HEAD);
  push_lines(lua, trace.lines);
  lua_setfield(lua, -2, "log");
  module_collect(lua, held);
  return 1;
}
