/* A tokenizer for SQLite's SQL, and the little that must be known of a statement before SQLite sees it.
 *
 * It never decides what is allowed: that is the authorizer's work. It finds parameters, refuses what the
 * authorizer cannot see, and writes `main.` before the names of tables where a statement means the real
 * table instead of the principal's view. If it should ever qualify too little or too much, the authorizer
 * notices at load (store/statement.h). */
#ifndef WRIT_STORE_SQL_H
#define WRIT_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

enum sql_token_type {
  SQL_END,
  SQL_WORD,      /* identifier or keyword, unquoted */
  SQL_QUOTED,    /* "identifier", `identifier` or [identifier], with its quotes */
  SQL_STRING,    /* 'text', x'00' */
  SQL_NUMBER,
  SQL_PARAMETER, /* :name; ?1, @x and $x are SQL_BAD */
  SQL_SYMBOL,    /* one operator or punctuation character */
  SQL_BAD        /* unterminated or not SQL */
};

struct sql_token {
  enum sql_token_type type;
  struct text text; /* points into the statement */
};

/* Reads the next token, skipping white space and comments. `*rest` is moved behind it. */
struct sql_token sql_next(struct text *rest);

/* True for a word equal to this keyword, in any case. */
bool sql_is(struct sql_token token, const char *keyword);

#endif
