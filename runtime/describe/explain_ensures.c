/* What must hold, what may leave, how it may refuse, and what is recorded. */
#include "describe/explain_parts.h"

/* --- rules, holds, unchanged --- */

void explain_rule(struct explainer *explainer, const struct rule *rule, bool before)
{
  const struct query *query = rule->use.query;
  const struct declared_error *error = &explainer->contract->errors[rule->error];
  struct fact *fact =
      add_fact(explainer, SECTION_CONDITIONS, FACT_RESTRICTION,
               arena_print(explainer->arena, "%s:%s", before ? "rule" : "hold", query->name),
               before ? "before the handler, %s must give 1; otherwise %d %.*s"
                      : "after the handler, %s must give 1; otherwise nothing is done, and %d %.*s",
               query->name, error->status, TEXT_ARGS(error->code));
  fact->value = plain_query(explainer, query);
}

void explain_rules(struct explainer *explainer)
{
  for (size_t i = 0; i < explainer->contract->rule_count; i++)
    explain_rule(explainer, &explainer->contract->rules[i], true);
}

void explain_holds(struct explainer *explainer)
{
  for (size_t i = 0; i < explainer->contract->hold_count; i++)
    explain_rule(explainer, &explainer->contract->holds[i], false);
}

void explain_unchanged(struct explainer *explainer)
{
  for (size_t i = 0; i < explainer->contract->unchanged_count; i++) {
    const struct query *query = explainer->contract->unchanged[i].query;
    add_fact(explainer, SECTION_CONDITIONS, FACT_RESTRICTION,
             arena_print(explainer->arena, "unchanged:%s", query->name),
             "%s must give the same after the handler as before it", query->name)
        ->value = plain_query(explainer, query);
  }
}

/* --- returns --- */

void explain_returns(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->return_count; i++) {
    const struct returned *returned = &contract->returns[i];
    struct text status = arena_print(explainer->arena, "%d", returned->status);
    struct text prefix = arena_print(explainer->arena, "reply:%.*s", TEXT_ARGS(status));
    struct fact *fact =
        add_fact(explainer, SECTION_REPLY, FACT_GRANT, prefix, "it may answer %.*s%s",
                 TEXT_ARGS(status), returned->schema ? "" : ", without a body");
    show_in_list(fact, status, TEXT(""), returned->schema ? TEXT("") : TEXT("no body"));
    if (!returned->schema) continue;
    add_schema_facts(explainer,
                     &(struct schema_facts){
                         .section = SECTION_REPLY,
                         .prefix = prefix.data,
                         .what = arena_print(explainer->arena, "the reply %.*s", TEXT_ARGS(status)),
                         .subject = status,
                         .schema = returned->schema,
                         .part_of = prefix});
  }
}

/* --- errors, denials --- */

static struct text list_of(struct explainer *explainer, const struct text *items, size_t count)
{
  return join_words(explainer, items, count, "or");
}

void explain_errors(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->error_count; i++) {
    const struct declared_error *error = &contract->errors[i];
    struct text causes[4];
    size_t count = 0;
    if (error->on_unique_count > 0)
      causes[count++] =
          arena_print(explainer->arena, "%.*s is taken",
                      TEXT_ARGS(list_of(explainer, error->on_unique, error->on_unique_count)));
    if (error->on_check_count > 0)
      causes[count++] =
          arena_print(explainer->arena, "the check %.*s fails",
                      TEXT_ARGS(list_of(explainer, error->on_check, error->on_check_count)));
    if (error->on_foreign_key) causes[count++] = TEXT("a reference leads nowhere");
    struct text when = join_words(explainer, causes, count, "or");
    struct fact *fact =
        add_fact(explainer, SECTION_ERRORS, FACT_GRANT,
                 arena_print(explainer->arena, "error:%.*s", TEXT_ARGS(error->code)),
                 "it may answer %d %.*s%s%.*s: \"%.*s\"", error->status, TEXT_ARGS(error->code),
                 count > 0 ? ", also when " : "", TEXT_ARGS(when), TEXT_ARGS(error->title));
    fact->value =
        json_string(arena_print(explainer->arena, "%d %.*s", error->status, TEXT_ARGS(when)));
  }
}

void explain_denials(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (int i = DENIAL_NONE + 1; i < DENIAL_DECLARED; i++) {
    int usual = denial_status((enum denial)i), status = contract->statuses[i];
    if (status == usual) continue;
    const char *code = denial_code((enum denial)i);
    add_fact(explainer, SECTION_ERRORS, FACT_EITHER,
             arena_print(explainer->arena, "denial:%s", code),
             "the host's refusal %s is a %d here, and not %d", code, status, usual)
        ->value = json_integer(status);
  }
}

/* --- idempotent --- */

void explain_idempotent(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  const struct idempotency *idempotency = &contract->idempotency;
  struct text key = TEXT("its Idempotency-Key");
  if (!idempotency->present) return;
  if (idempotency->by_input) key = contract->fields[idempotency->field].schema.name;
  for (size_t i = 0; i < idempotency->member_count; i++)
    key = arena_print(explainer->arena, "%.*s.%.*s", TEXT_ARGS(key),
                      TEXT_ARGS(idempotency->members[i]));
  add_fact(
      explainer, SECTION_CONDITIONS, FACT_RESTRICTION, TEXT("idempotent"),
      "a call that is repeated, which %.*s tells, has no second effect and gets the first reply, "
      "for %.*s",
      TEXT_ARGS(key), TEXT_ARGS(words_of_duration(explainer, idempotency->keep_ms)))
      ->value = json_string(
      arena_print(explainer->arena, "%.*s %lld", TEXT_ARGS(key), (long long)idempotency->keep_ms));
}

/* --- cache --- */

void explain_cache(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  if (!contract->cached) return;
  const char *who = contract->public ? "clients and shared caches" : "clients";
  struct text how = TEXT(", and must ask each time whether it is still the same");
  if (contract->cache_max_age_ms > 0)
    how = arena_print(explainer->arena, " and show it for %.*s without asking",
                      TEXT_ARGS(words_of_duration(explainer, contract->cache_max_age_ms)));
  struct fact *fact = add_fact(explainer, SECTION_REPLY, FACT_GRANT, TEXT("cache"),
                               "%s may keep the reply%.*s", who, TEXT_ARGS(how));
  fact->value = json_integer(contract->cache_max_age_ms);
  fact->order = ORDER_LESS;
}

/* --- audit, session --- */

void explain_audit(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  if (contract->audit_action.length == 0) {
    add_fact(explainer, SECTION_RECORD, FACT_NOTE, TEXT("audit"),
             "refusals only: a call that succeeds leaves no row in the audit log");
    return;
  }
  add_fact(explainer, SECTION_RECORD, FACT_RESTRICTION, TEXT("audit"),
           "each call that succeeds leaves a row %.*s in the audit log",
           TEXT_ARGS(contract->audit_action))
      ->value = json_string(contract->audit_action);
  for (size_t i = 0; i < contract->audit_field_count; i++) {
    struct text name = contract->fields[contract->audit_fields[i]].schema.name;
    add_fact(explainer, SECTION_RECORD, FACT_RESTRICTION,
             arena_print(explainer->arena, "audit.record:%.*s", TEXT_ARGS(name)),
             "its row keeps the value of %.*s", TEXT_ARGS(name));
  }
}

void explain_session(struct explainer *explainer)
{
  static const char *const ends[] = {[SESSION_END_THIS] = "the session that it was called with",
                                     [SESSION_END_OTHERS] = "the principal's other sessions",
                                     [SESSION_END_ALL] = "all sessions of the principal"};
  const struct contract *contract = explainer->contract;
  if (contract->session_start != SESSION_NONE) {
    bool credentials = contract->session_start == SESSION_FOR_CREDENTIALS;
    struct fact *fact = add_fact(
        explainer, SECTION_RECORD, FACT_GRANT,
        credentials ? TEXT("session.start:credentials") : TEXT("session.start:new_id"),
        "a session may begin for %s",
        credentials ? "whoever's password was verified" : "the new principal (the new id)");
    fact->risk = arena_print(explainer->arena, "It signs somebody in: %s.",
                             credentials ? "whoever knows the password" : "the new principal");
  }
  if (contract->session_field.length > 0)
    add_fact(explainer, SECTION_RECORD, FACT_GRANT, TEXT("session.field"),
             "the session's token may leave in the reply, as %.*s",
             TEXT_ARGS(contract->session_field))
        ->value = json_string(contract->session_field);
  if (contract->session_cookie)
    add_fact(explainer, SECTION_RECORD, FACT_GRANT, TEXT("session.cookie"),
             "the session's token may leave as a cookie");
  if (contract->session_end != SESSION_KEEP)
    add_fact(explainer, SECTION_RECORD, FACT_GRANT, TEXT("session.end"), "it may end %s",
             ends[contract->session_end])
        ->value = json_string(text_of(ends[contract->session_end]));
}
