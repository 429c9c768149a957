/* What the parts of planning for `writ new` share. */
#ifndef WRIT_CLI_NEW_WRITE_H
#define WRIT_CLI_NEW_WRITE_H

#include "base/error.h"
#include "cli/new.h"
#include "cli/placeholders.h"
#include "contract/route.h"

enum new_audience { AUDIENCE_PUBLIC, AUDIENCE_SIGNED_IN, AUDIENCE_ADMIN };

/* What a contract does with its table. */
struct new_operation {
  const char *name; /* of its templates: "create" */
  enum method method;
  bool one; /* the path ends with the key of a row */
};

enum { PLACEHOLDERS_MAX = 80 };

struct new_writer {
  struct arena *arena;
  struct plan *plan;
  const struct cli_app *opened;
  const struct new_asked *asked;
  struct error *error;
  struct text group, action;
  enum new_audience audience;
  struct new_fields asked_fields; /* count 0: none */
  struct new_table table;
  struct new_people people;
  struct text item; /* "note" */
  struct text key_field;
  struct placeholder values[PLACEHOLDERS_MAX];
  size_t value_count;
  struct buffer queries; /* that go into contracts/queries/GROUP.sql */
};

void new_set(struct new_writer *writer, const char *name, struct text value);

/* A template of lua/templates/new with all that has been set. */
struct text new_fill(const struct new_writer *writer, const char *file);

/* --- new_values.c: placeholders. --- */

/* One more for a list, behind `gap` if it is not the first. */
void new_append(struct new_writer *writer, struct text *list, const char *gap, struct text part);

/* All that depends on the table, once it is known. */
int new_set_table(struct new_writer *writer);

/* All that depends on one contract's operation and route. `owner_query` (or NULL) says whose a row
 * is. */
void new_set_contract(struct new_writer *writer, const struct new_operation *operation,
                      struct text route, struct text owner_query);

/* --- new_reference.c --- */

/* What the contract asks of the rows that it is about: of its own, and of those that fields refer
 * to. */
void new_set_owns(struct new_writer *writer, const struct new_operation *operation,
                  struct text owner_query);

/* The key of a row of the spec's caller that the field may refer to, as Lua or as SQL. */
struct text new_own_row(struct new_writer *writer, const struct new_field *field, bool lua);

/* --- new_columns.c --- */

/* As new_append, for columns or values of SQL: in lines that are not too long. */
void new_append_column(struct new_writer *writer, struct text *list, struct text part);

void new_set_columns(struct new_writer *writer);

/* The row that a spec begins with, if one is needed: people are there. */
void new_set_setup(struct new_writer *writer);

/* --- new_people.c: who calls in a spec. --- */

void new_set_people(struct new_writer *writer);

/* --- new_def.c: the schema of a row. --- */

/* Finds or plans contracts/defs/ITEM.json, and sets what refers to it. */
int new_set_def(struct new_writer *writer);

/* --- new_login.c --- */

int new_plan_login(struct new_writer *writer);

/* --- new_files.c --- */

/* A file of the contract: BEFORE GROUP GAP ACTION AFTER. */
const char *new_path_of(const struct new_writer *writer, const char *before, const char *gap,
                        const char *after);

bool new_has_query(const struct new_writer *writer, struct text group, const char *name);

/* One more for the queries in the buffer; and adds those to the file of their group. */
void new_add_query(struct new_writer *writer, struct text text);
void new_add_queries(struct new_writer *writer, struct text group);

/* Plans contract, handler and query of GROUP.ACTION by the templates FILE.json, HANDLER.lua and
 * FILE.sql. */
int new_add_contract(struct new_writer *writer, const char *file, const char *handler);

/* Adds a table: a migration by the template, and its line in the policy. */
int new_add_table(struct new_writer *writer, const char *file, struct text policy_line);

/* Adds one more member to the policy. */
void new_add_to_policy(struct new_writer *writer, const char *pointer, struct text member,
                       bool at_end);

/* --- new_route.c --- */

extern const struct new_operation new_list, new_read_one, new_create, new_update, new_delete,
    new_batch;

/* Group and action of the name that was asked for. */
int new_read_name(struct new_writer *writer, const struct new_template *template);

/* The operation that a route means to the template, with the name of its key. */
int new_read_route(struct new_writer *writer, const char *text,
                   const struct new_operation **operation);

/* The path of a list, alone or behind a method. */
int new_read_path(struct new_writer *writer, struct text *path);

/* --- new_who.c --- */

/* Somebody can sign in, if somebody has to. */
int new_check_principal(const struct new_writer *writer);

/* Who may call has rows to see. */
int new_check_who(const struct new_writer *writer);

/* Whoever may call has rows of their own. */
int new_check_not_privileged(const struct new_writer *writer);

bool new_is_privileged(const struct new_writer *writer, struct text role);

/* The first that was asked for; empty if none was. */
struct text new_first_role(const struct new_writer *writer);

/* Each caller has rows of their own. */
bool new_owns(const struct new_writer *writer);

/* `owns` does not tell that a row is there: nobody owns, or some who may call need not. So the
 * handler has to look. */
bool new_looks_up(const struct new_writer *writer);

void new_set_auth(struct new_writer *writer);

#endif
