/* What the files of `writ new` share: fields, the table they are columns of, the app they go into.
 */
#ifndef WRIT_CLI_NEW_H
#define WRIT_CLI_NEW_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli_app.h"
#include "cli/plan.h"
#include "store/description.h"

/* --- What was asked for: options and answers. NULL: not said. --- */

struct new_asked {
  const char *name, *template, *route, *table, *fields, *role, *reason;
  const char *folder;
};

/* --- Fields (new_field.c). --- */

enum field_kind {
  FIELD_STRING, /* a line: trimmed */
  FIELD_TEXT,   /* as it came */
  FIELD_INTEGER,
  FIELD_NUMBER,
  FIELD_BOOLEAN,
  FIELD_DATE,
  FIELD_DATETIME,
  FIELD_EMAIL,
  FIELD_UUID,
  FIELD_URL,
  FIELD_ENUM
};

struct new_field {
  struct text name;
  enum field_kind kind;
  bool optional; /* may come in as null, or not at all */
  bool nullable; /* goes out as null */
  bool has_minimum, has_maximum;
  int64_t minimum, maximum; /* of lengths, or of values */
  struct text *values;      /* of an enum */
  size_t value_count;
  bool refers;           /* to a row of another table: an example has none, if it may be absent */
  struct text refers_to; /* where that is a row of somebody's (new_reference.c): its table, */
  struct text whose;     /* the SQL that gives the owner of the one that :NAME chooses, */
  struct text own_row;   /* and that gives the key, */
  struct text their_key; /* of this name, of one of {{person_id}}'s; else empty */
  bool created, updated; /* it comes in with such a call; else it only goes out */
};

struct new_fields {
  struct new_field *items;
  size_t count;
};

/* Reads "title:string(1..200),done:boolean,due:date?". Names may be used in SQL, Lua and JSON as
 * they are. */
int new_fields_read(struct arena *arena, const char *text, struct new_fields *fields,
                    struct error *error);

/* False, with the reason in the error, for a name that SQL, Lua or Writ has another use for. */
bool new_name_is_free(struct text name, const char *flag, struct error *error);

/* The schema of the field as it comes in, and as it goes out, on one line each. */
struct text new_field_schema(struct arena *arena, const struct new_field *field);
struct text new_field_shown(struct arena *arena, const struct new_field *field);

/* Its column in CREATE TABLE, the name padded to `width`. */
struct text new_field_column(struct arena *arena, const struct new_field *field, int width);

/* A value that it takes, as JSON (which is Lua as well) and as SQL. */
struct text new_field_example(struct arena *arena, const struct new_field *field);
struct text new_field_literal(struct arena *arena, const struct new_field *field);

/* --- The table (new_table.c). --- */

struct new_table {
  const char *name;
  bool exists;
  bool shared;           /* everybody's; else each row has an owner: */
  struct text owner;     /* the column */
  bool self;             /* which is the key: rows are people */
  bool readable;         /* there are rows that others may read as well */
  struct text key;       /* the column */
  bool integer_key;      /* which SQLite gives a number; else :new_id */
  bool created, updated; /* there are created_at, updated_at */
  bool references;       /* a foreign key that is not the owner's */
  struct text unique;    /* a column, or empty */
  struct text unfilled; /* a column that an INSERT cannot do without, and nothing fills; or empty */
  struct new_fields fields; /* all columns that are shown, but for the key and the times */
};

/* The table of people, which new tables refer to. */
struct new_people {
  const char *table; /* NULL: there is none */
  struct text key;
  bool integer_key;
};

/* Of a table that is there, as migrations and policy have it. With `fields` only these come in;
 * they must be columns. `guarded`: columns that the policy guards come in as well. */
int new_table_read(struct arena *arena, const struct cli_app *opened, const char *name,
                   const struct new_fields *fields, bool guarded, struct new_table *table,
                   struct error *error);

/* What is known of the rows that a column refers to. */
void new_reference_read(struct arena *arena, const struct cli_app *opened,
                        const struct table_column *column, struct new_field *field);

/* Whether the app has it. */
bool new_table_is_there(const struct cli_app *opened, const char *name);

void new_people_read(struct arena *arena, const struct cli_app *opened, struct new_people *people);

/* contracts/policy.json as it was parsed. */
const struct json *new_policy(const struct cli_app *opened);

/* --- Putting a member into JSON that people have laid out (new_json.c). --- */

/* `text` with one more member of the object that the JSON Pointer leads to: at its end, or behind
 * its "$schema". Nothing else changes. */
struct text new_json_add(struct arena *arena, struct text text, const char *pointer,
                         struct text member, bool at_end);

/* --- What is written (new_write.c). --- */

/* Plans all of it. -1: the error says what is in the way, or which flag asks for what cannot be. */
int new_plan(struct plan *plan, const struct cli_app *opened, const struct new_asked *asked,
             struct error *error);

/* The app as the plan will make it has no errors (new_check.c); else the report has them. */
bool new_plan_is_clean(const struct plan *plan, const struct cli_app *opened, struct report *report,
                       struct error *error);

/* --- Templates, and what they need to be told. --- */

struct new_template {
  const char *name, *summary;
  const char *route; /* if it is not asked for: "/notes" of the group; NULL: it has to be said */
  bool group_alone;  /* named "notes": it writes several contracts */
};
extern const struct new_template new_templates[];
enum { NEW_TEMPLATES = 6 };
const struct new_template *new_template_find(const char *name);

/* Asks for what was not said (new_ask.c). False: the input ended. */
bool new_ask(struct new_asked *asked, const struct cli_app *opened, struct arena *arena);

#endif
