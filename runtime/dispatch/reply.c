/* Replies: the value that `returns` admitted, or a problem (RFC 9457) that tells no more than it
 * must. */
#include "dispatch/call.h"
#include "dispatch/debug.h"

static void add_header(struct reply *reply, const char *name, struct text value)
{
  if (reply->header_count < REPLY_HEADERS_MAX)
    reply->headers[reply->header_count++] = (struct reply_header){name, value};
}

/* The session cookie: out of scripts' reach, and not sent along from other sites. */
static void add_cookie(struct call *call, struct reply *reply, const char *token, int64_t age_s)
{
  const struct dispatch_config *config = &call->dispatcher->config;
  add_header(reply, "Set-Cookie",
             arena_print(&call->arena, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
                         config->cookie_name, token, (long long)age_s,
                         config->cookie_secure ? "; Secure" : ""));
}

/* The host adds the token to what the handler returned: the handler never sees it. */
static struct json with_token(struct call *call)
{
  struct text field = call->contract->session_field;
  struct json_builder object = {0};
  if (call->value.type == JSON_OBJECT)
    for (uint32_t i = 0; i < call->value.length; i++)
      if (!text_equal(json_text(&call->value.members[i].key), field))
        json_builder_add(&object, &call->arena, json_text(&call->value.members[i].key),
                         call->value.members[i].value);
  json_builder_add(&object, &call->arena, field, json_string(text_of(call->token)));
  return json_builder_object(&object);
}

/* --- Caches (RFC 9111, RFC 9110 section 13.1.2). The call has run all the same; what a 304 spares
 * is the body. --- */

static bool matches(struct text list, struct text etag)
{
  struct text candidate;
  while (text_split(&list, ',', &candidate)) {
    candidate = text_trim(candidate);
    if (text_is(candidate, "*")) return true;
    if (text_starts_with(candidate, "W/"))
      candidate = (struct text){candidate.data + 2, candidate.length - 2};
    if (text_equal(candidate, etag)) return true;
  }
  return false;
}

static void add_cache_headers(struct call *call, struct reply *reply)
{
  const struct contract *contract = call->contract;
  const char *who = contract->public ? "public" : "private";
  long long seconds = (long long)(contract->cache_max_age_ms / 1000);
  unsigned char hash[HASH_BYTES];
  char hex[2 * HASH_BYTES + 1];
  crypto_hash_text(hash, TEXT(""), reply->body);
  crypto_hex(hex, hash, HASH_BYTES / 2);
  struct text etag = arena_print(&call->arena, "\"%s\"", hex);
  add_header(reply, "ETag", etag);
  add_header(reply, "Cache-Control",
             seconds ? arena_print(&call->arena, "%s, max-age=%lld", who, seconds)
                     : arena_print(&call->arena, "%s, no-cache", who));
  if (!contract->public) add_header(reply, "Vary", TEXT("Authorization, Cookie"));
  if (!matches(call->request->if_none_match, etag)) return;
  reply->status = 304;
  reply->content_type = NULL;
  reply->body = TEXT("");
}

/* The reply that is kept for the next time, or was kept the last time. */
static void reply_kept(struct call *call, struct reply *reply)
{
  reply->status = call->kept.status;
  reply->body = call->kept.body;
  if (reply->body.length > 0) reply->content_type = "application/json";
  if (call->repeated) add_header(reply, "Idempotent-Replayed", TEXT("true"));
}

void reply_value(struct call *call, struct reply *reply)
{
  const struct contract *contract = call->contract;
  if (contract->idempotency.present) {
    reply_kept(call, reply);
    return;
  }
  bool ends = contract->session_end == SESSION_END_THIS || contract->session_end == SESSION_END_ALL;
  reply->status = call->returned->status;
  if (contract->session_start != SESSION_NONE && contract->session_cookie)
    add_cookie(call, reply, call->token, call->dispatcher->config.session.lifetime_ms / 1000);
  if (ends) add_cookie(call, reply, "", 0);
  if (!call->returned->schema) return;
  if (call->token[0] && contract->session_field.length) call->value = with_token(call);
  json_write(&call->body, &call->value);
  reply->content_type = "application/json";
  reply->body = buffer_text(&call->body);
  if (contract->cached && reply->status == 200) add_cache_headers(call, reply);
}

/* --- Methods. --- */

static void add_allow(struct call *call, struct reply *reply)
{
  struct text allow = TEXT("");
  for (int method = 0; method < METHOD_OTHER; method++)
    if (call->match.allowed & 1u << method)
      allow = arena_print(&call->arena, "%.*s%s%s", TEXT_ARGS(allow), allow.length ? ", " : "",
                          method_name((enum method)method));
  add_header(reply, "Allow", allow);
}

void reply_options(struct call *call, struct reply *reply)
{
  reply->status = 204;
  if (call->match.allowed) add_allow(call, reply);
}

/* --- Problems. --- */

void reply_write_member(struct buffer *out, const char *name, struct text value)
{
  if (value.length == 0) return;
  if (out->length > 0 && out->data[out->length - 1] != '{') buffer_append_byte(out, ',');
  json_write_string(out, text_of(name));
  buffer_append_byte(out, ':');
  json_write_string(out, value);
}

static void write_problem_start(struct buffer *body, int status, struct text code,
                                struct text title)
{
  buffer_append_byte(body, '{');
  buffer_append_text(body, TEXT("\"type\":\"about:blank\""));
  reply_write_member(body, "title", title);
  buffer_print(body, ",\"status\":%d", status);
  reply_write_member(body, "code", code);
}

static void write_problems(struct buffer *body, const struct schema_problems *problems)
{
  buffer_append_text(body, TEXT(",\"errors\":["));
  for (size_t i = 0; i < problems->count; i++) {
    const struct schema_problem *problem = &problems->items[i];
    buffer_append_text(body, i ? TEXT(",{") : TEXT("{"));
    buffer_append_text(body, TEXT("\"pointer\":"));
    json_write_string(body, problem->instance);
    reply_write_member(body, "keyword", problem->keyword);
    reply_write_member(body, "message", problem->message);
    buffer_append_byte(body, '}');
  }
  buffer_append_byte(body, ']');
}

/* In development the developer sees all of it; otherwise it is in the log, under the request's id.
 */
static void write_development(struct buffer *body, struct call *call)
{
  struct buffer members = {0};
  debug_write(&members, debug_of(call));
  if (members.length > 0) buffer_print(body, ",\"debug\":{%.*s}", TEXT_ARGS(buffer_text(&members)));
  buffer_deinit(&members);
}

/* Of the contract, whatever a `when` asks beyond that. */
static struct text scope_challenge(struct call *call)
{
  const struct contract *contract = call->contract;
  struct arena *arena = &call->arena;
  struct text scopes = TEXT("");
  for (size_t i = 0; i < contract->scope_count; i++)
    scopes = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(scopes), i ? " " : "",
                         TEXT_ARGS(contract->scopes[i]));
  struct text challenge = TEXT("Bearer realm=\"writ\", error=\"insufficient_scope\"");
  if (scopes.length == 0) return challenge;
  return arena_print(arena, "%.*s, scope=\"%.*s\"", TEXT_ARGS(challenge), TEXT_ARGS(scopes));
}

/* RFC 6750, section 3.1: whoever shows no token is not told that it is a bad one. */
static struct text challenge(const struct call *call)
{
  const struct request *request = call->request;
  bool bad_token = call->verdict.denial == DENIAL_UNAUTHENTICATED &&
                   auth_token(request->authorization, TEXT(""), "").length > 0;
  return bad_token ? TEXT("Bearer realm=\"writ\", error=\"invalid_token\"")
                   : TEXT("Bearer realm=\"writ\"");
}

static void add_refusal_headers(struct call *call, struct reply *reply)
{
  const struct verdict *verdict = &call->verdict;
  struct arena *arena = &call->arena;
  if (reply->status == 401) add_header(reply, "WWW-Authenticate", challenge(call));
  if (verdict->denial == DENIAL_INSUFFICIENT_SCOPE)
    add_header(reply, "WWW-Authenticate", scope_challenge(call)); /* RFC 6750, section 3.1 */
  if (verdict->retry_after_ms > 0) {
    long long seconds = (long long)(verdict->retry_after_ms + 999) / 1000;
    struct text wait = arena_print(arena, "%lld", seconds);
    add_header(reply, "Retry-After", wait);
    if (verdict->limit) {
      add_header(reply, "RateLimit-Limit", arena_print(arena, "%u", (unsigned)verdict->limit));
      add_header(reply, "RateLimit-Remaining", TEXT("0"));
      add_header(reply, "RateLimit-Reset", wait);
    }
  }
  if (verdict->denial == DENIAL_OVERLOADED || verdict->denial == DENIAL_NOT_COMMITTED)
    add_header(reply, "Retry-After", TEXT("1"));
  if (verdict->denial == DENIAL_METHOD_NOT_ALLOWED) add_allow(call, reply);
}

void reply_refusal(struct call *call, struct reply *reply)
{
  const struct verdict *verdict = &call->verdict;
  const struct contract *contract = call->contract;
  struct buffer *body = &call->body;
  struct text code, title;
  if (verdict->denial == DENIAL_DECLARED) {
    const struct declared_error *error = &contract->errors[verdict->declared];
    reply->status = error->status;
    code = error->code;
    title = error->title.length ? error->title : error->code;
  } else {
    reply->status = contract ? contract->statuses[verdict->denial] : denial_status(verdict->denial);
    code = text_of(denial_code(verdict->denial));
    title = text_of(denial_title(verdict->denial));
  }
  buffer_clear(body);
  write_problem_start(body, reply->status, code, title);
  reply_write_member(body, "detail", verdict->public_detail);
  reply_write_member(body, "request_id", text_of(call->request_id));
  if (verdict->problems) write_problems(body, verdict->problems);
  if (call->dispatcher->config.dev) write_development(body, call);
  buffer_append_byte(body, '}');
  add_refusal_headers(call, reply);
  reply->content_type = "application/problem+json";
  reply->body = buffer_text(body);
}

void dispatch_problem(struct arena *arena, int status, const char *code, const char *detail,
                      struct reply *reply)
{
  struct buffer body = {0};
  write_problem_start(&body, status, text_of(code), text_of(detail));
  buffer_append_byte(&body, '}');
  *reply = (struct reply){.status = status,
                          .content_type = "application/problem+json",
                          .code = text_of(code),
                          .body = arena_copy(arena, buffer_text(&body))};
  buffer_deinit(&body);
}
