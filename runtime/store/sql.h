/* A tokenizer for SQLite's SQL, and the little that must be known of a statement before SQLite sees
 * it.
 *
 * It never decides what is allowed: that is the authorizer's work. It finds parameters, refuses
 * what the authorizer cannot see, and writes `main.` before the names of tables where a statement
 * means the real table instead of the principal's view. If it should ever qualify too little or too
 * much, the authorizer notices at load (store/statement.h). */
#ifndef WRIT_STORE_SQL_H
#define WRIT_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum sql_token_type {
  SQL_END,
  SQL_WORD,   /* identifier or keyword, unquoted */
  SQL_QUOTED, /* "identifier", `identifier` or [identifier], with its quotes */
  SQL_STRING, /* 'text', x'00' */
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

/* True for this one character. */
bool sql_is_symbol(struct sql_token token, char symbol);

/* The name that a word or a quoted identifier (or a string: SQLite takes one for a name in many
 * places) stands for, in the arena or in the statement. */
struct text sql_name(struct sql_token token, struct arena *arena);

/* True for the name of a function that makes one value of many rows. Of min and max that is so
 * where they take one argument. */
bool sql_is_aggregate(struct sql_token name);

/* A name as a quoted identifier: what it is made of cannot end it. */
void sql_append_quoted(struct buffer *out, struct text name);
struct text sql_quoted(struct text name, struct arena *arena); /* in the arena */

/* Whether it is a name without quotes, too. */
bool sql_is_plain_name(struct text name);

/* Names are equal in any ASCII case, as SQLite compares them. */
bool sql_same_name(struct text a, struct text b);

enum sql_kind { SQL_SELECT, SQL_INSERT, SQL_UPDATE, SQL_DELETE };

struct sql_rewrite {
  bool (*is_table)(const void *context, struct text name); /* a table of the app? */
  const void *context;
  bool all_tables; /* write `main.` before every table; otherwise only before the one that is
                      written */
  bool principal;  /* the policy's own SQL: `:principal_id` becomes writ_principal() */
};

enum { SQL_INSERTIONS_MAX = 256 };

struct sql_statement {
  enum sql_kind kind;
  struct text target; /* the table written; empty for a SELECT */
  struct text *ctes;  /* names given by WITH */
  size_t cte_count;
  bool replaces;    /* OR REPLACE */
  struct text text; /* rewritten, without the trailing semicolon; ends in NUL */
  /* Where something was put in (offsets in the statement as it was given) and how long it was. */
  struct sql_insertion {
    size_t offset, length;
  } insertions[SQL_INSERTIONS_MAX];
  size_t insertion_count;
};

/* Reads one statement and rewrites it. Refuses what is not a single SELECT, INSERT, UPDATE or
 * DELETE, and what the authorizer is blind to: schema names, USING, NATURAL, INDEXED BY, OR
 * ROLLBACK, an INSERT without its columns, a WITH that takes a table's name. Memory is the arena's.
 * On failure -1, with the error and the offset of what is to blame. */
int sql_rewrite(struct text sql, const struct sql_rewrite *how, struct arena *arena,
                struct sql_statement *statement, size_t *offset, struct error *error);

/* The offset in the statement as it was given, of an offset in its rewritten text. */
size_t sql_original_offset(const struct sql_statement *statement, size_t offset);

#endif
