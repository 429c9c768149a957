/* Walking through a handler in the order of its source, each expression with what becomes of its
 * value. */
#ifndef WRIT_ADVICE_WALK_H
#define WRIT_ADVICE_WALK_H

#include "advice/syntax.h"

enum usage {
  USAGE_VALUE,     /* it is kept: in a local, a table, anywhere */
  USAGE_DISCARDED, /* a call that is a statement */
  USAGE_TEST,      /* only its truth counts */
  USAGE_DEFAULT,   /* `x or y`: its truth counts, and its value if it is true */
  USAGE_COMPARED,  /* by == or ~= */
  USAGE_OPERAND,   /* of arithmetic, .., <, #: nil and null raise an error */
  USAGE_CALLED,
  USAGE_METHOD, /* the object of a:b() */
  USAGE_INDEXED,
  USAGE_KEY, /* of an index or a table's constructor */
  USAGE_TARGET,
  USAGE_ARGUMENT,
  USAGE_RETURNED,
  USAGE_PART,    /* kept in a table that is returned as it is made */
  USAGE_ITERATED /* the first expression of `for … in` */
};

struct visit {
  const struct syntax_expression *expression;
  const struct syntax_expression *parent; /* parentheses left out; NULL: a statement's own */
  enum usage usage;
  const struct syntax_statement *statement; /* innermost */
  const struct syntax_function *function;   /* innermost */
};

struct walker {
  void *context;
  /* Each may be NULL. An expression comes before its parts, a statement before its expressions. */
  void (*expression)(void *context, const struct visit *visit);
  void (*statement)(void *context, const struct syntax_statement *statement,
                    const struct syntax_function *function);
};

/* Visits all of the function's body, the functions within it included. */
void walk_function(const struct walker *walker, const struct syntax_function *function);

/* Visits a block of the function. */
void walk_block(const struct walker *walker, const struct syntax_function *function,
                const struct syntax_block *block);

#endif
