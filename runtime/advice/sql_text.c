/* SQL in a handler, by what its text begins with. */
#include "advice/advising.h"

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
bool sql_begins(struct advising *advising, const struct syntax_expression *expression)
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

bool sql_is_among(struct advising *advising, const struct syntax_expression *list)
{
  for (; list; list = list->next)
    if (sql_begins(advising, list)) return true;
  return false;
}

/* Names by which other libraries take SQL. */
bool sql_takes_elsewhere(struct text name)
{
  static const char *const names[] = {"exec",   "execute", "query",  "prepare", "run",        "sql",
                                      "raw",    "rows",    "nrows",  "urows",   "first",      "all",
                                      "select", "insert",  "update", "delete",  "transaction"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text_is(name, names[i])) return true;
  return false;
}

void sql_report(struct advising *advising, uint32_t offset)
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
