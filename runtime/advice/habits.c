/* Habits of programs that live on after a call, and of those that catch everything. */
#include "advice/advising.h"

/* --- What does not survive a call. --- */

/* A global that a function assigns. */
static void check_global(struct advising *advising, const struct syntax_expression *target)
{
  if (target->kind != SYNTAX_NAME || target->local) return;
  report_warning(advising->report, FINDING_GLOBAL_FORGOTTEN, advising->source, target->offset,
                 "make it local; what must last belongs in a table of the database",
                 "the global '%.*s' is forgotten when the call ends", TEXT_ARGS(target->name));
}

/* The local of the file that a target is, or is a field of. */
static struct syntax_local *local_of_file(const struct advising *advising,
                                          const struct syntax_expression *target)
{
  while (target->kind == SYNTAX_INDEX || target->kind == SYNTAX_PAREN)
    target = target->kind == SYNTAX_INDEX ? target->object : target->inner;
  if (target->kind != SYNTAX_NAME || !target->local) return NULL;
  return target->local->function == advising->file ? target->local : NULL;
}

/* count = count + 1: the first use of the local in the handler is in the value that it is given. */
static bool counts_on(const struct advising *advising, const struct syntax_local *local,
                      const struct syntax_expression *target, const struct syntax_expression *value)
{
  const struct syntax_expression *use = local->uses;
  while (use && (use->offset < advising->handler->offset || use == target ||
                 (use->offset >= target->offset && use->offset < target->end)))
    use = use->later;
  return use && use->offset >= value->offset && use->offset < value->end;
}

static void check_counter(struct advising *advising, const struct syntax_statement *statement)
{
  const struct syntax_expression *target = statement->targets, *value = statement->values;
  if (!target || target->next || !value || value->next || value->kind != SYNTAX_BINARY ||
      value->operator== OPERATOR_OR)
    return;
  const struct syntax_local *local = local_of_file(advising, target);
  if (!local || !counts_on(advising, local, target, value)) return;
  report_warning(
      advising->report, FINDING_GLOBAL_FORGOTTEN, advising->source, target->offset,
      "what must last belongs in a table of the database; how often somebody may call, in "
      "`rate_limit`",
      "'%.*s' begins anew in every call, as the file made it", TEXT_ARGS(local->name));
}

/* Only what stands in the handler's own block, so that it happens once a call. */
static bool is_in_body(const struct syntax_function *function,
                       const struct syntax_statement *statement)
{
  for (const struct syntax_statement *s = function->body.first; s; s = s->next)
    if (s == statement) return true;
  return false;
}

/* --- pcall. --- */

static bool ends_the_call(const struct known *callee)
{
  return (callee->kind == KNOWN_QUERY && callee->use) ||
         (callee->kind == KNOWN_MEMBER && text_is(callee->name, "fail"));
}

/* The only call of a function's only statement, and whether it is of a query or ctx.fail. */
static bool only_calls(struct advising *advising, const struct syntax_function *function,
                       struct known *callee)
{
  const struct syntax_statement *statement = function->body.first;
  if (!statement || statement->next || !statement->values || statement->values->next) return false;
  const struct syntax_expression *call = syntax_inner(statement->values);
  if (call->kind != SYNTAX_CALL || call->method.length > 0) return false;
  *callee = known_of(advising, call->callee);
  return ends_the_call(callee);
}

/* pcall(ctx.db.users.create), or of a function that does nothing else */
static void check_pcall(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *call = visit->expression;
  struct known callee = known_of(advising, call->callee), caught;
  bool catches = callee.kind == KNOWN_GLOBAL &&
                 (text_is(callee.name, "pcall") || text_is(callee.name, "xpcall"));
  if (!catches || call->method.length > 0 || !call->arguments) return;
  caught = known_of(advising, call->arguments);
  if (!ends_the_call(&caught) && !(caught.kind == KNOWN_FUNCTION &&
                                   only_calls(advising, caught.expression->function, &caught)))
    return;
  bool fails = caught.kind == KNOWN_MEMBER;
  const char *help = "call it as it is";
  if (!fails)
    help =
        arena_print(advising->arena,
                    "call it as it is: what a constraint refuses is an error of the contract, by "
                    "on_unique, on_check or on_foreign_key (%s)",
                    CONTRACT_PLACE(advising, "ensures", "errors"))
            .data;
  report_warning(advising->report, FINDING_NOT_CAUGHT, advising->source, call->offset, help,
                 "%.*s does not catch this: %s ends the call", TEXT_ARGS(callee.name),
                 fails ? "ctx.fail" : "a query that fails");
}

/* error("no_such_note") */
static void check_error(struct advising *advising, const struct syntax_expression *call)
{
  const struct contract *contract = advising->contract;
  struct known callee = known_of(advising, call->callee);
  struct text code;
  if (callee.kind != KNOWN_GLOBAL || !text_is(callee.name, "error") || call->method.length > 0 ||
      !call->arguments)
    return;
  struct known first = known_of(advising, call->arguments);
  if (!known_string(&first, &code)) return;
  for (size_t i = 0; i < contract->error_count; i++)
    if (text_equal(contract->errors[i].code, code))
      report_warning(advising->report, FINDING_ERROR_FOR_FAIL, advising->source, call->offset,
                     arena_print(advising->arena, "write ctx.fail(\"%.*s\")", TEXT_ARGS(code)).data,
                     "error() makes this a 500: the contract's '%.*s' is raised by ctx.fail",
                     TEXT_ARGS(code));
}

void habits_visit(struct advising *advising, const struct visit *visit)
{
  if (visit->expression->kind != SYNTAX_CALL) return;
  check_pcall(advising, visit);
  check_error(advising, visit->expression);
}

void habits_of_module(struct advising *advising, const struct syntax_statement *statement,
                      const struct syntax_function *function)
{
  if (statement->kind != STATEMENT_ASSIGN || function == advising->file) return;
  for (const struct syntax_expression *target = statement->targets; target; target = target->next)
    check_global(advising, syntax_inner(target));
}

void habits_statement(struct advising *advising, const struct syntax_statement *statement,
                      const struct syntax_function *function)
{
  habits_of_module(advising, statement, function);
  if (statement->kind == STATEMENT_ASSIGN && function == advising->handler &&
      is_in_body(function, statement))
    check_counter(advising, statement);
}
