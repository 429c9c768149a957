#include "contract/query_shape.h"

#include "store/sql.h"

/* Whether a call has one argument; behind its parenthesis. */
static bool has_one_argument(struct text rest)
{
  struct sql_token token;
  long depth = 1;
  while (depth > 0 && (token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    depth += sql_is_symbol(token, '(') - sql_is_symbol(token, ')');
    if (depth == 1 && sql_is_symbol(token, ',')) return false;
  }
  return true;
}

static bool aggregates(struct sql_token name, struct text rest)
{
  bool scalar = sql_is(name, "min") || sql_is(name, "max");
  return sql_is_aggregate(name) && (!scalar || has_one_argument(rest));
}

static bool begins_query(struct sql_token token)
{
  return sql_is(token, "SELECT") || sql_is(token, "WITH") || sql_is(token, "VALUES");
}

static bool is_compound(struct sql_token token)
{
  return sql_is(token, "UNION") || sql_is(token, "EXCEPT") || sql_is(token, "INTERSECT");
}

struct query_shape query_shape(struct text sql)
{
  struct query_shape shape = {false};
  struct sql_token token, before = {SQL_END, {NULL, 0}};
  long depth = 0, within = 0; /* a subquery: its depth */
  bool over = false;          /* a window function gives each row a value */
  while ((token = sql_next(&sql)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
    if (within == 0 && depth > 0 && sql_is_symbol(before, '(') && begins_query(token))
      within = depth;
    if (depth < within) within = 0;
    over = over || (within == 0 && sql_is(token, "OVER"));
    if (within == 0 && sql_is_symbol(token, '(') && aggregates(before, sql)) shape.aggregate = true;
    shape.inserts = shape.inserts || (depth == 0 && sql_is(token, "INSERT"));
    shape.selects = shape.selects || (depth == 0 && sql_is(token, "SELECT"));
    shape.from = shape.from || (depth == 0 && sql_is(token, "FROM"));
    shape.where = shape.where || (depth == 0 && sql_is(token, "WHERE"));
    shape.grouped = shape.grouped || sql_is(token, "GROUP") || sql_is(token, "HAVING");
    shape.lenient = shape.lenient || sql_is(token, "NOTHING") || sql_is(token, "IGNORE");
    shape.compound = shape.compound || (depth == 0 && is_compound(token));
    before = token;
  }
  shape.aggregate = shape.aggregate && !over;
  return shape;
}

bool query_always_finds(const struct query *query)
{
  struct query_shape shape = query_shape(query->sql);
  if (shape.inserts) return !shape.selects && !shape.lenient && !shape.where;
  if (!shape.selects || shape.grouped) return false;
  return shape.aggregate || (!shape.from && !shape.where);
}

/* --- Columns that count. --- */

/* Moves behind the statement's own SELECT; false if it has none. */
static bool find_select(struct text *rest)
{
  struct sql_token token;
  long depth = 0;
  while ((token = sql_next(rest)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
    if (depth == 0 && sql_is(token, "SELECT")) return true;
  }
  return false;
}

/* Moves behind the next comma outside of parentheses; false if there is none before FROM. */
static bool skip_column(struct text *rest)
{
  struct sql_token token;
  long depth = 0;
  while ((token = sql_next(rest)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
    if (depth == 0 && sql_is(token, "FROM")) return false;
    if (depth == 0 && sql_is_symbol(token, ',')) return true;
  }
  return false;
}

static bool ends_call(struct sql_token token)
{
  return token.type == SQL_END || sql_is_symbol(token, ',') || sql_is_symbol(token, ';') ||
         sql_is(token, "AS") || sql_is(token, "FROM") || sql_is(token, "FILTER");
}

bool query_column_counts(const struct query *query, size_t index)
{
  struct text rest = query->sql;
  struct sql_token token;
  long depth = 1;
  if (query_shape(query->sql).compound || !find_select(&rest)) return false;
  while (index-- > 0)
    if (!skip_column(&rest)) return false;
  if (!sql_is(sql_next(&rest), "count") || !sql_is_symbol(sql_next(&rest), '(')) return false;
  while (depth > 0 && (token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    if (sql_is_symbol(token, '(')) depth++;
    if (sql_is_symbol(token, ')')) depth--;
  }
  return depth == 0 && ends_call(sql_next(&rest));
}
