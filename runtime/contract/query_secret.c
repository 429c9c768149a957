/* Does a parameter feed secret columns only? A password's hash may go nowhere else.
 *
 * Answered from the tokens, for the two forms in which it is plain to see: `SET column = :name` and
 * a place of its own in `VALUES (…)` under a list of columns. Every other place is a no. */
#include "contract/query.h"
#include "store/sql.h"

enum clause { CLAUSE_OTHER, CLAUSE_TABLE, CLAUSE_COLUMNS, CLAUSE_VALUES, CLAUSE_SET };

/* Where the walk through the statement stands. */
struct walk {
  const struct store *store;
  struct text parameter;
  struct text table;        /* the one written */
  struct text columns[256]; /* of INSERT INTO table (…) */
  size_t column_count;
  struct sql_token before[3]; /* the last three tokens, newest first */
  struct sql_token token;
  int depth;
  enum clause clause;
  int clause_depth;
  size_t place; /* in the present row of VALUES */
};

static struct text unquoted(struct sql_token token)
{
  struct text text = token.text;
  if (token.type != SQL_QUOTED || text.length < 2) return text;
  return (struct text){text.data + 1, text.length - 2};
}

static bool is_name(struct sql_token token)
{
  return token.type == SQL_WORD || token.type == SQL_QUOTED;
}

static void enter(struct walk *walk, enum clause clause)
{
  walk->clause = clause;
  walk->clause_depth = walk->depth;
}

/* Keywords at the statement's own depth tell the clauses apart. */
static void follow_keyword(struct walk *walk)
{
  static const char *const others[] = {"WHERE", "RETURNING", "FROM", "SELECT", "ORDER",
                                       "LIMIT", "ON",        "WITH", "AS",     "DEFAULT"};
  struct sql_token token = walk->token;
  if (sql_is(token, "INTO") || (sql_is(token, "UPDATE") && !sql_is(walk->before[0], "DO")))
    enter(walk, CLAUSE_TABLE);
  else if (sql_is(token, "VALUES"))
    enter(walk, CLAUSE_VALUES);
  else if (sql_is(token, "SET"))
    enter(walk, CLAUSE_SET);
  else
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
      if (sql_is(token, others[i])) enter(walk, CLAUSE_OTHER);
}

/* UPDATE [OR x] table, INSERT INTO table (a, b, …) */
static void follow_table(struct walk *walk)
{
  struct sql_token token = walk->token;
  if (walk->clause == CLAUSE_TABLE && is_name(token) && !sql_is(token, "INTO") &&
      !sql_is(token, "UPDATE") && !sql_is(token, "OR") && !sql_is(walk->before[0], "OR")) {
    walk->table = unquoted(token);
    enter(walk, CLAUSE_COLUMNS);
  } else if (walk->clause == CLAUSE_COLUMNS && walk->depth == walk->clause_depth + 1 &&
             is_name(token) && walk->column_count < 256) {
    walk->columns[walk->column_count++] = unquoted(token);
  }
}

static void follow(struct walk *walk)
{
  if (text_is(walk->token.text, ")")) walk->depth--;
  if (walk->token.type == SQL_WORD) follow_keyword(walk);
  follow_table(walk);
  if (walk->clause == CLAUSE_VALUES) {
    if (walk->depth == walk->clause_depth) walk->place = 0;
    if (walk->depth == walk->clause_depth + 1 && text_is(walk->token.text, ",")) walk->place++;
  }
  if (text_is(walk->token.text, "(")) walk->depth++;
  walk->before[2] = walk->before[1];
  walk->before[1] = walk->before[0];
  walk->before[0] = walk->token;
}

/* `column = :name` directly after SET or a comma, and nothing follows that belongs to the
 * expression. */
static bool in_set(const struct walk *walk, struct sql_token next)
{
  bool ends = next.type == SQL_END || text_is(next.text, ",") || text_is(next.text, ";") ||
              sql_is(next, "WHERE") || sql_is(next, "RETURNING") || sql_is(next, "FROM") ||
              sql_is(next, "ON");
  bool begins = sql_is(walk->before[2], "SET") || text_is(walk->before[2].text, ",");
  return walk->clause == CLAUSE_SET && walk->depth == walk->clause_depth && ends && begins &&
         text_is(walk->before[0].text, "=") && is_name(walk->before[1]) &&
         store_is_secret(walk->store, walk->table, unquoted(walk->before[1]));
}

static bool in_values(const struct walk *walk, struct sql_token next)
{
  bool begins = text_is(walk->before[0].text, "(") || text_is(walk->before[0].text, ",");
  bool ends = text_is(next.text, ",") || text_is(next.text, ")");
  return walk->clause == CLAUSE_VALUES && walk->depth == walk->clause_depth + 1 && begins && ends &&
         walk->place < walk->column_count &&
         store_is_secret(walk->store, walk->table, walk->columns[walk->place]);
}

static bool is_parameter(const struct walk *walk)
{
  struct text text = walk->token.text;
  if (walk->token.type != SQL_PARAMETER) return false;
  if (text.length > 0 && text.data[0] == ':') text = (struct text){text.data + 1, text.length - 1};
  return text_equal(text, walk->parameter);
}

bool query_feeds_secret_only(const struct query *query, const struct store *store,
                             struct text parameter)
{
  struct walk walk = {.store = store, .parameter = parameter};
  struct text rest = query->sql;
  size_t found = 0;
  if (!query->writes) return false;
  while ((walk.token = sql_next(&rest)).type != SQL_END && walk.token.type != SQL_BAD) {
    if (is_parameter(&walk)) {
      struct text ahead = rest;
      struct sql_token next = sql_next(&ahead);
      if (!in_set(&walk, next) && !in_values(&walk, next)) return false;
      found++;
    }
    follow(&walk);
  }
  return found > 0;
}
