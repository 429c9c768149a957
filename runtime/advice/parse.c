/* Statements, and which local each name means: the manual's grammar by recursive descent. */
#include "base/text.h"

#include "advice/parser.h"

/* --- Words. --- */

void *parser_fail(struct parser *parser)
{
  parser->failed = true;
  parser->token.kind = parser->ahead.kind = TOKEN_BAD;
  return NULL;
}

struct token parser_take(struct parser *parser)
{
  struct token taken = parser->token;
  if (parser->failed) return taken;
  parser->token = parser->ahead;
  parser->ahead = lexer_next(&parser->lexer);
  parser->taken_end = taken.end;
  return taken;
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
  if (parser->token.kind != kind) return false;
  parser_take(parser);
  return true;
}

struct token parser_expect(struct parser *parser, enum token_kind kind)
{
  if (parser->token.kind != kind) parser_fail(parser);
  return parser_take(parser);
}

bool parser_enter(struct parser *parser)
{
  if (parser->depth++ >= SYNTAX_DEPTH_MAX) parser_fail(parser);
  return !parser->failed;
}

void parser_leave(struct parser *parser)
{
  parser->depth--;
}

/* --- Names. --- */

static struct parser_name *find_name(struct parser *parser, struct text text)
{
  uint32_t hash = 2166136261; /* FNV-1a */
  for (size_t i = 0; i < text.length; i++) hash = (hash ^ (unsigned char)text.data[i]) * 16777619;
  struct parser_name **bucket = &parser->names[hash % PARSER_BUCKETS];
  for (struct parser_name *name = *bucket; name; name = name->next)
    if (text_equal(name->text, text)) return name;
  struct parser_name *name = arena_new(parser->arena, sizeof *name);
  *name = (struct parser_name){.next = *bucket, .text = text};
  *bucket = name;
  return name;
}

struct syntax_expression *parser_name(struct parser *parser, struct token token)
{
  struct syntax_expression *use = parser_new(parser, SYNTAX_NAME, token.offset, NULL, NULL);
  struct syntax_local *local = find_name(parser, token.text)->visible;
  use->name = token.text;
  use->local = local;
  if (!local) return use;
  *local->last_use = use;
  local->last_use = &use->later;
  return use;
}

struct syntax_local *parser_new_local(struct parser *parser, struct token name,
                                      enum syntax_local_kind kind)
{
  struct syntax_local *local = arena_new(parser->arena, sizeof *local);
  local->name = name.text;
  local->kind = kind;
  local->offset = name.offset;
  local->function = parser->function;
  local->last_use = &local->uses;
  return local;
}

void parser_declare(struct parser *parser, struct syntax_local *local)
{
  struct parser_scope *scope = arena_new(parser->arena, sizeof *scope);
  struct parser_name *name = find_name(parser, local->name);
  if (++parser->local_count > PARSER_LOCALS_MAX) parser_fail(parser);
  local->shadowed = name->visible;
  name->visible = local;
  *scope = (struct parser_scope){parser->scopes, name};
  parser->scopes = scope;
}

/* Hides again what was declared since. */
static void leave_scope(struct parser *parser, struct parser_scope *outer)
{
  for (; parser->scopes != outer; parser->scopes = parser->scopes->below) {
    struct parser_name *name = parser->scopes->name;
    name->visible = name->visible->shadowed;
    parser->local_count--;
  }
}

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

/* --- Blocks and functions. --- */

static struct syntax_statement *read_statement(struct parser *parser);

static bool block_ends(const struct parser *parser)
{
  switch (parser->token.kind) {
  case TOKEN_END:
  case TOKEN_BAD:
  case TOKEN_ELSE:
  case TOKEN_ELSEIF:
  case TOKEN_END_WORD:
  case TOKEN_UNTIL:
    return true;
  default:
    return false;
  }
}

/* The statements of a block, whose scope the caller leaves. `return` is the last one. */
static struct syntax_block read_statements(struct parser *parser)
{
  struct syntax_block block = {NULL};
  struct syntax_statement **last = &block.first;
  bool returned = false;
  while (!returned && !block_ends(parser)) {
    if (parser_accept(parser, TOKEN_SEMICOLON)) continue;
    struct syntax_statement *statement = read_statement(parser);
    if (!statement) return block;
    statement->end = parser->taken_end;
    returned = statement->kind == STATEMENT_RETURN;
    *last = statement;
    last = &statement->next;
  }
  return block;
}

static struct syntax_block read_block(struct parser *parser)
{
  struct parser_scope *outer = parser->scopes;
  struct syntax_block block = read_statements(parser);
  leave_scope(parser, outer);
  return block;
}

static void add_parameter(struct parser *parser, struct syntax_function *function,
                          struct token name)
{
  struct syntax_local **end = &function->parameters;
  uint32_t index = 0;
  for (; *end; end = &(*end)->next) index++;
  *end = parser_new_local(parser, name, LOCAL_PARAMETER);
  (*end)->index = index;
  parser_declare(parser, *end);
}

static void read_parameters(struct parser *parser, struct syntax_function *function, bool method)
{
  parser_expect(parser, TOKEN_OPEN_PAREN);
  if (method)
    add_parameter(parser, function,
                  (struct token){.text = TEXT("self"), .offset = function->offset});
  if (parser_accept(parser, TOKEN_CLOSE_PAREN)) return;
  do {
    function->vararg = parser_accept(parser, TOKEN_ELLIPSIS);
    if (!function->vararg) add_parameter(parser, function, parser_expect(parser, TOKEN_NAME));
  } while (!function->vararg && parser_accept(parser, TOKEN_COMMA));
  parser_expect(parser, TOKEN_CLOSE_PAREN);
}

/* Parameters and body, from the parenthesis to `end`. With `method` there is a parameter self. */
static struct syntax_function *read_body(struct parser *parser, uint32_t offset, bool method)
{
  struct syntax_function *function = arena_new(parser->arena, sizeof *function);
  struct syntax_function *around = parser->function;
  struct parser_scope *outer = parser->scopes;
  unsigned local_count = parser->local_count;
  function->around = around;
  function->offset = offset;
  parser->function = function;
  parser->local_count = 0;
  read_parameters(parser, function, method);
  function->body = read_statements(parser);
  function->end = parser_expect(parser, TOKEN_END_WORD).offset;
  leave_scope(parser, outer);
  parser->local_count = local_count;
  parser->function = around;
  return function;
}

/* --- Statements. --- */

static struct syntax_statement *new_statement(struct parser *parser,
                                              enum syntax_statement_kind kind, uint32_t offset)
{
  struct syntax_statement *statement = arena_new(parser->arena, sizeof *statement);
  statement->kind = kind;
  statement->offset = offset;
  return statement;
}

static struct syntax_expression *function_expression(struct parser *parser, uint32_t offset,
                                                     bool method)
{
  unsigned tallest = parser->tallest;
  parser->tallest = 0;
  struct syntax_function *function = read_body(parser, offset, method);
  struct syntax_expression *expression = parser_new(parser, SYNTAX_FUNCTION, offset, NULL, NULL);
  expression->function = function;
  parser_grow(parser, expression, parser->tallest);
  if (parser->tallest < tallest) parser->tallest = tallest;
  return expression;
}

struct syntax_expression *parser_function_expression(struct parser *parser)
{
  uint32_t offset = parser_expect(parser, TOKEN_FUNCTION).offset;
  return function_expression(parser, offset, false);
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
  statement->values = function_expression(parser, offset, false);
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
  statement->values = function_expression(parser, offset, method);
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
    clause->body = read_block(parser);
    *last = clause;
    last = &clause->next;
    more = parser_accept(parser, TOKEN_ELSEIF);
  }
  if (parser_accept(parser, TOKEN_ELSE)) {
    *last = arena_new(parser->arena, sizeof **last);
    (*last)->body = read_block(parser);
  }
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

static struct syntax_statement *read_while(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_WHILE, offset);
  statement->values = parser_expression(parser);
  parser_expect(parser, TOKEN_DO);
  statement->body = read_block(parser);
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

/* What the body declares is visible in its condition. */
static struct syntax_statement *read_repeat(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_REPEAT, offset);
  struct parser_scope *outer = parser->scopes;
  statement->body = read_statements(parser);
  parser_expect(parser, TOKEN_UNTIL);
  statement->values = parser_expression(parser);
  leave_scope(parser, outer);
  return statement;
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
  parser_expect(parser, TOKEN_DO);
  for (struct syntax_local *local = statement->locals; local; local = local->next)
    if (statement->kind == STATEMENT_GENERIC_FOR) local->iterated = statement->values;
  declare_all(parser, statement->locals);
  statement->body = read_statements(parser);
  leave_scope(parser, outer);
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

static struct syntax_statement *read_do(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_DO, offset);
  statement->body = read_block(parser);
  parser_expect(parser, TOKEN_END_WORD);
  return statement;
}

static struct syntax_statement *read_return(struct parser *parser, uint32_t offset)
{
  struct syntax_statement *statement = new_statement(parser, STATEMENT_RETURN, offset);
  if (!block_ends(parser) && parser->token.kind != TOKEN_SEMICOLON)
    statement->values = parser_expressions(parser);
  parser_accept(parser, TOKEN_SEMICOLON);
  if (!block_ends(parser)) parser_fail(parser);
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

static struct syntax_statement *read_statement(struct parser *parser)
{
  struct syntax_statement *statement = NULL;
  if (parser_enter(parser)) statement = read_by_word(parser);
  parser_leave(parser);
  return parser->failed ? NULL : statement;
}

struct syntax_function *syntax_parse(struct text source, struct arena *arena)
{
  struct parser parser = {.arena = arena};
  struct syntax_function *file = arena_new(arena, sizeof *file);
  if (source.length > UINT32_MAX || !source.data) return NULL;
  lexer_init(&parser.lexer, source, arena);
  parser.token = lexer_next(&parser.lexer);
  parser.ahead = lexer_next(&parser.lexer);
  parser.function = file;
  file->vararg = true;
  file->end = (uint32_t)source.length;
  file->body = read_block(&parser);
  return parser.failed || parser.token.kind != TOKEN_END ? NULL : file;
}
