/* What the files of the brief share: private to brief*.c. */
#ifndef WRIT_DESCRIBE_BRIEF_PARTS_H
#define WRIT_DESCRIBE_BRIEF_PARTS_H

#include "contract/document.h"
#include "describe/brief.h"
#include "store/description.h"

struct brief_table {
  struct text name, sql;   /* the statement that makes it */
  const struct json *line; /* of the policy; NULL: none */
  struct brief_column *columns;
  size_t column_count;
};

struct brief_app {
  const struct generation *generation;
  struct arena *arena;
  struct brief_table *tables;
  size_t table_count;
  struct text *roles; /* that contracts name, and privileged ones; each once */
  size_t role_count;
};

int brief_app_of(const struct generation *generation, struct store *store, struct arena *arena,
                 struct brief_app *app, struct error *error);

/* The column as a type of Lua: brief.c. */
struct brief_column brief_column_of(struct arena *arena, const struct result_column *column);

/* "templates/signed_in" of "templates/signed_in.json". */
struct text brief_document_name(const struct document *document);

/* "one", "many", "value", "exec". */
const char *brief_rows_name(enum statement_rows rows);

/* --- brief_json.c: an object under construction. Texts are copied, keys are literals. --- */

struct brief_object {
  struct json_builder builder;
  struct arena *arena;
};
void brief_add(struct brief_object *object, const char *key, struct json value);
void brief_add_text(struct brief_object *object, const char *key, struct text text);
struct json brief_done(const struct brief_object *object);
struct json brief_array(struct json *items, size_t count);
struct json brief_strings(struct arena *arena, const struct text *texts, size_t count);

#endif
