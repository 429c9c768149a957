/* What holds for all contracts: the policy, and what the migrations have made. */
#include "contract/document.h"
#include "describe/explain_parts.h"
#include "store/description.h"

static struct fact *add_policy(struct explainer *explainer, enum fact_direction direction,
                               struct text key, struct text sentence)
{
  struct fact *fact =
      add_fact(explainer, SECTION_POLICY, direction, key, "%.*s", TEXT_ARGS(sentence));
  fact->origin = TEXT("policy.json");
  return fact;
}

#define PRINT(...) arena_print(explainer->arena, __VA_ARGS__)

static void explain_principal(struct explainer *explainer)
{
  const struct query *query = explainer->generation->principal_query;
  const struct query *identity = explainer->generation->identity_query;
  if (query)
    add_policy(explainer, FACT_RESTRICTION, TEXT("principal"),
               PRINT("%s says who the principal is, and their roles", query->name))
        ->value = plain_query(explainer, query);
  if (identity)
    add_policy(explainer, FACT_GRANT, TEXT("identity"),
               PRINT("people of identity providers may sign in: %s says who they are, and their "
                     "roles",
                     identity->name))
        ->value = plain_query(explainer, identity);
}

static void explain_lists(struct explainer *explainer, const struct json *policy)
{
  const struct json *privileged = json_get(policy, "privileged");
  const struct json *unowned = json_get(policy, "unowned");
  for (uint32_t i = 0; privileged && i < privileged->length; i++) {
    const char *role = privileged->items[i].string;
    add_policy(explainer, FACT_GRANT, PRINT("privileged:%s", role),
               PRINT("role %s may be let near everybody's rows: it is privileged", role));
  }
  for (uint32_t i = 0; unowned && i < unowned->length; i++) {
    const char *query = unowned->items[i].string;
    add_policy(explainer, FACT_GRANT, PRINT("unowned:%s", query),
               PRINT("contracts may call %s unowned", query));
  }
}

/* Only what says whose the rows are; secret and guarded columns are facts of their own. */
static struct json ownership_of(struct explainer *explainer, const struct json *line)
{
  static const char *const keys[] = {"owner", "in", "parent"};
  struct json_builder builder = {0};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const struct json *value = json_get(line, keys[i]);
    if (value) json_builder_add(&builder, explainer->arena, text_of(keys[i]), *value);
  }
  const struct query *members =
      query_find(&explainer->generation->queries, json_text(json_get(line, "in")));
  if (members)
    json_builder_add(&builder, explainer->arena, TEXT("sql"), plain_query(explainer, members));
  return json_builder_object(&builder);
}

static void explain_columns(struct explainer *explainer, const char *table, const struct json *line,
                            const char *which, const char *meaning)
{
  const struct json *list = json_get(line, which);
  for (uint32_t i = 0; list && i < list->length; i++) {
    const char *column = list->items[i].string;
    struct fact *fact =
        add_policy(explainer, FACT_RESTRICTION, PRINT("%s:%s.%s", which, table, column),
                   PRINT("column %s.%s is %s: %s", table, column, which, meaning));
    fact->part_of = PRINT("schema:table %s", table);
  }
}

static struct text words_of_owner(struct explainer *explainer, const struct json *line)
{
  struct text owner = json_text(json_get(line, "owner")), in = json_text(json_get(line, "in"));
  const struct json *parent = json_get(line, "parent");
  if (in.length > 0)
    return PRINT("the principals for whom %.*s gives their %.*s", TEXT_ARGS(in), TEXT_ARGS(owner));
  if (owner.length > 0) return PRINT("the principal in their %.*s", TEXT_ARGS(owner));
  return PRINT("whoever owns the row of %s in their %s", parent->items[1].string,
               parent->items[0].string);
}

static void explain_table(struct explainer *explainer, const char *table, const struct json *line)
{
  const struct json *shared = json_get(line, "shared"), *readable = json_get(line, "readable");
  if (shared) {
    add_policy(explainer, FACT_GRANT, PRINT("shared:%s", table),
               PRINT("rows of %s may be everybody's: \"%s\"", table, shared->string));
  } else {
    struct text owned = words_of_owner(explainer, line);
    struct fact *fact = add_policy(explainer, FACT_RESTRICTION, PRINT("rows:%s", table),
                                   PRINT("rows of %s belong to %.*s", table, TEXT_ARGS(owned)));
    fact->value = ownership_of(explainer, line);
    fact->part_of = PRINT("schema:table %s", table);
  }
  if (readable)
    add_policy(explainer, FACT_GRANT, PRINT("readable:%s", table),
               PRINT("others may read rows of %s where %s", table, readable->string))
        ->value = *readable;
  explain_columns(explainer, table, line, "secret", "only the host reads it, to verify passwords");
  explain_columns(explainer, table, line, "guarded", "only privileged roles change it");
}

static void explain_policy(struct explainer *explainer)
{
  const struct document *document =
      document_find(explainer->generation->documents, TEXT("policy.json"));
  const struct json *policy = document ? document->root : NULL;
  const struct json *tables = json_get(policy, "tables");
  explain_principal(explainer);
  explain_lists(explainer, policy);
  explain_policy_rates(explainer, policy);
  for (uint32_t i = 0; tables && i < tables->length; i++)
    explain_table(explainer, tables->members[i].key.string, &tables->members[i].value);
}

static void add_schema(struct explainer *explainer, const struct store *store)
{
  struct schema_object *objects;
  size_t count;
  if (store_list_schema(store, explainer->arena, &objects, &count, explainer->error) < 0) {
    explainer->failed = true;
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const struct schema_object *object = &objects[i];
    bool alone = text_is(object->type, "table") || text_is(object->type, "view");
    struct text on = alone ? TEXT("") : PRINT(" on %.*s", TEXT_ARGS(object->table));
    struct fact *fact =
        add_fact(explainer, SECTION_SCHEMA, FACT_EITHER,
                 PRINT("schema:%.*s %.*s", TEXT_ARGS(object->type), TEXT_ARGS(object->name)),
                 "there is the %.*s %.*s%.*s", TEXT_ARGS(object->type), TEXT_ARGS(object->name),
                 TEXT_ARGS(on));
    fact->value = plain_sql(explainer, object->sql);
    fact->sql = object->sql;
  }
}

/* What they do to rows is in no table's SQL: who has a role, for one. */
static void explain_migrations(struct explainer *explainer, const struct source_tree *sources)
{
  struct migration *migrations;
  size_t count;
  if (migrations_read(sources, explainer->arena, &migrations, &count, explainer->error) < 0) {
    explainer->failed = true;
    return;
  }
  for (size_t i = 0; i < count; i++)
    add_fact(explainer, SECTION_SCHEMA, FACT_EITHER, PRINT("migration:%s", migrations[i].name),
             "the migration %s is run", migrations[i].name)
        ->value = plain_sql(explainer, migrations[i].sql);
}

int explain_app(const struct source_tree *sources, const struct generation *generation,
                const struct store *store, struct arena *arena, struct explanation *explanation,
                struct error *error)
{
  struct explainer explainer = {.arena = arena, .generation = generation, .error = error};
  explain_policy(&explainer);
  explain_migrations(&explainer, sources);
  add_schema(&explainer, store);
  return explain_finish(&explainer, explanation);
}

int explain_schema(const struct store *store, struct arena *arena, struct explanation *explanation,
                   struct error *error)
{
  struct explainer explainer = {.arena = arena, .error = error};
  add_schema(&explainer, store);
  return explain_finish(&explainer, explanation);
}
