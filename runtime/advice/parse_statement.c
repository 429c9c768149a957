/* Statements. Each function takes over behind the word that told which one it is. */
#include "advice/parser.h"

static void declare_all(struct parser *parser, struct syntax_local *locals)
{
  for (; locals; locals = locals->next) parser_declare(parser, locals);
}

/* Where values are fewer than locals, the further ones of the last are known to nobody. */
static void initialize(struct syntax_local *local, struct syntax_expression *value)
{
  for (; local && value; local = local->next, value = value->next) {
    local->initial = value;
    if (value->kind == SYNTAX_FUNCTION) value->function->local = local;
  }
}

static struct syntax_statement *new_statement(struct parser *parser,
                                              enum syntax_statement_kind kind, uint32_t offset)
{
  struct syntax_statement *statement = arena_new(parser->arena, sizeof *statement);
  statement->kind = kind;
  statement->offset = offset;
  return statement;
}

/* local a <const>, b = … */
static struct syntax_statement *read_local(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_LOCAL, offset);
  struct syntax_local **last = &statement->locals;
  uint32_t index = 0;
  do {
    *last = parser_new_local(parser, parser_expect(parser, TOKEN_NAME), LOCAL_VARIABLE);
    (*last)->index = index++;
    last = &(*last)->next;
    if (!parser_accept(parser, TOKEN_LESS)) continue;
    parser_expect(parser, TOKEN_NAME);
    parser_expect(parser, TOKEN_GREATER);
  } while (parser_accept(parser, TOKEN_COMMA));
  if (parser_accept(parser, TOKEN_ASSIGN)) statement->values = parser_expressions(parser);
  declare_all(parser, statement->locals);
  initialize(statement->locals, statement->values);
  return statement;
}

static struct syntax_statement *read_local_function(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_LOCAL_FUNCTION, offset);
  statement->locals = parser_new_local(parser, parser_expect(parser, TOKEN_NAME), LOCAL_VARIABLE);
  parser_declare(parser, statement->locals);
  statement->values = parser_closure(parser, offset, false);
  initialize(statement->locals, statement->values);
  return statement;
}

static void note_assigned(const struct syntax_expression *target)
{
  if (target->kind == SYNTAX_NAME && target->local) target->local->reassigned = true;
}

/* function a.b:c() … */
static struct syntax_statement *read_function(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_ASSIGN, offset);
  bool method = false;
  struct token first = parser_expect(parser, TOKEN_NAME);
  if (parser->failed) return NULL;
  struct syntax_expression *target = parser_name(parser, first);
  while (!method && (parser->token.kind == TOKEN_DOT || parser->token.kind == TOKEN_COLON)) {
    method = parser_take(parser).kind == TOKEN_COLON;
    target = parser_field(parser, target, parser_expect(parser, TOKEN_NAME));
  }
  note_assigned(target);
  statement->targets = target;
  statement->values = parser_closure(parser, offset, method);
  return statement;
}

static struct syntax_statement *read_if(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_IF, offset);
  struct syntax_clause **last = &statement->clauses;
  bool more = true;
  while (more) {
    struct syntax_clause *clause = arena_new(parser->arena, sizeof *clause);
    clause->condition = parser_expression(parser);
    parser_expect(parser, TOKEN_THEN);
    clause->body = parser_block(parser);
    *last = clause;
    last = &clause->next;
    more = parser_accept(parser, TOKEN_ELSEIF);
  }
  if (parser_accept(parser, TOKEN_ELSE)) {
    *last = arena_new(parser->arena, sizeof **last);
    (*last)->body = parser_block(parser);
  }
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

static struct syntax_statement *read_while(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_WHILE, offset);
  statement->values = parser_expression(parser);
  parser_expect(parser, TOKEN_DO);
  statement->body = parser_block(parser);
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

/* What the body declares is visible in its condition. */
static struct syntax_statement *read_repeat(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_REPEAT, offset);
  struct parser_scope *outer = parser->scopes;
  statement->body = parser_statements(parser);
  parser_expect(parser, TOKEN_UNTIL);
  statement->values = parser_expression(parser);
  parser_leave_scope(parser, outer);
  return statement;
}

static bool has_two_or_three(const struct syntax_expression *list)
{
  return list && list->next && (!list->next->next || !list->next->next->next);
}

static struct syntax_statement *read_for(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_NUMERIC_FOR, offset);
  struct parser_scope *outer = parser->scopes;
  struct syntax_local **last = &statement->locals;
  uint32_t index = 0;
  do {
    *last = parser_new_local(parser, parser_expect(parser, TOKEN_NAME), LOCAL_LOOP);
    (*last)->index = index++;
    last = &(*last)->next;
  } while (parser_accept(parser, TOKEN_COMMA));
  if (index > 1 || parser->token.kind == TOKEN_IN) {
    statement->kind = STATEMENT_GENERIC_FOR;
    parser_expect(parser, TOKEN_IN);
  } else {
    parser_expect(parser, TOKEN_ASSIGN);
  }
  statement->values = parser_expressions(parser);
  if (statement->kind == STATEMENT_NUMERIC_FOR && !has_two_or_three(statement->values))
    return parser_fail(parser);
  parser_expect(parser, TOKEN_DO);
  for (struct syntax_local *local = statement->locals; local; local = local->next)
    if (statement->kind == STATEMENT_GENERIC_FOR) local->iterated = statement->values;
  declare_all(parser, statement->locals);
  statement->body = parser_statements(parser);
  parser_leave_scope(parser, outer);
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

static struct syntax_statement *read_do(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_DO, offset);
  statement->body = parser_block(parser);
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

static struct syntax_statement *read_return(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_RETURN, offset);
  if (!parser_block_ends(parser) && parser->token.kind != TOKEN_SEMICOLON)
    statement->values = parser_expressions(parser);
  parser_accept(parser, TOKEN_SEMICOLON);
  if (!parser_block_ends(parser)) parser_fail(parser);
  return statement;
}

static struct syntax_statement *read_jump(struct parser *parser, enum syntax_statement_kind kind,
                                          uint32_t offset)
{
  if (kind != STATEMENT_BREAK) {
    parser->function->jumps = true;
    parser_expect(parser, TOKEN_NAME);
  }
  if (kind == STATEMENT_LABEL) parser_expect(parser, TOKEN_LABEL);
  return new_statement(parser, kind, offset);
}

static bool is_target(const struct syntax_expression *expression)
{
  return expression->kind == SYNTAX_NAME || expression->kind == SYNTAX_INDEX;
}

/* A call, or an assignment. */
static struct syntax_statement *read_expression(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_ASSIGN, offset);
  struct syntax_expression *first = parser_suffixed(parser);
  if (!first) return NULL;
  if (parser->token.kind != TOKEN_ASSIGN && parser->token.kind != TOKEN_COMMA) {
    statement->kind = STATEMENT_CALL;
    statement->values = first;
    return first->kind == SYNTAX_CALL ? statement : parser_fail(parser);
  }
  struct syntax_expression **last = &statement->targets, *target = first;
  for (;;) {
    if (!target || !is_target(target)) return parser_fail(parser);
    *last = target;
    last = &target->next;
    if (!parser_accept(parser, TOKEN_COMMA)) break;
    target = parser_suffixed(parser);
  }
  parser_expect(parser, TOKEN_ASSIGN);
  statement->values = parser_expressions(parser);
  for (target = statement->targets; target; target = target->next) note_assigned(target);
  return statement;
}

static struct syntax_statement *read_by_word(struct parser *parser)
{
  uint32_t offset = parser->token.offset;
  enum token_kind kind = parser->token.kind;
  if (kind == TOKEN_NAME || kind == TOKEN_OPEN_PAREN) return read_expression(parser, offset);
  parser_take(parser);
  switch (kind) {
  case TOKEN_LOCAL:
    if (parser_accept(parser, TOKEN_FUNCTION)) return read_local_function(parser, offset);
    return read_local(parser, offset);
  case TOKEN_FUNCTION:
    return read_function(parser, offset);
  case TOKEN_IF:
    return read_if(parser, offset);
  case TOKEN_WHILE:
    return read_while(parser, offset);
  case TOKEN_REPEAT:
    return read_repeat(parser, offset);
  case TOKEN_FOR:
    return read_for(parser, offset);
  case TOKEN_DO:
    return read_do(parser, offset);
  case TOKEN_RETURN:
    return read_return(parser, offset);
  case TOKEN_BREAK:
    return read_jump(parser, STATEMENT_BREAK, offset);
  case TOKEN_GOTO:
    return read_jump(parser, STATEMENT_GOTO, offset);
  case TOKEN_LABEL:
    return read_jump(parser, STATEMENT_LABEL, offset);
  default:
    return parser_fail(parser);
  }
}

struct syntax_statement *parser_statement(struct parser *parser)
{
  struct syntax_statement *statement = NULL;
  if (parser_enter(parser)) statement = read_by_word(parser);
  parser_leave(parser);
  return parser->failed ? NULL : statement;
}
