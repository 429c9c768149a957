/* Signing in: a session for whoever the tests say, without a password; and signing as a webhook. */
#include <inttypes.h>

#include "store/statement.h"
#include "testing/scratch_internal.h"

/* Whether the policy's query finds exactly this principal. */
static bool finds(const struct scratch *scratch, struct connection *connection,
                  const struct json *id, struct arena *arena)
{
  struct json row;
  struct store_failure failure;
  const struct generation *generation = scratch->app.generation;
  struct statement_call call = {.values = &id, .owner = id, .now_ms = scratch->now_ms};
  if (!generation->principal ||
      statement_run(generation->principal->items[0], connection, &call, arena, &row, &failure))
    return false;
  const struct json *found = json_get(&row, "id");
  return found && json_equal(found, id);
}

/* An id of digits is a number where that is whom the query finds. */
static struct json id_of(const struct scratch *scratch, struct connection *connection,
                         struct text text, struct arena *arena)
{
  struct json number, id = json_string(arena_copy(arena, text));
  if (json_read(arena, text, NULL, &number, NULL) || number.type != JSON_INTEGER ||
      finds(scratch, connection, &id, arena) || !finds(scratch, connection, &number, arena))
    return id;
  return number;
}

int scratch_sign_in(struct scratch *scratch, struct text principal_id, char token[TOKEN_CHARS + 1],
                    struct error *error)
{
  struct connection *writer = store_writer(scratch->app.store);
  struct arena arena;
  arena_init(&arena, 1024);
  int result = connection_begin_write(writer, error);
  if (result == 0) {
    struct json id = id_of(scratch, writer, principal_id, &arena);
    result = session_start(writer, &id, scratch->now_ms, &scratch->config.session, token, error);
    result = connection_end_write(writer, result, error);
  }
  arena_deinit(&arena);
  return result;
}

static struct text mac_hex(struct arena *arena, struct text secret, const struct text *parts,
                           size_t count)
{
  unsigned char mac[MAC_BYTES];
  char *hex = arena_alloc(arena, 2 * MAC_BYTES + 1);
  crypto_hmac_sha256(mac, secret, parts, count);
  crypto_hex(hex, mac, MAC_BYTES);
  return text_of(hex);
}

bool scratch_sign_webhook(const struct scratch *scratch, struct text name, struct arena *arena,
                          struct request *request)
{
  const struct webhook *webhook = NULL;
  for (size_t i = 0; i < scratch->config.webhook_count; i++)
    if (text_is(name, scratch->webhooks[i].name)) webhook = &scratch->webhooks[i];
  if (!webhook) return false;
  if (webhook->scheme == WEBHOOK_GITHUB) {
    struct text hex = mac_hex(arena, webhook->secrets[0], &request->body, 1);
    request->hub_signature = arena_print(arena, "sha256=%.*s", TEXT_ARGS(hex));
    return true;
  }
  struct text time = arena_print(arena, "%" PRId64, scratch->now_ms / 1000);
  const struct text parts[] = {time, TEXT("."), request->body};
  struct text hex = mac_hex(arena, webhook->secrets[0], parts, 3);
  request->stripe_signature = arena_print(arena, "t=%.*s,v1=%.*s", TEXT_ARGS(time), TEXT_ARGS(hex));
  return true;
}
