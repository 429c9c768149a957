/* Binding and running the queries of a contract. */
#include "checks/facts.h"

#include <arpa/inet.h>

bool principal_has_role(const struct principal *principal, const struct text *roles, size_t count)
{
  for (size_t i = 0; i < principal->role_count; i++)
    for (size_t k = 0; k < count; k++)
      if (text_equal(principal->roles[i], roles[k])) return true;
  return false;
}

const struct json *facts_owner(const struct facts *facts)
{
  bool nobody = facts->principal.id.type == JSON_NULL;
  return nobody ? &facts->new_id : &facts->principal.id;
}

struct text facts_address_key(const struct facts *facts, char storage[ADDRESS_KEY_BYTES])
{
  char string[INET6_ADDRSTRLEN];
  struct text address = facts->address;
  if (address.length >= sizeof string) return address;
  memcpy(string, address.data, address.length);
  string[address.length] = 0;
  return inet_pton(AF_INET6, string, storage) == 1 ? (struct text){storage, 8} : address;
}

static const struct json has_it = {.type = JSON_INTEGER, .integer = 1};
static const struct json has_it_not = {.type = JSON_INTEGER, .integer = 0};

static const struct json *bound_value(const struct facts *facts, struct binding binding,
                                      const struct json *const *computed)
{
  switch (binding.source) {
  case BIND_FIELD:
    return facts->fields[binding.index];
  case BIND_HAS_FIELD:
    return facts->fields[binding.index] ? &has_it : &has_it_not;
  case BIND_PASSWORD:
    return &facts->password_hashes[binding.index];
  case BIND_PRINCIPAL_ID:
    return &facts->principal.id;
  case BIND_NOW:
    return &facts->now;
  case BIND_NEW_ID:
    return &facts->new_id;
  case BIND_COMPUTED:
    return computed ? computed[binding.index] : NULL;
  }
  return NULL;
}

/* Which of a choice's alternatives the input names. `validates` admits only the labels (checked at
 * load); an absent field means the first. */
static size_t chosen(const struct facts *facts, const struct query_choice *choice, uint32_t field)
{
  struct text label = json_text(facts->fields[field]);
  for (size_t i = 0; i < choice->count; i++)
    if (text_equal(choice->labels[i], label)) return i;
  return 0;
}

static struct statement *variant(const struct facts *facts, const struct use *use,
                                 const struct query_statements *statements)
{
  size_t index = 0;
  for (size_t i = 0; i < use->query->choice_count; i++) {
    const struct query_choice *choice = &use->query->choices[i];
    index = index * choice->count + chosen(facts, choice, use->choice_fields[i]);
  }
  return statements->items[index];
}

/* `run` says who asks, and comes back bound. */
static int run_bound(const struct facts *facts, struct query_run *run,
                     const struct json *const *computed, struct json *result,
                     struct store_failure *failure)
{
  const struct use *use = run->use;
  const struct query_statements *statements = run->exempt ? use->exempt : use->own;
  size_t count = use->query->parameter_count;
  const struct json **values = arena_new_array(facts->arena, count + 1, sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = bound_value(facts, use->bindings[i], computed);
  const struct principal *principal = &facts->principal;
  struct statement_call call = {
      .values = values, .owner = facts_owner(facts), .now_ms = facts->now.integer};
  for (size_t i = 0; i < count; i++)
    call.password |= use->bindings[i].source == BIND_PASSWORD && values[i]->type == JSON_STRING;
  if (principal->signed_in && !principal->identity) call.session = principal->session.id;
  run->values = values;
  return statement_run(variant(facts, use, statements), facts->connection, &call, facts->arena,
                       result, failure);
}

static int run_watched(const struct facts *facts, struct query_run run,
                       const struct json *const *computed, struct json *result,
                       struct store_failure *failure)
{
  int code = run_bound(facts, &run, computed, result, failure);
  if (!facts->watch) return code;
  if (code == 0)
    run.result = result;
  else
    run.failure = failure;
  facts->watch->ran(facts->watch->context, &run);
  return code;
}

int facts_run(const struct facts *facts, const struct use *use, bool exempt,
              const struct json *const *computed, struct json *result,
              struct store_failure *failure)
{
  struct query_run run = {
      .contract = facts->contract, .use = use, .exempt = exempt || use->unowned};
  return run_watched(facts, run, computed, result, failure);
}

int facts_ask(const struct facts *facts, const struct use *use, struct json *result,
              struct verdict *verdict)
{
  struct store_failure failure;
  struct query_run run = {.contract = facts->contract, .use = use, .host = true, .exempt = true};
  if (run_watched(facts, run, NULL, result, &failure) == 0) return 0;
  *verdict = (struct verdict){
      .denial = DENIAL_INTERNAL,
      .detail = arena_print(facts->arena, "%s: %s", use->query->name, failure.detail)};
  return -1;
}

int facts_ask_value(const struct facts *facts, const struct use *use, struct json *value,
                    struct verdict *verdict)
{
  if (facts_ask(facts, use, value, verdict)) return -1;
  bool is_row = use->query->rows == ROWS_ONE && value->type == JSON_OBJECT;
  if (is_row && value->length == 1) *value = value->members[0].value;
  return 0;
}

static bool listed(const struct text *items, size_t count, const char *detail)
{
  for (size_t i = 0; i < count; i++)
    if (text_is(items[i], detail)) return true;
  return false;
}

static bool raises(const struct declared_error *error, const struct store_failure *failure)
{
  switch (failure->constraint) {
  case CONSTRAINT_UNIQUE:
    return listed(error->on_unique, error->on_unique_count, failure->detail);
  case CONSTRAINT_CHECK:
    return listed(error->on_check, error->on_check_count, failure->detail);
  case CONSTRAINT_FOREIGN_KEY:
    return error->on_foreign_key;
  case CONSTRAINT_NOT_NULL:
    return false;
  }
  return false;
}

static const char *what_failed(enum store_outcome outcome)
{
  switch (outcome) {
  case STORE_DONE:
    return "done";
  case STORE_CONSTRAINT:
    return "a constraint failed";
  case STORE_FOREIGN_ROW:
    return "a row of somebody else would have changed";
  case STORE_GUARDED:
    return "a guarded column would have changed";
  case STORE_ROWS:
    return "more rows than the query declares";
  case STORE_TOO_LARGE:
    return "a value or result beyond the limits";
  case STORE_BAD_VALUE:
    return "a value that cannot be JSON";
  case STORE_INTERRUPTED:
    return "interrupted at the deadline";
  case STORE_FAILED:
    return "the database failed";
  }
  return "unknown";
}

void verdict_of_failure(const struct facts *facts, const struct use *use,
                        const struct store_failure *failure, struct verdict *verdict)
{
  const struct contract *contract = facts->contract;
  const char *colon = failure->detail[0] ? ": " : "";
  *verdict = (struct verdict){.denial = DENIAL_BREACH,
                              .detail = arena_print(facts->arena, "%s: %s%s%s", use->query->name,
                                                    what_failed(failure->outcome), colon,
                                                    failure->detail)};
  if (failure->outcome == STORE_INTERRUPTED) verdict->denial = DENIAL_HANDLER_DEADLINE;
  if (failure->outcome == STORE_FAILED) verdict->denial = DENIAL_NOT_COMMITTED;
  if (failure->outcome != STORE_CONSTRAINT) return;
  for (uint32_t i = 0; i < contract->error_count; i++) {
    if (!raises(&contract->errors[i], failure)) continue;
    verdict->denial = DENIAL_DECLARED;
    verdict->declared = i;
    return;
  }
  verdict->denial = DENIAL_HANDLER_FAILED;
  verdict->detail = arena_print(facts->arena, "%.*s: no error of the contract names it",
                                TEXT_ARGS(verdict->detail));
}
