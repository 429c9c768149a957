/* Words, blocks and functions, and which local each name means: the manual's grammar by recursive
 * descent. */
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
void parser_leave_scope(struct parser *parser, struct parser_scope *outer)
{
  for (; parser->scopes != outer; parser->scopes = parser->scopes->below) {
    struct parser_name *name = parser->scopes->name;
    name->visible = name->visible->shadowed;
    parser->local_count--;
  }
}

/* --- Blocks and functions. --- */

bool parser_block_ends(const struct parser *parser)
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
struct syntax_block parser_statements(struct parser *parser)
{
  struct syntax_block block = {NULL};
  struct syntax_statement **last = &block.first;
  bool returned = false;
  while (!returned && !parser_block_ends(parser)) {
    if (parser_accept(parser, TOKEN_SEMICOLON)) continue;
    struct syntax_statement *statement = parser_statement(parser);
    if (!statement) return block;
    statement->end = parser->taken_end;
    returned = statement->kind == STATEMENT_RETURN;
    *last = statement;
    last = &statement->next;
  }
  return block;
}

struct syntax_block parser_block(struct parser *parser)
{
  struct parser_scope *outer = parser->scopes;
  struct syntax_block block = parser_statements(parser);
  parser_leave_scope(parser, outer);
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
  function->body = parser_statements(parser);
  function->end = parser_expect(parser, TOKEN_END_WORD).offset;
  parser_leave_scope(parser, outer);
  parser->local_count = local_count;
  parser->function = around;
  return function;
}

struct syntax_expression *parser_closure(struct parser *parser, uint32_t offset, bool method)
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
  return parser_closure(parser, offset, false);
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
  file->body = parser_block(&parser);
  return parser.failed || parser.token.kind != TOKEN_END ? NULL : file;
}
