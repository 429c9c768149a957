/* Lua 5.4 as a tree (manual, sections 3 and 9), each name resolved to the local that it means.
 *
 * Handlers are hostile: nesting is bounded, by what Lua's own parser bears or more, so that whoever
 * walks a tree may recurse. The parser takes all of Lua, and a little beyond: what it need not know
 * it does not check (labels, `break` outside of loops, assigning to constants, attributes). Loading
 * a handler reports what is wrong with its syntax, so here a failure has no message.
 *
 * Everything lies in the arena; names and most strings are the source's. Offsets are bytes of it.
 */
#ifndef WRIT_ADVICE_SYNTAX_H
#define WRIT_ADVICE_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum {
  SYNTAX_DEPTH_MAX = 200,  /* of nested statements, and of expressions that the parser recurses for:
                              Lua's LUAI_MAXCCALLS */
  SYNTAX_HEIGHT_MAX = 1000 /* of an expression's tree: a.b.c.d is three high */
};

enum syntax_kind {
  SYNTAX_NIL,
  SYNTAX_FALSE,
  SYNTAX_TRUE,
  SYNTAX_INTEGER,
  SYNTAX_REAL,
  SYNTAX_STRING,
  SYNTAX_VARARG,
  SYNTAX_FUNCTION,
  SYNTAX_NAME,
  SYNTAX_INDEX,
  SYNTAX_CALL,
  SYNTAX_TABLE,
  SYNTAX_UNARY,
  SYNTAX_BINARY,
  SYNTAX_PAREN
};

enum syntax_operator {
  OPERATOR_OR,
  OPERATOR_AND,
  OPERATOR_LESS,
  OPERATOR_GREATER,
  OPERATOR_LESS_EQUAL,
  OPERATOR_GREATER_EQUAL,
  OPERATOR_NOT_EQUAL,
  OPERATOR_EQUAL,
  OPERATOR_BIT_OR,
  OPERATOR_BIT_XOR,
  OPERATOR_BIT_AND,
  OPERATOR_SHIFT_LEFT,
  OPERATOR_SHIFT_RIGHT,
  OPERATOR_CONCAT,
  OPERATOR_ADD,
  OPERATOR_SUBTRACT,
  OPERATOR_MULTIPLY,
  OPERATOR_DIVIDE,
  OPERATOR_FLOOR_DIVIDE,
  OPERATOR_MODULO,
  OPERATOR_POWER,
  /* unary */
  OPERATOR_NOT,
  OPERATOR_LENGTH,
  OPERATOR_NEGATE,
  OPERATOR_BIT_NOT
};

struct syntax_local;
struct syntax_function;
struct syntax_field;

struct syntax_expression {
  enum syntax_kind kind;
  uint16_t height;
  uint32_t offset, end; /* bytes of the source; parentheses around it are another expression's */
  uint32_t place;       /* where to point: the key of an index, the operator, else as `offset` */
  struct syntax_expression *next; /* in a list */
  union {
    struct text string;
    int64_t integer;
    double real;
    struct syntax_function *function;
    struct {
      struct text name;
      struct syntax_local *local;      /* NULL: a global */
      struct syntax_expression *later; /* the next use of the local, in the order of the source */
      struct syntax_expression *call;  /* that it is the callee of; NULL: none */
    };
    struct {
      struct syntax_expression *object, *key; /* a.b is a["b"] */
    };
    struct {
      struct syntax_expression *callee;
      struct syntax_expression *arguments;
      struct text method; /* a:b(): the callee is a; empty: none */
    };
    struct syntax_field *fields; /* of a table */
    struct {
      enum syntax_operator operator;
      struct syntax_expression *left, *right; /* right: NULL if unary */
    };
    struct syntax_expression *inner; /* of parentheses */
  };
};

/* One field of a table's constructor. */
struct syntax_field {
  struct syntax_field *next;
  struct syntax_expression *key; /* `name = …` has the string; NULL: the next in the list */
  struct syntax_expression *value;
};

enum syntax_local_kind { LOCAL_VARIABLE, LOCAL_PARAMETER, LOCAL_LOOP };

struct syntax_local {
  struct syntax_local *next; /* declared together with it */
  struct text name;
  enum syntax_local_kind kind;
  uint32_t offset;                    /* of its declaration */
  uint32_t index;                     /* among those declared together */
  struct syntax_function *function;   /* that it belongs to */
  struct syntax_expression *initial;  /* the expression at its place; NULL: none, or a further value
                                         of a call or of `...` */
  struct syntax_expression *iterated; /* of `for … in`: the first of its expressions */
  bool reassigned;                    /* anywhere behind its declaration */
  struct syntax_expression *uses;     /* each SYNTAX_NAME that means it, by `later` */
  struct syntax_expression **last_use;
  struct syntax_local *shadowed; /* the parser's: that it hides */
  void *notes;                   /* of whoever walks the tree; NULL at first */
};

struct syntax_block {
  struct syntax_statement *first;
};

struct syntax_function {
  struct syntax_function *around; /* NULL: the file itself */
  struct syntax_local *local;     /* whose initial it is, or NULL */
  struct syntax_local *parameters;
  bool vararg;
  bool jumps; /* it has a `goto`, so that the order of statements says little */
  struct syntax_block body;
  uint32_t offset, end; /* `end`: of its `end` */
};

enum syntax_statement_kind {
  STATEMENT_LOCAL,
  STATEMENT_LOCAL_FUNCTION, /* one local, whose initial is the function */
  STATEMENT_ASSIGN,         /* also `function a.b:c() …` */
  STATEMENT_CALL,
  STATEMENT_DO,
  STATEMENT_WHILE,
  STATEMENT_REPEAT,
  STATEMENT_IF,
  STATEMENT_NUMERIC_FOR,
  STATEMENT_GENERIC_FOR,
  STATEMENT_RETURN,
  STATEMENT_BREAK,
  STATEMENT_GOTO,
  STATEMENT_LABEL
};

/* if … then, elseif … then, else */
struct syntax_clause {
  struct syntax_clause *next;
  struct syntax_expression *condition; /* NULL: else */
  struct syntax_block body;
};

struct syntax_statement {
  enum syntax_statement_kind kind;
  uint32_t offset, end;
  struct syntax_statement *next;
  struct syntax_local *locals;       /* LOCAL, LOCAL_FUNCTION, NUMERIC_FOR, GENERIC_FOR */
  struct syntax_expression *targets; /* ASSIGN */
  struct syntax_expression
      *values;                   /* LOCAL, LOCAL_FUNCTION, ASSIGN, CALL (one), RETURN, NUMERIC_FOR
                                    (two or three), GENERIC_FOR; the condition of WHILE and REPEAT */
  struct syntax_block body;      /* DO, WHILE, REPEAT, NUMERIC_FOR, GENERIC_FOR */
  struct syntax_clause *clauses; /* IF */
};

/* The file as a function without parameters; NULL if it is not Lua, is nested too deep or has too
 * many locals, or over UINT32_MAX bytes. */
struct syntax_function *syntax_parse(struct text source, struct arena *arena);

/* The expression without parentheses around it. */
const struct syntax_expression *syntax_inner(const struct syntax_expression *expression);

/* True if it may give several values where it is the last of a list: a call, or `...`. */
bool syntax_is_open(const struct syntax_expression *expression);

#endif
