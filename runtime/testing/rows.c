/* Table after table, parents first. */
#include "testing/rows.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/crypto.h"
#include "testing/rows_parts.h"

enum { SHARED = 3 };

void rows_miss(struct rows_maker *maker, const char *format, ...)
{
  char sentence[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  struct rows *out = maker->out;
  if (out->missing_count == maker->missing_capacity) {
    maker->missing_capacity = 2 * maker->missing_capacity + 8;
    struct text *grown = arena_new_array(maker->arena, maker->missing_capacity, sizeof *grown);
    if (out->missing_count > 0) memcpy(grown, out->missing, out->missing_count * sizeof *grown);
    out->missing = grown;
  }
  out->missing[out->missing_count++] = arena_copy(maker->arena, text_of(sentence));
}

/* --- Tables --- */

static bool is_somebodys(const struct rows_maker *maker, const struct rows_table *table)
{
  if (maker->principal_count == 0) return false;
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->columns[i].owner) return true;
  return table->reference_count > 0 || table->principals;
}

/* A table that only ties two others together: its key is made of theirs. */
static bool is_tie(const struct rows_table *table)
{
  uint32_t keys = 0;
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].key == 0) continue;
    if (!table->columns[i].referring) return false;
    keys++;
  }
  return keys > 1;
}

/* What the roles are written in has one row for each principal. A tie has one row more: the first
 * two are a principal's own, by the third somebody gets a part in what is another's. */
static uint32_t turns_of(const struct rows_table *table)
{
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->columns[i].role) return 1;
  return table->principals ? 1 : is_tie(table) ? ROWS_OF_EACH + 1 : ROWS_OF_EACH;
}

static void fill(struct rows_maker *maker, struct rows_table *table)
{
  struct error error = {0};
  uint32_t people = is_somebodys(maker, table) ? maker->principal_count : 0,
           turns = turns_of(table);
  for (uint32_t p = 0; p < people; p++) {
    bool made = maker->principals[p].id.type != JSON_NULL || table->principals, one = false;
    for (uint32_t turn = 0; made && turn < turns; turn++)
      one |= rows_insert(maker, table, (int)p, turn, &error);
    if (made && !one)
      rows_miss(maker, "%.*s: no row for %.*s: %s", TEXT_ARGS(table->name),
                TEXT_ARGS(maker->principals[p].name), error.message);
  }
  uint32_t shared = ROWS_OF_EACH * maker->principal_count;
  if (shared < SHARED) shared = SHARED;
  for (uint32_t i = 0; people == 0 && i < shared; i++)
    if (!rows_insert(maker, table, -1, i, &error) && i == 0)
      rows_miss(maker, "%.*s: no row: %s", TEXT_ARGS(table->name), error.message);
  table->done = true;
}

/* Whether all that it must refer to is there. */
static bool is_ready(const struct rows_maker *maker, const struct rows_table *table)
{
  for (uint32_t i = 0; i < table->reference_count; i++) {
    const struct rows_reference *reference = &table->references[i];
    const struct rows_table *parent = rows_table_find(maker, reference->table);
    if (parent && parent != table && !parent->done && !reference->nullable) return false;
  }
  return true;
}

/* Where a parent may be NULL a table still waits, as long as something else can be done. */
static bool is_complete(const struct rows_maker *maker, const struct rows_table *table)
{
  for (uint32_t i = 0; i < table->reference_count; i++) {
    const struct rows_table *parent = rows_table_find(maker, table->references[i].table);
    if (parent && parent != table && !parent->done) return false;
  }
  return true;
}

static struct rows_table *next_table(const struct rows_maker *maker)
{
  struct rows_table *ready = NULL, *any = NULL;
  for (uint32_t i = 0; i < maker->table_count; i++) {
    struct rows_table *table = &maker->tables[i];
    if (table->done) continue;
    if (table->principals && is_complete(maker, table)) return table;
    if (!any) any = table;
    if (is_complete(maker, table) && (!ready || !is_complete(maker, ready))) ready = table;
    if (is_ready(maker, table) && !ready) ready = table;
  }
  return ready ? ready : any; /* a ring of tables: the first of them has no rows, which is said */
}

/* --- All of it --- */

static void write_notes(struct rows_maker *maker)
{
  struct buffer sql = {0};
  buffer_append_text(&sql, TEXT("-- Made by writ from the database's schema.\n"));
  for (uint32_t i = 0; i < maker->principal_count; i++) {
    const struct rows_principal *principal = &maker->principals[i];
    if (principal->id.type == JSON_NULL) continue;
    buffer_print(&sql, "-- principal: %.*s ", TEXT_ARGS(principal->name));
    if (principal->id.type == JSON_STRING)
      buffer_append_text(&sql, json_text(&principal->id));
    else
      json_write(&sql, &principal->id);
    buffer_append_text(&sql, TEXT(" " ROWS_PASSWORD "\n"));
  }
  buffer_append_text(&sql, buffer_text(&maker->sql));
  maker->out->sql = arena_copy(maker->arena, buffer_text(&sql));
  buffer_deinit(&sql);
}

int rows_make(struct scratch *scratch, uint64_t seed, struct arena *arena, struct rows *rows,
              struct error *error)
{
  char hash[PASSWORD_HASH_BYTES];
  struct rows_maker maker = {
      .scratch = scratch, .generation = scratch_generation(scratch), .arena = arena, .out = rows};
  const struct password_cost cost = {.memory_bytes = 64 * 1024, .operations = 1};
  *rows = (struct rows){.sql = TEXT("")};
  if (crypto_password_hash(hash, TEXT(ROWS_PASSWORD), cost, error)) return -1;
  maker.password_hash = arena_copy(arena, text_of(hash));
  values_init(&maker.values, maker.generation->schemas, arena, seed);
  int result = rows_read_schema(&maker, error);
  if (result == 0) {
    rows_plan_people(&maker);
    for (struct rows_table *table; (table = next_table(&maker));) fill(&maker, table);
    rows_check_people(&maker);
    if (maker.table_count > 0) write_notes(&maker);
  }
  buffer_deinit(&maker.sql);
  values_deinit(&maker.values);
  return result;
}

/* --- An app without fixtures --- */

static int is_bare(struct scratch *scratch, struct arena *arena, bool *bare, struct error *error)
{
  size_t people;
  struct rows rows = {0};
  struct rows_maker maker = {.scratch = scratch, .arena = arena, .out = &rows};
  scratch_principals(scratch, &people);
  *bare = people == 0;
  if (people > 0) return 0;
  if (rows_read_schema(&maker, error)) return -1;
  for (uint32_t i = 0; i < maker.table_count; i++) {
    struct json found;
    struct text sql = arena_print(arena, "SELECT 1 AS one FROM %.*s LIMIT 1",
                                  TEXT_ARGS(sql_quoted(maker.tables[i].name, arena)));
    if (rows_ask(&maker, sql, &found, error)) return -1;
    *bare = *bare && found.length == 0;
  }
  *bare = *bare && maker.table_count > 0;
  return 0;
}

/* The same app once more, with these fixtures. */
static int reopen(const struct scratch_options *options, const struct rows *rows,
                  struct scratch **scratch, struct error *error)
{
  struct report report; /* what is to be said of the app has been said */
  struct scratch *again = NULL;
  struct scratch_options with = *options;
  with.sql = rows->sql;
  report_init(&report);
  int result = scratch_open(&with, &report, &again, error);
  if (result && report.first) error_set(error, "%s", report.first->message);
  report_deinit(&report);
  if (result) return -1;
  scratch_close(*scratch);
  *scratch = again;
  return 0;
}

int rows_open(const struct scratch_options *options, uint64_t seed, struct arena *arena,
              struct report *report, struct scratch **scratch, struct rows *rows,
              struct error *error)
{
  bool bare = false;
  *rows = (struct rows){.sql = TEXT("")};
  if (scratch_open(options, report, scratch, error)) return -1;
  int result = is_bare(*scratch, arena, &bare, error);
  if (result == 0 && bare) result = rows_make(*scratch, seed, arena, rows, error);
  if (result == 0 && rows->sql.length > 0) result = reopen(options, rows, scratch, error);
  if (result) scratch_close(*scratch);
  if (result) *scratch = NULL;
  return result;
}
