/* Random databases whose rows have owners: tables, policies of every kind, rows; and, in SQL that
 * the test writes by itself, whose a row is and who may read it.
 *
 * Every table has the columns k (its key), o (owner, team or parent's key), a, b, u, z (counts what
 * UPDATE does to a row) and s, which is a secret in some. Values are few, so that they meet. */
#ifndef WRIT_TESTS_RANDOM_OWNERS_H
#define WRIT_TESTS_RANDOM_OWNERS_H

#include "database_model.h"
#include "dice.h"

enum { TABLES_MAX = 7, VIEWS_MAX = 2, FIRST_VIEW = 8, PRINCIPALS = 4, KEYS = 9 };
enum ownership { OWN, TEAM, CHILD, EVERYBODYS };

struct owned_table {
  char name[4];
  enum ownership ownership;
  const char *column; /* that ownership goes by */
  size_t parent;
  bool text_key, text_ref; /* the types of k and of o */
  bool without_rowid, secret, trigger;
  char readable[160];   /* as the policy has it; or empty */
  char others_may[160]; /* the same over main. */
  int readable_by;      /* the table that this asks; -1: none */
};

struct world {
  struct dice *dice;
  bool text_ids; /* principals are 'v1' and not 1 */
  struct owned_table tables[TABLES_MAX];
  size_t count;                   /* table 0 says who is in which team, by its columns o and w */
  struct buffer views[VIEWS_MAX]; /* t8 and t9, as random_queries.h writes a query */
  size_t view_count;
  struct buffer schema, rows, triggers; /* in this order */
  struct table_policy policies[TABLES_MAX];
};

static inline const char *id_text(bool text, uint32_t number)
{
  static const char *const texts[] = {"NULL", "'v1'", "'v2'", "'v3'", "'v4'",
                                      "'v5'", "'v6'", "'v7'", "'v8'", "'v9'"};
  static const char *const numbers[] = {"NULL", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return text ? texts[number] : numbers[number];
}

static inline const char *type_text(bool text)
{
  return text ? "TEXT" : "INTEGER";
}

/* --- What there is --- */

static inline void choose_table(struct world *world, size_t index)
{
  struct dice *dice = world->dice;
  struct owned_table *table = &world->tables[index];
  *table = (struct owned_table){.column = "o", .readable_by = -1};
  snprintf(table->name, sizeof table->name, "t%u", (unsigned)index);
  table->ownership = index == 1 ? TEAM : (enum ownership)dice_below(dice, 4);
  if (index == 0) table->ownership = dice_happens(dice, 50) ? OWN : EVERYBODYS;
  table->text_key = dice_happens(dice, 50);
  table->text_ref = dice_happens(dice, 50);
  table->without_rowid = dice_happens(dice, 25);
  table->secret = dice_happens(dice, 30);
  if (index == 0) {
    table->column = "w";
    if (dice_happens(dice, 30)) { /* a membership is the team's */
      table->ownership = CHILD;
      table->column = "o";
      table->parent = 1;
    }
  } else if (index == 1) {
    /* the teams themselves, if memberships refer to them */
    table->text_key = world->tables[0].text_ref;
    if (world->tables[0].ownership == CHILD || dice_happens(dice, 40)) table->column = "k";
    table->text_ref = world->tables[0].text_ref;
  } else if (table->ownership == TEAM) {
    table->text_ref = world->tables[0].text_ref;
  } else if (table->ownership == OWN) {
    table->text_ref = world->text_ids;
    if (dice_happens(dice, 20)) {
      table->column = "k";
      table->text_key = world->text_ids;
    }
  } else if (table->ownership == CHILD) {
    table->parent = dice_happens(dice, 40) ? 1 : 1 + dice_below(dice, (uint32_t)index - 1);
    if (world->tables[table->parent].ownership == EVERYBODYS) table->parent = 1;
    table->text_ref = world->tables[table->parent].text_key;
    table->trigger = dice_happens(dice, 50);
  }
}

static inline void choose_readable(struct world *world, size_t index)
{
  struct owned_table *table = &world->tables[index];
  struct dice *dice = world->dice;
  if (table->ownership == EVERYBODYS || !dice_happens(dice, 35)) return;
  unsigned other = dice_below(dice, (uint32_t)world->count);
  const char *schemas[] = {"", "main."};
  char *texts[] = {table->readable, table->others_may};
  unsigned kind = dice_below(dice, 3);
  if (kind > 0) table->readable_by = kind == 1 ? (int)other : 0;
  for (size_t i = 0; i < 2; i++) {
    if (kind == 0)
      snprintf(texts[i], sizeof table->readable, "a = 1 -- for all");
    else if (kind == 1)
      snprintf(texts[i], sizeof table->readable, "a IN (SELECT z FROM %st%u WHERE b = 'x')",
               schemas[i], other);
    else
      snprintf(texts[i], sizeof table->readable,
               "EXISTS (SELECT 1 FROM %st0 q WHERE q.a = %s.a AND q.w = %s)", schemas[i],
               table->name, i == 0 ? ":principal_id" : ":me");
  }
}

static inline void append_columns(struct world *world, const struct owned_table *table)
{
  struct buffer *out = &world->schema;
  struct dice *dice = world->dice;
  /* in any order, that no place among the columns is special */
  unsigned order[] = {0, 1, 2, 3, 4, 5, 6};
  for (size_t i = 6; i > 0; i--) {
    size_t j = dice_below(dice, (uint32_t)i + 1);
    unsigned other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
  for (size_t i = 0; i < 7; i++) {
    const char *separator = i > 0 ? ", " : "";
    if (order[i] == 0)
      buffer_print(out, "%sk %s PRIMARY KEY", separator, type_text(table->text_key));
    else if (order[i] == 1)
      buffer_print(out, "%so %s", separator, type_text(table->text_ref));
    else if (order[i] == 2)
      buffer_print(out, "%sa INTEGER", separator);
    else if (order[i] == 3)
      buffer_print(out, "%sb TEXT", separator);
    else if (order[i] == 4)
      buffer_print(out, "%su INTEGER UNIQUE", separator);
    else if (order[i] == 5)
      buffer_print(out, "%sz INTEGER NOT NULL DEFAULT 0", separator);
    else
      buffer_print(out, "%ss TEXT", separator);
    if (order[i] == 1 && table->ownership == CHILD)
      buffer_print(out, " REFERENCES %s (k) ON UPDATE CASCADE%s", world->tables[table->parent].name,
                   dice_happens(dice, 60) ? " ON DELETE CASCADE" : "");
  }
}

static inline void append_table_sql(struct world *world, size_t index)
{
  const struct owned_table *table = &world->tables[index];
  struct buffer *out = &world->schema;
  buffer_print(out, "CREATE TABLE %s (", table->name);
  append_columns(world, table);
  if (index == 0) buffer_print(out, ", w %s", type_text(world->text_ids));
  if (!table->secret && dice_happens(world->dice, 30))
    buffer_append_text(out, TEXT(", g INTEGER AS (a + 1) VIRTUAL"));
  buffer_print(out, ") STRICT%s;", table->without_rowid ? ", WITHOUT ROWID" : "");
  if (dice_happens(world->dice, 50))
    buffer_print(out, "CREATE INDEX i%u ON %s (%s);", (unsigned)index, table->name,
                 dice_happens(world->dice, 50) ? "lower(b)" : "o, a");
  /* The row makes whom it names a member of the team that it is in: it may not vouch for itself. */
  if (table->trigger && table->text_ref == world->tables[0].text_ref)
    buffer_print(&world->triggers,
                 "CREATE TRIGGER g%u AFTER INSERT ON %s BEGIN INSERT OR IGNORE INTO t0 (k, o, w)"
                 " VALUES (%s, new.o, %s); END;",
                 (unsigned)index, table->name,
                 id_text(world->tables[0].text_key, 1 + dice_below(world->dice, KEYS)),
                 id_text(world->text_ids, 1 + dice_below(world->dice, PRINCIPALS)));
}

/* --- What is in it --- */

/* A value for the reference: an owner, a team, or a parent if it is there. */
static inline void append_reference(struct world *world, const struct owned_table *table,
                                    struct buffer *out)
{
  uint32_t most = table->ownership == OWN ? PRINCIPALS : 6;
  uint32_t number = dice_happens(world->dice, 6) ? 0 : 1 + dice_below(world->dice, most);
  const char *value = id_text(table->text_ref, number);
  if (table->ownership == CHILD)
    buffer_print(out, "(SELECT k FROM %s WHERE k = %s)", world->tables[table->parent].name, value);
  else
    buffer_print(out, "%s", value);
}

static inline void append_row(struct world *world, size_t index, uint32_t key)
{
  static const char *const words[] = {"'x'", "'y'", "'v1'", "''", "NULL", "'X'"};
  const struct owned_table *table = &world->tables[index];
  struct dice *dice = world->dice;
  struct buffer *out = &world->rows;
  buffer_print(out, "INSERT OR IGNORE INTO %s (k, o, a, b, u, z, s%s) VALUES (%s, ", table->name,
               index == 0 ? ", w" : "", id_text(table->text_key, key));
  append_reference(world, table, out);
  buffer_print(out, ", %u, %s, ", (unsigned)dice_below(dice, 4), words[dice_below(dice, 6)]);
  if (dice_happens(dice, 30))
    buffer_append_text(out, TEXT("NULL"));
  else
    buffer_print(out, "%u", (unsigned)dice_below(dice, 20));
  buffer_print(out, ", %u, '%s'", (unsigned)dice_below(dice, 3),
               table->secret ? "SECRET" : "plain");
  if (index == 0)
    buffer_print(out, ", %s", id_text(world->text_ids, 1 + dice_below(dice, PRINCIPALS)));
  buffer_append_text(out, TEXT(");"));
}

static inline void make_policies(struct world *world)
{
  static const char members[] = "SELECT o FROM t0 WHERE w = :principal_id";
  static const char *const secrets[] = {"s"};
  for (size_t i = 0; i < world->count; i++) {
    const struct owned_table *table = &world->tables[i];
    struct table_policy *policy = &world->policies[i];
    *policy = (struct table_policy){
        .table = table->name, .column = table->column, .readable = text_of(table->readable)};
    if (table->secret) {
      policy->secrets = secrets;
      policy->secret_count = 1;
    }
    if (table->ownership == EVERYBODYS) policy->ownership = TABLE_SHARED;
    if (table->ownership == TEAM) policy->members = text_of(members);
    if (table->ownership == CHILD) {
      policy->ownership = TABLE_CHILD;
      policy->parent = world->tables[table->parent].name;
    }
  }
}

static inline void world_make(struct world *world, struct dice *dice)
{
  *world = (struct world){.dice = dice, .text_ids = dice_happens(dice, 50)};
  world->count = 4 + dice_below(dice, TABLES_MAX - 3);
  for (size_t i = 0; i < world->count; i++) choose_table(world, i);
  for (size_t i = 0; i < world->count; i++) choose_readable(world, i);
  for (size_t i = 0; i < world->count; i++) append_table_sql(world, i);
  for (size_t i = 1; i <= world->count; i++) /* memberships last: they may refer to teams */
    for (uint32_t key = 1; key < KEYS; key++)
      if (dice_happens(dice, 80)) append_row(world, i % world->count, key);
  buffer_append_byte(&world->rows, '\0');
  buffer_append_byte(&world->triggers, '\0');
  make_policies(world);
}

static inline void world_free(struct world *world)
{
  buffer_deinit(&world->schema);
  for (size_t i = 0; i < world->view_count; i++) buffer_deinit(&world->views[i]);
  buffer_deinit(&world->rows);
  buffer_deinit(&world->triggers);
}

/* --- The model --- */

/* "the row of `alias` is :me's", over main. */
static inline void model_mine(const struct world *world, size_t index, const char *alias,
                              struct buffer *out)
{
  const struct owned_table *table = &world->tables[index];
  char parent[16];
  switch (table->ownership) {
  case EVERYBODYS:
    buffer_append_text(out, TEXT("1"));
    break;
  case OWN:
    buffer_print(out, "%s.%s = :me", alias, table->column);
    break;
  case TEAM:
    buffer_print(out, "EXISTS (SELECT 1 FROM main.t0 m WHERE m.w = :me AND m.o = %s.%s)", alias,
                 table->column);
    break;
  case CHILD:
    snprintf(parent, sizeof parent, "p%u", (unsigned)index);
    buffer_print(out, "EXISTS (SELECT 1 FROM main.%s %s WHERE %s.k = %s.o AND ",
                 world->tables[table->parent].name, parent, parent, alias);
    model_mine(world, table->parent, parent, out);
    buffer_append_text(out, TEXT(")"));
    break;
  }
}

/* Whether a change of `other` (-1: none) may change which rows of the table are seen. */
static inline bool model_sees_by(const struct world *world, size_t index, int other)
{
  const struct owned_table *table = &world->tables[index];
  if (table->readable_by >= 0 && table->readable_by == other) return true;
  if (table->ownership == TEAM) return other == 0;
  if (table->ownership != CHILD) return false;
  return (int)table->parent == other || model_sees_by(world, table->parent, other);
}

static inline void model_visible(const struct world *world, size_t index, struct buffer *out)
{
  const struct owned_table *table = &world->tables[index];
  model_mine(world, index, table->name, out);
  if (table->others_may[0] != '\0') buffer_print(out, " OR (%s\n)", table->others_may);
}

#endif
