/* Calls: of queries and with what, of what is no query, with SQL, of ctx.fail. */
#include "advice/advising.h"

/* --- SQL. --- */

/* A keyword of SQL, and something behind it: "select" may be anybody's word. */
static bool looks_like_sql(struct text text)
{
  static const char *const words[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH",   "CREATE",
                                      "DROP",   "ALTER",  "PRAGMA", "BEGIN",  "COMMIT", "REPLACE"};
  while (text.length > 0 && text.data[0] <= ' ')
    text = (struct text){text.data + 1, text.length - 1};
  struct text word = {text.data, 0};
  while (word.length < text.length && text.data[word.length] > ' ') word.length++;
  for (size_t i = 0; word.length < text.length && i < sizeof words / sizeof *words; i++)
    if (text_is_ignoring_case(word, words[i])) return true;
  return false;
}

/* The constant text that a string begins with: of "SELECT " .. x, string.format("SELECT …", x) or
 * ("SELECT …"):format(x). */
static bool begins_as_sql(struct advising *advising, const struct syntax_expression *expression)
{
  struct text string;
  expression = syntax_inner(expression);
  for (;;) {
    struct known known = known_of(advising, expression);
    if (known.kind == KNOWN_CONSTANT || known.kind == KNOWN_NIL)
      return known_string(&known, &string) && looks_like_sql(string);
    if (expression->kind == SYNTAX_NAME && expression->local && !expression->local->reassigned &&
        expression->local->initial)
      expression = syntax_inner(expression->local->initial);
    else if (expression->kind == SYNTAX_BINARY && expression->operator== OPERATOR_CONCAT)
      expression = syntax_inner(expression->left);
    else if (expression->kind == SYNTAX_CALL && expression->method.length > 0)
      expression = syntax_inner(expression->callee);
    else if (expression->kind == SYNTAX_CALL && expression->arguments)
      expression = syntax_inner(expression->arguments);
    else
      return false;
  }
}

static bool has_sql(struct advising *advising, const struct syntax_expression *list)
{
  for (; list; list = list->next)
    if (begins_as_sql(advising, list)) return true;
  return false;
}

/* Names by which other libraries take SQL. */
static bool takes_sql_elsewhere(struct text name)
{
  static const char *const names[] = {"exec",   "execute", "query",  "prepare", "run",        "sql",
                                      "raw",    "rows",    "nrows",  "urows",   "first",      "all",
                                      "select", "insert",  "update", "delete",  "transaction"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text_is(name, names[i])) return true;
  return false;
}

static void report_sql(struct advising *advising, uint32_t offset)
{
  size_t count;
  const struct text *granted = granted_names(advising, &count);
  const char *help = "a query stands in contracts/queries, and the contract grants it under `uses`";
  if (count > 0)
    help = arena_print(advising->arena,
                       "call a query that the contract grants, as ctx.db.%.*s(): %s (%s)",
                       TEXT_ARGS(granted[0]), list_names(advising, granted, count),
                       CONTRACT_PLACE(advising, "uses", "queries"))
               .data;
  report_error(advising->report, FINDING_SQL_IN_HANDLER, advising->source, offset, help,
               "nothing takes SQL here");
}

/* --- Parameters. --- */

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
  for (size_t i = 0; i < contract->field_count; i++)
    if (text_equal(contract->fields[i].schema.name, name)) return who_binds(BIND_FIELD);
  return NULL;
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
  if (!known_json(advising, &known, &json) || !schema_refutes(compute->schema, &json)) return;
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

static void check_parameters(struct advising *advising, const struct syntax_expression *call,
                             const struct use *use)
{
  struct passing passing = {.advising = advising, .use = use, .offset = call->offset};
  const struct syntax_expression *first = call->arguments;
  struct known known = first ? known_of(advising, first) : (struct known){.kind = KNOWN_NIL};
  if (has_sql(advising, first)) {
    report_sql(advising, first->offset);
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

/* --- ctx.fail --- */

static void report_code(struct advising *advising, uint32_t offset, const struct text *code)
{
  const struct contract *contract = advising->contract;
  struct text *codes = arena_new_array(advising->arena, contract->error_count, sizeof *codes);
  for (size_t i = 0; i < contract->error_count; i++) codes[i] = contract->errors[i].code;
  if (code && text_is_among(*code, codes, contract->error_count)) return;
  const char *meant = code ? did_you_mean(advising, *code, codes, contract->error_count) : NULL;
  const char *place = CONTRACT_PLACE(advising, "ensures", "errors"), *help;
  if (meant)
    help = meant;
  else if (contract->error_count > 0)
    help = arena_print(advising->arena, "it declares %s (%s)",
                       list_names(advising, codes, contract->error_count), place)
               .data;
  else
    help = arena_print(advising->arena, "it declares none (%s)", place).data;
  if (code)
    report_error(advising->report, FINDING_FAIL_UNDECLARED, advising->source, offset, help,
                 "the contract declares no error '%.*s'", TEXT_ARGS(*code));
  else
    report_error(advising->report, FINDING_FAIL_CODELESS, advising->source, offset, help,
                 "ctx.fail wants the code of an error that the contract declares");
}

static void check_fail(struct advising *advising, const struct syntax_expression *call)
{
  const struct syntax_expression *first = call->arguments;
  if (!first) {
    report_code(advising, call->offset, NULL);
    return;
  }
  struct known known = known_of(advising, first);
  struct text code;
  if (known_string(&known, &code))
    report_code(advising, first->offset, &code);
  else if (known.kind == KNOWN_CONSTANT || known.kind == KNOWN_NIL || known.kind == KNOWN_NULL ||
           known.kind == KNOWN_TABLE)
    report_code(advising, first->offset, NULL);
}

/* --- What is no function, and what is none of an object. --- */

static void report_colon(struct advising *advising, const struct syntax_expression *call,
                         const char *what)
{
  report_error(advising->report, FINDING_CALLED_BY_COLON, advising->source, call->place,
               arena_print(advising->arena, "write %s.%.*s(…)", what, TEXT_ARGS(call->method)).data,
               "a colon passes %s itself as the first argument", what);
}

/* ctx.db.query(…), ctx.db.notes(…) */
static void check_group_called(struct advising *advising, const struct syntax_expression *call,
                               struct text group, uint32_t offset)
{
  size_t count, length = group.length;
  const struct text *granted = granted_names(advising, &count);
  if (has_sql(advising, call->arguments)) {
    report_sql(advising, offset);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (granted[i].length <= length || memcmp(granted[i].data, group.data, length) != 0 ||
        granted[i].data[length] != '.')
      continue;
    report_error(advising->report, FINDING_QUERY_UNCALLED, advising->source, offset,
                 arena_print(advising->arena, "call one of its queries: ctx.db.%.*s()",
                             TEXT_ARGS(granted[i]))
                     .data,
                 "ctx.db.%.*s is a group of queries, no function", TEXT_ARGS(group));
    return;
  }
  if (takes_sql_elsewhere(group)) {
    report_sql(advising, offset);
    return;
  }
  const char *help = did_you_mean(advising, group, granted, count);
  report_error(advising->report, FINDING_QUERY_NOWHERE, advising->source, offset,
               help ? help : "a query is ctx.db.<group>.<name>()", "there is no query '%.*s'",
               TEXT_ARGS(group));
}

static void check_method(struct advising *advising, const struct syntax_expression *call,
                         const struct known *object)
{
  switch (object->kind) {
  case KNOWN_DATABASE:
    check_group_called(advising, call, call->method, call->place);
    break;
  case KNOWN_GROUP:
    if (has_sql(advising, call->arguments))
      report_sql(advising, call->place);
    else
      report_colon(advising, call,
                   arena_print(advising->arena, "ctx.db.%.*s", TEXT_ARGS(object->name)).data);
    break;
  case KNOWN_CONTEXT:
    report_colon(advising, call, "ctx");
    break;
  default:
    break;
  }
}

static void check_member_called(struct advising *advising, const struct syntax_expression *call,
                                struct text name)
{
  static const char *const values[] = {"now", "new_id", "principal", "request"};
  if (text_is(name, "fail")) check_fail(advising, call);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    if (!text_is(name, values[i])) continue;
    report_error(advising->report, FINDING_NOT_A_FUNCTION, advising->source, call->offset,
                 arena_print(advising->arena, "write ctx.%s without parentheses", values[i]).data,
                 "ctx.%s is a value, no function", values[i]);
  }
}

static void check_call(struct advising *advising, const struct syntax_expression *call)
{
  struct known callee = known_of(advising, call->callee);
  if (call->method.length > 0) {
    check_method(advising, call, &callee);
  } else if (callee.kind == KNOWN_QUERY && callee.use) {
    check_parameters(advising, call, callee.use);
  } else if (callee.kind == KNOWN_MEMBER) {
    check_member_called(advising, call, callee.name);
  } else if (callee.kind == KNOWN_GROUP) {
    check_group_called(advising, call, callee.name, call->callee->place);
  } else if (callee.kind == KNOWN_DATABASE) {
    report_sql(advising, call->callee->place);
  }
}

/* A query where its result was meant. */
static void check_uncalled(struct advising *advising, const struct visit *visit)
{
  struct known known = known_of(advising, visit->expression);
  if (known.kind != KNOWN_QUERY || !known.use) return;
  switch (visit->usage) {
  case USAGE_TEST:
  case USAGE_DEFAULT:
  case USAGE_COMPARED:
  case USAGE_OPERAND:
  case USAGE_METHOD:
  case USAGE_INDEXED:
  case USAGE_RETURNED:
  case USAGE_ITERATED:
    report_error(advising->report, FINDING_QUERY_UNCALLED, advising->source,
                 visit->expression->place,
                 arena_print(advising->arena, "call it: ctx.db.%.*s()", TEXT_ARGS(known.name)).data,
                 "%.*s is a function, and not what it gives", TEXT_ARGS(known.name));
    break;
  default:
    break;
  }
}

/* ctx.db["SELECT …"] */
static void check_sql_key(struct advising *advising, const struct syntax_expression *index)
{
  struct known object = known_of(advising, index->object);
  if ((object.kind == KNOWN_DATABASE || object.kind == KNOWN_GROUP) &&
      begins_as_sql(advising, index->key))
    report_sql(advising, index->key->offset);
}

void calls_visit(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *expression = visit->expression;
  if (expression->kind == SYNTAX_CALL) check_call(advising, expression);
  if (expression->kind == SYNTAX_INDEX) check_sql_key(advising, expression);
  if (expression->kind == SYNTAX_NAME || expression->kind == SYNTAX_INDEX)
    check_uncalled(advising, visit);
}
