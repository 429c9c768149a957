/* What can be told of a query from its SQL: whether it may find nothing, and its columns. */
#include "advice/advising.h"
#include "contract/query_shape.h"
#include "store/description.h"
#include "store/sql.h"

/* --- Columns. --- */

bool query_columns(const struct use *use, const struct text **columns, size_t *count)
{
  const struct query_statements *statements = use->own ? use->own : use->exempt;
  if (!statements || statements->count == 0) return false;
  const struct statement_info *first = statement_info(statements->items[0]);
  for (size_t i = 1; i < statements->count; i++) {
    const struct statement_info *other = statement_info(statements->items[i]);
    if (other->column_count != first->column_count) return false;
    for (size_t j = 0; j < first->column_count; j++)
      if (!text_equal(other->columns[j], first->columns[j])) return false;
  }
  *columns = first->columns;
  *count = first->column_count;
  return true;
}

bool query_lacks_column(const struct use *use, struct text name)
{
  const struct text *columns;
  size_t count;
  return query_columns(use, &columns, &count) && !text_is_among(name, columns, count);
}

/* --- Whether there is a row. --- */

static bool binds_field(const struct use *use, uint32_t field)
{
  for (size_t i = 0; i < use->query->parameter_count; i++)
    if (use->bindings[i].source == BIND_FIELD && use->bindings[i].index == field) return true;
  return false;
}

/* A row of this field's value is there: the host has looked it up before the handler runs, or the
 * handler inserts it. */
static bool field_is_checked(const struct contract *contract, uint32_t field)
{
  bool all_must_own = contract->or_role_count == 0;
  if (all_must_own && ownership_of_field(contract->owns, contract->owns_count, field)) return true;
  for (size_t i = 0; i < contract->rule_count; i++)
    if (binds_field(&contract->rules[i].use, field)) return true;
  for (size_t i = 0; i < contract->condition_count; i++) {
    const struct condition *condition = &contract->conditions[i];
    if (ownership_of_field(condition->owns, condition->owns_count, field)) return true;
    for (size_t j = 0; j < condition->rule_count; j++)
      if (binds_field(&condition->rules[j].use, field)) return true;
  }
  for (size_t i = 0; i < contract->use_count; i++)
    if (query_shape(contract->uses[i].query->sql).inserts && binds_field(&contract->uses[i], field))
      return true;
  return contract->credentials.present && binds_field(&contract->credentials.use, field);
}

/* Whether somebody may have chosen the parameter so that no row fits. */
static bool is_free(const struct contract *contract, const struct use *use, struct text name)
{
  for (size_t i = 0; i < use->query->parameter_count; i++) {
    if (!text_equal(use->query->parameters[i], name)) continue;
    struct binding binding = use->bindings[i];
    return binding.source == BIND_COMPUTED ||
           (binding.source == BIND_FIELD && !field_is_checked(contract, binding.index));
  }
  return false;
}

/* The column that `column = :principal_id` compares in the policy's query for the principal: who
 * calls has a row of this value. Empty if that query is of another form. */
static struct text principal_column(const struct query *query)
{
  struct text rest = query ? query->sql : TEXT("");
  struct sql_token token, column = {.type = SQL_END}, before = {.type = SQL_END};
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    if (token.type == SQL_PARAMETER && text_is(token.text, ":principal_id") &&
        sql_is_symbol(before, '=') && column.type == SQL_WORD)
      return column.text;
    column = before;
    before = token;
  }
  return TEXT("");
}

static enum binding_source source_of(const struct use *use, struct text name)
{
  for (size_t i = 0; i < use->query->parameter_count; i++)
    if (text_equal(use->query->parameters[i], name)) return use->bindings[i].source;
  return BIND_COMPUTED;
}

/* Parameters count that stand behind the first WHERE of all: in a SET or VALUES they choose no row.
 * Some row is there for one that was looked up before, for a new id, and for the principal's own
 * id; a condition on other columns may be met by none. */
bool query_may_find_nothing(const struct advising *advising, const struct use *use)
{
  struct text rest = use->query->sql, own = principal_column(advising->generation->principal_query);
  struct sql_token token, column = {.type = SQL_END}, before = {.type = SQL_END};
  bool where = false, anchored = false;
  struct query_shape shape = query_shape(use->query->sql);
  if (query_always_finds(use->query)) return false;
  if (shape.inserts && shape.lenient) return true; /* ON CONFLICT DO NOTHING */
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    where = where || sql_is(token, "WHERE") || sql_is(token, "ON");
    if (where && token.type == SQL_PARAMETER) {
      struct text name = {token.text.data + 1, token.text.length - 1};
      if (is_free(advising->contract, use, name)) return true;
      enum binding_source source = source_of(use, name);
      anchored |= source == BIND_FIELD || source == BIND_NEW_ID ||
                  (source == BIND_PRINCIPAL_ID && sql_is_symbol(before, '=') &&
                   text_equal_ignoring_case(column.text, own));
    }
    column = before;
    before = token;
  }
  return where && !anchored;
}

/* --- Whether a column may be NULL. --- */

/* Whether the SQL asks anything of the column behind a WHERE, or of NULL anywhere: then it may keep
 * NULL out. */
static bool asks_of(struct text sql, struct text column)
{
  struct sql_token token;
  bool where = false;
  while ((token = sql_next(&sql)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is(token, "WHERE") || sql_is(token, "ON") || sql_is(token, "HAVING")) where = true;
    if (sql_is(token, "ORDER")) where = false;
    if (sql_is(token, "NULL") || sql_is(token, "NOTNULL")) return true;
    if (where && token.type == SQL_WORD && text_equal_ignoring_case(token.text, column))
      return true;
    if (where && token.type == SQL_QUOTED) return true;
  }
  return false;
}

bool query_may_give_null(const struct advising *advising, const struct use *use, struct text name)
{
  const struct query_statements *statements = use->own ? use->own : use->exempt;
  struct statement_description description;
  struct error error;
  if (!statements || use->query->writes ||
      query_describe(statements, advising->arena, &description, &error))
    return false;
  for (size_t i = 0; i < description.column_count; i++) {
    const struct result_column *column = &description.columns[i];
    if (text_equal(column->name, name))
      return column->nullability == NULLABILITY_MAYBE && column->column.length > 0 &&
             !asks_of(use->query->sql, column->column);
  }
  return false;
}

/* --- How many rows. --- */

static bool ends_limit(struct sql_token token)
{
  return token.type == SQL_END || sql_is_symbol(token, ';') || sql_is(token, "OFFSET");
}

static uint32_t number_of(struct text digits)
{
  uint32_t number = 0;
  for (size_t i = 0; i < digits.length; i++) {
    bool digit = digits.data[i] >= '0' && digits.data[i] <= '9';
    if (!digit || number > UINT32_MAX / 10 - 1) return UINT32_MAX;
    number = 10 * number + (uint32_t)(digits.data[i] - '0');
  }
  return number;
}

/* The number behind the last LIMIT of the statement itself; UINT32_MAX if it is none. */
static uint32_t limit_of(struct text sql)
{
  uint32_t limit = UINT32_MAX;
  struct sql_token token;
  long depth = 0;
  do {
    token = sql_next(&sql);
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
    if (depth > 0 || !sql_is(token, "LIMIT")) continue;
    limit = UINT32_MAX;
    token = sql_next(&sql);
    struct text behind = sql;
    if (token.type == SQL_NUMBER && ends_limit(sql_next(&behind))) limit = number_of(token.text);
  } while (token.type != SQL_END && token.type != SQL_BAD);
  return limit;
}

uint32_t query_rows_said(const struct query *query)
{
  uint32_t limit = limit_of(query->sql), noted = query->rows_max;
  bool unsaid = noted == QUERY_ROWS_DEFAULT;
  return unsaid || limit < noted ? limit : noted;
}
