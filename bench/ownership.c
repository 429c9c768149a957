/* What row ownership costs: the same statement as the principal's, through the view and past the
 * pre-update hook, and exempt from both with the owner written into its WHERE by hand, as people do
 * without Writ. 1,000 principals with ten rows each, in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "measure.h"
#include "store/statement.h"

enum { ROUNDS = 101, PARAMETERS_MAX = 4 };

static const double slice_ms = 5;

static const char schema[] =
    "CREATE TABLE notes (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, body TEXT) STRICT;"
    "CREATE INDEX notes_of_owner ON notes (owner_id, id);"
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL) STRICT;"
    "CREATE INDEX orders_of_owner ON orders (owner_id, id);"
    "CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), n "
    "INTEGER)"
    "  STRICT;"
    "CREATE INDEX lines_of_order ON lines (order_id, id);"
    "CREATE TABLE members (team_id INTEGER NOT NULL, user_id TEXT NOT NULL) STRICT;"
    "CREATE INDEX members_of_user ON members (user_id, team_id);"
    "CREATE TABLE docs (id INTEGER PRIMARY KEY, team_id INTEGER, body TEXT) STRICT;"
    "CREATE INDEX docs_of_team ON docs (team_id, id);"
    "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 9999)"
    "  INSERT INTO notes SELECT 'n' || i, 'u' || (i % 1000), hex(i) FROM c;"
    "INSERT INTO orders SELECT CAST(substr(id, 2) AS INTEGER), owner_id FROM notes;"
    "INSERT INTO lines SELECT id, id, 1 FROM orders;"
    "INSERT INTO members SELECT id % 500, owner_id FROM orders;"
    "INSERT INTO docs SELECT id, id % 500, 'text' FROM orders;";

static const struct table_policy policies[] = {
    {.table = "notes", .column = "owner_id"},
    {.table = "orders", .column = "owner_id"},
    {.table = "lines", .ownership = TABLE_CHILD, .column = "order_id", .parent = "orders"},
    {.table = "members", .column = "user_id"},
    {.table = "docs",
     .column = "team_id",
     .members = {"SELECT team_id FROM members WHERE user_id = :principal_id",
                 sizeof "SELECT team_id FROM members WHERE user_id = :principal_id" - 1}},
};

/* A statement, and the same with the condition that the host would add. */
static const struct pair {
  const char *what, *sql, *by_hand;
} pairs[] = {
    {"SELECT by key", "SELECT id, body FROM notes WHERE id = :note",
     "SELECT id, body FROM notes WHERE id = :note AND owner_id = :me"},
    {"SELECT the principal's ten", "SELECT id, body FROM notes ORDER BY id",
     "SELECT id, body FROM notes WHERE owner_id = :me ORDER BY id"},
    {"SELECT by key, a parent's", "SELECT id, n FROM lines WHERE id = :key",
     "SELECT id, n FROM lines WHERE id = :key AND order_id IN (SELECT id FROM orders WHERE "
     "owner_id ="
     " :me)"},
    {"SELECT by key, a team's", "SELECT id, body FROM docs WHERE id = :key",
     "SELECT id, body FROM docs WHERE id = :key AND team_id IN (SELECT team_id FROM members WHERE"
     " user_id = :me)"},
    {"UPDATE by key", "UPDATE notes SET body = :note WHERE id = :note",
     "UPDATE notes SET body = :note WHERE id = :note AND owner_id = :me"},
    {"UPDATE by key, a parent's", "UPDATE lines SET n = n + 1 WHERE id = :key",
     "UPDATE lines SET n = n + 1 WHERE id = :key AND order_id IN (SELECT id FROM orders WHERE"
     " owner_id = :me)"},
    {"UPDATE by key, a team's", "UPDATE docs SET body = 'x' WHERE id = :key",
     "UPDATE docs SET body = 'x' WHERE id = :key AND team_id IN (SELECT team_id FROM members WHERE"
     " user_id = :me)"},
    {"UPDATE of the principal's ten", "UPDATE notes SET body = :me WHERE owner_id = :me",
     "UPDATE notes SET body = :me WHERE owner_id = :me"},
};

static void give_up(const char *what)
{
  fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

struct subject {
  struct store *store;
  struct statement *statement;
  const struct json *values[PARAMETERS_MAX];
  struct arena arena;
};

static const struct json me = {.type = JSON_STRING, .string = "u7", .length = 2},
                         note = {.type = JSON_STRING, .string = "n1007", .length = 5},
                         key = {.type = JSON_INTEGER, .integer = 1007};

static void run(void *context, long times)
{
  struct subject *subject = context;
  struct statement_call call = {.values = subject->values, .owner = &me, .now_ms = 1};
  for (long i = 0; i < times; i++) {
    struct json result;
    struct store_failure failure;
    arena_reset(&subject->arena);
    if (statement_run(subject->statement, store_writer(subject->store), &call, &subject->arena,
                      &result, &failure) < 0)
      give_up(failure.detail);
    bool nothing = result.type == JSON_ARRAY ? result.length == 0 : result.integer == 0;
    if (nothing) give_up("a statement found no row");
  }
}

static void prepare(struct subject *subject, struct store *store, const char *sql, unsigned rights)
{
  struct error error = {0};
  size_t offset;
  struct statement_spec spec = {.name = "bench",
                                .sql = text_of(sql),
                                .rights = rights,
                                .rows = sql[0] == 'S' ? ROWS_MANY : ROWS_EXEC};
  *subject = (struct subject){.store = store};
  arena_init(&subject->arena, 65536);
  if (statement_compile(store, &spec, &subject->statement, &offset, &error) < 0)
    give_up(error.message);
  const struct statement_info *info = statement_info(subject->statement);
  for (size_t i = 0; i < info->parameter_count; i++)
    subject->values[i] = text_is(info->parameters[i], "me")    ? &me
                         : text_is(info->parameters[i], "key") ? &key
                                                               : &note;
}

static struct store *open_store(void)
{
  static const struct source source = {"policy.json", {"{}", 2}};
  struct error error = {0};
  struct store *store;
  struct report report;
  report_init(&report);
  if (crypto_init(&error) || store_open(&(struct store_config){.path = NULL}, &store, &error) ||
      store_run_script(store, "bench", text_of(schema), &error))
    give_up(error.message);
  if (store_set_policy(store, policies, sizeof policies / sizeof *policies, &source, &report)) {
    report_print(&report, stderr);
    give_up("the policy is refused");
  }
  report_deinit(&report);
  return store;
}

int main(void)
{
  struct store *store = open_store();
  if (connection_begin_read(store_writer(store), NULL)) give_up("no transaction");
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    struct subject owned, exempt;
    prepare(&owned, store, pairs[i].sql, 0);
    prepare(&exempt, store, pairs[i].by_hand, STATEMENT_FOREIGN);
    struct contender both[] = {{.run = run, .context = &owned}, {.run = run, .context = &exempt}};
    measure_interleave(both, 2, ROUNDS, slice_ms);
    double ratio = measure_ratio(&both[0].ns, &both[1].ns);
    printf("%-58s %7.3f us   by hand %.3f us, %.2f x\n", pairs[i].what,
           measure_rank(&both[0].ns, 0.5) / 1000, measure_rank(&both[1].ns, 0.5) / 1000, ratio);
    struct subject *subjects[] = {&owned, &exempt};
    for (size_t k = 0; k < 2; k++) {
      statement_free(subjects[k]->statement);
      arena_deinit(&subjects[k]->arena);
    }
  }
  connection_end_read(store_writer(store));
  store_close(store);
  return 0;
}
