/* What a handler passes to a query: only what `computes` grants, by name, and all of that. */
#include "advice/advising.h"

/* What Lua passes to a query: fields of a table, as far as they can be seen. */
struct passing {
  struct advising *advising;
  const struct use *use;
  uint32_t offset;          /* of the call */
  bool open;                /* there may be others */
  struct name_list *passed; /* with a value */
};

static const char *who_binds(enum binding_source source)
{
  switch (source) {
  case BIND_FIELD:
    return "the host binds it from the input";
  case BIND_HAS_FIELD:
    return "the host binds whether the field came in";
  case BIND_PASSWORD:
    return "the host binds the hash of the password";
  case BIND_PRINCIPAL_ID:
    return "the host binds who calls";
  case BIND_NOW:
    return "the host binds the time of the call";
  case BIND_NEW_ID:
    return "the host binds a new id, which is ctx.new_id";
  case BIND_COMPUTED:
    break;
  }
  return NULL;
}

/* Why only the host may say what this is; NULL if that is not why. */
static const char *why_bound(const struct passing *passing, struct text name)
{
  const struct contract *contract = passing->advising->contract;
  static const struct text host[] = {TEXT_INITIALIZER("principal_id"), TEXT_INITIALIZER("now"),
                                     TEXT_INITIALIZER("new_id")};
  for (size_t i = 0; i < passing->use->query->parameter_count; i++)
    if (text_equal(passing->use->query->parameters[i], name))
      return who_binds(passing->use->bindings[i].source);
  for (size_t i = 0; i < passing->use->query->choice_count; i++)
    if (text_equal(passing->use->query->choices[i].parameter, name)) return who_binds(BIND_FIELD);
  if (text_is_among(name, host, 3)) return "the host alone says what it is";
  return contract_field(contract, name) ? who_binds(BIND_FIELD) : NULL;
}

static const char *how_to_pass(const struct passing *passing)
{
  struct advising *advising = passing->advising;
  size_t count;
  const struct text *computed = computed_names(advising, passing->use, &count);
  if (count == 0)
    return arena_print(advising->arena, "call it without: ctx.db.%s()", passing->use->query->name)
        .data;
  return arena_print(advising->arena, "what the handler computes for it is %s (%s)",
                     list_names(advising, computed, count),
                     CONTRACT_PLACE(advising, "uses", "computes"))
      .data;
}

/* Not one that this query takes from Lua. */
static void report_parameter(struct passing *passing, struct text name, uint32_t offset)
{
  struct advising *advising = passing->advising;
  const char *query = passing->use->query->name, *bound = why_bound(passing, name);
  size_t count;
  const struct text *computed = computed_names(advising, passing->use, &count);
  if (bound) {
    const char *help = arena_print(advising->arena, "%s; %s", bound, how_to_pass(passing)).data;
    report_error(advising->report, FINDING_PARAMETER_BOUND, advising->source, offset, help,
                 "'%.*s' cannot be passed to %s", TEXT_ARGS(name), query);
    return;
  }
  const char *help = did_you_mean(advising, name, computed, count);
  if (help) passing->open = true; /* that one is not missing, too */
  report_error(advising->report, FINDING_PARAMETER_NOWHERE, advising->source, offset,
               help ? help : how_to_pass(passing), "%s takes no '%.*s' from a handler", query,
               TEXT_ARGS(name));
}

static const struct compute *find_compute(const struct passing *passing, struct text name)
{
  const struct use *use = passing->use;
  for (size_t i = 0; i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_COMPUTED && text_equal(use->query->parameters[i], name))
      return &passing->advising->contract->computes[use->bindings[i].index];
  return NULL;
}

static void pass(struct passing *passing, struct text name)
{
  struct name_list *item = arena_new(passing->advising->arena, sizeof *item);
  *item = (struct name_list){passing->passed, name};
  passing->passed = item;
}

static void check_value(const struct passing *passing, const struct compute *compute,
                        const struct syntax_expression *value)
{
  struct advising *advising = passing->advising;
  struct known known = known_of(advising, value);
  struct json json;
  struct schema_problems problems = {.arena = advising->arena};
  if (!known_json(advising, &known, &json) ||
      !schema_settle(compute->schema, &json, SETTLE_NORMALIZE, &problems) ||
      !schema_refutes(compute->schema, &json))
    return;
  report_error(advising->report, FINDING_PARAMETER_VALUE, advising->source, value->offset,
               arena_print(advising->arena, "its schema is at %s",
                           CONTRACT_PLACE(advising, "uses", "computes",
                                          arena_copy(advising->arena, compute->name).data))
                   .data,
               "the contract does not admit this for '%.*s'", TEXT_ARGS(compute->name));
}

static void check_passed(struct passing *passing, const struct syntax_field *field)
{
  struct advising *advising = passing->advising;
  struct text name;
  struct known value = known_of(advising, field->value);
  if (value.kind == KNOWN_NIL) return;
  if (!field->key) {
    report_error(advising->report, FINDING_PARAMETERS_UNNAMED, advising->source,
                 field->value->offset, how_to_pass(passing),
                 "parameters of a query have names: { name = value }");
    passing->open = true;
  } else if (!known_key(advising, field->key, &name)) {
    passing->open = true;
  } else {
    const struct compute *compute = find_compute(passing, name);
    pass(passing, name);
    if (compute)
      check_value(passing, compute, field->value);
    else
      report_parameter(passing, name, field->key->offset);
  }
}

static void check_missing(const struct passing *passing)
{
  struct advising *advising = passing->advising;
  const struct use *use = passing->use;
  for (size_t i = 0; i < use->query->parameter_count && !passing->open; i++) {
    struct text name = use->query->parameters[i];
    if (use->bindings[i].source != BIND_COMPUTED || query_is_optional(use->query, name) ||
        name_list_has(passing->passed, name))
      continue;
    report_error(advising->report, FINDING_PARAMETER_MISSING, advising->source, passing->offset,
                 arena_print(advising->arena, "pass it: ctx.db.%s { %.*s = … } (%s)",
                             use->query->name, TEXT_ARGS(name),
                             CONTRACT_PLACE(advising, "uses", "computes"))
                     .data,
                 "%s needs '%.*s', which the handler computes", use->query->name, TEXT_ARGS(name));
  }
}

/* Parameters in a local count as they were written, and those that were assigned later as passed.
 */
static void check_table(struct passing *passing, const struct syntax_expression *argument,
                        const struct syntax_expression *table)
{
  argument = syntax_inner(argument);
  if (argument->kind == SYNTAX_NAME) {
    const struct local_facts *facts = facts_of(passing->advising, argument->local);
    passing->open = facts->given;
    for (const struct name_list *name = facts->assigned; name; name = name->next)
      pass(passing, name->name);
  }
  for (const struct syntax_field *field = table->fields; field; field = field->next)
    check_passed(passing, field);
}

static bool never_a_table(const struct known *known)
{
  unsigned tables = 1U << JSON_OBJECT | 1U << JSON_ARRAY | 1U << JSON_NULL;
  if (known->kind == KNOWN_CONSTANT) return true;
  if (known->kind == KNOWN_MEMBER)
    return text_is(known->name, "now") || text_is(known->name, "new_id");
  return known->kind == KNOWN_FIELD && known->field && known->field->schema.required &&
         (known->field->schema.types & tables) == 0;
}

/* The whole input is not what a query takes, if anything of it is there for certain. */
static void check_input(const struct passing *passing, uint32_t offset)
{
  struct advising *advising = passing->advising;
  const struct contract *contract = advising->contract;
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct schema_field *field = &contract->fields[i].schema;
    if (!field->required || field->password) continue;
    report_error(
        advising->report, FINDING_PARAMETER_BOUND, advising->source, offset,
        arena_print(advising->arena, "the host binds its fields itself; %s", how_to_pass(passing))
            .data,
        "the input cannot be passed to %s", passing->use->query->name);
    return;
  }
}

void parameters_check(struct advising *advising, const struct syntax_expression *call,
                      const struct use *use)
{
  struct passing passing = {.advising = advising, .use = use, .offset = call->offset};
  const struct syntax_expression *first = call->arguments;
  struct known known = first ? known_of(advising, first) : (struct known){.kind = KNOWN_NIL};
  if (sql_is_among(advising, first)) {
    sql_report(advising, first->offset);
    passing.open = true;
  } else if (known.kind == KNOWN_TABLE) {
    check_table(&passing, first, known.expression);
  } else if (known.kind == KNOWN_INPUT) {
    check_input(&passing, first->offset);
    passing.open = true;
  } else if (never_a_table(&known)) {
    report_error(advising->report, FINDING_PARAMETERS_UNNAMED, advising->source, first->offset,
                 how_to_pass(&passing), "%s takes a table of parameters, if any", use->query->name);
    passing.open = true;
  } else if (known.kind != KNOWN_NIL && known.kind != KNOWN_NULL) {
    passing.open = true;
  }
  check_missing(&passing);
}
