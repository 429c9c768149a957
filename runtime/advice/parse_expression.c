/* Expressions: operators by precedence climbing, with the priorities of the manual (section 3.4.8).
 */
#include "advice/parser.h"

/* Binds tighter than what is on its left, or on its right: `..` and `^` are right associative. */
struct priority {
  unsigned char left, right;
};

enum { PRIORITY_UNARY = 12 };

static const struct priority priorities[] = {[OPERATOR_OR] = {1, 1},
                                             [OPERATOR_AND] = {2, 2},
                                             [OPERATOR_LESS] = {3, 3},
                                             [OPERATOR_GREATER] = {3, 3},
                                             [OPERATOR_LESS_EQUAL] = {3, 3},
                                             [OPERATOR_GREATER_EQUAL] = {3, 3},
                                             [OPERATOR_NOT_EQUAL] = {3, 3},
                                             [OPERATOR_EQUAL] = {3, 3},
                                             [OPERATOR_BIT_OR] = {4, 4},
                                             [OPERATOR_BIT_XOR] = {5, 5},
                                             [OPERATOR_BIT_AND] = {6, 6},
                                             [OPERATOR_SHIFT_LEFT] = {7, 7},
                                             [OPERATOR_SHIFT_RIGHT] = {7, 7},
                                             [OPERATOR_CONCAT] = {9, 8},
                                             [OPERATOR_ADD] = {10, 10},
                                             [OPERATOR_SUBTRACT] = {10, 10},
                                             [OPERATOR_MULTIPLY] = {11, 11},
                                             [OPERATOR_DIVIDE] = {11, 11},
                                             [OPERATOR_FLOOR_DIVIDE] = {11, 11},
                                             [OPERATOR_MODULO] = {11, 11},
                                             [OPERATOR_POWER] = {14, 13}};

static bool binary_operator(enum token_kind kind, enum syntax_operator *operator)
{
  static const struct {
    enum token_kind kind;
    enum syntax_operator operator;
  } table[] = {{TOKEN_OR, OPERATOR_OR},
               {TOKEN_AND, OPERATOR_AND},
               {TOKEN_LESS, OPERATOR_LESS},
               {TOKEN_GREATER, OPERATOR_GREATER},
               {TOKEN_LESS_EQUAL, OPERATOR_LESS_EQUAL},
               {TOKEN_GREATER_EQUAL, OPERATOR_GREATER_EQUAL},
               {TOKEN_NOT_EQUAL, OPERATOR_NOT_EQUAL},
               {TOKEN_EQUAL, OPERATOR_EQUAL},
               {TOKEN_BAR, OPERATOR_BIT_OR},
               {TOKEN_TILDE, OPERATOR_BIT_XOR},
               {TOKEN_AMPERSAND, OPERATOR_BIT_AND},
               {TOKEN_SHIFT_LEFT, OPERATOR_SHIFT_LEFT},
               {TOKEN_SHIFT_RIGHT, OPERATOR_SHIFT_RIGHT},
               {TOKEN_DOTS, OPERATOR_CONCAT},
               {TOKEN_PLUS, OPERATOR_ADD},
               {TOKEN_MINUS, OPERATOR_SUBTRACT},
               {TOKEN_STAR, OPERATOR_MULTIPLY},
               {TOKEN_SLASH, OPERATOR_DIVIDE},
               {TOKEN_SLASHES, OPERATOR_FLOOR_DIVIDE},
               {TOKEN_PERCENT, OPERATOR_MODULO},
               {TOKEN_CARET, OPERATOR_POWER}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (table[i].kind != kind) continue;
    *operator= table[i].operator;
    return true;
  }
  return false;
}

static bool unary_operator(enum token_kind kind, enum syntax_operator *operator)
{
  switch (kind) {
  case TOKEN_NOT:
    *operator= OPERATOR_NOT;
    return true;
  case TOKEN_HASH:
    *operator= OPERATOR_LENGTH;
    return true;
  case TOKEN_MINUS:
    *operator= OPERATOR_NEGATE;
    return true;
  case TOKEN_TILDE:
    *operator= OPERATOR_BIT_NOT;
    return true;
  default:
    return false;
  }
}

/* --- Making nodes. --- */

void parser_grow(struct parser *parser, struct syntax_expression *expression, unsigned height)
{
  if (height >= expression->height) expression->height = (uint16_t)(height + 1);
  if (expression->height > parser->tallest) parser->tallest = expression->height;
  if (expression->height > SYNTAX_HEIGHT_MAX) parser_fail(parser);
}

struct syntax_expression *parser_new(struct parser *parser, enum syntax_kind kind, uint32_t offset,
                                     const struct syntax_expression *a,
                                     const struct syntax_expression *b)
{
  struct syntax_expression *expression = arena_new(parser->arena, sizeof *expression);
  expression->kind = kind;
  expression->offset = expression->place = offset;
  expression->end = parser->taken_end;
  parser_grow(parser, expression, a ? a->height : 0);
  if (b) parser_grow(parser, expression, b->height);
  return expression;
}

static struct syntax_expression *new_string(struct parser *parser, struct token token)
{
  struct syntax_expression *string = parser_new(parser, SYNTAX_STRING, token.offset, NULL, NULL);
  string->string = token.text;
  return string;
}

static struct syntax_expression *new_index(struct parser *parser, struct syntax_expression *object,
                                           struct syntax_expression *key)
{
  struct syntax_expression *index = parser_new(parser, SYNTAX_INDEX, object->offset, object, key);
  index->object = object;
  index->key = key;
  index->place = key->offset;
  return index;
}

struct syntax_expression *parser_field(struct parser *parser, struct syntax_expression *object,
                                       struct token name)
{
  return new_index(parser, object, new_string(parser, name));
}

/* --- Tables. --- */

static struct syntax_field *read_field(struct parser *parser)
{
  struct syntax_field *field = arena_new(parser->arena, sizeof *field);
  if (parser->token.kind == TOKEN_NAME && parser->ahead.kind == TOKEN_ASSIGN) {
    field->key = new_string(parser, parser_take(parser));
    parser_take(parser);
  } else if (parser_accept(parser, TOKEN_OPEN_BRACKET)) {
    field->key = parser_expression(parser);
    parser_expect(parser, TOKEN_CLOSE_BRACKET);
    parser_expect(parser, TOKEN_ASSIGN);
  }
  field->value = parser_expression(parser);
  return field;
}

static struct syntax_expression *read_table(struct parser *parser)
{
  uint32_t offset = parser_expect(parser, TOKEN_OPEN_BRACE).offset;
  struct syntax_expression *table = parser_new(parser, SYNTAX_TABLE, offset, NULL, NULL);
  struct syntax_field **last = &table->fields;
  while (!parser->failed && parser->token.kind != TOKEN_CLOSE_BRACE) {
    *last = read_field(parser);
    if (parser->failed) return NULL;
    if ((*last)->key) parser_grow(parser, table, (*last)->key->height);
    parser_grow(parser, table, (*last)->value->height);
    last = &(*last)->next;
    if (!parser_accept(parser, TOKEN_COMMA) && !parser_accept(parser, TOKEN_SEMICOLON)) break;
  }
  parser_expect(parser, TOKEN_CLOSE_BRACE);
  table->end = parser->taken_end;
  return table;
}

/* --- Names, calls, indexes. --- */

static bool starts_arguments(enum token_kind kind)
{
  return kind == TOKEN_OPEN_PAREN || kind == TOKEN_OPEN_BRACE || kind == TOKEN_STRING;
}

/* f(…), f {…} or f "…" */
static struct syntax_expression *read_arguments(struct parser *parser)
{
  if (parser->token.kind == TOKEN_STRING) {
    struct token token = parser_take(parser);
    return new_string(parser, token);
  }
  if (parser->token.kind == TOKEN_OPEN_BRACE) return read_table(parser);
  parser_expect(parser, TOKEN_OPEN_PAREN);
  if (parser_accept(parser, TOKEN_CLOSE_PAREN)) return NULL;
  struct syntax_expression *arguments = parser_expressions(parser);
  parser_expect(parser, TOKEN_CLOSE_PAREN);
  return arguments;
}

static struct syntax_expression *read_call(struct parser *parser, struct syntax_expression *callee)
{
  struct text method = {NULL, 0};
  uint32_t place = callee->offset;
  if (parser_accept(parser, TOKEN_COLON)) {
    struct token name = parser_expect(parser, TOKEN_NAME);
    method = name.text;
    place = name.offset;
  }
  if (!starts_arguments(parser->token.kind)) return parser_fail(parser);
  struct syntax_expression *arguments = read_arguments(parser);
  struct syntax_expression *call = parser_new(parser, SYNTAX_CALL, callee->offset, callee, NULL);
  call->callee = callee;
  call->arguments = arguments;
  call->method = method;
  call->place = place;
  if (callee->kind == SYNTAX_NAME) callee->call = call;
  for (; arguments; arguments = arguments->next) parser_grow(parser, call, arguments->height);
  return call;
}

static struct syntax_expression *read_primary(struct parser *parser)
{
  uint32_t offset = parser->token.offset;
  if (parser->token.kind == TOKEN_NAME) {
    struct token name = parser_take(parser);
    return parser_name(parser, name);
  }
  parser_expect(parser, TOKEN_OPEN_PAREN);
  struct syntax_expression *inner = parser_expression(parser);
  parser_expect(parser, TOKEN_CLOSE_PAREN);
  if (parser->failed) return NULL;
  struct syntax_expression *paren = parser_new(parser, SYNTAX_PAREN, offset, inner, NULL);
  paren->inner = inner;
  return paren;
}

static struct syntax_expression *read_bracketed(struct parser *parser,
                                                struct syntax_expression *object)
{
  parser_take(parser);
  struct syntax_expression *key = parser_expression(parser);
  parser_expect(parser, TOKEN_CLOSE_BRACKET);
  return parser->failed ? NULL : new_index(parser, object, key);
}

struct syntax_expression *parser_suffixed(struct parser *parser)
{
  struct syntax_expression *expression = read_primary(parser);
  while (expression && !parser->failed) {
    enum token_kind kind = parser->token.kind;
    if (parser_accept(parser, TOKEN_DOT))
      expression = parser_field(parser, expression, parser_expect(parser, TOKEN_NAME));
    else if (kind == TOKEN_OPEN_BRACKET)
      expression = read_bracketed(parser, expression);
    else if (kind == TOKEN_COLON || starts_arguments(kind))
      expression = read_call(parser, expression);
    else
      return expression;
  }
  return NULL;
}

/* --- Operators. --- */

static struct syntax_expression *read_constant(struct parser *parser, enum syntax_kind kind)
{
  struct token token = parser_take(parser);
  struct syntax_expression *constant = parser_new(parser, kind, token.offset, NULL, NULL);
  if (kind == SYNTAX_INTEGER) constant->integer = token.integer;
  if (kind == SYNTAX_REAL) constant->real = token.real;
  if (kind == SYNTAX_STRING) constant->string = token.text;
  return constant;
}

static struct syntax_expression *read_simple(struct parser *parser)
{
  switch (parser->token.kind) {
  case TOKEN_NIL:
    return read_constant(parser, SYNTAX_NIL);
  case TOKEN_FALSE:
    return read_constant(parser, SYNTAX_FALSE);
  case TOKEN_TRUE:
    return read_constant(parser, SYNTAX_TRUE);
  case TOKEN_INTEGER:
    return read_constant(parser, SYNTAX_INTEGER);
  case TOKEN_REAL:
    return read_constant(parser, SYNTAX_REAL);
  case TOKEN_STRING:
    return read_constant(parser, SYNTAX_STRING);
  case TOKEN_ELLIPSIS:
    return read_constant(parser, SYNTAX_VARARG);
  case TOKEN_OPEN_BRACE:
    return read_table(parser);
  case TOKEN_FUNCTION:
    return parser_function_expression(parser);
  default:
    return parser_suffixed(parser);
  }
}

static struct syntax_expression *read_operation(struct parser *parser, unsigned least);

static struct syntax_expression *read_unary(struct parser *parser, enum syntax_operator operator)
{
  uint32_t offset = parser_take(parser).offset;
  struct syntax_expression *operand = read_operation(parser, PRIORITY_UNARY);
  if (!operand) return NULL;
  struct syntax_expression *unary = parser_new(parser, SYNTAX_UNARY, offset, operand, NULL);
  unary->operator= operator;
  unary->left = operand;
  return unary;
}

static struct syntax_expression *read_binary(struct parser *parser, struct syntax_expression *left,
                                             enum syntax_operator operator)
{
  uint32_t place = parser_take(parser).offset;
  struct syntax_expression *right = read_operation(parser, priorities[operator].right);
  if (!right) return NULL;
  struct syntax_expression *binary = parser_new(parser, SYNTAX_BINARY, left->offset, left, right);
  binary->operator= operator;
  binary->left = left;
  binary->right = right;
  binary->place = place;
  return binary;
}

/* What is held together by operators that bind tighter than `least`. */
static struct syntax_expression *read_operation(struct parser *parser, unsigned least)
{
  enum syntax_operator operator;
  struct syntax_expression *left = NULL;
  if (parser_enter(parser)) {
    left = unary_operator(parser->token.kind, &operator) ? read_unary(parser, operator)
                                                         : read_simple(parser);
    while (left && binary_operator(parser->token.kind, &operator) &&
           priorities[operator].left > least)
      left = read_binary(parser, left, operator);
  }
  parser_leave(parser);
  return parser->failed ? NULL : left;
}

struct syntax_expression *parser_expression(struct parser *parser)
{
  return read_operation(parser, 0);
}

struct syntax_expression *parser_expressions(struct parser *parser)
{
  struct syntax_expression *first = parser_expression(parser), *last = first;
  while (last && parser_accept(parser, TOKEN_COMMA)) {
    last->next = parser_expression(parser);
    last = last->next;
  }
  return parser->failed ? NULL : first;
}

const struct syntax_expression *syntax_inner(const struct syntax_expression *expression)
{
  while (expression && expression->kind == SYNTAX_PAREN) expression = expression->inner;
  return expression;
}

bool syntax_is_open(const struct syntax_expression *expression)
{
  return expression->kind == SYNTAX_CALL || expression->kind == SYNTAX_VARARG;
}
