/* What the two halves of the parser share: private to parse*.c. */
#ifndef WRIT_ADVICE_PARSER_H
#define WRIT_ADVICE_PARSER_H

#include "advice/lexer.h"
#include "advice/syntax.h"

enum { PARSER_BUCKETS = 128, PARSER_LOCALS_MAX = 200 };

/* A name of the file, and the local that it means at this point. */
struct parser_name {
  struct parser_name *next; /* in its bucket */
  struct text text;
  struct syntax_local *visible;
};

/* A local in its scope, so that leaving it finds the name again. */
struct parser_scope {
  struct parser_scope *below;
  struct parser_name *name;
};

struct parser {
  struct arena *arena;
  struct lexer lexer;
  struct token token, ahead; /* the word to be taken, and the one behind it */
  uint32_t taken_end;        /* where the word that was taken last ends */
  bool failed;               /* it is not Lua: nothing that was read counts */
  unsigned depth;
  unsigned tallest;                 /* expression of the innermost function so far */
  struct syntax_function *function; /* innermost */
  unsigned local_count;             /* visible ones of it */
  struct parser_scope *scopes;      /* innermost local first */
  struct parser_name *names[PARSER_BUCKETS];
};

/* --- parse.c --- */

/* Always returns NULL, so that `return parser_fail(parser)` reads well. */
void *parser_fail(struct parser *parser);

/* Takes the word, and the one behind it becomes parser->token. */
struct token parser_take(struct parser *parser);

/* Takes the word if it is of this kind. */
bool parser_accept(struct parser *parser, enum token_kind kind);

/* Takes the word, which must be of this kind. */
struct token parser_expect(struct parser *parser, enum token_kind kind);

/* One level deeper; false, and the parser has failed, if that is too deep. */
bool parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);

/* The name as an expression; what it means is noted as a use. */
struct syntax_expression *parser_name(struct parser *parser, struct token token);

/* Makes a local, which cannot be seen yet; and makes it visible. */
struct syntax_local *parser_new_local(struct parser *parser, struct token name,
                                      enum syntax_local_kind kind);
void parser_declare(struct parser *parser, struct syntax_local *local);

/* Hides again what was declared since the scope was `outer`. */
void parser_leave_scope(struct parser *parser, struct parser_scope *outer);

/* The statements of a block; its scope is left by parser_block, else by the caller. */
struct syntax_block parser_statements(struct parser *parser);
struct syntax_block parser_block(struct parser *parser);

/* Whether the word ends a block. */
bool parser_block_ends(const struct parser *parser);

/* function (…) … end; or from the parenthesis on, where `offset` is its beginning. With `method`
 * there is a parameter self. */
struct syntax_expression *parser_function_expression(struct parser *parser);
struct syntax_expression *parser_closure(struct parser *parser, uint32_t offset, bool method);

/* --- parse_statement.c --- */

/* NULL: the parser has failed. */
struct syntax_statement *parser_statement(struct parser *parser);

/* --- parse_expression.c --- */

struct syntax_expression *parser_expression(struct parser *parser);

/* One or more, with commas. */
struct syntax_expression *parser_expressions(struct parser *parser);

/* A name, with what is called and indexed behind it. */
struct syntax_expression *parser_suffixed(struct parser *parser);

/* A new expression that begins there and ends with the last word taken. Height: one more than that
 * of its parts (NULL: none). */
struct syntax_expression *parser_new(struct parser *parser, enum syntax_kind kind, uint32_t offset,
                                     const struct syntax_expression *a,
                                     const struct syntax_expression *b);

/* The expression has a part of this height. */
void parser_grow(struct parser *parser, struct syntax_expression *expression, unsigned height);

/* object.name, of a name that has been taken. */
struct syntax_expression *parser_field(struct parser *parser, struct syntax_expression *object,
                                       struct token name);

#endif
