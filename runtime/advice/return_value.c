/* A value that is returned, held against a schema as far as it can be seen: in a table, a row of a
 * query, the input, a constant, an operator. */
#include "advice/advising.h"
#include "advice/expected.h"

/* A table or row that is checked, as it stands in the file. */
struct returning {
  struct advising *advising;
  uint32_t offset;                 /* where to point */
  const char *what;                /* "this table" */
  const struct name_list *changed; /* fields that are assigned besides: anything may be in them */
  bool measured;                   /* its length is looked at, so that it may have been cut */
};

/* Of the status that is returned, or of all. */
const char *place_of_returns(const struct advising *advising)
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

/* Rows that are returned as they come, more than the array may have. */
static void check_count(const struct returning *returning, const struct expected *expected,
                        const struct query *query)
{
  struct advising *advising = returning->advising;
  uint32_t said = query_rows_said(query), most = expected_elements_max(expected);
  if (returning->measured || said == UINT32_MAX || said <= most) return;
  const char *help =
      arena_print(advising->arena,
                  "cut them: rows[%u] = nil, for each beyond; or have the query give "
                  "fewer (%s), or `returns` admit more (%s)",
                  most + 1, place_of_query(advising, query), place_of_returns(advising))
          .data;
  report_warning(advising->report, FINDING_RETURN_ROWS, advising->source, returning->offset, help,
                 "%s may give %u rows, and `returns` admits %u for %s", query->name, said, most,
                 name_of(advising, expected));
}

/* Whatever is assigned to a field of that name may be assigned to one of these rows. */
static void check_rows(const struct returning *returning, const struct expected *expected,
                       const struct use *use)
{
  struct advising *advising = returning->advising;
  struct returning element = *returning;
  struct expected elements;
  element.changed = advising->assigned;
  if (!check_types(advising, expected, returning->offset, 1U << JSON_ARRAY, "an array of rows"))
    return;
  check_count(returning, expected, use->query);
  if (!advising->rows_given[use - advising->contract->uses] &&
      expect_elements(expected, advising->arena, &elements))
    check_row(element, &elements, use);
}

static void check_result(const struct returning *returning, const struct expected *expected,
                         const struct use *use)
{
  switch (use->query->rows) {
  case ROWS_ONE:
    check_row(*returning, expected, use);
    break;
  case ROWS_MANY:
    check_rows(returning, expected, use);
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

static void check_array(const struct returning *returning, const struct expected *expected,
                        const struct syntax_expression *table)
{
  struct advising *advising = returning->advising;
  struct expected elements;
  if (!check_types(advising, expected, returning->offset, 1U << JSON_ARRAY, "an array") ||
      !expect_elements(expected, advising->arena, &elements))
    return;
  for (const struct syntax_field *field = table->fields; field; field = field->next)
    if (field->next || !syntax_is_open(field->value))
      return_value_check(advising, &elements, field->value);
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
        return_value_check(advising, &member, field->value);
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
  unsigned types = field->schema.types;
  if (types & 1U << JSON_REAL) types |= 1U << JSON_INTEGER;
  check_types(advising, expected, offset, types, what_types_are(types));
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

void return_value_check(struct advising *advising, const struct expected *expected,
                        const struct syntax_expression *expression)
{
  expression = syntax_inner(expression);
  struct known known = known_of(advising, expression);
  struct returning returning = {advising, expression->offset, "this table is", NULL, false};
  struct json json;
  if (expression->kind == SYNTAX_NAME && expression->local) {
    const struct local_facts *facts = facts_of(advising, expression->local);
    returning.changed = facts->assigned;
    returning.measured = facts->measured;
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
