/* The corpus of careless and hostile queries, each against the whole of the database before and
 * after, and against a model of whose each row is. */
#include "database_model.h"
#include "owner_corpus.h"

static const struct model_table model[] = {
    {"users", "id = :me", NULL},
    {"notes", "owner_id = :me", NULL},
    {"likes", "user_id = :me", NULL},
    {"marks", "owner_id = :me", NULL},
    {"numbers", "owner_id = :me", NULL},
    {"orders", "owner_id = :me", NULL},
    {"lines", "(SELECT owner_id FROM main.orders o WHERE o.id = order_id) = :me", NULL},
    {"parts",
     "EXISTS (SELECT 1 FROM main.lines l, main.orders o WHERE l.id = line_id AND"
     " o.id = l.order_id AND o.owner_id = :me)",
     NULL},
    {"cells", "(SELECT owner_id FROM main.orders o WHERE o.id = order_id) = :me", NULL},
    {"teams", "EXISTS (SELECT 1 FROM main.memberships m WHERE m.team_id = id AND user_id = :me)",
     NULL},
    {"memberships",
     "EXISTS (SELECT 1 FROM main.memberships m WHERE m.team_id ="
     " memberships.team_id AND m.user_id = :me)",
     NULL},
    {"docs",
     "EXISTS (SELECT 1 FROM main.memberships m WHERE m.team_id = docs.team_id AND"
     " user_id = :me)",
     NULL},
    {"pages",
     "EXISTS (SELECT 1 FROM main.docs d, main.memberships m WHERE d.id = doc_id AND"
     " m.team_id = d.team_id AND m.user_id = :me)",
     NULL},
    {"invites",
     "EXISTS (SELECT 1 FROM main.memberships m WHERE m.team_id = invites.team_id AND"
     " m.user_id = :me)",
     NULL},
    {"posts", "author_id = :me", NULL},
    {"files", "owner_id = :me", NULL},
    {"grants", "(SELECT owner_id FROM main.files f WHERE f.id = file_id) = :me", NULL},
    {"names", "owner_id = :me", NULL},
    {"products", "1", NULL},
    {"tags", "1", NULL},
};
enum { TABLES = sizeof model / sizeof *model };

#define MY_TEAMS "SELECT team_id FROM memberships WHERE user_id = :principal_id -- mine"
#define LENT                                                                                       \
  "EXISTS (SELECT 1 FROM grants g WHERE g.file_id = files.id AND g.user_id = :principal_id)"
#define SQL(text)                                                                                  \
  {                                                                                                \
    text, sizeof(text) - 1                                                                         \
  }

static const char *const hash[] = {"password_hash"}, *const role[] = {"role"},
                         *const state_column[] = {"state"}, *const cost[] = {"cost"};

static const struct table_policy policies[] = {
    {.table = "users",
     .column = "id",
     .secrets = hash,
     .secret_count = 1,
     .guarded = role,
     .guarded_count = 1},
    {.table = "notes", .column = "owner_id"},
    {.table = "likes", .column = "user_id"},
    {.table = "marks", .column = "owner_id"},
    {.table = "numbers", .column = "owner_id"},
    {.table = "orders", .column = "owner_id", .guarded = state_column, .guarded_count = 1},
    {.table = "lines", .ownership = TABLE_CHILD, .column = "order_id", .parent = "orders"},
    {.table = "parts", .ownership = TABLE_CHILD, .column = "line_id", .parent = "lines"},
    {.table = "cells", .ownership = TABLE_CHILD, .column = "order_id", .parent = "orders"},
    {.table = "teams", .column = "id", .members = SQL(MY_TEAMS)},
    {.table = "memberships", .ownership = TABLE_CHILD, .column = "team_id", .parent = "teams"},
    {.table = "docs", .column = "team_id", .members = SQL(MY_TEAMS)},
    {.table = "pages", .ownership = TABLE_CHILD, .column = "doc_id", .parent = "docs"},
    {.table = "invites", .ownership = TABLE_CHILD, .column = "team_id", .parent = "teams"},
    {.table = "posts", .column = "author_id", .readable = SQL("published = 1 -- to all")},
    {.table = "files", .column = "owner_id", .readable = SQL(LENT)},
    {.table = "grants", .ownership = TABLE_CHILD, .column = "file_id", .parent = "files"},
    {.table = "names", .column = "owner_id"},
    {.table = "products", .ownership = TABLE_SHARED, .secrets = cost, .secret_count = 1},
    {.table = "tags", .ownership = TABLE_SHARED},
};

static int set_up(void **state)
{
  static struct fixture fixture;
  fixture_open(&fixture, corpus_schema);
  fixture_fill(&fixture, corpus_rows);
  if (fixture_set_policy(&fixture, policies, sizeof policies / sizeof *policies) < 0) {
    report_print(&fixture.report, stderr);
    return -1;
  }
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  fixture_close(*state);
  return 0;
}

/* --- One query. --- */

struct trial {
  struct fixture *fixture;
  const struct corpus_query *query;
  struct model_state before, after;
  int wrong; /* of all of them: every one is reported */
};

static void wrong(struct trial *trial, const char *what, const char *detail)
{
  print_error("%s\n    %s%s\n", trial->query->sql, what, detail != NULL ? detail : "");
  trial->wrong++;
}

static void hold_against_model(void *context, const struct model_row *row, bool added)
{
  struct trial *trial = context;
  const char *table = model[row->table].name, *besides = trial->query->besides;
  if (row->mine || (besides != NULL && strstr(besides, table) != NULL)) return;
  wrong(trial, added ? "made a foreign row: " : "lost a foreign row: ", row->content);
}

static void hold_against_nothing(void *context, const struct model_row *row, bool added)
{
  wrong(context, added ? "left a row: " : "took a row: ", row->content);
}

static void check_result(struct trial *trial, const char *result,
                         const struct store_failure *failure)
{
  static const enum store_outcome outcomes[] = {
      [BREACH] = STORE_FOREIGN_ROW, [GUARD] = STORE_GUARDED, [BROKEN] = STORE_CONSTRAINT};
  const struct corpus_query *query = trial->query;
  char said[300];
  snprintf(said, sizeof said, "outcome %d, %s", failure->outcome, failure->detail);
  if (query->verdict == REFUSED)
    wrong(trial, "was not refused: ", result != NULL ? result : said);
  else if ((query->verdict == FINE || query->verdict == NOTHING) &&
           (result == NULL || strcmp(result, query->expected) != 0))
    wrong(trial, "gave ", result != NULL ? result : said);
  else if (query->verdict == FINE || query->verdict == NOTHING)
    ; /* as it should be */
  else if (result != NULL)
    wrong(trial, "gave ", result);
  else if ((failure->outcome != outcomes[query->verdict] ||
            strcmp(failure->detail, query->expected) != 0))
    wrong(trial, "failed otherwise: ", said);
  if (result != NULL && (strstr(result, "~") != NULL || strstr(result, ":9") != NULL))
    wrong(trial, "shows foreign rows: ", result);
}

static void run(struct trial *trial, struct statement *statement)
{
  struct fixture *fixture = trial->fixture;
  struct connection *connection = store_writer(fixture->store);
  struct json me = json_string(TEXT("alice")), result;
  const struct json *values[64];
  struct store_failure failure;
  struct buffer out = {0};
  for (size_t i = 0; i < 64; i++) values[i] = &me;
  struct statement_call call = {.values = values, .owner = &me, .now_ms = 1700000000000};
  model_read(connection_handle(connection), &fixture->arena, model, TABLES, &me, &trial->before);
  assert_int_equal(connection_begin_read(connection, NULL), 0);
  assert_int_equal(connection_savepoint(connection, NULL), 0);
  int code = statement_run(statement, connection, &call, &fixture->arena, &result, &failure);
  if (code == 0) json_write(&out, &result);
  buffer_append_byte(&out, '\0');
  if (code < 0) assert_int_equal(connection_rollback(connection, NULL), 0);
  model_read(connection_handle(connection), &fixture->arena, model, TABLES, &me, &trial->after);
  check_result(trial, code == 0 ? out.data : NULL, &failure);
  model_compare(&trial->before, &trial->after,
                code == 0 ? hold_against_model : hold_against_nothing, trial);
  connection_end_read(connection);
  buffer_deinit(&out);
  model_free(&trial->before);
  model_free(&trial->after);
}

static void try(struct trial *trial)
{
  struct error error;
  struct statement *statement = fixture_compile(trial->fixture, trial->query->sql, 0, &error);
  if (statement != NULL)
    run(trial, statement);
  else if (trial->query->verdict == NOTHING)
    ; /* refused, where others let it pass and give nothing */
  else if (trial->query->verdict != REFUSED ||
           strstr(error.message, trial->query->expected) == NULL)
    wrong(trial, "was refused: ", error.message);
  statement_free(statement);
}

static void try_all(struct fixture *fixture, const struct corpus_query *queries, size_t count)
{
  struct trial trial = {.fixture = fixture};
  for (size_t i = 0; i < count; i++) {
    trial.query = &queries[i];
    try(&trial);
  }
  assert_int_equal(trial.wrong, 0);
}

static void reads(void **state)
{
  try_all(*state, corpus_reads, sizeof corpus_reads / sizeof *corpus_reads);
}

static void writes(void **state)
{
  try_all(*state, corpus_writes, sizeof corpus_writes / sizeof *corpus_writes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads),
      cmocka_unit_test(writes),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
