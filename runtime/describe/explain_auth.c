/* Who may call, how they prove it, and on whose things. */
#include "contract/document.h"
#include "contract/template.h"
#include "describe/explain_parts.h"

static struct text key_with(struct explainer *explainer, const char *prefix, struct text name)
{
  return arena_print(explainer->arena, "%s:%.*s", prefix, TEXT_ARGS(name));
}

/* --- route --- */

void explain_route(struct explainer *explainer)
{
  const struct route *route = &explainer->contract->route;
  struct text words =
      arena_print(explainer->arena, "%s %.*s", method_name(route->method), TEXT_ARGS(route->path));
  add_fact(explainer, SECTION_AUTH, FACT_GRANT, key_with(explainer, "route", words),
           "%.*s may reach it", TEXT_ARGS(words));
}

/* --- auth --- */

static void explain_public(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  struct fact *fact = add_fact(explainer, SECTION_AUTH, FACT_GRANT, TEXT("auth.public"),
                               "anybody may call it, without signing in: \"%.*s\"",
                               TEXT_ARGS(contract->public_reason));
  if (contract->writes)
    fact->risk = TEXT("It is public and writes: anybody on the network may cause it to.");
}

static void explain_roles(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->role_count; i++) {
    struct fact *fact =
        add_fact(explainer, SECTION_AUTH, FACT_GRANT,
                 key_with(explainer, "auth.role", contract->roles[i]), "%s %.*s may call it",
                 contract->webhook ? "the sender that signs, as writ.json says, as" : "role",
                 TEXT_ARGS(contract->roles[i]));
    fact->wider[0] = "auth.public";
    if (!contract->webhook) fact->wider[1] = "auth.any";
  }
  if (contract->role_count > 0) return;
  struct fact *fact = add_fact(explainer, SECTION_AUTH, FACT_GRANT, TEXT("auth.any"),
                               "anybody who is signed in may call it, whatever their role");
  fact->wider[0] = "auth.public";
}

/* Where a template has taken roles away, it says why the contract's own list is not all of it. */
static void explain_narrowing(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->template_count; i++) {
    const struct template *template = contract->templates[i];
    const struct json *auth = json_get(template->requires, "auth");
    if (!auth || auth->type != JSON_ARRAY || auth->length == 0) continue;
    struct text *roles = arena_new_array(explainer->arena, auth->length, sizeof *roles);
    for (uint32_t k = 0; k < auth->length; k++) roles[k] = json_text(&auth->items[k]);
    if (text_is(roles[0], "*")) continue;
    struct text list = join_words(explainer, roles, auth->length, "and");
    struct fact *fact =
        add_fact(explainer, SECTION_AUTH, FACT_NOTE,
                 key_with(explainer, "auth.template", text_of(template->document->path)),
                 "no other role than %.*s can be let in", TEXT_ARGS(list));
    fact->origin = text_of(template->document->path);
  }
}

void explain_auth(struct explainer *explainer)
{
  if (explainer->contract->public)
    explain_public(explainer);
  else
    explain_roles(explainer);
  explain_narrowing(explainer);
}

void explain_scopes(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->scope_count; i++)
    add_fact(explainer, SECTION_AUTH, FACT_RESTRICTION,
             key_with(explainer, "scope", contract->scopes[i]),
             "the token must have the scope %.*s", TEXT_ARGS(contract->scopes[i]));
}

/* --- credentials, reauth --- */

void explain_verification(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  const struct credentials *both[] = {&contract->credentials, &contract->reauth};
  for (size_t i = 0; i < 2; i++) {
    if (!both[i]->present) continue;
    const struct query *query = both[i]->use.query;
    struct text password = contract->fields[both[i]->password].schema.name;
    struct fact *fact = add_fact(
        explainer, SECTION_AUTH, FACT_RESTRICTION, i == 0 ? TEXT("credentials") : TEXT("reauth"),
        i == 0 ? "the caller must know a password: %s finds the row, and %.*s must fit its hash"
               : "the principal must give their password again: %s finds it, and %.*s must fit",
        query->name, TEXT_ARGS(password));
    fact->value = plain_query(explainer, query);
  }
}

/* --- owns, or_role, privileged --- */

static void explain_forbidden(struct explainer *explainer, const struct ownership *ownership)
{
  struct text name = explainer->contract->fields[ownership->field].schema.name;
  if (ownership->forbidden)
    add_fact(explainer, SECTION_ROWS, FACT_NOTE, key_with(explainer, "owns.deny", name),
             "otherwise it is forbidden (403), whether there is such a thing or not");
}

void explain_owned(struct explainer *explainer, const struct ownership *ownership)
{
  const struct contract *contract = explainer->contract;
  struct text name = contract->fields[ownership->field].schema.name;
  struct text key = key_with(explainer, "owns", name);
  struct text subject =
      ownership->each ? arena_print(explainer->arena, "each of %.*s", TEXT_ARGS(name)) : name;
  if (ownership->self) {
    add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION, key, "%.*s must be the principal's own id",
             TEXT_ARGS(subject))
        ->value = json_string(TEXT("self"));
    return;
  }
  const struct query *query = ownership->use.query;
  struct json sql = plain_query(explainer, query);
  if (!ownership->in) {
    add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION, key,
             "%.*s must be the principal's: %s must give the principal's id", TEXT_ARGS(subject),
             query->name)
        ->value = sql;
    explain_forbidden(explainer, ownership);
    return;
  }
  struct json *pair = arena_new_array(explainer->arena, 2, sizeof *pair);
  pair[0] = json_string(TEXT("in")); /* not the principal's id: `in` says what */
  pair[1] = sql;
  struct text *words = arena_new_array(explainer->arena, ownership->in->length, sizeof *words);
  for (uint32_t i = 0; i < ownership->in->length; i++)
    words[i] = json_text(&ownership->in->items[i]);
  struct text list = join_words(explainer, words, ownership->in->length, "or");
  add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION, key, "for %.*s, %s must give %.*s",
           TEXT_ARGS(subject), query->name, TEXT_ARGS(list))
      ->value = (struct json){.type = JSON_ARRAY, .items = pair, .length = 2};
  struct fact *fact = add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION,
                               arena_print(explainer->arena, "%.*s.in", TEXT_ARGS(key)),
                               "what %s gives must be %.*s", query->name, TEXT_ARGS(list));
  fact->value = *ownership->in;
  fact->order = ORDER_SUBSET;
  explain_forbidden(explainer, ownership);
}

void explain_owns(struct explainer *explainer)
{
  for (size_t i = 0; i < explainer->contract->owns_count; i++)
    explain_owned(explainer, &explainer->contract->owns[i]);
}

/* Nothing but the SQL tells rows apart then. */
static struct text risk_of_role(struct explainer *explainer, struct text role, const char *why)
{
  const struct contract *contract = explainer->contract;
  bool reads = false, writes = false;
  for (size_t i = 0; i < contract->use_count; i++) {
    reads = true;
    writes = writes || contract->uses[i].query->writes;
  }
  if (!reads) return TEXT("");
  return arena_print(explainer->arena,
                     "For role %.*s rows are not held against their owners (%s): the SQL alone "
                     "decides whose it %s.",
                     TEXT_ARGS(role), why, writes ? "reads and writes" : "reads");
}

void explain_or_role(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->or_role_count; i++) {
    struct text role = contract->or_roles[i];
    struct fact *fact = add_fact(
        explainer, SECTION_ROWS, FACT_GRANT, key_with(explainer, "or_role", role),
        "role %.*s may act on everybody's rows, as far as the SQL lets it: it need not own "
        "what the input names",
        TEXT_ARGS(role));
    fact->risk = risk_of_role(explainer, role, "or_role");
  }
}

static bool is_privileged(const struct explainer *explainer, struct text role)
{
  const struct generation *generation = explainer->generation;
  for (size_t i = 0; i < generation->privileged_role_count; i++)
    if (text_equal(generation->privileged_roles[i], role)) return true;
  return false;
}

void explain_privileged(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; contract->names_roles && i < contract->role_count; i++) {
    struct text role = contract->roles[i];
    if (!is_privileged(explainer, role)) continue;
    struct fact *fact = add_fact(
        explainer, SECTION_ROWS, FACT_GRANT, key_with(explainer, "privileged", role),
        "role %.*s may act on everybody's rows, as far as the SQL lets it: it is privileged%s",
        TEXT_ARGS(role), contract->owns_count > 0 ? ", and need not own what the input names" : "");
    fact->origin = TEXT("policy.json");
    fact->risk = risk_of_role(explainer, role, "privileged");
  }
}
