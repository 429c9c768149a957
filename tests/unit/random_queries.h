/* Random queries over the tables of random_owners.h.
 *
 * A query is written once and said in two ways: as an app would, and for a connection without any
 * guard, where what is read is `f3` (the rows of t3 that the model shows) and what is written is t3
 * itself. \1 and a digit stand for a table that is read, \2 and a digit for the one that is
 * written. */
#ifndef WRIT_TESTS_RANDOM_QUERIES_H
#define WRIT_TESTS_RANDOM_QUERIES_H

#include "random_owners.h"

enum { SOURCES_MAX = 24 };

struct query_writer {
  const struct world *world;
  struct dice *dice;
  struct buffer out;
  unsigned sources; /* how many aliases there were so far: x0, x1 … */
  unsigned in_scope[SOURCES_MAX], scope_count;
  unsigned size;                   /* how many subqueries there may still be */
  int written;                     /* the table; -1: none */
  bool reads_written;              /* perhaps while it changes: SQLite may do so row by row */
  int target;                      /* not to be read in SET; -1: nothing is written */
  bool replaces, secret, constant; /* constant: without parameters */
};

static inline void say(struct query_writer *writer, const char *text)
{
  buffer_append_text(&writer->out, text_of(text));
}

static inline unsigned roll(struct query_writer *writer, unsigned bound)
{
  return dice_below(writer->dice, bound);
}

static inline bool happens(struct query_writer *writer, unsigned percent)
{
  return dice_happens(writer->dice, percent);
}

static inline unsigned say_table(struct query_writer *writer)
{
  const struct world *world = writer->world;
  bool reads_views = writer->target < 0; /* one could stand on the target */
  unsigned count = (unsigned)(world->count + (reads_views ? world->view_count : 0));
  unsigned table = roll(writer, count);
  if ((int)table == writer->target) table = (table + 1) % count;
  if (table >= world->count || (int)table == writer->written ||
      model_sees_by(world, table, writer->written))
    writer->reads_written = true;
  if (table >= world->count) table = FIRST_VIEW + table - (unsigned)world->count;
  buffer_print(&writer->out, "\1%u", table);
  return table;
}

static inline void say_literal(struct query_writer *writer)
{
  static const char *const literals[] = {"0", "1",    "2",    "3",    "'x'", "'y'", "'v1'",
                                         "4", "'v2'", "'v3'", "NULL", ":me", "'~'", "12"};
  say(writer, literals[roll(writer, writer->constant ? 11 : 14)]);
}

static inline void say_column(struct query_writer *writer)
{
  static const char *const columns[] = {"k", "o", "a", "b", "u", "z"};
  if (writer->scope_count == 0) {
    say_literal(writer);
    return;
  }
  unsigned alias = writer->in_scope[roll(writer, writer->scope_count)];
  bool secret = happens(writer, 1);
  writer->secret = writer->secret || secret;
  buffer_print(&writer->out, "x%u.%s", alias, secret ? "s" : columns[roll(writer, 6)]);
}

static void say_condition(struct query_writer *writer, unsigned depth);
static void say_source(struct query_writer *writer, unsigned depth);

/* What stands in parentheses sees what is around it, and is seen by nobody. */
static inline unsigned open_scope(struct query_writer *writer)
{
  say(writer, "(");
  return writer->scope_count;
}

static inline void close_scope(struct query_writer *writer, unsigned scope_count)
{
  writer->scope_count = scope_count;
  say(writer, ")");
}

static inline void say_number(struct query_writer *writer, unsigned depth)
{
  unsigned scope;
  switch (depth > 2 || writer->size == 0 ? roll(writer, 4) : roll(writer, 6)) {
  case 0:
    say_literal(writer);
    break;
  case 1:
    say(writer, "length(");
    say_column(writer);
    say(writer, ")");
    break;
  case 4:
    writer->size--;
    scope = open_scope(writer);
    buffer_print(&writer->out, "SELECT %s(x%u.a) FROM ", happens(writer, 50) ? "sum" : "count",
                 writer->sources);
    say_source(writer, depth + 1);
    if (happens(writer, 60)) {
      say(writer, " WHERE ");
      say_condition(writer, depth + 1);
    }
    close_scope(writer, scope);
    break;
  case 5:
    say(writer, "CASE WHEN ");
    say_condition(writer, depth + 1);
    say(writer, " THEN ");
    say_column(writer);
    say(writer, " ELSE 7 END");
    break;
  default:
    say_column(writer);
  }
}

static inline void say_comparison(struct query_writer *writer)
{
  static const char *const operators[] = {
      " = ", " <> ", " < ", " >= ", " IS ", " LIKE ", " IS NOT ", " IS NOT DISTINCT FROM "};
  say_column(writer);
  say(writer, operators[roll(writer, 8)]);
  if (happens(writer, 50))
    say_column(writer);
  else
    say_literal(writer);
  if (happens(writer, 5)) say(writer, " COLLATE NOCASE");
}

static inline void say_subquery_condition(struct query_writer *writer, unsigned depth)
{
  writer->size--;
  bool exists = happens(writer, 50);
  if (!exists) {
    say_column(writer);
    say(writer, happens(writer, 25) ? " NOT IN " : " IN ");
  } else {
    say(writer, happens(writer, 25) ? "NOT EXISTS " : "EXISTS ");
  }
  unsigned scope = open_scope(writer);
  buffer_print(&writer->out, "SELECT x%u.%s FROM ", writer->sources,
               happens(writer, 50) ? "k" : "o");
  say_source(writer, depth + 1);
  if (exists || happens(writer, 50)) {
    say(writer, " WHERE ");
    say_condition(writer, depth + 1);
  }
  close_scope(writer, scope);
}

static void say_condition(struct query_writer *writer, unsigned depth)
{
  unsigned kind = roll(writer, 8);
  if (depth > 3) kind = 7;
  if (kind < 2) {
    say(writer, "(");
    say_condition(writer, depth + 1);
    say(writer, kind == 0 ? " AND " : " OR ");
    say_condition(writer, depth + 1);
    say(writer, ")");
  } else if (kind == 2) {
    say(writer, "NOT (");
    say_condition(writer, depth + 1);
    say(writer, ")");
  } else if (kind < 6 && writer->size > 0) {
    say_subquery_condition(writer, depth);
  } else {
    say_comparison(writer);
  }
}

/* One table, under the next alias, which comes into scope. */
static void say_source(struct query_writer *writer, unsigned depth)
{
  unsigned alias = writer->sources++;
  bool nested = depth < 3 && writer->size > 0 && happens(writer, 25);
  if (nested) {
    writer->size--;
    unsigned around[SOURCES_MAX], outer = writer->scope_count;
    memcpy(around, writer->in_scope, sizeof around);
    writer->scope_count = 0; /* FROM sees nothing of its neighbours */
    say(writer, "(");
    buffer_print(&writer->out, "SELECT%s x%u.k, x%u.o, x%u.a, x%u.b, x%u.u, x%u.z FROM ",
                 happens(writer, 20) ? " DISTINCT" : "", writer->sources, writer->sources,
                 writer->sources, writer->sources, writer->sources, writer->sources);
    say_source(writer, depth + 1);
    if (happens(writer, 50)) {
      say(writer, " WHERE ");
      say_condition(writer, depth + 1);
    }
    say(writer, ")");
    memcpy(writer->in_scope, around, sizeof around);
    writer->scope_count = outer;
  } else {
    say_table(writer);
  }
  buffer_print(&writer->out, " AS x%u", alias);
  writer->in_scope[writer->scope_count++] = alias;
}

static inline void say_from(struct query_writer *writer)
{
  static const char *const joins[] = {" JOIN ", " LEFT JOIN ", ", ", " CROSS JOIN ", " FULL JOIN "};
  say(writer, " FROM ");
  say_source(writer, 1);
  for (unsigned more = roll(writer, 3); more > 0; more--) {
    unsigned join = roll(writer, 5);
    say(writer, joins[join]);
    say_source(writer, 1);
    if (join == 2) continue;
    say(writer, " ON ");
    say_condition(writer, 2);
  }
  if (happens(writer, 70)) {
    say(writer, " WHERE ");
    say_condition(writer, 1);
  }
}

/* Of three columns: c1, c2, c3. */
static inline void say_select(struct query_writer *writer)
{
  writer->scope_count = 0;
  unsigned first = writer->sources;
  /* what is selected stands before what it is selected from, so it names the first alias */
  switch (roll(writer, 6)) {
  case 0:
    buffer_print(&writer->out, "SELECT count(*) AS c1, sum(x%u.a) AS c2, max(x%u.b) AS c3", first,
                 first);
    say_from(writer);
    break;
  case 1:
    buffer_print(&writer->out, "SELECT x%u.o AS c1, count(*) AS c2, min(x%u.k) AS c3", first,
                 first);
    say_from(writer);
    buffer_print(&writer->out, " GROUP BY x%u.o", first);
    if (happens(writer, 40)) say(writer, " HAVING count(*) > 1");
    break;
  case 2:
    buffer_print(&writer->out,
                 "SELECT x%u.k AS c1, rank() OVER (PARTITION BY x%u.o ORDER BY x%u.a) AS c2,"
                 " count(*) OVER (ORDER BY x%u.z) AS c3",
                 first, first, first, first);
    say_from(writer);
    break;
  case 3:
    buffer_print(&writer->out,
                 "SELECT x%u.k AS c1, j.value AS c2, j.type AS c3 FROM \1%u AS x%u,"
                 " json_each(json_array(x%u.a, x%u.b, x%u.o)) AS j",
                 first, roll(writer, (unsigned)writer->world->count), first, first, first, first);
    writer->sources++;
    break;
  default:
    buffer_print(&writer->out, "SELECT x%u.k AS c1, x%u.o AS c2, x%u.b AS c3", first, first, first);
    say_from(writer);
  }
}

static inline void say_read(struct query_writer *writer)
{
  static const char *const sets[] = {" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT "};
  unsigned kind = roll(writer, 10);
  if (kind == 0) { /* a CTE, as if it were a table */
    say(writer, "WITH c(k, o, a) AS (");
    say_select(writer);
    say(writer, ") SELECT y.k AS c1, y.o AS c2, x.b AS c3 FROM c AS y LEFT JOIN ");
    say_table(writer);
    say(writer, " AS x ON x.k = y.k");
  } else if (kind == 1) {
    buffer_print(&writer->out,
                 "WITH RECURSIVE r(k, n) AS (SELECT k, 1 FROM \1%u UNION SELECT x.o, r.n + 1 FROM"
                 " \1%u AS x JOIN r ON x.k = r.k WHERE r.n < 4) SELECT k AS c1, n AS c2, 0 AS c3"
                 " FROM r",
                 roll(writer, (unsigned)writer->world->count),
                 roll(writer, (unsigned)writer->world->count));
  } else {
    say_select(writer);
    for (unsigned more = happens(writer, 30) ? 1 + roll(writer, 2) : 0; more > 0; more--) {
      say(writer, sets[roll(writer, 4)]);
      say_select(writer);
    }
    if (happens(writer, 30))
      buffer_print(&writer->out, " ORDER BY 1, 2, 3 LIMIT %u OFFSET %u", 1 + roll(writer, 5),
                   roll(writer, 3));
  }
}

/* --- Writes --- */

static inline void say_key(struct query_writer *writer, bool text)
{
  say(writer, id_text(text, 1 + roll(writer, 9)));
}

/* Half of them look for rows that the principal may see first. */
static inline void say_where(struct query_writer *writer, unsigned table, unsigned alias)
{
  say(writer, " WHERE ");
  unsigned careful = roll(writer, 10);
  if (careful < 5) {
    buffer_print(&writer->out, "x%u.k IN (SELECT k FROM \1%u%s)", alias, table,
                 careful < 2 ? " WHERE a < 2" : "");
    if (careful == 0) return;
    say(writer, " AND ");
  } else if (careful < 7) {
    buffer_print(&writer->out, "x%u.o = :me AND ", alias);
  }
  say_condition(writer, 2);
}

static inline void say_set(struct query_writer *writer, unsigned index)
{
  const struct owned_table *table = &writer->world->tables[index];
  say(writer, " SET z = z + 1");
  if (happens(writer, 30)) {
    say(writer, ", o = ");
    say_key(writer, table->text_ref);
  }
  if (happens(writer, 15)) {
    say(writer, ", k = ");
    say_key(writer, table->text_key);
  }
  if (happens(writer, 20)) buffer_print(&writer->out, ", u = %u", roll(writer, 20));
  if (happens(writer, 20)) say(writer, ", s = 'SECRET'");
  if (happens(writer, 30)) {
    say(writer, ", a = CAST(");
    say_number(writer, 2);
    say(writer, " AS INTEGER)");
  }
}

static inline void say_conflict_clause(struct query_writer *writer)
{
  static const char *const clauses[] = {" OR REPLACE", " OR IGNORE", " OR ABORT"};
  if (!happens(writer, 25)) return;
  unsigned clause = roll(writer, 3);
  if (clause == 0) writer->replaces = true;
  say(writer, clauses[clause]);
}

static inline void say_update(struct query_writer *writer, unsigned table)
{
  unsigned alias = writer->sources++;
  say(writer, "UPDATE");
  say_conflict_clause(writer);
  buffer_print(&writer->out, " \2%u AS x%u", table, alias);
  writer->in_scope[0] = alias;
  writer->scope_count = 1;
  writer->target = (int)table;
  say_set(writer, table);
  writer->target = -1;
  if (happens(writer, 25)) {
    say(writer, " FROM ");
    say_source(writer, 2);
  }
  say_where(writer, table, alias);
}

static inline void say_delete(struct query_writer *writer, unsigned table)
{
  unsigned alias = writer->sources++;
  buffer_print(&writer->out, "DELETE FROM \2%u AS x%u", table, alias);
  writer->in_scope[0] = alias;
  writer->scope_count = 1;
  say_where(writer, table, alias);
}

static inline void say_insert(struct query_writer *writer, unsigned index)
{
  const struct owned_table *table = &writer->world->tables[index];
  /* one row where it meets another: two could put right what the first did wrong, unseen */
  bool upserts = happens(writer, 40);
  say(writer, "INSERT");
  say_conflict_clause(writer);
  buffer_print(&writer->out, " INTO \2%u (k, o, a, u, z%s) ", index, index == 0 ? ", w" : "");
  if (happens(writer, 40) && index != 0) {
    buffer_print(&writer->out, "SELECT x.k, x.o, 1, NULL, 5 FROM \1%u AS x WHERE x.a < %u", index,
                 1 + roll(writer, 3));
  } else {
    say(writer, "VALUES ");
    bool one = upserts || writer->replaces;
    for (unsigned rows = one ? 1 : 1 + roll(writer, 2); rows > 0; rows--) {
      say(writer, "(");
      say_key(writer, table->text_key);
      say(writer, ", ");
      say_key(writer, table->text_ref);
      buffer_print(&writer->out, ", 1, %u, 6", roll(writer, 20));
      if (index == 0)
        buffer_print(&writer->out, ", %s",
                     happens(writer, 50) ? ":me" : id_text(writer->world->text_ids, 2));
      say(writer, rows > 1 ? "), " : ")");
    }
  }
  if (upserts) {
    say(writer, " ON CONFLICT (k) DO UPDATE SET z = ");
    buffer_print(&writer->out, "\2%u.z + 1", index);
    if (happens(writer, 40)) say(writer, ", o = excluded.o");
    if (happens(writer, 30)) buffer_print(&writer->out, " WHERE \2%u.a < 2", index);
  }
}

static inline void say_write(struct query_writer *writer)
{
  unsigned table = roll(writer, (unsigned)writer->world->count);
  writer->written = (int)table;
  switch (roll(writer, 3)) {
  case 0:
    say_update(writer, table);
    break;
  case 1:
    say_delete(writer, table);
    break;
  default:
    say_insert(writer, table);
  }
}

static inline void query_make(struct query_writer *writer, const struct world *world, bool write)
{
  *writer = (struct query_writer){
      .world = world, .dice = world->dice, .size = 3, .target = -1, .written = -1};
  if (write)
    say_write(writer);
  else
    say_read(writer);
}

/* The query as an app says it (names in any case and quotes), or without the guard. */
static inline const char *query_text(const struct world *world, const struct buffer *query,
                                     bool guarded, struct arena *arena)
{
  static const char *const spellings[] = {"t%c", "\"t%c\"", "[T%c]", "`t%c`", "T%c", "/**/t%c"};
  struct buffer out = {0};
  unsigned spelling = (unsigned)query->length;
  for (size_t i = 0; i < query->length; i++) {
    char c = query->data[i];
    if (c != '\1' && c != '\2') {
      buffer_append_byte(&out, c);
      continue;
    }
    char digit = query->data[++i];
    const struct owned_table *table = digit < '0' + FIRST_VIEW ? &world->tables[digit - '0'] : NULL;
    if (guarded && c == '\1')
      buffer_print(&out, spellings[spelling++ % 6], digit);
    else if (guarded || c == '\2' ||
             (table != NULL && table->ownership == EVERYBODYS && !table->secret))
      buffer_print(&out, "t%c", digit); /* where the app means the table itself, both do */
    else
      buffer_print(&out, "f%c", digit);
  }
  const char *text = arena_copy(arena, buffer_text(&out)).data;
  buffer_deinit(&out);
  return text;
}

/* Views of the app: t8 and t9, which may stand on t8. */
static inline void world_add_views(struct world *world, struct arena *arena)
{
  for (uint32_t count = dice_below(world->dice, VIEWS_MAX + 1); count > 0; count--) {
    struct query_writer writer = {.world = world,
                                  .dice = world->dice,
                                  .size = 1,
                                  .target = -1,
                                  .written = -1,
                                  .constant = true};
    say(&writer, "SELECT x0.k, x0.o, x0.a, x0.b, x0.u, x0.z");
    say_from(&writer);
    world->views[world->view_count] = writer.out;
    if (writer.secret) buffer_deinit(&world->views[world->view_count]);
    if (writer.secret) continue;
    buffer_print(&world->schema, "CREATE VIEW t%u%s AS %s -- of the app\n;",
                 (unsigned)(FIRST_VIEW + world->view_count),
                 dice_happens(world->dice, 50) ? " (k, o, a, b, u, z)" : "",
                 query_text(world, &writer.out, true, arena));
    world->view_count++;
  }
  buffer_append_byte(&world->schema, '\0');
}

static inline void query_free(struct query_writer *writer)
{
  buffer_deinit(&writer->out);
}

#endif
