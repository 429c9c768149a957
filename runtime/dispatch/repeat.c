/* `idempotent`: a call that is repeated gets the reply of the first one, and has no second effect.
 *
 * What tells a repeat is a key, from the Idempotency-Key header or a field of the input, together
 * with the principal and the contract. With the header a second call must bring the same input. */
#include "dispatch/call.h"

enum { KEY_MAX_BYTES = 255, KEPT_MAX_BYTES = 64 * 1024, KEPT_DEPTH_MAX = 1000 };

static bool deny(struct call *call, enum denial denial, struct text sentence)
{
  call->verdict = (struct verdict){.denial = denial, .detail = sentence, .public_detail = sentence};
  return false;
}

static bool key_of_header(struct call *call, struct text *key)
{
  *key = call->request->idempotency_key;
  if (key->length == 0)
    return deny(call, DENIAL_IDEMPOTENCY_KEY_MISSING,
                TEXT("send an Idempotency-Key, the same whenever you send this request again"));
  if (key->length > KEY_MAX_BYTES)
    return deny(call, DENIAL_MALFORMED, TEXT("the Idempotency-Key is too long"));
  return true;
}

static bool key_of_input(struct call *call, struct text *key)
{
  const struct idempotency *idempotency = &call->contract->idempotency;
  const struct json *value = call->facts.fields[idempotency->field];
  for (size_t i = 0; i < idempotency->member_count; i++)
    value = json_get_text(value, idempotency->members[i]);
  bool usable =
      value && (value->type == JSON_INTEGER || (value->type == JSON_STRING && value->length > 0));
  if (!usable)
    return deny(call, DENIAL_IDEMPOTENCY_KEY_MISSING,
                TEXT("the field that tells one request from another is not there"));
  *key = value->type == JSON_STRING ? json_text(value)
                                    : arena_print(&call->arena, "%lld", (long long)value->integer);
  return true;
}

static struct text as_json(struct call *call, const struct json *value)
{
  struct buffer buffer = {0};
  json_write(&buffer, value);
  struct text copy = arena_copy(&call->arena, buffer_text(&buffer));
  crypto_wipe(buffer.data, buffer.length); /* passwords may be in it */
  buffer_deinit(&buffer);
  return copy;
}

bool repeat_read_key(struct call *call)
{
  const struct contract *contract = call->contract;
  const struct facts *facts = &call->facts;
  struct text key;
  if (!contract->idempotency.present) return true;
  bool by_input = contract->idempotency.by_input;
  if (!(by_input ? key_of_input(call, &key) : key_of_header(call, &key))) return false;

  struct text secret = {(const char *)call->dispatcher->config.audit_key, HASH_BYTES};
  struct json who = call_principal(call);
  struct text principal = as_json(call, &who);
  struct text input = by_input ? TEXT("") : as_json(call, &facts->input);
  const struct crypto_hash_part id[] = {{"reply", strlen("reply")},
                                        {contract->name, strlen(contract->name)},
                                        {principal.data, principal.length},
                                        {key.data, key.length}};
  const struct crypto_hash_part content[] = {{"reply_input", strlen("reply_input")},
                                             {input.data, input.length}};
  crypto_hash_parts(call->kept.id, secret, id, sizeof id / sizeof *id);
  crypto_hash_parts(call->kept.input, secret, content, sizeof content / sizeof *content);
  return true;
}

/* Whether the contract, which may be another one by now, lets this reply out. */
static bool is_admitted(struct call *call, const struct kept_reply *kept)
{
  const struct contract *contract = call->contract;
  const struct returned *returned = NULL;
  struct schema_problems problems = {.arena = &call->arena};
  struct json_error error;
  struct json value;
  for (size_t i = 0; i < contract->return_count; i++)
    if (contract->returns[i].status == kept->status) returned = &contract->returns[i];
  if (!returned || !returned->schema) return returned && kept->body.length == 0;
  if (json_read(&call->arena, kept->body, &(struct json_limits){.depth = KEPT_DEPTH_MAX}, &value,
                &error))
    return false;
  return valid_or_logged(call, returned->schema, &value, 0, "the kept reply", &problems);
}

bool repeat_find(struct call *call)
{
  struct kept_reply kept = {0};
  struct error error = {0};
  if (!call->contract->idempotency.present) return true;
  int found = reply_find(call->facts.connection, call->kept.id, call->facts.now.integer,
                         &call->arena, &kept, &error);
  if (found < 0) {
    call->verdict = (struct verdict){.denial = DENIAL_INTERNAL,
                                     .detail = arena_print(&call->arena, "%s", error.message)};
    return false;
  }
  if (!found) return true;
  if (!crypto_equal(kept.input, call->kept.input, HASH_BYTES))
    return deny(call, DENIAL_IDEMPOTENCY_MISMATCH,
                TEXT("this Idempotency-Key came with another input before"));
  if (!is_admitted(call, &kept)) {
    call->verdict =
        (struct verdict){.denial = DENIAL_BREACH,
                         .detail = TEXT("idempotent: the kept reply is not what `returns` admits")};
    return false;
  }
  call->kept.status = kept.status;
  call->kept.body = kept.body;
  call->repeated = true;
  return true;
}

bool repeat_keep(struct call *call)
{
  const struct contract *contract = call->contract;
  struct error error = {0};
  if (!contract->idempotency.present) return true;
  call->kept.status = call->returned->status;
  call->kept.body = call->returned->schema ? as_json(call, &call->value) : TEXT("");
  if (call->kept.body.length > KEPT_MAX_BYTES) { /* a handler could fill the disk with them */
    call->verdict = (struct verdict){
        .denial = DENIAL_BREACH,
        .detail = arena_print(&call->arena, "idempotent: a reply that is kept has at most %d KB",
                              KEPT_MAX_BYTES / 1024)};
    return false;
  }
  call->kept.expires_ms = call->facts.now.integer + contract->idempotency.keep_ms;
  if (reply_keep(call->facts.connection, &call->kept, call->facts.now.integer, &error) == 0)
    return true;
  call->verdict = (struct verdict){.denial = DENIAL_NOT_COMMITTED,
                                   .detail = arena_print(&call->arena, "%s", error.message)};
  return false;
}
