/* The facts of one contract, for whoever writes its handler. */
#include "describe/brief.h"

#include "contract/query_shape.h"
#include "describe/brief_parts.h"
#include "describe/explain.h"

struct briefing {
  const struct generation *generation;
  const struct contract *contract;
  struct arena *arena;
  struct brief *brief;
  struct error *error;
};

/* --- Input. --- */

static int brief_input(struct briefing *briefing)
{
  const struct contract *contract = briefing->contract;
  struct brief *brief = briefing->brief;
  const struct lua_type *input = lua_type_of_schema(contract->input, briefing->arena);
  if (!input)
    return error_set(briefing->error, "%s: the schema of the input says too much to be listed",
                     contract->source->path);
  brief->fields = arena_new_array(briefing->arena, contract->field_count, sizeof *brief->fields);
  brief->field_count = contract->field_count;
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct lua_member *member = lua_type_member(input, contract->fields[i].schema.name);
    const struct lua_type *type =
        member ? member->type : arena_new(briefing->arena, sizeof(struct lua_type));
    brief->fields[i] = (struct brief_field){&contract->fields[i], type};
  }
  return 0;
}

/* --- Principal. --- */

static struct text type_of_column(const struct result_column *column)
{
  static const char *const types[][2] = {
      {"TEXT", "string"}, {"INTEGER", "integer"}, {"REAL", "number"}, {"BLOB", "string"}};
  if (column->kind == COLUMN_BOOLEAN) return TEXT("boolean");
  if (column->kind == COLUMN_JSON) return TEXT("any");
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (text_is(column->type, types[i][0])) return text_of(types[i][1]);
  return TEXT("any");
}

/* After a log-in whoever's password was verified is the principal. */
static int brief_principal(struct briefing *briefing)
{
  const struct contract *contract = briefing->contract;
  struct statement_description description;
  briefing->brief->principal_id = TEXT("");
  if (contract->anonymous && !contract->credentials.present) return 0;
  briefing->brief->principal_id = TEXT("any");
  if (!briefing->generation->principal) return 0;
  if (query_describe(briefing->generation->principal, briefing->arena, &description,
                     briefing->error))
    return -1;
  for (size_t i = 0; i < description.column_count; i++)
    if (text_is(description.columns[i].name, "id"))
      briefing->brief->principal_id = type_of_column(&description.columns[i]);
  return 0;
}

/* --- Queries. --- */

static struct text source_of(struct briefing *briefing, const struct binding *binding)
{
  const struct contract *contract = briefing->contract;
  struct arena *arena = briefing->arena;
  struct text name = {"", 0};
  if (binding->source == BIND_FIELD || binding->source == BIND_HAS_FIELD ||
      binding->source == BIND_PASSWORD)
    name = contract->fields[binding->index].schema.name;
  switch (binding->source) {
  case BIND_FIELD:
    return arena_print(arena, "input.%.*s", TEXT_ARGS(name));
  case BIND_HAS_FIELD:
    return arena_print(arena, "1 if input.%.*s is there, else 0", TEXT_ARGS(name));
  case BIND_PASSWORD:
    return arena_print(arena, "the hash of the field %.*s", TEXT_ARGS(name));
  case BIND_PRINCIPAL_ID:
    if (contract->credentials.present) return TEXT("the id whose password was verified");
    return contract->anonymous ? TEXT("NULL: nobody is signed in") : TEXT("ctx.principal.id");
  case BIND_NOW:
    return TEXT("ctx.now");
  case BIND_NEW_ID:
    return TEXT("ctx.new_id");
  case BIND_COMPUTED:
    break;
  }
  return TEXT("computed by the handler");
}

static int brief_parameters(struct briefing *briefing, struct brief_query *query)
{
  const struct use *use = query->use;
  size_t most = use->query->parameter_count + use->query->choice_count;
  query->parameters = arena_new_array(briefing->arena, most, sizeof *query->parameters);
  for (size_t i = 0; i < use->query->parameter_count; i++) {
    struct brief_parameter *parameter = &query->parameters[query->parameter_count++];
    const struct binding *binding = &use->bindings[i];
    *parameter = (struct brief_parameter){.name = use->query->parameters[i],
                                          .source = source_of(briefing, binding)};
    if (binding->source != BIND_COMPUTED) continue;
    query->computes = true;
    parameter->type =
        lua_type_of_schema(briefing->contract->computes[binding->index].schema, briefing->arena);
    if (!parameter->type)
      return error_set(briefing->error, "%s: the schema of %.*s says too much to be listed",
                       briefing->contract->source->path, TEXT_ARGS(parameter->name));
  }
  for (size_t i = 0; i < use->query->choice_count; i++) {
    struct text field = briefing->contract->fields[use->choice_fields[i]].schema.name;
    query->parameters[query->parameter_count++] = (struct brief_parameter){
        .name = use->query->choices[i].parameter,
        .source = arena_print(briefing->arena, "input.%.*s chooses", TEXT_ARGS(field))};
  }
  return 0;
}

struct brief_column brief_column_of(struct arena *arena, const struct result_column *column)
{
  struct text type = type_of_column(column);
  bool may_be_null = column->nullability == NULLABILITY_MAYBE;
  if (may_be_null && !text_is(type, "any")) type = arena_print(arena, "%.*s|null", TEXT_ARGS(type));
  return (struct brief_column){column->name, type, may_be_null};
}

static void brief_columns(struct briefing *briefing, struct brief_query *query,
                          const struct statement_description *description)
{
  query->columns =
      arena_new_array(briefing->arena, description->column_count, sizeof *query->columns);
  query->column_count = description->column_count;
  for (size_t i = 0; i < description->column_count; i++)
    query->columns[i] =
        query_column_counts(query->use->query, i)
            ? (struct brief_column){description->columns[i].name, TEXT("integer"), false}
            : brief_column_of(briefing->arena, &description->columns[i]);
}

static struct text row_type(struct arena *arena, const struct brief_query *query)
{
  struct buffer out = {0};
  for (size_t i = 0; i < query->column_count; i++) {
    buffer_append_text(&out, i > 0 ? TEXT(", ") : TEXT("{ "));
    lua_type_write_key(&out, query->columns[i].name);
    buffer_append_text(&out, TEXT(": "));
    buffer_append_text(&out, query->columns[i].type);
  }
  buffer_append_text(&out, query->column_count > 0 ? TEXT(" }") : TEXT("table"));
  struct text type = arena_copy(arena, buffer_text(&out));
  buffer_deinit(&out);
  return type;
}

const char *brief_rows_name(enum statement_rows rows)
{
  static const char *const names[] = {
      [ROWS_ONE] = "one", [ROWS_MANY] = "many", [ROWS_VALUE] = "value", [ROWS_EXEC] = "exec"};
  return names[rows];
}

static void brief_result(struct briefing *briefing, struct brief_query *query)
{
  struct arena *arena = briefing->arena;
  bool any = query->column_count > 0 && text_is(query->columns[0].type, "any");
  query->never_null = query_always_finds(query->use->query);
  query->row = TEXT("");
  switch (query->use->query->rows) {
  case ROWS_ONE:
    query->row = row_type(arena, query);
    query->type =
        query->never_null ? query->row : arena_print(arena, "%.*s|null", TEXT_ARGS(query->row));
    break;
  case ROWS_MANY:
    query->row = row_type(arena, query);
    query->type = arena_print(arena, "%.*s[]", TEXT_ARGS(query->row));
    break;
  case ROWS_VALUE:
    query->row = query->column_count > 0 ? query->columns[0].type : TEXT("any");
    query->type = any || query->never_null || text_ends_with(query->row, "|null")
                      ? query->row
                      : arena_print(arena, "%.*s|null", TEXT_ARGS(query->row));
    break;
  case ROWS_EXEC:
    query->type = TEXT("integer");
    break;
  }
}

static int brief_queries(struct briefing *briefing)
{
  const struct contract *contract = briefing->contract;
  struct brief *brief = briefing->brief;
  brief->queries = arena_new_array(briefing->arena, contract->use_count, sizeof *brief->queries);
  brief->query_count = contract->use_count;
  for (size_t i = 0; i < contract->use_count; i++) {
    struct brief_query *query = &brief->queries[i];
    struct statement_description description;
    query->use = &contract->uses[i];
    const struct query_statements *statements =
        query->use->own ? query->use->own : query->use->exempt;
    if (brief_parameters(briefing, query) ||
        query_describe(statements, briefing->arena, &description, briefing->error))
      return -1;
    brief_columns(briefing, query, &description);
    brief_result(briefing, query);
  }
  return 0;
}

/* --- Errors. --- */

static void also(struct briefing *briefing, struct text *words, struct text more)
{
  *words = arena_print(briefing->arena, "%.*s%s%.*s", TEXT_ARGS(*words),
                       words->length > 0 ? " or " : "", TEXT_ARGS(more));
}

static void also_rules(struct briefing *briefing, struct text *words, const struct rule *rules,
                       size_t count, size_t error, const char *format)
{
  for (size_t i = 0; i < count; i++)
    if (rules[i].error == error)
      also(briefing, words, arena_print(briefing->arena, format, rules[i].use.query->name));
}

static struct text raised_when(struct briefing *briefing, size_t index)
{
  const struct contract *contract = briefing->contract;
  const struct declared_error *error = &contract->errors[index];
  struct text words = {"", 0};
  for (size_t i = 0; i < error->on_unique_count; i++)
    also(briefing, &words,
         arena_print(briefing->arena, "%.*s is taken", TEXT_ARGS(error->on_unique[i])));
  for (size_t i = 0; i < error->on_check_count; i++)
    also(briefing, &words,
         arena_print(briefing->arena, "the check %.*s fails", TEXT_ARGS(error->on_check[i])));
  if (error->on_foreign_key) also(briefing, &words, TEXT("a reference leads nowhere"));
  also_rules(briefing, &words, contract->rules, contract->rule_count, index,
             "%s is not 1, before the handler");
  for (size_t i = 0; i < contract->condition_count; i++)
    also_rules(briefing, &words, contract->conditions[i].rules, contract->conditions[i].rule_count,
               index, "%s is not 1, before the handler");
  also_rules(briefing, &words, contract->holds, contract->hold_count, index,
             "%s is not 1, after the handler");
  return words;
}

static void brief_errors(struct briefing *briefing)
{
  const struct contract *contract = briefing->contract;
  struct brief *brief = briefing->brief;
  brief->errors = arena_new_array(briefing->arena, contract->error_count, sizeof *brief->errors);
  brief->error_count = contract->error_count;
  for (size_t i = 0; i < contract->error_count; i++)
    brief->errors[i] = (struct brief_error){&contract->errors[i], raised_when(briefing, i)};
}

/* --- Replies. --- */

static int brief_replies(struct briefing *briefing)
{
  const struct contract *contract = briefing->contract;
  struct brief *brief = briefing->brief;
  brief->replies = arena_new_array(briefing->arena, contract->return_count, sizeof *brief->replies);
  brief->reply_count = contract->return_count;
  for (size_t i = 0; i < contract->return_count; i++) {
    const struct returned *returned = &contract->returns[i];
    brief->replies[i].status = returned->status;
    if (!returned->schema) continue;
    brief->replies[i].type = lua_type_of_schema(returned->schema, briefing->arena);
    if (!brief->replies[i].type)
      return error_set(briefing->error, "%s: the schema of the reply %d says too much to be listed",
                       contract->source->path, returned->status);
  }
  return 0;
}

/* --- What the host does: the sentences that reviewers read. --- */

static bool begins_with_one(struct text key, const char *const *prefixes, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (text_starts_with(key, prefixes[i])) return true;
  return false;
}

static bool is_done_by_host(const struct fact *fact)
{
  static const char *const keys[] = {"credentials", "reauth",         "owns:",  "owns.deny",
                                     "session.",    "rows.password:", "scope:", "rows.principal:"};
  if (fact->section == SECTION_CONDITIONS) return fact->direction != FACT_NOTE;
  return begins_with_one(fact->key, keys, sizeof keys / sizeof *keys);
}

static bool is_about_rows(const struct fact *fact)
{
  static const char *const keys[] = {
      "rows:", "rows.shared:", "rows.readable:", "unowned:", "privileged:", "or_role:"};
  return begins_with_one(fact->key, keys, sizeof keys / sizeof *keys);
}

static int brief_sentences(struct briefing *briefing)
{
  struct brief *brief = briefing->brief;
  struct explanation all;
  if (explain_contract(briefing->generation, briefing->contract, briefing->arena, &all,
                       briefing->error))
    return -1;
  brief->done = arena_new_array(briefing->arena, all.count, sizeof *brief->done);
  brief->rows = arena_new_array(briefing->arena, all.count, sizeof *brief->rows);
  for (size_t i = 0; i < all.count; i++) {
    if (is_done_by_host(&all.facts[i]))
      brief->done[brief->done_count++] = all.facts[i].sentence;
    else if (is_about_rows(&all.facts[i]))
      brief->rows[brief->row_count++] = all.facts[i].sentence;
  }
  return 0;
}

int brief_of(const struct generation *generation, const struct contract *contract,
             struct arena *arena, struct brief *brief, struct error *error)
{
  struct briefing briefing = {generation, contract, arena, brief, error};
  *brief = (struct brief){.contract = contract};
  if (brief_input(&briefing) || brief_principal(&briefing) || brief_queries(&briefing) ||
      brief_replies(&briefing) || brief_sentences(&briefing))
    return -1;
  brief_errors(&briefing);
  return 0;
}
