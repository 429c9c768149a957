/* Paths through the handler: how often a query that writes has run by then, and whether the end is
 * reached. Branches join, a loop may run any number of times; what functions within the handler do
 * is left out. */
#include "advice/advising.h"

/* One path, or several that have met: how often each granted query has run, at least and at most.
 */
struct path {
  bool reachable;
  uint32_t *least, *most;
};

struct flow {
  struct advising *advising;
  struct path *left; /* where the innermost loop is left by `break`; NULL: no loop */
};

static struct path copy_path(const struct flow *flow, const struct path *path)
{
  size_t count = flow->advising->contract->use_count;
  struct path copy = {.reachable = path->reachable};
  copy.least = arena_new_array(flow->advising->arena, count, sizeof *copy.least);
  copy.most = arena_new_array(flow->advising->arena, count, sizeof *copy.most);
  for (size_t i = 0; i < count; i++) {
    copy.least[i] = path->least[i];
    copy.most[i] = path->most[i];
  }
  return copy;
}

static void join(const struct flow *flow, struct path *path, const struct path *other)
{
  if (!other->reachable) return;
  for (size_t i = 0; i < flow->advising->contract->use_count; i++) {
    if (!path->reachable || other->least[i] < path->least[i]) path->least[i] = other->least[i];
    if (!path->reachable || other->most[i] > path->most[i]) path->most[i] = other->most[i];
  }
  path->reachable = true;
}

/* --- Calls. --- */

static void find_return(void *context, const struct syntax_statement *statement,
                        const struct syntax_function *function)
{
  (void)function;
  if (statement->kind == STATEMENT_RETURN) *(bool *)context = true;
}

static bool ends_by_call(struct advising *advising, const struct syntax_expression *call);

/* local function not_found() ctx.fail("not_found") end */
static bool never_returns(struct advising *advising, const struct syntax_function *function)
{
  bool returns = false;
  const struct syntax_statement *last = function->body.first;
  while (last && last->next) last = last->next;
  if (!last || last->kind != STATEMENT_CALL) return false;
  struct known callee = known_of(advising, last->values->callee);
  if (callee.kind == KNOWN_FUNCTION || !ends_by_call(advising, last->values)) return false;
  walk_function(&(struct walker){.context = &returns, .statement = find_return}, function);
  return !returns;
}

/* Nothing runs after this call. */
static bool ends_by_call(struct advising *advising, const struct syntax_expression *call)
{
  if (call->method.length > 0) return false;
  struct known callee = known_of(advising, call->callee);
  if (callee.kind == KNOWN_MEMBER) return text_is(callee.name, "fail");
  if (callee.kind == KNOWN_GLOBAL) return text_is(callee.name, "error");
  return callee.kind == KNOWN_FUNCTION && never_returns(advising, callee.expression->function);
}

static const char *how_to_run_often(const struct advising *advising, const struct use *use)
{
  return arena_print(advising->arena,
                     "write all rows by one statement, over json_each; or whoever reviews the "
                     "contract grants more: { \"name\": \"%s\", \"calls\": 10 } (%s)",
                     use->query->name, CONTRACT_PLACE(advising, "uses", "queries"))
      .data;
}

static void run_query(const struct flow *flow, const struct syntax_expression *call,
                      const struct use *use, struct path *path, bool repeated)
{
  struct advising *advising = flow->advising;
  size_t index = (size_t)(use - advising->contract->uses);
  const char *name = use->query->name, *often = "once", *help;
  if (use->calls == 0) return;
  if (use->calls > 1) often = arena_print(advising->arena, "%u times", (unsigned)use->calls).data;
  help = how_to_run_often(advising, use);
  if (repeated && use->calls == 1)
    report_warning(advising->report, FINDING_RUNS_TOO_OFTEN, advising->source, call->offset, help,
                   "%s may run once a call, and stands in a loop", name);
  else if (path->least[index] >= use->calls)
    report_error(advising->report, FINDING_RUNS_TOO_OFTEN, advising->source, call->offset, help,
                 "%s may run %s a call, and has done so before this", name, often);
  else if (path->most[index] >= use->calls)
    report_warning(advising->report, FINDING_RUNS_TOO_OFTEN, advising->source, call->offset, help,
                   "%s may run %s a call, and may have done so before this", name, often);
  path->least[index]++;
  path->most[index]++;
}

/* --- Expressions, in the order in which they are evaluated. --- */

static void run(const struct flow *flow, const struct syntax_expression *expression,
                struct path *path, bool repeated);

static void run_list(const struct flow *flow, const struct syntax_expression *list,
                     struct path *path, bool repeated)
{
  for (; list; list = list->next) run(flow, list, path, repeated);
}

static void run_call(const struct flow *flow, const struct syntax_expression *call,
                     struct path *path, bool repeated)
{
  run(flow, call->callee, path, repeated);
  run_list(flow, call->arguments, path, repeated);
  if (!path->reachable) return;
  struct known callee = known_of(flow->advising, call->callee);
  if (callee.kind == KNOWN_QUERY && callee.use && call->method.length == 0)
    run_query(flow, call, callee.use, path, repeated);
  if (ends_by_call(flow->advising, call)) path->reachable = false;
}

static void run_operation(const struct flow *flow, const struct syntax_expression *operation,
                          struct path *path, bool repeated)
{
  run(flow, operation->left, path, repeated);
  if (operation->operator== OPERATOR_AND || operation->operator== OPERATOR_OR) {
    struct path without = copy_path(flow, path);
    run(flow, operation->right, path, repeated);
    join(flow, path, &without);
  } else if (operation->right) {
    run(flow, operation->right, path, repeated);
  }
}

static void run(const struct flow *flow, const struct syntax_expression *expression,
                struct path *path, bool repeated)
{
  if (!path->reachable) return;
  switch (expression->kind) {
  case SYNTAX_INDEX:
    run(flow, expression->object, path, repeated);
    run(flow, expression->key, path, repeated);
    break;
  case SYNTAX_CALL:
    run_call(flow, expression, path, repeated);
    break;
  case SYNTAX_TABLE:
    for (const struct syntax_field *field = expression->fields; field; field = field->next) {
      if (field->key) run(flow, field->key, path, repeated);
      run(flow, field->value, path, repeated);
    }
    break;
  case SYNTAX_UNARY:
  case SYNTAX_BINARY:
    run_operation(flow, expression, path, repeated);
    break;
  case SYNTAX_PAREN:
    run(flow, expression->inner, path, repeated);
    break;
  default:
    break;
  }
}

/* --- Statements. --- */

static void run_block(struct flow *flow, const struct syntax_block *block, struct path *path,
                      bool repeated);

static void run_if(struct flow *flow, const struct syntax_statement *statement, struct path *path,
                   bool repeated)
{
  struct path after = copy_path(flow, path);
  after.reachable = false;
  bool otherwise = true;
  for (const struct syntax_clause *clause = statement->clauses; clause; clause = clause->next) {
    if (clause->condition)
      run(flow, clause->condition, path, repeated);
    else
      otherwise = false;
    struct path branch = copy_path(flow, path);
    run_block(flow, &clause->body, &branch, repeated);
    join(flow, &after, &branch);
  }
  if (otherwise) join(flow, &after, path);
  *path = after;
}

static bool is_true(struct advising *advising, const struct syntax_expression *condition)
{
  struct known known = known_of(advising, condition);
  return known.kind == KNOWN_CONSTANT && known.expression->kind != SYNTAX_FALSE;
}

/* A loop may be left before its body has run, unless nothing but `break` leaves it. */
static void run_loop(struct flow *flow, const struct syntax_statement *loop, struct path *path)
{
  struct path left = copy_path(flow, path), *outer = flow->left;
  bool repeats = loop->kind == STATEMENT_REPEAT;
  bool endless = loop->kind == STATEMENT_WHILE && is_true(flow->advising, loop->values);
  left.reachable = false;
  flow->left = &left;
  if (!repeats) {
    run_list(flow, loop->values, path, loop->kind == STATEMENT_WHILE);
    if (!endless) join(flow, &left, path);
  }
  run_block(flow, &loop->body, path, true);
  if (repeats) run_list(flow, loop->values, path, true);
  if (!endless) join(flow, &left, path);
  *path = left;
  flow->left = outer;
}

static void run_statement(struct flow *flow, const struct syntax_statement *statement,
                          struct path *path, bool repeated)
{
  switch (statement->kind) {
  case STATEMENT_DO:
    run_block(flow, &statement->body, path, repeated);
    break;
  case STATEMENT_WHILE:
  case STATEMENT_REPEAT:
  case STATEMENT_NUMERIC_FOR:
  case STATEMENT_GENERIC_FOR:
    run_loop(flow, statement, path);
    break;
  case STATEMENT_IF:
    run_if(flow, statement, path, repeated);
    break;
  case STATEMENT_BREAK:
    if (flow->left) join(flow, flow->left, path);
    path->reachable = false;
    break;
  default:
    run_list(flow, statement->targets, path, repeated);
    run_list(flow, statement->values, path, repeated);
    if (statement->kind == STATEMENT_RETURN) path->reachable = false;
  }
}

/* What leaves the loop, or the handler, as its last act is not repeated. */
static bool block_leaves(struct advising *advising, const struct syntax_block *block)
{
  const struct syntax_statement *last = block->first;
  while (last && last->next) last = last->next;
  if (!last) return false;
  return last->kind == STATEMENT_RETURN || last->kind == STATEMENT_BREAK ||
         (last->kind == STATEMENT_CALL && ends_by_call(advising, last->values));
}

static void run_block(struct flow *flow, const struct syntax_block *block, struct path *path,
                      bool repeated)
{
  if (repeated && block_leaves(flow->advising, block)) repeated = false;
  for (const struct syntax_statement *s = block->first; s && path->reachable; s = s->next)
    run_statement(flow, s, path, repeated);
}

void flow_check(struct advising *advising)
{
  size_t count = advising->contract->use_count;
  struct flow flow = {.advising = advising};
  struct path path = {.reachable = true};
  if (advising->handler->jumps) return;
  path.least = arena_new_array(advising->arena, count, sizeof *path.least);
  path.most = arena_new_array(advising->arena, count, sizeof *path.most);
  run_block(&flow, &advising->handler->body, &path, false);
  advising->reaches_end = path.reachable;
}
