/* Loops that nothing leaves. */
#include "advice/advising.h"

static bool is_endless(struct advising *advising, const struct syntax_statement *statement)
{
  if (statement->kind != STATEMENT_WHILE && statement->kind != STATEMENT_REPEAT) return false;
  struct known condition = known_of(advising, statement->values);
  bool constant = condition.kind == KNOWN_CONSTANT || condition.kind == KNOWN_NIL ||
                  condition.kind == KNOWN_NULL;
  bool holds = condition.kind != KNOWN_NIL &&
               !(condition.kind == KNOWN_CONSTANT && condition.expression->kind == SYNTAX_FALSE);
  return constant && holds == (statement->kind == STATEMENT_WHILE);
}

/* --- By a statement. --- */

static bool statements_leave(const struct syntax_block *block, bool nested);

static bool statement_leaves(const struct syntax_statement *statement, bool nested)
{
  switch (statement->kind) {
  case STATEMENT_BREAK:
    return !nested;
  case STATEMENT_RETURN:
  case STATEMENT_GOTO:
    return true;
  case STATEMENT_IF:
    for (const struct syntax_clause *clause = statement->clauses; clause; clause = clause->next)
      if (statements_leave(&clause->body, nested)) return true;
    return false;
  case STATEMENT_DO:
    return statements_leave(&statement->body, nested);
  default:
    return statements_leave(&statement->body, true);
  }
}

/* `nested`: in a loop of its own, which is what `break` leaves. */
static bool statements_leave(const struct syntax_block *block, bool nested)
{
  for (const struct syntax_statement *s = block->first; s; s = s->next)
    if (statement_leaves(s, nested)) return true;
  return false;
}

/* --- By a call that does not come back: an error, a coroutine that yields, anything unknown. ---
 */

static bool is_among(struct text name, const char *const *names)
{
  for (; *names; names++)
    if (text_is(name, *names)) return true;
  return false;
}

static bool comes_back(struct advising *advising, const struct syntax_expression *call)
{
  static const char *const functions[] = {"ipairs", "next",   "pairs",    "pcall",  "print",
                                          "rawget", "rawlen", "rawset",   "select", "tonumber",
                                          "type",   "xpcall", "tostring", NULL};
  static const char *const libraries[] = {"math", "os", "string", "table", "utf8", NULL};
  const struct syntax_expression *callee = syntax_inner(call->callee);
  struct known known = known_of(advising, callee);
  if (call->method.length > 0) return false;
  if (known.kind == KNOWN_GLOBAL) return is_among(known.name, functions);
  if (known.kind == KNOWN_MEMBER) return text_is(known.name, "log");
  if (known.kind == KNOWN_QUERY) return known.use && known.use->calls == 0;
  return callee->kind == SYNTAX_INDEX && callee->object->kind == SYNTAX_NAME &&
         !callee->object->local && is_among(callee->object->name, libraries);
}

struct search {
  struct advising *advising;
  const struct syntax_function *function;
  bool found;
};

static void find_leaving(void *context, const struct visit *visit)
{
  struct search *search = context;
  if (visit->function == search->function && visit->expression->kind == SYNTAX_CALL &&
      !comes_back(search->advising, visit->expression))
    search->found = true;
}

static bool calls_leave(struct advising *advising, const struct syntax_statement *loop,
                        const struct syntax_function *function)
{
  struct search search = {.advising = advising, .function = function};
  walk_block(&(struct walker){.context = &search, .expression = find_leaving}, function,
             &loop->body);
  return search.found;
}

void loops_statement(struct advising *advising, const struct syntax_statement *statement,
                     const struct syntax_function *function)
{
  if (!is_endless(advising, statement) || statements_leave(&statement->body, false) ||
      calls_leave(advising, statement, function))
    return;
  report_warning(advising->report, FINDING_ENDLESS_LOOP, advising->source, statement->offset,
                 "leave it by break or return, or loop over something that ends",
                 "nothing leaves this loop: the call ends after %llu ms of CPU time, with a 500",
                 (unsigned long long)(advising->contract->time_ns / 1000000));
}
