/* null, which is a value, and nil, which is none: what queries give, and optional fields of the
 * input. */
#include "advice/advising.h"

/* --- What a query gives, taken for a truth value. --- */

/* "a row or null", for a result that is true whatever it is; NULL if it may be false. */
static const char *what_it_is(const struct known *known)
{
  const struct query *query = known->use->query;
  if (known->kind == KNOWN_COLUMN) {
    if (query_lacks_column(known->use, known->name) ||
        text_is_among(known->name, query->boolean, query->boolean_count) ||
        query_is_json(query, known->name))
      return NULL;
    return "a column is a value or null, and 0 and null are true in Lua";
  }
  switch (query->rows) {
  case ROWS_ONE:
    return "it is a row or null, and null is true in Lua";
  case ROWS_MANY:
    return "it is an array, perhaps empty, which is true in Lua";
  case ROWS_VALUE:
    if (query->boolean_count > 0 || query->json_count > 0) return NULL;
    return "it is a value or null, and 0 and null are true in Lua";
  case ROWS_EXEC:
    return "it is a number of rows, and 0 is true in Lua";
  }
  return NULL;
}

/* The name of a local, or another that its like may have. */
static struct text name_for(const struct syntax_expression *expression, const char *otherwise)
{
  expression = syntax_inner(expression);
  bool named = expression->kind == SYNTAX_NAME && expression->local;
  return named ? expression->name : text_of(otherwise);
}

static const char *how_to_ask(const struct advising *advising, const struct known *known,
                              const struct syntax_expression *expression)
{
  const char *format = NULL, *name = NULL;
  if (known->kind == KNOWN_COLUMN) return "compare: with null, or with the value";
  switch (known->use->query->rows) {
  case ROWS_ONE:
    format = "compare with null: if %.*s == null then", name = "row";
    break;
  case ROWS_MANY:
    format = "ask for the length: if #%.*s == 0 then", name = "rows";
    break;
  case ROWS_VALUE:
    return "compare: with null, or with the value";
  case ROWS_EXEC:
    format = "compare: if %.*s == 0 then", name = "changed";
    break;
  }
  return arena_print(advising->arena, format, TEXT_ARGS(name_for(expression, name))).data;
}

/* Whether a field of a row is still the column that was read. */
static bool is_untouched(const struct advising *advising, const struct known *known)
{
  return known->kind == KNOWN_RESULT ||
         (known->kind == KNOWN_COLUMN && !facts_assigned(advising, known->name));
}

static bool always_true(const struct advising *advising, const struct known *known)
{
  return is_untouched(advising, known) && what_it_is(known) != NULL;
}

/* `rows or {}` does no harm. */
static void check_truth(struct advising *advising, const struct visit *visit)
{
  struct known known = known_of(advising, visit->expression);
  if (!always_true(advising, &known)) return;
  bool harmless = known.kind == KNOWN_RESULT &&
                  (known.use->query->rows == ROWS_MANY || known.use->query->rows == ROWS_EXEC);
  if (visit->usage != USAGE_TEST && (visit->usage != USAGE_DEFAULT || harmless)) return;
  report_warning(advising->report, FINDING_ALWAYS_TRUE, advising->source, visit->expression->offset,
                 how_to_ask(advising, &known, visit->expression), "this is always true: %s",
                 what_it_is(&known));
}

/* row == nil */
static void check_comparison(struct advising *advising, const struct syntax_expression *comparison)
{
  struct known left = known_of(advising, comparison->left);
  struct known right = known_of(advising, comparison->right);
  const struct known *result = left.kind == KNOWN_NIL ? &right : &left;
  const struct known *other = left.kind == KNOWN_NIL ? &left : &right;
  bool equal = comparison->operator== OPERATOR_EQUAL;
  if (other->kind != KNOWN_NIL || !is_untouched(advising, result) ||
      (result->kind == KNOWN_COLUMN && query_lacks_column(result->use, result->name)))
    return;
  const char *help =
      how_to_ask(advising, result, left.kind == KNOWN_NIL ? comparison->right : comparison->left);
  if (result->kind == KNOWN_COLUMN) help = equal ? "write == null" : "write ~= null";
  report_warning(advising->report, FINDING_NULL_IS_NOT_NIL, advising->source, comparison->place,
                 help, "this is always %s: the database gives null, which is a value, never nil",
                 equal ? "false" : "true");
}

/* --- A row that may not be there. --- */

/* Where the local is checked, if the expression is one; NULL: it is none. */
static uint32_t *checked_of(struct advising *advising, const struct syntax_expression *expression)
{
  expression = syntax_inner(expression);
  if (expression->kind != SYNTAX_NAME || !expression->local) return NULL;
  return &facts_of(advising, expression->local)->checked;
}

/* False if it is known by then. What is said once of a local, or a field, is not said again. */
static bool check_first(uint32_t *checked, uint32_t offset)
{
  if (!checked) return true;
  if (*checked < offset) return false;
  *checked = 0;
  return true;
}

static void check_row(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *index = visit->expression;
  struct known object = known_of(advising, index->object);
  if (object.kind != KNOWN_RESULT || object.use->query->rows != ROWS_ONE ||
      !query_may_find_nothing(advising, object.use) ||
      !check_first(checked_of(advising, index->object), index->offset))
    return;
  report_warning(advising->report, FINDING_NULL_UNCHECKED, advising->source, index->offset,
                 "compare first: if row == null then ctx.fail(…) end",
                 "%s gives null if it finds nothing, and null has no fields",
                 object.use->query->name);
}

/* --- A field of the input that may be absent. --- */

static bool schema_depends(const struct schema *schema)
{
  static const char *const keywords[] = {
      "anyOf", "oneOf", "if", "not", "allOf", "dependentSchemas", "dependentRequired"};
  const struct json *value = schema_view(schema).value;
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
    if (!value || json_get(value, keywords[i])) return true;
  return false;
}

/* ipairs(input.tags) */
static bool is_iterated(struct advising *advising, const struct visit *visit)
{
  if (visit->usage != USAGE_ARGUMENT || visit->parent->method.length > 0 ||
      syntax_inner(visit->parent->arguments) != visit->expression)
    return false;
  struct known callee = known_of(advising, visit->parent->callee);
  return callee.kind == KNOWN_GLOBAL &&
         (text_is(callee.name, "ipairs") || text_is(callee.name, "pairs"));
}

/* string.upper(input.title): the functions of the standard libraries raise an error for nil, but
 * for a few. */
static bool is_worked_on(struct advising *advising, const struct visit *visit)
{
  static const struct text libraries[] = {TEXT_INITIALIZER("string"), TEXT_INITIALIZER("table"),
                                          TEXT_INITIALIZER("math"), TEXT_INITIALIZER("utf8")};
  static const struct text harmless[] = {TEXT_INITIALIZER("pack"), TEXT_INITIALIZER("type")};
  struct text name;
  if (visit->usage != USAGE_ARGUMENT || visit->parent->method.length > 0 ||
      syntax_inner(visit->parent->arguments) != visit->expression)
    return false;
  const struct syntax_expression *callee = syntax_inner(visit->parent->callee);
  if (callee->kind != SYNTAX_INDEX || !known_key(advising, callee->key, &name)) return false;
  struct known library = known_of(advising, callee->object);
  return library.kind == KNOWN_GLOBAL && text_is_among(library.name, libraries, 4) &&
         !text_is_among(name, harmless, 2) && !facts_assigned(advising, name);
}

static bool is_dangerous(struct advising *advising, const struct visit *visit)
{
  enum usage usage = visit->usage;
  return is_worked_on(advising, visit) || is_iterated(advising, visit) || usage == USAGE_OPERAND ||
         usage == USAGE_METHOD || usage == USAGE_INDEXED || usage == USAGE_CALLED;
}

/* True if that is reported. */
static bool check_optional(struct advising *advising, const struct syntax_expression *expression,
                           const struct field *declared)
{
  const struct contract *contract = advising->contract;
  const struct schema_field *field = &declared->schema;
  if (field->required || field->initial ||
      !check_first(checked_of(advising, expression), expression->offset) ||
      !check_first(&advising->checked[declared - contract->fields], expression->offset))
    return false;
  report_warning(advising->report, FINDING_INPUT_OPTIONAL, advising->source, expression->offset,
                 arena_print(advising->arena, "ask first: if input.%.*s then (%s)",
                             TEXT_ARGS(field->name),
                             CONTRACT_PLACE(advising, "requires", "validates"))
                     .data,
                 "the field '%.*s' may be absent, and is nil then", TEXT_ARGS(field->name));
  return true;
}

/* The schema says which types, null among them. */
static bool admits_null(const struct schema_field *field)
{
  const unsigned null = 1U << JSON_NULL;
  const unsigned all = 1U << JSON_OBJECT | 1U << JSON_ARRAY | 1U << JSON_STRING | 1U << JSON_REAL |
                       1U << JSON_BOOLEAN | null;
  bool listed = !field->values;
  for (uint32_t i = 0; field->values && i < field->values->length; i++)
    listed = listed || field->values->items[i].type == JSON_NULL;
  return listed && (field->types & null) && (field->types & all) != all;
}

/* Where the local is compared, if the expression is one; NULL: it is none. */
static uint32_t *compared_of(struct advising *advising, const struct syntax_expression *expression)
{
  expression = syntax_inner(expression);
  if (expression->kind != SYNTAX_NAME || !expression->local) return NULL;
  return &facts_of(advising, expression->local)->compared;
}

/* A field of ["string", "null"]: `if input.due then` does not tell. */
static void check_null_field(struct advising *advising, const struct syntax_expression *expression,
                             const struct field *declared)
{
  const struct schema_field *field = &declared->schema;
  if (!admits_null(field) || !check_first(compared_of(advising, expression), expression->offset) ||
      !check_first(&advising->compared[declared - advising->contract->fields], expression->offset))
    return;
  report_warning(advising->report, FINDING_INPUT_NULL, advising->source, expression->offset,
                 arena_print(advising->arena, "compare first: if input.%.*s ~= null then (%s)",
                             TEXT_ARGS(field->name),
                             CONTRACT_PLACE(advising, "requires", "validates"))
                     .data,
                 "the field '%.*s' may be null, which is true in Lua and no value to work with",
                 TEXT_ARGS(field->name));
}

static void check_field(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *expression = visit->expression;
  struct known known = known_of(advising, expression);
  if (known.kind != KNOWN_FIELD || !known.field || !is_dangerous(advising, visit) ||
      known.field->schema.password || facts_assigned(advising, known.name) ||
      schema_depends(advising->contract->input))
    return;
  if (!check_optional(advising, expression, known.field))
    check_null_field(advising, expression, known.field);
}

/* --- A column that may be NULL. --- */

static void check_column(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *expression = visit->expression, *object = expression;
  struct known known = known_of(advising, expression);
  if (known.kind != KNOWN_COLUMN || !is_dangerous(advising, visit) ||
      facts_assigned(advising, known.name) ||
      advising->rows_given[known.use - advising->contract->uses] ||
      !check_first(checked_of(advising, expression), expression->offset) ||
      !check_first(&column_facts_of(advising, &known)->checked, expression->offset) ||
      !query_may_give_null(advising, known.use, known.name))
    return;
  if (expression->kind == SYNTAX_INDEX) object = syntax_inner(expression->object);
  struct text row = name_for(object, "row");
  report_warning(advising->report, FINDING_COLUMN_NULL, advising->source, expression->offset,
                 arena_print(advising->arena, "compare first: if %.*s.%.*s ~= null then (%s)",
                             TEXT_ARGS(row), TEXT_ARGS(known.name),
                             place_of_query(advising, known.use->query))
                     .data,
                 "the column '%.*s' of %s may be NULL, and is null then, which is no value to work "
                 "with",
                 TEXT_ARGS(known.name), known.use->query->name);
}

/* for _, row in ctx.db.notes.list() do */
static void check_iterated(struct advising *advising, const struct visit *visit)
{
  struct known known = known_of(advising, visit->expression);
  if (visit->usage != USAGE_ITERATED || known.kind != KNOWN_RESULT) return;
  report_error(advising->report, FINDING_NOT_ITERATED, advising->source, visit->expression->offset,
               "write: for _, row in ipairs(rows) do", "%s gives no iterator",
               known.use->query->name);
}

void nulls_visit(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *expression = visit->expression;
  check_iterated(advising, visit);
  check_truth(advising, visit);
  if (expression->kind == SYNTAX_NAME || expression->kind == SYNTAX_INDEX) {
    check_field(advising, visit);
    check_column(advising, visit);
  }
  if (expression->kind == SYNTAX_INDEX) check_row(advising, visit);
  if (expression->kind == SYNTAX_BINARY &&
      (expression->operator== OPERATOR_EQUAL || expression->operator== OPERATOR_NOT_EQUAL))
    check_comparison(advising, expression);
}
