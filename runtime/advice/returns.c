/* What the handler returns, held against `returns`: the status, and the value as far as it can be
 * seen in a table, a row or a constant. */
#include "advice/advising.h"
#include "advice/expected.h"

/* A table or row that is checked, as it stands in the file. */
struct returning {
  struct advising *advising;
  uint32_t offset;                 /* where to point */
  const char *what;                /* "this table" */
  const struct name_list *changed; /* fields that are assigned besides: anything may be in them */
};

/* Of the status that is returned, or of all. */
static const char *place_of_returns(const struct advising *advising)
{
  int status = advising->returned ? advising->returned->status : 0;
  const char *key = arena_print(advising->arena, "%d", status).data;
  return CONTRACT_PLACE(advising, "ensures", "returns", key);
}

/* "'users[].email'" or, of the value itself, "the value" */
static const char *name_of(const struct advising *advising, const struct expected *expected)
{
  if (expected->path.length == 0) return "the value";
  return arena_print(advising->arena, "'%.*s'", TEXT_ARGS(expected->path)).data;
}

/* --- Types. --- */

static void report_type(struct advising *advising, const struct expected *expected, uint32_t offset,
                        const char *what)
{
  const char *help =
      arena_print(advising->arena, "it wants %s (%s)", expected_types(expected, advising->arena),
                  place_of_returns(advising))
          .data;
  report_error(advising->report, FINDING_RETURN_TYPE, advising->source, offset, help,
               "`returns` does not admit %s for %s", what, name_of(advising, expected));
}

/* False if that is reported: the value has none of the types that are admitted. */
static bool check_types(struct advising *advising, const struct expected *expected, uint32_t offset,
                        unsigned types, const char *what)
{
  if (!expected_excludes(expected, types)) return true;
  report_type(advising, expected, offset, what);
  return false;
}

static void check_constant(struct advising *advising, const struct expected *expected,
                           uint32_t offset, const struct json *value)
{
  struct text message;
  if (!expected_refutes(expected, value, advising->arena, &message)) return;
  const char *help =
      arena_print(advising->arena, "its schema is at %s", place_of_returns(advising)).data;
  report_error(advising->report, FINDING_RETURN_TYPE, advising->source, offset, help,
               "`returns` says that %s %.*s", name_of(advising, expected), TEXT_ARGS(message));
}

/* --- Fields. --- */

static struct text path_to(const struct advising *advising, const struct expected *expected,
                           struct text name)
{
  return arena_print(advising->arena, "%.*s%s%.*s", TEXT_ARGS(expected->path),
                     expected->path.length > 0 ? "." : "", TEXT_ARGS(name));
}

/* A field of a table that `returns` does not have. */
static void report_field(struct advising *advising, const struct expected *expected,
                         struct text name, uint32_t offset)
{
  size_t count;
  const struct text *names = expected_names(expected, advising->arena, false, &count);
  const char *help = did_you_mean(advising, name, names, count);
  if (!help && count > 0)
    help = arena_print(advising->arena, "it has %s (%s)", list_names(advising, names, count),
                       place_of_returns(advising))
               .data;
  if (!help)
    help = arena_print(advising->arena, "it has none (%s)", place_of_returns(advising)).data;
  report_error(advising->report, FINDING_RETURN_FIELD, advising->source, offset, help,
               "`returns` has no field '%.*s'", TEXT_ARGS(path_to(advising, expected, name)));
}

/* Fields that come as a whole: columns of a row, fields of the input. */
static void report_columns(const struct returning *returning, const struct expected *expected,
                           struct text *refused, size_t count)
{
  struct advising *advising = returning->advising;
  size_t admitted;
  const struct text *names = expected_names(expected, advising->arena, false, &admitted);
  struct text first = admitted > 0 ? names[0] : TEXT("id");
  for (size_t i = 0; i < count; i++) refused[i] = path_to(advising, expected, refused[i]);
  const char *help =
      arena_print(advising->arena, "return a table of what may leave: { %.*s = row.%.*s, … } (%s)",
                  TEXT_ARGS(first), TEXT_ARGS(first), place_of_returns(advising))
          .data;
  report_error(advising->report, FINDING_RETURN_COLUMN, advising->source, returning->offset, help,
               "%s with %s, which `returns` does not have", returning->what,
               list_names(advising, refused, count));
}

static bool is_refused(const struct returning *returning, const struct expected *expected,
                       struct text name, struct expected *member)
{
  bool declared = expect_member(expected, returning->advising->arena, name, member);
  return !declared && expected->closed && !expected->open;
}

/* What is required and cannot be there: neither among the names nor assigned. */
static void check_required(const struct returning *returning, const struct expected *expected,
                           const struct text *names, size_t count)
{
  struct advising *advising = returning->advising;
  size_t required_count, missing_count = 0;
  const struct text *required = expected_names(expected, advising->arena, true, &required_count);
  struct text *missing = arena_new_array(advising->arena, required_count, sizeof *missing);
  for (size_t i = 0; i < required_count; i++)
    if (!text_is_among(required[i], names, count) &&
        !name_list_has(returning->changed, required[i]))
      missing[missing_count++] = path_to(advising, expected, required[i]);
  if (missing_count == 0) return;
  report_error(advising->report, FINDING_RETURN_MISSING, advising->source, returning->offset,
               arena_print(advising->arena, "add %s (%s)", missing_count == 1 ? "it" : "them",
                           place_of_returns(advising))
                   .data,
               "%s without %s, which `returns` requires", returning->what,
               list_names(advising, missing, missing_count));
}

/* --- Rows. --- */

static void check_row(struct returning returning, const struct expected *expected,
                      const struct use *use)
{
  struct advising *advising = returning.advising;
  struct expected member;
  const struct text *columns;
  size_t count, refused_count = 0;
  if (!check_types(advising, expected, returning.offset, 1U << JSON_OBJECT, "a row") ||
      !query_columns(use, &columns, &count))
    return;
  struct text *refused = arena_new_array(advising->arena, count, sizeof *refused);
  returning.what = arena_print(advising->arena, "rows of %s come", use->query->name).data;
  for (size_t i = 0; i < count; i++)
    if (!name_list_has(returning.changed, columns[i]) &&
        is_refused(&returning, expected, columns[i], &member))
      refused[refused_count++] = columns[i];
  if (refused_count > 0) report_columns(&returning, expected, refused, refused_count);
  check_required(&returning, expected, columns, count);
}

static void check_result(const struct returning *returning, const struct expected *expected,
                         const struct use *use)
{
  struct expected elements;
  const struct returning element = {returning->advising, returning->offset, "", NULL};
  switch (use->query->rows) {
  case ROWS_ONE:
    check_row(*returning, expected, use);
    break;
  case ROWS_MANY:
    if (check_types(returning->advising, expected, returning->offset, 1U << JSON_ARRAY,
                    "an array of rows") &&
        expect_elements(expected, returning->advising->arena, &elements))
      check_row(element, &elements, use);
    break;
  case ROWS_EXEC:
    check_types(returning->advising, expected, returning->offset, 1U << JSON_INTEGER,
                "a number of rows");
    break;
  case ROWS_VALUE:
    break;
  }
}

/* --- Tables. --- */

static void check_value(struct advising *advising, const struct expected *expected,
                        const struct syntax_expression *expression);

static bool has_many_values(const struct syntax_expression *expression)
{
  return expression->kind == SYNTAX_CALL || expression->kind == SYNTAX_VARARG;
}

static void check_array(const struct returning *returning, const struct expected *expected,
                        const struct syntax_expression *table)
{
  struct advising *advising = returning->advising;
  struct expected elements;
  if (!check_types(advising, expected, returning->offset, 1U << JSON_ARRAY, "an array") ||
      !expect_elements(expected, advising->arena, &elements))
    return;
  for (const struct syntax_field *field = table->fields; field; field = field->next)
    if (field->next || !has_many_values(field->value))
      check_value(advising, &elements, field->value);
}

static void check_object(const struct returning *returning, const struct expected *expected,
                         const struct syntax_expression *table)
{
  struct advising *advising = returning->advising;
  size_t capacity = 0, count = 0;
  bool certain = true; /* all names can be seen */
  if (!check_types(advising, expected, returning->offset, 1U << JSON_OBJECT, "an object")) return;
  for (const struct syntax_field *field = table->fields; field; field = field->next) capacity++;
  struct text *names = arena_new_array(advising->arena, capacity, sizeof *names);
  for (const struct syntax_field *field = table->fields; field; field = field->next) {
    struct expected member;
    struct text name;
    if (!known_key(advising, field->key, &name)) {
      certain = false;
    } else if (known_of(advising, field->value).kind != KNOWN_NIL) {
      names[count++] = name;
      if (is_refused(returning, expected, name, &member))
        report_field(advising, expected, name, field->key->offset);
      else
        check_value(advising, &member, field->value);
    }
  }
  if (certain) check_required(returning, expected, names, count);
}

static void check_table(const struct returning *returning, const struct expected *expected,
                        const struct syntax_expression *table)
{
  size_t named = 0, listed = 0;
  unsigned any = 1U << JSON_ARRAY | 1U << JSON_OBJECT;
  for (const struct syntax_field *field = table->fields; field; field = field->next) {
    named += field->key != NULL;
    listed += field->key == NULL;
  }
  if (named > 0 && listed == 0)
    check_object(returning, expected, table);
  else if (listed > 0 && named == 0)
    check_array(returning, expected, table);
  else if (listed == 0 &&
           check_types(returning->advising, expected, returning->offset, any, "a table") &&
           expected_excludes(expected, 1U << JSON_ARRAY))
    check_object(returning, expected, table);
}

static void check_input(struct returning returning, const struct expected *expected)
{
  struct advising *advising = returning.advising;
  const struct contract *contract = advising->contract;
  struct text *names = arena_new_array(advising->arena, contract->field_count, sizeof *names);
  struct text *refused = arena_new_array(advising->arena, contract->field_count, sizeof *refused);
  size_t count = 0, refused_count = 0;
  if (advising->input_given ||
      !check_types(advising, expected, returning.offset, 1U << JSON_OBJECT, "the input"))
    return;
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct schema_field *field = &contract->fields[i].schema;
    struct expected member;
    if (field->password) continue;
    names[count++] = field->name;
    if (field->required && !facts_assigned(advising, field->name) &&
        is_refused(&returning, expected, field->name, &member))
      refused[refused_count++] = field->name;
  }
  returning.what = "the input comes";
  returning.changed = advising->assigned;
  if (refused_count > 0) report_columns(&returning, expected, refused, refused_count);
  check_required(&returning, expected, names, count);
}

/* --- Any value. --- */

/* The types that an operator gives; all, if it is unknown. Metamethods would be the handler's own.
 */
static unsigned types_of_operator(const struct syntax_expression *expression)
{
  enum syntax_operator operator= expression->operator;
  if (operator== OPERATOR_CONCAT) return 1U << JSON_STRING;
  if (operator== OPERATOR_LENGTH) return 1U << JSON_INTEGER;
  if (operator== OPERATOR_NOT ||(operator>= OPERATOR_LESS && operator<= OPERATOR_EQUAL))
    return 1U << JSON_BOOLEAN;
  if (operator== OPERATOR_OR || operator== OPERATOR_AND) return ~0U;
  return 1U << JSON_INTEGER | 1U << JSON_REAL;
}

static const char *what_types_are(unsigned types)
{
  if (types == 1U << JSON_STRING) return "a string";
  if (types == 1U << JSON_INTEGER) return "an integer";
  if (types == 1U << JSON_BOOLEAN) return "a boolean";
  if (types == (1U << JSON_INTEGER | 1U << JSON_REAL)) return "a number";
  return "this";
}

static void check_operator(struct advising *advising, const struct expected *expected,
                           const struct syntax_expression *expression)
{
  if (expression->kind != SYNTAX_BINARY && expression->kind != SYNTAX_UNARY) return;
  unsigned types = types_of_operator(expression);
  check_types(advising, expected, expression->offset, types, what_types_are(types));
}

/* A declared field of the input, which the host has checked. */
static void check_field(struct advising *advising, const struct expected *expected, uint32_t offset,
                        const struct field *field)
{
  if (!field || !field->schema.required || facts_assigned(advising, field->schema.name)) return;
  check_types(advising, expected, offset, field->schema.types, what_types_are(field->schema.types));
}

static void check_member_of_context(struct advising *advising, const struct expected *expected,
                                    uint32_t offset, struct text name)
{
  if (text_is(name, "now"))
    check_types(advising, expected, offset, 1U << JSON_INTEGER, "an integer (ctx.now)");
  else if (text_is(name, "new_id"))
    check_types(advising, expected, offset, 1U << JSON_STRING, "a string (ctx.new_id)");
}

static void report_no_json(struct advising *advising, uint32_t offset, const char *what)
{
  report_error(advising->report, FINDING_RETURN_NO_JSON, advising->source, offset,
               "return tables, strings, numbers, booleans and null", "%s cannot be returned", what);
}

static void check_value(struct advising *advising, const struct expected *expected,
                        const struct syntax_expression *expression)
{
  expression = syntax_inner(expression);
  struct known known = known_of(advising, expression);
  struct returning returning = {advising, expression->offset, "this table is", NULL};
  struct json json;
  if (expression->kind == SYNTAX_NAME && expression->local) {
    const struct local_facts *facts = facts_of(advising, expression->local);
    returning.changed = facts->assigned;
    if (facts->given) return;
  }
  switch (known.kind) {
  case KNOWN_CONSTANT:
  case KNOWN_NULL:
    if (known_json(advising, &known, &json))
      check_constant(advising, expected, expression->offset, &json);
    break;
  case KNOWN_TABLE:
    check_table(&returning, expected, known.expression);
    break;
  case KNOWN_FUNCTION:
    report_no_json(advising, expression->offset, "a function");
    break;
  case KNOWN_CONTEXT:
  case KNOWN_DATABASE:
  case KNOWN_GROUP:
    report_no_json(advising, expression->offset, "ctx");
    break;
  case KNOWN_RESULT:
    check_result(&returning, expected, known.use);
    break;
  case KNOWN_ELEMENT:
    check_row(returning, expected, known.use);
    break;
  case KNOWN_INPUT:
    check_input(returning, expected);
    break;
  case KNOWN_FIELD:
    check_field(advising, expected, expression->offset, known.field);
    break;
  case KNOWN_MEMBER:
    check_member_of_context(advising, expected, expression->offset, known.name);
    break;
  default:
    check_operator(advising, expected, expression);
  }
}

/* --- Statements. --- */

static bool wants_body(const struct returned *returned)
{
  struct json null = json_null();
  return returned->schema && schema_refutes(returned->schema, &null);
}

static const char *list_statuses(struct advising *advising)
{
  const struct contract *contract = advising->contract;
  struct text *names = arena_new_array(advising->arena, contract->return_count, sizeof *names);
  for (size_t i = 0; i < contract->return_count; i++)
    names[i] = arena_print(advising->arena, "%d", contract->returns[i].status);
  return list_names(advising, names, contract->return_count);
}

/* What the status that is returned beside a value stands for; NULL if it cannot be told. */
static const struct returned *find_status(struct advising *advising,
                                          const struct syntax_expression *value)
{
  const struct contract *contract = advising->contract;
  struct known known = known_of(advising, value);
  bool unknown = known.kind == KNOWN_NOTHING || known.kind >= KNOWN_GLOBAL;
  if (known.kind == KNOWN_NIL) return &contract->returns[0];
  if (unknown) return contract->return_count == 1 ? &contract->returns[0] : NULL;
  const char *help = arena_print(advising->arena, "it declares %s (%s)", list_statuses(advising),
                                 place_of_returns(advising))
                         .data;
  if (known.kind != KNOWN_CONSTANT || known.expression->kind != SYNTAX_INTEGER) {
    if (known.kind == KNOWN_CONSTANT && known.expression->kind == SYNTAX_REAL) return NULL;
    report_error(advising->report, FINDING_RETURN_STATUS, advising->source, value->offset,
                 "a failure is ctx.fail(code), with a code that the contract declares",
                 "the second value that is returned is the status, an integer");
    return NULL;
  }
  for (size_t i = 0; i < contract->return_count; i++)
    if (contract->returns[i].status == known.expression->integer) return &contract->returns[i];
  report_error(advising->report, FINDING_RETURN_STATUS, advising->source, value->offset, help,
               "`returns` does not declare the status %lld", (long long)known.expression->integer);
  return contract->return_count == 1 ? &contract->returns[0] : NULL;
}

/* A value beside a status that has no body. */
static void check_no_body(struct advising *advising, const struct syntax_expression *value,
                          int status)
{
  struct known known = known_of(advising, value);
  bool row = known.kind == KNOWN_RESULT &&
             (known.use->query->rows == ROWS_ONE || known.use->query->rows == ROWS_VALUE);
  const char *help =
      arena_print(advising->arena, "return nothing (%s)", place_of_returns(advising)).data;
  if (row)
    report_warning(advising->report, FINDING_RETURN_BODY, advising->source, value->offset, help,
                   "status %d has no body, and this is a row if there is one", status);
  else if (known.kind == KNOWN_CONSTANT || known.kind == KNOWN_TABLE ||
           known.kind == KNOWN_RESULT || known.kind == KNOWN_INPUT || known.kind == KNOWN_FUNCTION)
    report_error(advising->report, FINDING_RETURN_BODY, advising->source, value->offset, help,
                 "status %d has no body", status);
}

/* A row that may be null, where null is not admitted. */
static void check_null(struct advising *advising, const struct syntax_expression *value,
                       const struct returned *returned)
{
  struct known known = known_of(advising, value);
  const struct syntax_expression *inner = syntax_inner(value);
  if (known.kind != KNOWN_RESULT || known.use->query->rows != ROWS_ONE || !wants_body(returned) ||
      !query_may_find_nothing(advising, known.use))
    return;
  if (inner->kind == SYNTAX_NAME && inner->local &&
      facts_of(advising, inner->local)->checked < inner->offset)
    return;
  report_warning(advising->report, FINDING_RETURN_NULL, advising->source, value->offset,
                 "ask first: if row == null then ctx.fail(…) end",
                 "%s gives null if it finds nothing, which `returns` does not admit",
                 known.use->query->name);
}

static void report_nothing(struct advising *advising, uint32_t offset)
{
  report_error(advising->report, FINDING_RETURN_NOTHING, advising->source, offset,
               arena_print(advising->arena, "return what `returns` describes (%s)",
                           place_of_returns(advising))
                   .data,
               "nothing is returned, and `returns` wants a value");
}

static void check_return(struct advising *advising, const struct syntax_statement *statement)
{
  const struct syntax_expression *value = statement->values;
  const struct returned *returned = &advising->contract->returns[0];
  advising->returned = NULL;
  if (value && !value->next && has_many_values(value) &&
      known_of(advising, value).kind != KNOWN_RESULT)
    return; /* it may give a status, too */
  if (value && value->next) returned = find_status(advising, value->next);
  if (!returned) return;
  advising->returned = returned;
  bool nothing = !value || known_of(advising, value).kind == KNOWN_NIL;
  if (nothing) {
    if (wants_body(returned)) report_nothing(advising, value ? value->offset : statement->offset);
  } else if (!returned->schema) {
    check_no_body(advising, value, returned->status);
  } else {
    struct expected expected = expect_schema(advising->generation->schemas, returned->schema);
    check_value(advising, &expected, value);
    check_null(advising, value, returned);
  }
}

/* Whether the handler returns anything; each statement that does is checked. */
struct search {
  struct advising *advising;
  bool returns;
};

static void visit_return(void *context, const struct syntax_statement *statement,
                         const struct syntax_function *function)
{
  struct search *search = context;
  if (statement->kind != STATEMENT_RETURN || function != search->advising->handler) return;
  if (statement->values) search->returns = true;
  check_return(search->advising, statement);
}

void returns_check(struct advising *advising)
{
  struct search search = {.advising = advising};
  const struct syntax_function *handler = advising->handler;
  walk_function(&(struct walker){.context = &search, .statement = visit_return}, handler);
  advising->returned = NULL;
  if (!advising->reaches_end || !wants_body(&advising->contract->returns[0])) return;
  if (search.returns)
    report_warning(advising->report, FINDING_RETURN_NOTHING, advising->source, handler->end,
                   arena_print(advising->arena, "end each path by `return` or ctx.fail (%s)",
                               place_of_returns(advising))
                       .data,
                   "the handler may end here, and `returns` wants a value");
  else
    report_nothing(advising, handler->end);
}
