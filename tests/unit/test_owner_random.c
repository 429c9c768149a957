/* Random tables, policies, rows and queries, each query run twice: as an app's, and without any
 * guard on a connection of its own, where what it reads is the rows that a model says the principal
 * may see. A read gives the same both times. A write that goes through leaves both databases alike
 * and has touched the principal's rows only; one that does not has touched none, and is a breach
 * only if a foreign row would have changed.
 *
 * WRIT_TEST_SEED repeats a run; WRIT_TEST_WORLDS makes it longer. */
#include <stdlib.h>

#include "random_queries.h"

static struct seen {
  size_t reads, writes, refused, rows, empty, done, changed, breaches, constraints, skipped;
} seen;

struct test {
  uint64_t seed;
  struct dice dice;
  struct world world;
  struct fixture fixture;
  sqlite3 *raw; /* the same without guard */
  struct model_table model[TABLES_MAX];
  struct json me;
  struct arena arena; /* of one query */
  int raw_steps, guarded_steps;
  struct query_writer query;
  const char *guarded_sql, *raw_sql;
};

#define WRONG(test, ...)                                                                           \
  do {                                                                                             \
    print_error(__VA_ARGS__);                                                                      \
    wrong(test);                                                                                   \
  } while (0)

static void wrong(const struct test *test)
{
  fprintf(stderr, "\nWRIT_TEST_SEED=%llu\n%s\n%s\n%s\n%s\n%s\n", (unsigned long long)test->seed,
          test->world.schema.data, test->world.rows.data, test->world.triggers.data,
          test->guarded_sql, test->raw_sql);
  for (size_t i = 0; i < test->world.count; i++)
    print_error("%s: %s by %s, readable: %s\n", test->world.tables[i].name, test->model[i].mine,
                test->world.tables[i].column, test->world.tables[i].readable);
  struct buffer me = {0};
  json_write(&me, &test->me);
  fail_msg("for %.*s", TEXT_ARGS(buffer_text(&me)));
}

/* --- Without the guard --- */

static void raw_execute(const struct test *test, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec(test->raw, sql, NULL, NULL, &message) != SQLITE_OK)
    WRONG(test, "%s: %s", sql, message);
}

static sqlite3_stmt *raw_prepare(const struct test *test, const char *sql)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(test->raw, sql, -1, &statement, NULL) != SQLITE_OK) return NULL;
  int index = sqlite3_bind_parameter_index(statement, ":me");
  if (index > 0 && test->me.type == JSON_INTEGER)
    sqlite3_bind_int64(statement, index, test->me.integer);
  else if (index > 0 && test->me.type == JSON_STRING)
    sqlite3_bind_text(statement, index, test->me.string, (int)test->me.length, SQLITE_STATIC);
  return statement;
}

static void make_table(struct test *test, size_t index, struct buffer *select)
{
  char drop[40];
  snprintf(drop, sizeof drop, "DROP TABLE IF EXISTS temp.f%zu", index);
  test->raw_steps = 0;
  raw_execute(test, drop);
  buffer_append_byte(select, '\0');
  sqlite3_stmt *statement = raw_prepare(test, select->data);
  if (statement == NULL || sqlite3_step(statement) != SQLITE_DONE)
    WRONG(test, "%s: %s", select->data, sqlite3_errmsg(test->raw));
  sqlite3_finalize(statement);
  buffer_deinit(select);
}

/* f3: the rows of t3 that the principal may see; f8: what the view t8 makes of such. */
static void make_visible(struct test *test)
{
  for (size_t i = 0; i < test->world.count; i++) {
    const struct owned_table *table = &test->world.tables[i];
    struct buffer sql = {0};
    buffer_print(&sql, "CREATE TEMP TABLE f%zu AS SELECT k, o, a, b, u, z%s FROM main.%s WHERE ", i,
                 table->secret ? "" : ", s", table->name);
    model_visible(&test->world, i, &sql);
    make_table(test, i, &sql);
  }
  for (size_t i = 0; i < test->world.view_count; i++) {
    struct buffer sql = {0};
    buffer_print(&sql, "CREATE TEMP TABLE f%zu AS %s", FIRST_VIEW + i,
                 query_text(&test->world, &test->world.views[i], false, &test->arena));
    make_table(test, FIRST_VIEW + i, &sql);
  }
}

/* Both give up on what takes too long: joins of joins. */
enum { RAW_STEPS = 200, GUARDED_STEPS = 2000 };

static int is_too_long(void *context)
{
  return ++*(int *)context > RAW_STEPS;
}

static bool is_far_too_long(void *context)
{
  return ++*(int *)context > GUARDED_STEPS;
}

/* --- Results, as sorted lines of JSON --- */

struct lines {
  const char **items;
  size_t count, capacity;
};

static void add_line(struct lines *lines, struct arena *arena, const struct json *row)
{
  struct buffer out = {0};
  json_write(&out, row);
  if (lines->count == lines->capacity) {
    lines->capacity = lines->capacity * 2 + 16;
    lines->items = memory_resize(lines->items, lines->capacity * sizeof *lines->items);
  }
  lines->items[lines->count++] = arena_copy(arena, buffer_text(&out)).data;
  buffer_deinit(&out);
}

static int compare_lines(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_lines(struct lines *lines)
{
  if (lines->count > 0) qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
}

static struct json raw_row(sqlite3_stmt *statement, struct arena *arena)
{
  static const char *const names[] = {"c1", "c2", "c3"};
  struct json_member *members = arena_new_array(arena, 3, sizeof *members);
  for (int i = 0; i < 3; i++) {
    members[i].key = json_string(text_of(names[i]));
    struct json *value = &members[i].value;
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
      *value = json_integer(sqlite3_column_int64(statement, i));
      break;
    case SQLITE_FLOAT:
      *value = json_real(sqlite3_column_double(statement, i));
      break;
    case SQLITE_TEXT:
      *value =
          json_string(arena_copy(arena, text_of((const char *)sqlite3_column_text(statement, i))));
      break;
    default:
      *value = json_null();
    }
  }
  return (struct json){.type = JSON_OBJECT, .members = members, .length = 3};
}

/* --- One query under the guard --- */

/* NULL if it was refused, which must have a reason. */
static struct statement *compile(struct test *test, bool writes, bool compiles_raw)
{
  struct statement *statement = NULL;
  struct error error = {0};
  size_t offset;
  struct statement_spec spec = {.name = "random",
                                .sql = text_of(test->guarded_sql),
                                .rows = writes ? ROWS_EXEC : ROWS_MANY,
                                .rows_max = 100000};
  int code = statement_compile(test->fixture.store, &spec, &statement, &offset, &error);
  if (code == 0 && !compiles_raw)
    WRONG(test, "refused without a guard: %s", sqlite3_errmsg(test->raw));
  if (code == 0) return statement;
  seen.refused++;
  bool may = !compiles_raw || (test->query.secret && strstr(error.message, "is secret") != NULL) ||
             (test->query.replaces && strstr(error.message, "OR REPLACE holds for") != NULL);
  if (!may) WRONG(test, "refused: %s", error.message);
  return NULL;
}

static int run(struct test *test, struct statement *statement, struct json *result,
               struct store_failure *failure)
{
  const struct json *values[4] = {&test->me, &test->me, &test->me, &test->me};
  struct statement_call call = {.values = values, .owner = &test->me, .now_ms = 1};
  return statement_run(statement, store_writer(test->fixture.store), &call, &test->arena, result,
                       failure);
}

static void begin(struct test *test)
{
  struct connection *connection = store_writer(test->fixture.store);
  assert_int_equal(connection_begin_read(connection, NULL), 0);
  assert_int_equal(connection_savepoint(connection, NULL), 0);
}

static void end(struct test *test)
{
  connection_end_read(store_writer(test->fixture.store));
}

static void new_query(struct test *test, bool write)
{
  test->raw_steps = test->guarded_steps = 0;
  arena_reset(&test->arena);
  query_make(&test->query, &test->world, write);
  test->guarded_sql = query_text(&test->world, &test->query.out, true, &test->arena);
  test->raw_sql = query_text(&test->world, &test->query.out, false, &test->arena);
}

/* --- Reads --- */

static void compare_read(struct test *test, struct statement *statement, sqlite3_stmt *raw)
{
  struct lines ours = {0}, theirs = {0};
  struct json result;
  struct store_failure failure;
  int raw_code, code = -1;
  while ((raw_code = sqlite3_step(raw)) == SQLITE_ROW) {
    struct json row = raw_row(raw, &test->arena);
    add_line(&theirs, &test->arena, &row);
  }
  if (raw_code != SQLITE_INTERRUPT) {
    begin(test);
    code = run(test, statement, &result, &failure);
    end(test);
  }
  if (raw_code == SQLITE_INTERRUPT ||
      (code < 0 && (failure.outcome == STORE_TOO_LARGE || failure.outcome == STORE_INTERRUPTED))) {
    seen.skipped++;
  } else if ((code == 0) != (raw_code == SQLITE_DONE)) {
    WRONG(test, "outcome %d, %s; without a guard: %s", failure.outcome, failure.detail,
          sqlite3_errmsg(test->raw));
  } else if (code == 0) {
    for (uint32_t i = 0; i < result.length; i++) add_line(&ours, &test->arena, &result.items[i]);
    sort_lines(&ours);
    sort_lines(&theirs);
    for (size_t i = 0; i < ours.count || i < theirs.count; i++) {
      const char *our = i < ours.count ? ours.items[i] : "nothing";
      const char *their = i < theirs.count ? theirs.items[i] : "nothing";
      if (strcmp(our, their) != 0) WRONG(test, "gave %s instead of %s", our, their);
      if (strstr(our, "SECRET") != NULL) WRONG(test, "shows a secret: %s", our);
    }
    seen.rows += ours.count;
    seen.empty += ours.count == 0;
  }
  memory_free(ours.items);
  memory_free(theirs.items);
}

static void try_read(struct test *test)
{
  new_query(test, false);
  seen.reads++;
  sqlite3_stmt *raw = raw_prepare(test, test->raw_sql);
  struct statement *statement = compile(test, false, raw != NULL);
  if (statement != NULL) compare_read(test, statement, raw);
  sqlite3_finalize(raw);
  statement_free(statement);
  query_free(&test->query);
}

/* --- Writes --- */

/* What the principal's rows of the target refer to, before. */
static struct lines own_references(struct test *test, size_t target)
{
  const struct world *world = &test->world;
  const struct owned_table *table = &world->tables[target];
  struct lines lines = {0};
  struct buffer sql = {0};
  if (table->ownership == OWN) {
    buffer_append_text(&sql, TEXT("SELECT quote(:me) WHERE :me IS NOT NULL"));
  } else if (table->ownership == TEAM) {
    buffer_append_text(&sql, TEXT("SELECT quote(o) FROM t0 WHERE w = :me AND o IS NOT NULL"));
  } else if (table->ownership == CHILD) {
    const char *parent = world->tables[table->parent].name;
    buffer_print(&sql, "SELECT quote(%s.k) FROM %s WHERE ", parent, parent);
    model_mine(world, table->parent, parent, &sql);
  }
  if (sql.length == 0) return lines;
  buffer_append_byte(&sql, '\0');
  sqlite3_stmt *statement = raw_prepare(test, sql.data);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    struct json value = json_string(text_of((const char *)sqlite3_column_text(statement, 0)));
    value = json_string(arena_copy(&test->arena, json_text(&value)));
    add_line(&lines, &test->arena, &value);
    lines.items[lines.count - 1] = value.string;
  }
  sqlite3_finalize(statement);
  buffer_deinit(&sql);
  return lines;
}

struct judgement {
  struct test *test;
  size_t target;
  struct lines own;
  size_t changed, foreign;
  const char *first; /* foreign row */
};

static bool is_mine(const struct judgement *judgement, const struct model_row *row, bool added)
{
  const struct owned_table *table = &judgement->test->world.tables[row->table];
  if (row->table != judgement->target) /* what the schema does: the new member is its own affair */
    return row->mine ||
           (added && row->table == 0 && judgement->test->world.tables[judgement->target].trigger);
  if (table->ownership == EVERYBODYS) return true;
  for (size_t i = 0; i < judgement->own.count; i++)
    if (strcmp(judgement->own.items[i], row->reference) == 0) return true;
  return false;
}

static void judge(void *context, const struct model_row *row, bool added)
{
  struct judgement *judgement = context;
  judgement->changed++;
  if (is_mine(judgement, row, added)) return;
  judgement->foreign++;
  if (judgement->first == NULL) judgement->first = row->content;
}

static void is_alike(void *context, const struct model_row *row, bool added)
{
  WRONG(context, "the databases differ: %s %s %s", added ? "only without guard" : "only with guard",
        ((const struct test *)context)->world.tables[row->table].name, row->content);
}

static void is_untouched(void *context, const struct model_row *row, bool added)
{
  WRONG(context, "a refused write %s %s", added ? "left" : "took", row->content);
}

static void read_state(struct test *test, sqlite3 *handle, struct model_state *state)
{
  model_read(handle, &test->arena, test->model, test->world.count, &test->me, state);
}

static void compare_write(struct test *test, struct statement *statement, sqlite3_stmt *raw)
{
  sqlite3 *handle = connection_handle(store_writer(test->fixture.store));
  struct judgement judgement = {.test = test, .target = (size_t)test->query.written};
  struct model_state before, after, without;
  struct json result;
  struct store_failure failure;
  raw_execute(test, "BEGIN");
  int raw_code = sqlite3_step(raw);
  sqlite3_reset(raw);
  if (raw_code == SQLITE_INTERRUPT) {
    if (sqlite3_get_autocommit(test->raw) == 0) raw_execute(test, "ROLLBACK");
    seen.skipped++;
    return;
  }
  test->raw_steps = 0;
  read_state(test, handle, &before);
  begin(test);
  int code = run(test, statement, &result, &failure);
  test->guarded_steps = 0;
  if (code < 0 && failure.outcome == STORE_INTERRUPTED) { /* SQLite may drop the transaction then */
    seen.skipped++;
    raw_execute(test, "ROLLBACK");
    end(test);
    model_free(&before);
    return;
  }
  read_state(test, test->raw, &without);
  raw_execute(test, "ROLLBACK");
  judgement.own = own_references(test, judgement.target);
  if (code < 0) assert_int_equal(connection_rollback(store_writer(test->fixture.store), NULL), 0);
  read_state(test, handle, &after);
  end(test);
  bool comparable = !test->query.reads_written;
  model_compare(&before, code == 0 ? &after : &without, judge, &judgement);
  if (code == 0) {
    if (judgement.foreign > 0) WRONG(test, "a foreign row changed: %s", judgement.first);
    if (comparable && raw_code != SQLITE_DONE)
      WRONG(test, "done, yet without a guard: error %d", raw_code);
    if (comparable) model_compare(&after, &without, is_alike, test);
    seen.done++;
    seen.changed += judgement.changed > 0;
  } else {
    model_compare(&before, &after, is_untouched, test);
    bool breach = failure.outcome == STORE_FOREIGN_ROW;
    if (breach)
      seen.breaches++;
    else
      seen.constraints++;
    if (comparable && raw_code == SQLITE_DONE && (!breach || judgement.foreign == 0))
      WRONG(test, "outcome %d, %s, where no foreign row changes", failure.outcome, failure.detail);
  }
  model_free(&before);
  model_free(&after);
  model_free(&without);
  memory_free(judgement.own.items);
}

static void try_write(struct test *test)
{
  new_query(test, true);
  seen.writes++;
  sqlite3_stmt *raw = raw_prepare(test, test->raw_sql);
  struct statement *statement = compile(test, true, raw != NULL);
  if (statement != NULL) compare_write(test, statement, raw);
  sqlite3_finalize(raw);
  statement_free(statement);
  query_free(&test->query);
}

/* --- Worlds --- */

static void make_model(struct test *test)
{
  for (size_t i = 0; i < test->world.count; i++) {
    const struct owned_table *table = &test->world.tables[i];
    struct buffer mine = {0};
    model_mine(&test->world, i, table->name, &mine);
    test->model[i] =
        (struct model_table){.name = table->name,
                             .mine = arena_copy(&test->fixture.arena, buffer_text(&mine)).data,
                             .reference = table->column};
    buffer_deinit(&mine);
  }
}

static void make_test(struct test *test, uint64_t seed)
{
  *test = (struct test){.seed = seed, .dice = {seed}, .guarded_sql = "", .raw_sql = ""};
  arena_init(&test->arena, 4096);
  world_make(&test->world, &test->dice);
  world_add_views(&test->world, &test->arena);
  assert_int_equal(sqlite3_open(":memory:", &test->raw), SQLITE_OK);
  sqlite3_db_config(test->raw, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  raw_execute(test, "PRAGMA foreign_keys = ON");
  raw_execute(test, "PRAGMA recursive_triggers = ON");
  raw_execute(test, test->world.schema.data);
  raw_execute(test, test->world.rows.data);
  raw_execute(test, test->world.triggers.data);
  fixture_open(&test->fixture, test->world.schema.data);
  fixture_fill(&test->fixture, test->world.rows.data);
  fixture_fill(&test->fixture, test->world.triggers.data);
  make_model(test);
  sqlite3_progress_handler(test->raw, 1000, is_too_long, &test->raw_steps);
  connection_set_interrupt(store_writer(test->fixture.store), is_far_too_long,
                           &test->guarded_steps);
  if (fixture_set_policy(&test->fixture, test->world.policies, test->world.count) < 0) {
    report_print(&test->fixture.report, stderr);
    WRONG(test, "the policy is refused");
  }
}

static void try_world(uint64_t seed)
{
  struct test test;
  make_test(&test, seed);
  for (uint32_t principal = 0; principal <= PRINCIPALS; principal++) {
    static const char *const texts[] = {"", "v1", "v2", "v3", "v4"};
    test.me = principal == 0        ? json_null()
              : test.world.text_ids ? json_string(text_of(texts[principal]))
                                    : json_integer(principal);
    make_visible(&test);
    for (int i = 0; i < 6; i++) try_read(&test);
    for (int i = 0; i < 8; i++) try_write(&test);
  }
  sqlite3_close(test.raw);
  fixture_close(&test.fixture);
  arena_deinit(&test.arena);
  world_free(&test.world);
}

static void keeps_rows_apart(void **state)
{
  (void)state;
  uint64_t seed = number_from("WRIT_TEST_SEED", 7);
  uint64_t worlds = number_from("WRIT_TEST_WORLDS", 60);
  print_message("WRIT_TEST_SEED=%llu WRIT_TEST_WORLDS=%llu\n", (unsigned long long)seed,
                (unsigned long long)worlds);
  for (uint64_t i = 0; i < worlds; i++) try_world(seed + i);
  print_message("%zu reads with %zu rows, %zu of them empty; %zu writes: %zu done, %zu of which"
                " changed something, %zu breaches, %zu constraints; %zu refused, %zu too large\n",
                seen.reads, seen.rows, seen.empty, seen.writes, seen.done, seen.changed,
                seen.breaches, seen.constraints, seen.refused, seen.skipped);
  /* A property of nothing would hold as well. */
  if (worlds < 50) return;
  assert_true(seen.reads - seen.empty > seen.reads / 3);
  assert_true(seen.changed > seen.writes / 12);
  assert_true(seen.breaches > seen.writes / 10);
  assert_true(seen.refused < (seen.reads + seen.writes) / 5);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_rows_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
