/* The usages follow from the grammar alone: what a call does with its arguments is nobody's
 * knowledge. */
#include "advice/walk.h"

/* Where the walk is. */
struct place {
  const struct walker *walker;
  const struct syntax_statement *statement;
  const struct syntax_function *function;
};

static void walk_expression(const struct place *place, const struct syntax_expression *expression,
                            const struct syntax_expression *parent, enum usage usage);

static void walk_list(const struct place *place, const struct syntax_expression *list,
                      const struct syntax_expression *parent, enum usage usage)
{
  for (; list; list = list->next) walk_expression(place, list, parent, usage);
}

/* `assert` asks for the truth of its first argument. */
static void walk_call(const struct place *place, const struct syntax_expression *call)
{
  const struct syntax_expression *callee = call->callee;
  bool asserts = callee->kind == SYNTAX_NAME && !callee->local && text_is(callee->name, "assert");
  walk_expression(place, callee, call, call->method.length > 0 ? USAGE_METHOD : USAGE_CALLED);
  if (asserts && call->arguments) {
    walk_expression(place, call->arguments, call, USAGE_TEST);
    walk_list(place, call->arguments->next, call, USAGE_ARGUMENT);
  } else {
    walk_list(place, call->arguments, call, USAGE_ARGUMENT);
  }
}

/* In `a and b or c` it is a whose truth counts; b is taken for a value, as people mean it. */
static void walk_logical(const struct place *place, const struct syntax_expression *logical,
                         enum usage usage)
{
  bool is_or = logical->operator== OPERATOR_OR;
  enum usage left = is_or && usage != USAGE_TEST ? USAGE_DEFAULT : USAGE_TEST;
  enum usage right = !is_or && usage == USAGE_DEFAULT ? USAGE_VALUE : usage;
  walk_expression(place, logical->left, logical, left);
  walk_expression(place, logical->right, logical, right);
}

static void walk_operation(const struct place *place, const struct syntax_expression *operation,
                           enum usage usage)
{
  enum usage operands = USAGE_OPERAND;
  switch (operation->operator) {
  case OPERATOR_OR:
  case OPERATOR_AND:
    walk_logical(place, operation, usage);
    return;
  case OPERATOR_NOT:
    operands = USAGE_TEST;
    break;
  case OPERATOR_EQUAL:
  case OPERATOR_NOT_EQUAL:
    operands = USAGE_COMPARED;
    break;
  default:
    break;
  }
  walk_expression(place, operation->left, operation, operands);
  if (operation->right) walk_expression(place, operation->right, operation, operands);
}

static void walk_table(const struct place *place, const struct syntax_expression *table,
                       enum usage usage)
{
  bool returned = usage == USAGE_RETURNED || usage == USAGE_PART;
  for (const struct syntax_field *field = table->fields; field; field = field->next) {
    if (field->key) walk_expression(place, field->key, table, USAGE_KEY);
    walk_expression(place, field->value, table, returned ? USAGE_PART : USAGE_VALUE);
  }
}

static void walk_expression(const struct place *place, const struct syntax_expression *expression,
                            const struct syntax_expression *parent, enum usage usage)
{
  const struct walker *walker = place->walker;
  struct visit visit = {expression, parent, usage, place->statement, place->function};
  if (walker->expression && expression->kind != SYNTAX_PAREN)
    walker->expression(walker->context, &visit);
  switch (expression->kind) {
  case SYNTAX_FUNCTION:
    walk_block(walker, expression->function, &expression->function->body);
    break;
  case SYNTAX_INDEX:
    walk_expression(place, expression->object, expression, USAGE_INDEXED);
    walk_expression(place, expression->key, expression, USAGE_KEY);
    break;
  case SYNTAX_CALL:
    walk_call(place, expression);
    break;
  case SYNTAX_TABLE:
    walk_table(place, expression, usage);
    break;
  case SYNTAX_UNARY:
  case SYNTAX_BINARY:
    walk_operation(place, expression, usage);
    break;
  case SYNTAX_PAREN:
    walk_expression(place, expression->inner, parent, usage);
    break;
  default:
    break;
  }
}

/* What becomes of a statement's values. */
static enum usage usage_of_values(enum syntax_statement_kind kind)
{
  switch (kind) {
  case STATEMENT_CALL:
    return USAGE_DISCARDED;
  case STATEMENT_WHILE:
  case STATEMENT_REPEAT:
    return USAGE_TEST;
  case STATEMENT_NUMERIC_FOR:
    return USAGE_OPERAND;
  case STATEMENT_GENERIC_FOR:
    return USAGE_ITERATED;
  case STATEMENT_RETURN:
    return USAGE_RETURNED;
  default:
    return USAGE_VALUE;
  }
}

static void walk_statement(const struct place *place)
{
  const struct walker *walker = place->walker;
  const struct syntax_statement *statement = place->statement;
  bool after = statement->kind == STATEMENT_REPEAT; /* its condition */
  enum usage usage = usage_of_values(statement->kind);
  if (walker->statement) walker->statement(walker->context, statement, place->function);
  if (after) walk_block(walker, place->function, &statement->body);
  walk_list(place, statement->targets, NULL, USAGE_TARGET);
  if (usage == USAGE_ITERATED && statement->values) {
    walk_expression(place, statement->values, NULL, USAGE_ITERATED);
    walk_list(place, statement->values->next, NULL, USAGE_VALUE);
  } else {
    walk_list(place, statement->values, NULL, usage);
  }
  for (const struct syntax_clause *clause = statement->clauses; clause; clause = clause->next) {
    if (clause->condition) walk_expression(place, clause->condition, NULL, USAGE_TEST);
    walk_block(walker, place->function, &clause->body);
  }
  if (!after) walk_block(walker, place->function, &statement->body);
}

void walk_block(const struct walker *walker, const struct syntax_function *function,
                const struct syntax_block *block)
{
  struct place place = {walker, NULL, function};
  for (place.statement = block->first; place.statement; place.statement = place.statement->next)
    walk_statement(&place);
}

void walk_function(const struct walker *walker, const struct syntax_function *function)
{
  walk_block(walker, function, &function->body);
}
