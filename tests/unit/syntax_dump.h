/* A tree of Lua's syntax as one line of text: (operator operand…). Globals have a $ before their
 * names, calls are (call f a…) and (call f:m a…). */
#ifndef WRIT_TESTS_SYNTAX_DUMP_H
#define WRIT_TESTS_SYNTAX_DUMP_H

#include <inttypes.h>

#include "advice/syntax.h"
#include "base/text.h"

static inline void dump_block(struct buffer *out, const struct syntax_block *block);
static inline void dump_expression(struct buffer *out, const struct syntax_expression *expression);

static inline void dump_list(struct buffer *out, const struct syntax_expression *list)
{
  for (; list; list = list->next) {
    buffer_append_byte(out, ' ');
    dump_expression(out, list);
  }
}

static inline void dump_locals(struct buffer *out, const struct syntax_local *local)
{
  for (; local; local = local->next) buffer_print(out, " %.*s", TEXT_ARGS(local->name));
}

static inline void dump_function(struct buffer *out, const struct syntax_function *function)
{
  buffer_append_text(out, TEXT("(function ("));
  for (const struct syntax_local *local = function->parameters; local; local = local->next)
    buffer_print(out, "%s%.*s", local->index ? " " : "", TEXT_ARGS(local->name));
  buffer_print(out, "%s)", function->vararg ? " ..." : "");
  dump_block(out, &function->body);
  buffer_append_byte(out, ')');
}

static inline void dump_table(struct buffer *out, const struct syntax_field *field)
{
  buffer_append_byte(out, '{');
  for (const char *comma = ""; field; field = field->next, comma = ", ") {
    buffer_append_text(out, text_of(comma));
    if (field->key) {
      dump_expression(out, field->key);
      buffer_append_byte(out, '=');
    }
    dump_expression(out, field->value);
  }
  buffer_append_byte(out, '}');
}

static inline void dump_operation(struct buffer *out, const struct syntax_expression *expression)
{
  static const char *const words[] = {"or", "and", "<",  ">",   "<=", ">=",  "~=",  "==", "|",
                                      "~",  "&",   "<<", ">>",  "..", "+",   "-",   "*",  "/",
                                      "//", "%",   "^",  "not", "#",  "neg", "bnot"};
  buffer_print(out, "(%s ", words[expression->operator]);
  dump_expression(out, expression->left);
  if (expression->right) {
    buffer_append_byte(out, ' ');
    dump_expression(out, expression->right);
  }
  buffer_append_byte(out, ')');
}

static inline void dump_call(struct buffer *out, const struct syntax_expression *call)
{
  buffer_append_text(out, TEXT("(call "));
  dump_expression(out, call->callee);
  if (call->method.length) buffer_print(out, ":%.*s", TEXT_ARGS(call->method));
  dump_list(out, call->arguments);
  buffer_append_byte(out, ')');
}

static inline void dump_expression(struct buffer *out, const struct syntax_expression *expression)
{
  static const char *const constants[] = {"nil", "false", "true"};
  switch (expression->kind) {
  case SYNTAX_NIL:
  case SYNTAX_FALSE:
  case SYNTAX_TRUE:
    buffer_append_text(out, text_of(constants[expression->kind]));
    break;
  case SYNTAX_INTEGER:
    buffer_print(out, "%" PRId64, expression->integer);
    break;
  case SYNTAX_REAL:
    buffer_print(out, "%.17gf", expression->real);
    break;
  case SYNTAX_STRING:
    buffer_print(out, "'%.*s'", TEXT_ARGS(expression->string));
    break;
  case SYNTAX_VARARG:
    buffer_append_text(out, TEXT("..."));
    break;
  case SYNTAX_FUNCTION:
    dump_function(out, expression->function);
    break;
  case SYNTAX_NAME:
    buffer_print(out, "%s%.*s", expression->local ? "" : "$", TEXT_ARGS(expression->name));
    break;
  case SYNTAX_INDEX:
    buffer_append_text(out, TEXT("(. "));
    dump_expression(out, expression->object);
    buffer_append_byte(out, ' ');
    dump_expression(out, expression->key);
    buffer_append_byte(out, ')');
    break;
  case SYNTAX_CALL:
    dump_call(out, expression);
    break;
  case SYNTAX_TABLE:
    dump_table(out, expression->fields);
    break;
  case SYNTAX_UNARY:
  case SYNTAX_BINARY:
    dump_operation(out, expression);
    break;
  case SYNTAX_PAREN:
    buffer_append_text(out, TEXT("(paren "));
    dump_expression(out, expression->inner);
    buffer_append_byte(out, ')');
    break;
  }
}

static inline void dump_clauses(struct buffer *out, const struct syntax_clause *clause)
{
  for (; clause; clause = clause->next) {
    buffer_append_byte(out, ' ');
    if (clause->condition)
      dump_expression(out, clause->condition);
    else
      buffer_append_text(out, TEXT("else"));
    buffer_append_text(out, TEXT(" (do"));
    dump_block(out, &clause->body);
    buffer_append_byte(out, ')');
  }
}

static inline void dump_statement(struct buffer *out, const struct syntax_statement *statement)
{
  static const char *const words[] = {"local",  "local-function", "set",  "do",   "do",
                                      "while",  "repeat",         "if",   "for",  "for-in",
                                      "return", "break",          "goto", "label"};
  if (statement->kind == STATEMENT_CALL) {
    dump_expression(out, statement->values);
    return;
  }
  buffer_print(out, "(%s", words[statement->kind]);
  dump_locals(out, statement->locals);
  dump_list(out, statement->targets);
  if (statement->values) buffer_append_text(out, TEXT(" ="));
  dump_list(out, statement->values);
  dump_clauses(out, statement->clauses);
  dump_block(out, &statement->body);
  buffer_append_byte(out, ')');
}

static inline void dump_block(struct buffer *out, const struct syntax_block *block)
{
  for (const struct syntax_statement *s = block->first; s; s = s->next) {
    buffer_append_byte(out, ' ');
    dump_statement(out, s);
  }
}

#endif
