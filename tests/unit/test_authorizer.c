/* The authorizer alone, asked as SQLite asks it: what it says even where the refusal of schema
 * names, in the text, has let something through. */
#include "store_fixture.h"

#include "store/store_internal.h"

static const char schema[] =
    "CREATE TABLE users (id TEXT PRIMARY KEY, hash TEXT) STRICT;"
    "CREATE TABLE notes (id TEXT PRIMARY KEY, owner TEXT REFERENCES users(id) ON DELETE CASCADE) "
    "STRICT;"
    "CREATE TABLE links (id TEXT PRIMARY KEY, note TEXT REFERENCES notes(id) ON DELETE CASCADE) "
    "STRICT;"
    "CREATE TABLE drafts (id TEXT PRIMARY KEY, owner TEXT) STRICT;"
    "CREATE TABLE words (id TEXT) STRICT;"
    "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT) STRICT;"
    "CREATE TRIGGER copy AFTER INSERT ON words BEGIN INSERT INTO drafts VALUES (new.id, 'x'); END;";

static const char *const secrets[] = {"hash"};
static const struct table_policy policies[] = {
    {.table = "users", .column = "id", .secrets = secrets, .secret_count = 1},
    {.table = "notes", .column = "owner"},
    {.table = "links", .ownership = TABLE_CHILD, .column = "note", .parent = "notes"},
    {.table = "drafts", .column = "owner"},
    {.table = "words", .ownership = TABLE_SHARED},
    {.table = "rooms", .column = "id", .members = {"SELECT 1", 8}},
};

static const struct question {
  enum sql_kind kind;
  const char *target;
  unsigned rights;
  int operation;
  const char *a, *b, *database, *within;
  bool allowed;
} questions[] = {
    /* through the view, and not otherwise */
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "id", "main", "notes", true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "id", "temp", NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "", NULL, NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "id", "main", "links", true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "id", "main", NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "", "main", NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "rooms", "", "main", NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "rooms", "name", "main", NULL, false},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "rooms", "", NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "id", "main", "words", false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "notes", "id", "main", "copy", false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "words", "id", "main", NULL, true},
    /* the exempt come to the table itself, and not otherwise */
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "notes", "id", "main", NULL, true},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "notes", "id", "main", "cte", true},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "notes", "id", "main", "notes", false},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "notes", "id", "temp", NULL, false},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "notes", "", NULL, NULL, false},
    /* secrets */
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "users", "HASH", "main", NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "users", "hash", "main", "users", false},
    {SQL_UPDATE, "users", 0, SQLITE_READ, "users", "hash", "main", NULL, false},
    {SQL_UPDATE, "users", 0, SQLITE_UPDATE, "users", "hash", "main", NULL, true},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN | STATEMENT_SECRETS, SQLITE_READ, "users", "hash", "main",
     NULL, true},
    /* the target, what foreign keys and triggers lead to, and nothing beside */
    {SQL_DELETE, "users", 0, SQLITE_READ, "users", "id", "main", NULL, true},
    {SQL_DELETE, "users", 0, SQLITE_DELETE, "users", NULL, "main", NULL, true},
    {SQL_DELETE, "users", 0, SQLITE_DELETE, "notes", NULL, "main", NULL, true},
    {SQL_DELETE, "users", 0, SQLITE_DELETE, "links", NULL, "main", NULL, true},
    {SQL_DELETE, "users", 0, SQLITE_READ, "links", "note", "main", NULL, true},
    {SQL_DELETE, "users", 0, SQLITE_READ, "drafts", "id", "main", NULL, false},
    {SQL_DELETE, "users", 0, SQLITE_DELETE, "drafts", NULL, "main", NULL, false},
    {SQL_INSERT, "links", 0, SQLITE_READ, "notes", "id", "main", NULL, true},
    {SQL_INSERT, "links", 0, SQLITE_READ, "users", "id", "main", NULL, false},
    {SQL_INSERT, "words", 0, SQLITE_INSERT, "drafts", NULL, "main", "copy", true},
    {SQL_INSERT, "drafts", 0, SQLITE_INSERT, "words", NULL, "main", NULL, false},
    {SQL_INSERT, "notes", 0, SQLITE_INSERT, "notes", NULL, "temp", NULL, false},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_INSERT, "notes", NULL, "main", NULL, false},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_DELETE, "notes", NULL, "main", "copy", false},
    /* nothing but the app's tables */
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_READ, "writ_session", "id", "main", NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "sqlite_master", "sql", "main", NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "cte", "", NULL, NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "other", "", NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "json_each", "value", "main", NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_READ, "pragma_table_info", "name", "main", NULL, false},
    {SQL_DELETE, "users", 0, SQLITE_DELETE, "writ_audit", NULL, "main", "copy", false},
    /* functions and the rest */
    {SQL_SELECT, NULL, 0, SQLITE_FUNCTION, NULL, "COUNT", NULL, NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_FUNCTION, NULL, "writ_principal", NULL, "notes", true},
    {SQL_SELECT, NULL, 0, SQLITE_FUNCTION, NULL, "writ_principal", NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_FUNCTION, NULL, "writ_principal", NULL, "words", false},
    {SQL_SELECT, NULL, STATEMENT_FOREIGN, SQLITE_FUNCTION, NULL, "writ_principal", NULL, "notes",
     false},
    {SQL_SELECT, NULL, 0, SQLITE_FUNCTION, NULL, "load_extension", NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_SELECT, NULL, NULL, NULL, NULL, true},
    {SQL_SELECT, NULL, 0, SQLITE_PRAGMA, "user_version", NULL, NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_ATTACH, "x.db", NULL, NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_TRANSACTION, "COMMIT", NULL, NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_SAVEPOINT, "RELEASE", "writ", NULL, NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_CREATE_TEMP_VIEW, "notes", NULL, "temp", NULL, false},
    {SQL_SELECT, NULL, 0, SQLITE_DROP_VIEW, "notes", NULL, "temp", NULL, false},
};

static void decides(void **state)
{
  (void)state;
  struct fixture fixture;
  struct text ctes[] = {TEXT("cte")};
  fixture_open(&fixture, schema);
  assert_int_equal(fixture_set_policy(&fixture, policies, sizeof policies / sizeof *policies), 0);
  for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
    const struct question *q = &questions[i];
    struct scope scope = {.store = fixture.store,
                          .rights = q->rights,
                          .kind = q->kind,
                          .target =
                              q->target ? store_table(fixture.store, text_of(q->target)) : NULL,
                          .ctes = ctes,
                          .cte_count = 1};
    int answer = scope_decide(&scope, q->operation, q->a, q->b, q->database, q->within);
    if ((answer == SQLITE_OK) != q->allowed) fail_msg("question %zu: %d, %s", i, answer, scope.why);
    assert_int_equal(scope.why[0] == '\0', q->allowed);
  }
  fixture_close(&fixture);
}

/* Every function that this SQLite has is either on the list or known to be left out: a new one is
 * denied, and this test says so. */
static void knows_every_function(void **state)
{
  (void)state;
  static const char *const out[] = {"changes",
                                    "total_changes",
                                    "last_insert_rowid",
                                    "load_extension",
                                    "printf",
                                    "format",
                                    "random",
                                    "randomblob",
                                    "zeroblob",
                                    "sqlite_version",
                                    "sqlite_source_id",
                                    "sqlite_log",
                                    "sqlite_compileoption_get",
                                    "sqlite_compileoption_used",
                                    "sqlite_offset",
                                    "soundex",
                                    "subtype",
                                    "match",
                                    "regexp",
                                    "writ_principal",
                                    "json_error_position",
                                    "json_pretty",
                                    "fts3_tokenizer",
                                    "fts5",
                                    "fts5_source_id",
                                    "snippet",
                                    "offsets",
                                    "matchinfo",
                                    "optimize",
                                    "bm25",
                                    "highlight",
                                    "rtreenode",
                                    "rtreedepth",
                                    "rtreecheck",
                                    "generate_series",
                                    "acos",
                                    "acosh",
                                    "asin",
                                    "asinh",
                                    "atan",
                                    "atan2",
                                    "atanh",
                                    "cos",
                                    "cosh",
                                    "degrees",
                                    "radians",
                                    "sin",
                                    "sinh",
                                    "tan",
                                    "tanh",
                                    "fts5_locale",
                                    "fts5_get_locale",
                                    "fts5_insttoken",
                                    "unistr",
                                    "unistr_quote",
                                    "if",
                                    "median",
                                    "percentile",
                                    "percentile_cont",
                                    "percentile_disc"};
  struct fixture fixture;
  fixture_open(&fixture, "CREATE TABLE t (x TEXT) STRICT");
  struct table_policy policy = {.table = "t", .ownership = TABLE_SHARED};
  assert_int_equal(fixture_set_policy(&fixture, &policy, 1), 0);
  sqlite3_stmt *names = connection_prepare(store_writer(fixture.store),
                                           "SELECT DISTINCT name FROM pragma_function_list", NULL);
  size_t allowed = 0;
  while (sqlite3_step(names) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(names, 0);
    struct scope scope = {.store = fixture.store, .kind = SQL_SELECT};
    bool left_out = strncmp(name, "jsonb", 5) == 0;
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
      left_out = left_out || strcmp(out[i], name) == 0;
    bool denied = scope_decide(&scope, SQLITE_FUNCTION, NULL, name, NULL, NULL) == SQLITE_DENY;
    if (denied != left_out) fail_msg("%s() is %s", name, denied ? "denied" : "allowed");
    if (!denied) allowed++;
  }
  assert_true(allowed > 60);
  sqlite3_finalize(names);
  fixture_close(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(decides),
                                     cmocka_unit_test(knows_every_function)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
