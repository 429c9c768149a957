/* What is known of an expression without running it.
 *
 * A local counts for the expression that it was declared with unless it is assigned anywhere else;
 * the handler's parameters are `input` and `ctx`; those of a local function that is only ever
 * called are what all of its calls pass. All else is unknown, and nothing is said of what is
 * unknown. */
#ifndef WRIT_ADVICE_KNOWN_H
#define WRIT_ADVICE_KNOWN_H

#include "advice/syntax.h"
#include "base/json.h"
#include "contract/contract.h"

struct advising;

enum known_kind {
  KNOWN_NOTHING,
  KNOWN_NIL,
  KNOWN_NULL,
  KNOWN_CONSTANT, /* `expression`: a boolean, a number or a string */
  KNOWN_TABLE,    /* `expression`: its constructor; others may have changed it since */
  KNOWN_FUNCTION, /* `expression` */
  KNOWN_GLOBAL,   /* `name` */
  KNOWN_CONTEXT,  /* ctx */
  KNOWN_MEMBER,   /* of ctx: `name`, whether there is such a one or not; all but db */
  KNOWN_DATABASE, /* ctx.db */
  KNOWN_GROUP,    /* ctx.db.<name>, whether a query of that group is granted or not */
  KNOWN_QUERY,    /* a query's function: `name` is whole; `use` is NULL if it is not granted */
  KNOWN_RESULT,   /* what a call of `use` gave */
  KNOWN_ELEMENT,  /* a row of the array that a :many query gave */
  KNOWN_COLUMN,   /* the field `name` of a row of `use` */
  KNOWN_INPUT,
  KNOWN_FIELD /* of the input: `name`; `field` is NULL if it is not declared */
};

struct known {
  enum known_kind kind;
  struct text name;
  const struct use *use;
  const struct field *field;
  const struct syntax_expression *expression;
};

struct known known_of(struct advising *advising, const struct syntax_expression *expression);

/* The text of a constant string; false if it is none. */
bool known_string(const struct known *known, struct text *string);

/* The value as JSON, in the arena; false if it is neither a constant nor null, or no UTF-8. */
bool known_json(const struct advising *advising, const struct known *known, struct json *json);

/* The key of an index, or of a table's field, if it is a constant string. */
bool known_key(struct advising *advising, const struct syntax_expression *key, struct text *name);

#endif
