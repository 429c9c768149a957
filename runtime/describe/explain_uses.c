/* What the handler may run, which columns that reads and writes, what triggers and foreign keys do
 * besides, and whose rows all that reaches. */
#include "contract/document.h"
#include "describe/explain_parts.h"
#include "store/sql.h"

/* --- Effects. --- */

static const char *const shown[] = {[EFFECT_READ] = "reads",
                                    [EFFECT_INSERT] = "inserts into",
                                    [EFFECT_UPDATE] = "writes",
                                    [EFFECT_DELETE] = "deletes"};

/* Done by triggers and foreign keys: SQLite's rows within rows, which nobody holds against owners.
 */
static bool is_besides(const struct effect *effect)
{
  return effect->cause == CAUSE_TRIGGER || effect->cause == CAUSE_FOREIGN_KEY;
}

static struct text words_of_cause(struct explainer *explainer, const struct effect *effect)
{
  switch (effect->cause) {
  case CAUSE_REPLACE:
    return TEXT(", by replacing");
  case CAUSE_TRIGGER:
    return arena_print(explainer->arena, ", by the trigger %.*s", TEXT_ARGS(effect->by));
  case CAUSE_FOREIGN_KEY:
    return arena_print(explainer->arena, ", by %.*s", TEXT_ARGS(effect->by));
  default:
    return TEXT("");
  }
}

static struct text key_of_effect(struct explainer *explainer, const struct effect *effect)
{
  static const char *const names[] = {[EFFECT_READ] = "read",
                                      [EFFECT_INSERT] = "insert",
                                      [EFFECT_UPDATE] = "write",
                                      [EFFECT_DELETE] = "delete"};
  bool besides = is_besides(effect);
  return arena_print(explainer->arena, "%s:%.*s%s%.*s%s%.*s", names[effect->kind],
                     TEXT_ARGS(effect->table), effect->column.length ? "." : "",
                     TEXT_ARGS(effect->column), besides ? " by " : "",
                     TEXT_ARGS(besides ? effect->by : TEXT("")));
}

/* Where not all who may call are privileged, a guarded column keeps its value, or its default. */
static bool is_guarded_change(const struct explainer *explainer, const struct effect *effect)
{
  bool changes = effect->kind == EFFECT_INSERT || effect->kind == EFFECT_UPDATE;
  return changes && !is_besides(effect) && explainer->contract->privileged &&
         policy_lists(explainer, effect->table, "guarded", effect->column);
}

static struct text risk_of_effect(struct explainer *explainer, const struct effect *effect,
                                  const struct query *query)
{
  struct text cause = words_of_cause(explainer, effect);
  bool besides = is_besides(effect);
  if (effect->kind == EFFECT_READ) return TEXT("");
  if (besides)
    return arena_print(explainer->arena, "%s also %s %s%.*s%s%.*s%.*s.", query->name,
                       shown[effect->kind], effect->kind == EFFECT_DELETE ? "rows of " : "",
                       TEXT_ARGS(effect->table), effect->column.length ? "." : "",
                       TEXT_ARGS(effect->column), TEXT_ARGS(cause));
  return TEXT("");
}

/* "column users.name can be written", "rows of users can be deleted". */
static struct text words_of_effect(struct explainer *explainer, const struct effect *effect)
{
  static const char *const done[] = {[EFFECT_READ] = "read",
                                     [EFFECT_INSERT] = "given a value in new rows",
                                     [EFFECT_UPDATE] = "written",
                                     [EFFECT_DELETE] = "deleted"};
  if (effect->column.length > 0)
    return arena_print(explainer->arena, "column %.*s.%.*s can be %s", TEXT_ARGS(effect->table),
                       TEXT_ARGS(effect->column), done[effect->kind]);
  return arena_print(explainer->arena, "rows of %.*s can be %s", TEXT_ARGS(effect->table),
                     effect->kind == EFFECT_READ     ? "counted"
                     : effect->kind == EFFECT_INSERT ? "inserted"
                                                     : done[effect->kind]);
}

/* The most that a guarded column allows: it is not part of being let in, since roles that are taken
 * away may leave only privileged ones. */
static void explain_guarded(struct explainer *explainer, const struct use *use,
                            const struct effect *effect)
{
  if (!is_guarded_change(explainer, effect)) return;
  struct text key = arena_print(explainer->arena, "rows.guarded:%.*s.%.*s",
                                TEXT_ARGS(effect->table), TEXT_ARGS(effect->column));
  struct fact *fact = add_fact(explainer, SECTION_ROWS, FACT_GRANT, key,
                               "%s may %s %.*s.%.*s, which the policy guards", use->query->name,
                               effect->kind == EFFECT_INSERT ? "set" : "change",
                               TEXT_ARGS(effect->table), TEXT_ARGS(effect->column));
  fact->risk = arena_print(explainer->arena, "%.*s.", TEXT_ARGS(fact->sentence));
}

static void explain_effect(struct explainer *explainer, const struct use *use,
                           const struct effect *effect)
{
  struct text words = words_of_effect(explainer, effect);
  struct text cause = words_of_cause(explainer, effect);
  struct fact *fact =
      add_fact(explainer, SECTION_QUERIES, FACT_GRANT, key_of_effect(explainer, effect),
               "%.*s, by %s%.*s", TEXT_ARGS(words), use->query->name, TEXT_ARGS(cause));
  fact->risk = risk_of_effect(explainer, effect, use->query);
  bool besides = is_besides(effect);
  show_in_list(fact, text_of(use->query->name),
               arena_print(explainer->arena, "%s%.*s%s%s %s%.*s%s",
                           effect->cause == CAUSE_TRIGGER ? "the trigger " : "",
                           TEXT_ARGS(besides ? effect->by : TEXT("")), besides ? " " : "",
                           shown[effect->kind], effect->kind == EFFECT_DELETE ? "rows of " : "",
                           TEXT_ARGS(effect->table),
                           effect->cause == CAUSE_REPLACE ? " by replacing" : ""),
               effect->column);
}

/* --- What ends sessions (store/endings.c). --- */

static bool writes_password(const struct use *use)
{
  for (size_t i = 0; i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_PASSWORD) return true;
  return false;
}

static void explain_endings(struct explainer *explainer, const struct use *use,
                            const struct statement_description *description)
{
  const char *name = use->query->name;
  const struct effect *password = NULL, *principal = NULL;
  for (size_t i = 0; i < description->effect_count; i++) {
    const struct effect *effect = &description->effects[i];
    if (effect->kind == EFFECT_UPDATE && effect->cause == CAUSE_STATEMENT && writes_password(use))
      password = effect;
    if (effect->kind == EFFECT_DELETE && effect->principals) principal = effect;
  }
  if (password)
    add_fact(explainer, SECTION_ROWS, FACT_NOTE,
             arena_print(explainer->arena, "rows.password:%s", name),
             password->owned ? "whose rows %s gives a password lose their other sessions"
                             : "%s gives a password to rows that are no one principal's: no "
                               "session ends",
             name);
  if (principal)
    add_fact(explainer, SECTION_ROWS, FACT_NOTE,
             arena_print(explainer->arena, "rows.principal:%s", name),
             "whose row of %.*s %s deletes loses all sessions and tokens",
             TEXT_ARGS(principal->table), name);
}

/* --- Whose rows. --- */

/* Only what the principal may reach is said here: those to whom all rows are open have been named.
 */
static void explain_owner(struct explainer *explainer, struct text table, const struct json *line)
{
  struct text owner = json_text(json_get(line, "owner"));
  struct text members = json_text(json_get(line, "in"));
  const struct json *parent = json_get(line, "parent");
  struct text key = arena_print(explainer->arena, "rows:%.*s", TEXT_ARGS(table));
  struct fact *fact;
  /* Afterwards whoever's password was verified is the principal. */
  bool public = explainer->contract->webhook ||
                (explainer->contract->public && !explainer->contract->credentials.present);
  const char *whose = public ? "the call's new id" : "the principal";
  if (members.length > 0)
    fact = add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION, key,
                    "of %.*s only rows whose %.*s is among what %.*s gives for %s",
                    TEXT_ARGS(table), TEXT_ARGS(owner), TEXT_ARGS(members), whose);
  else if (owner.length > 0)
    fact = add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION, key,
                    "of %.*s only rows whose %.*s is %s", TEXT_ARGS(table), TEXT_ARGS(owner),
                    public ? "the call's new id" : "the principal's");
  else
    fact = add_fact(explainer, SECTION_ROWS, FACT_RESTRICTION, key,
                    "of %.*s only rows whose %.*s refers to a row of %.*s that is %s",
                    TEXT_ARGS(table), TEXT_ARGS(json_text(&parent->items[0])),
                    TEXT_ARGS(json_text(&parent->items[1])),
                    public ? "the new id's" : "the principal's");
  fact->value = *line;
  fact->origin = TEXT("policy.json");
  fact->of_app = true;
}

static void explain_shared(struct explainer *explainer, struct text table, const struct json *line,
                           bool written)
{
  struct text why = json_text(json_get(line, "shared"));
  struct fact *fact =
      add_fact(explainer, SECTION_ROWS, FACT_GRANT,
               arena_print(explainer->arena, "rows.shared:%.*s%s", TEXT_ARGS(table),
                           written ? " written" : ""),
               "all rows of %.*s may be %s: they are everybody's (\"%.*s\")", TEXT_ARGS(table),
               written ? "read and written" : "read", TEXT_ARGS(why));
  fact->origin = TEXT("policy.json");
  if (written)
    fact->risk = arena_print(explainer->arena, "It writes %.*s, whose rows are everybody's.",
                             TEXT_ARGS(table));
}

static void explain_readable(struct explainer *explainer, struct text table,
                             const struct json *line)
{
  const struct json *readable = json_get(line, "readable");
  if (!readable) return;
  struct fact *fact =
      add_fact(explainer, SECTION_ROWS, FACT_GRANT,
               arena_print(explainer->arena, "rows.readable:%.*s", TEXT_ARGS(table)),
               "of %.*s rows of others may be read where %.*s", TEXT_ARGS(table),
               TEXT_ARGS(json_text(readable)));
  fact->value = *readable;
  fact->origin = TEXT("policy.json");
  fact->of_app = true;
}

struct touched {
  struct text table;
  bool read, written;
  bool held; /* against owners, at least what the statement itself does */
};

static void touch(struct touched *touched, size_t *count, const struct effect *effect)
{
  size_t i = 0;
  while (i < *count && !text_equal(touched[i].table, effect->table)) i++;
  if (i == *count) touched[(*count)++] = (struct touched){.table = effect->table};
  touched[i].read = touched[i].read || effect->kind == EFFECT_READ;
  touched[i].written = touched[i].written || effect->kind != EFFECT_READ;
  touched[i].held = touched[i].held || !is_besides(effect);
}

static void explain_tables(struct explainer *explainer, const struct touched *touched, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const struct json *line = policy_of_table(explainer, touched[i].table);
    if (!line) continue;
    if (json_get(line, "shared"))
      explain_shared(explainer, touched[i].table, line, touched[i].written);
    else if (!explainer->contract->privileged && touched[i].held)
      explain_owner(explainer, touched[i].table, line);
    if (touched[i].read && !explainer->contract->privileged)
      explain_readable(explainer, touched[i].table, line);
  }
}

/* --- queries, unowned --- */

static void explain_unowned(struct explainer *explainer, const struct use *use)
{
  const struct document *document =
      document_find(explainer->generation->documents,
                    text_of(explainer->contract->source->path + strlen("contracts/")));
  const struct json *reasons = json_get(json_get(document->root, "uses"), "unowned");
  struct text reason = json_text(json_get(reasons, use->query->name));
  struct fact *fact =
      add_fact(explainer, SECTION_ROWS, FACT_GRANT,
               arena_print(explainer->arena, "unowned:%s", use->query->name),
               "%s may act on everybody's rows, as far as its SQL lets it: \"%.*s\"",
               use->query->name, TEXT_ARGS(reason));
  fact->risk = arena_print(explainer->arena,
                           "In %s rows are not held against their owners (unowned): the SQL alone "
                           "decides whose it %s.",
                           use->query->name, use->query->writes ? "reads and writes" : "reads");
}

static void explain_grant(struct explainer *explainer, const struct use *use)
{
  const struct query *query = use->query;
  struct text name = text_of(query->name);
  struct text often = TEXT("any number of times");
  if (use->calls == 1) often = TEXT("at most once a call");
  if (use->calls > 1) often = arena_print(explainer->arena, "at most %u times a call", use->calls);
  struct text key = arena_print(explainer->arena, "query:%s", query->name);
  unsigned line, column;
  source_locate(query->source, query->offset, &line, &column);
  struct fact *fact =
      add_fact(explainer, SECTION_QUERIES, FACT_GRANT, key, "the handler may run %s", query->name);
  show_in_list(fact, name, TEXT(""),
               arena_print(explainer->arena, "%s:%u", query->source->path, line));
  fact = add_fact(explainer, SECTION_QUERIES, FACT_RESTRICTION,
                  arena_print(explainer->arena, "calls:%s", query->name), "%s runs %.*s",
                  query->name, TEXT_ARGS(often));
  fact->value = json_integer(use->calls > 0 ? use->calls : UINT32_MAX);
  fact->order = ORDER_LESS;
  fact->part_of = key;
  show_in_list(fact, name, TEXT(""), often);
  fact =
      add_fact(explainer, SECTION_QUERIES, FACT_RESTRICTION,
               arena_print(explainer->arena, "sql:%s", query->name), "the SQL of %s", query->name);
  fact->value = plain_query(explainer, query);
  fact->part_of = key;
}

void explain_queries(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  struct touched *touched = NULL;
  size_t count = 0;
  bool besides = false;
  for (size_t i = 0; i < contract->use_count; i++) {
    const struct use *use = &contract->uses[i];
    struct statement_description description;
    explain_grant(explainer, use);
    if (use->unowned) explain_unowned(explainer, use);
    if (query_describe(use->own ? use->own : use->exempt, explainer->arena, &description,
                       explainer->error) < 0) {
      explainer->failed = true;
      return;
    }
    explain_endings(explainer, use, &description);
    struct touched *more =
        arena_new_array(explainer->arena, count + description.effect_count, sizeof *more);
    if (count > 0) memcpy(more, touched, count * sizeof *more);
    touched = more;
    for (size_t k = 0; k < description.effect_count; k++) {
      explain_effect(explainer, use, &description.effects[k]);
      explain_guarded(explainer, use, &description.effects[k]);
      besides = besides ||
                (is_besides(&description.effects[k]) && description.effects[k].kind != EFFECT_READ);
      if (!use->unowned) touch(touched, &count, &description.effects[k]);
    }
  }
  explain_tables(explainer, touched, count);
  if (besides)
    add_fact(explainer, SECTION_ROWS, FACT_NOTE, TEXT("rows.besides"),
             "what triggers and foreign keys do besides is not held against owners, nor guarded");
  if (contract->use_count == 0)
    add_fact(explainer, SECTION_QUERIES, FACT_NOTE, TEXT("queries"), "no query");
}

/* --- computes, sleep --- */

static void explain_computed(struct explainer *explainer, const struct compute *compute,
                             uint32_t index)
{
  const struct contract *contract = explainer->contract;
  struct text *users = arena_new_array(explainer->arena, contract->use_count + 1, sizeof *users);
  size_t count = 0;
  for (size_t i = 0; i < contract->use_count; i++) {
    const struct use *use = &contract->uses[i];
    bool takes = false;
    for (size_t k = 0; k < use->query->parameter_count; k++)
      takes =
          takes || (use->bindings[k].source == BIND_COMPUTED && use->bindings[k].index == index);
    if (takes) users[count++] = text_of(use->query->name);
  }
  struct text list = join_words(explainer, users, count, "and");
  struct text prefix = arena_print(explainer->arena, "compute:%.*s", TEXT_ARGS(compute->name));
  struct fact *fact =
      add_fact(explainer, SECTION_COMPUTES, FACT_GRANT, prefix, "Lua may compute %.*s, for %.*s",
               TEXT_ARGS(compute->name), TEXT_ARGS(count > 0 ? list : TEXT("no query")));
  show_in_list(fact, compute->name, TEXT(""),
               arena_print(explainer->arena, "for %.*s", TEXT_ARGS(list)));
  if (contract->writes)
    fact->risk =
        arena_print(explainer->arena, "The handler itself chooses %.*s, within its schema.",
                    TEXT_ARGS(compute->name));
  size_t before = explainer->count;
  add_schema_facts(explainer, &(struct schema_facts){.section = SECTION_COMPUTES,
                                                     .prefix = prefix.data,
                                                     .what = compute->name,
                                                     .schema = compute->schema,
                                                     .part_of = prefix});
  if (explainer->count == before)
    show_in_list(add_fact(explainer, SECTION_COMPUTES, FACT_NOTE, prefix, "%.*s may be anything",
                          TEXT_ARGS(compute->name)),
                 compute->name, TEXT(""), TEXT("anything"));
}

void explain_computes(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->compute_count; i++)
    explain_computed(explainer, &contract->computes[i], (uint32_t)i);
  if (contract->compute_count == 0)
    add_fact(explainer, SECTION_COMPUTES, FACT_NOTE, TEXT("computes"),
             "no value that a query takes: the host binds them all");
}

void explain_sleep(struct explainer *explainer)
{
  if (explainer->contract->sleeps)
    add_fact(explainer, SECTION_QUERIES, FACT_GRANT, TEXT("sleep"),
             "the handler may sleep, while others run");
}
