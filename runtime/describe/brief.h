/* What somebody needs to know to write the handler of a contract, and nothing else: for models that
 * write handlers (`writ brief`), as Markdown of a bounded length or as data.
 *
 * The facts are those that were compiled, so they say what the host will do. What is the same for
 * all handlers (the library, the rules of the house) is taken from AGENTS.md, which `writ init`
 * puts into an app: it is said in one place.
 *
 * - brief.c: the facts
 * - brief_text.c: as Markdown, and what is left out where it would be too long
 * - brief_example.c: handlers to learn from
 * - brief_json.c: as data
 * - brief_app.c: the facts of a whole app, for new contracts; brief_app_text.c, brief_app_json.c
 * - brief_guide.c: the parts of AGENTS.md
 * - tokens.c: how long a text is, for a model */
#ifndef WRIT_DESCRIBE_BRIEF_H
#define WRIT_DESCRIBE_BRIEF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "contract/generation.h"
#include "describe/lua_type.h"

/* The most that a brief may be, of a contract and of an app, in tokens (tokens.h). */
enum { BRIEF_TOKENS_MAX = 1500, BRIEF_APP_TOKENS_MAX = 6000 };

struct brief_field {
  const struct field *field;
  const struct lua_type *type; /* never NULL */
};

struct brief_parameter {
  struct text name;
  struct text source;          /* what is bound, in words: "input.title" */
  const struct lua_type *type; /* of what the handler computes; NULL: the host binds it */
};

struct brief_column {
  struct text name, type; /* in Lua, with `null` where that may be */
  bool may_be_null;
};

struct brief_query {
  const struct use *use;
  struct brief_parameter *parameters; /* each once; the input's choices among them */
  size_t parameter_count;
  struct brief_column *columns;
  size_t column_count;
  bool computes;    /* the handler passes a table */
  struct text row;  /* type of a row, or of the value of :value; empty for :exec */
  struct text type; /* of what comes back */
  bool never_null;  /* a row, or its value, is always there */
};

struct brief_error {
  const struct declared_error *error;
  struct text host; /* when the host raises it by itself, in words; empty: only the handler does */
};

struct brief_reply {
  int status;
  const struct lua_type *type; /* NULL: no body */
};

/* Everything lies in the arena that it was made in. */
struct brief {
  const struct contract *contract;
  struct text principal_id; /* its type; empty where there is no principal */
  struct brief_field *fields;
  size_t field_count;
  struct brief_query *queries;
  size_t query_count;
  struct brief_error *errors;
  size_t error_count;
  struct brief_reply *replies; /* the first one counts where the handler names no status */
  size_t reply_count;
  struct text *done; /* sentences: what the host has checked, or does afterwards */
  size_t done_count;
  struct text *rows; /* sentences: whose rows the queries see */
  size_t row_count;
};

/* Not while the generation's store serves: statement_describe. */
int brief_of(const struct generation *generation, const struct contract *contract,
             struct arena *arena, struct brief *brief, struct error *error);

/* Appends Markdown: all of it, or what fits into BRIEF_TOKENS_MAX and a word on what was left out.
 */
void brief_write(struct buffer *out, const struct brief *brief, struct arena *arena, bool full);

/* Appends a JSON document (docs/json/brief.schema.json), with a line feed. */
void brief_write_json(struct buffer *out, const struct brief *brief, struct arena *arena);

/* --- Handlers to learn from. --- */

enum { BRIEF_EXAMPLES = 2 };

/* Two handlers: the first one made of this contract's own queries where that is plainly right. */
struct brief_example {
  struct text title, code;
};
void brief_examples(const struct brief *brief, struct arena *arena,
                    struct brief_example examples[BRIEF_EXAMPLES]);

/* --- What is the same for all. --- */

/* What stands in AGENTS.md under "## TITLE", without the heading and trimmed; empty if nothing
 * does. */
struct text brief_guide(const char *title);

/* All of AGENTS.md. */
struct text brief_agents(void);

/* --- A whole app. --- */

/* Appends, for whoever designs new contracts, tables, queries, routes, templates, shared schemas,
 * roles, and the contract language in short: as Markdown, or as a JSON document
 * (docs/json/brief-app.schema.json). The Markdown is all of it, or what fits into
 * BRIEF_APP_TOKENS_MAX and a word on what was left out; the document is always whole. Not while the
 * store serves. */
int brief_app_write(struct buffer *out, const struct generation *generation, struct store *store,
                    struct arena *arena, bool full, struct error *error);
int brief_app_write_json(struct buffer *out, const struct generation *generation,
                         struct store *store, struct arena *arena, struct error *error);

#endif
