/* What statements do and give, as SQLite tells it: a table of statements. Effects are written as
 * `read table.column`, with what causes them if it is not the statement itself. */
#include "store_fixture.h"

#include "store/description.h"

static const char schema[] =
    "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, nick TEXT, hash TEXT,"
    "  role TEXT NOT NULL DEFAULT 'user') STRICT;"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY,"
    "  owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,"
    "  title TEXT NOT NULL, size REAL) STRICT;"
    "CREATE TABLE links (id TEXT NOT NULL PRIMARY KEY,"
    "  note INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,"
    "  other INTEGER REFERENCES notes (id) ON DELETE SET NULL) STRICT;"
    "CREATE TABLE nodes (id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL,"
    "  up TEXT REFERENCES nodes (id) ON DELETE CASCADE, text TEXT) STRICT;"
    "CREATE TABLE bills (id TEXT NOT NULL PRIMARY KEY,"
    "  owner TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT) STRICT;"
    "CREATE TABLE tags (name TEXT NOT NULL PRIMARY KEY ON CONFLICT REPLACE, uses ANY) STRICT;"
    "CREATE TABLE log (line TEXT) STRICT;"
    "CREATE TRIGGER note_logged AFTER UPDATE OF title ON notes BEGIN"
    "  INSERT INTO log VALUES (old.title || new.title); END;"
    "CREATE TRIGGER link_gone AFTER DELETE ON links BEGIN"
    "  UPDATE tags SET uses = uses - 1 WHERE name = old.id; END;";

static const char *const secrets[] = {"hash"};
static const struct table_policy policies[] = {
    {.table = "users", .column = "id", .secrets = secrets, .secret_count = 1},
    {.table = "notes", .column = "owner"},
    {.table = "links", .ownership = TABLE_CHILD, .column = "note", .parent = "notes"},
    {.table = "nodes", .column = "owner"},
    {.table = "bills", .column = "owner"},
    {.table = "tags", .ownership = TABLE_SHARED},
    {.table = "log", .ownership = TABLE_SHARED},
};

static const struct example {
  const char *sql, *effects, *columns;
  unsigned rights; /* and the same without any, unless it is OWN or FOREIGN */
} examples[] = {
    {"SELECT id, title FROM notes WHERE size > :a",
     "read notes.id, read notes.size, read notes.title", "id INTEGER!, title TEXT!", 0},
    {"SELECT count(*) AS n FROM notes", "read notes", "n -?", 0},
    {"SELECT title, max(size) AS most FROM notes", "read notes.size, read notes.title",
     "title TEXT?, most -?", 0},
    {"SELECT owner, count(*) AS n FROM notes GROUP BY owner", "read notes.owner",
     "owner TEXT!, n -?", 0},
    {"SELECT u.name, n.title, n.size FROM users u LEFT JOIN notes n ON n.owner = u.id",
     "read notes.owner, read notes.size, read notes.title, read users.id, read users.name",
     "name TEXT?, title TEXT?, size REAL0", 0},
    {"SELECT u.nick, n.title FROM users u JOIN notes n ON n.owner = u.id",
     "read notes.owner, read notes.title, read users.id, read users.nick",
     "nick TEXT0, title TEXT!", 0},
    {"SELECT (SELECT name FROM users WHERE id = owner) AS name, title || '' AS text FROM notes",
     "read notes.owner, read notes.title, read users.id, read users.name", "name TEXT?, text -?",
     0},
    {"SELECT name FROM users UNION SELECT title FROM notes", "read notes.title, read users.name",
     "name -?", 0},
    {"SELECT id FROM notes WHERE owner IN (SELECT id FROM users WHERE nick = :a)",
     "read notes.id, read notes.owner, read users.id, read users.nick", "id INTEGER!", 0},
    {"WITH mine AS (SELECT id, title FROM notes) SELECT title FROM mine",
     "read notes.id, read notes.title", "title TEXT?", 0},
    {"SELECT value FROM json_each(:a)", "", "value -?", 0},
    {"SELECT uses FROM tags", "read tags.uses", "uses ANY0", 0},
    {"INSERT INTO users (id, \"name\", hash) VALUES (:a, :b, :c) RETURNING id, name, nick",
     "read users.id, read users.name, read users.nick, insert users.hash, insert users.id, "
     "insert users.name",
     "id TEXT!, name TEXT!, nick TEXT0", 0},
    {"INSERT INTO notes (owner, title) SELECT id, name FROM users",
     "read users.id, read users.name, insert notes.owner, insert notes.title", "", 0},
    {"UPDATE notes SET title = :a WHERE id = :b RETURNING title",
     "read notes.id, read notes.title, read notes.title by note_logged, "
     "insert log by note_logged, update notes.title",
     "title TEXT!", 0},
    {"UPDATE users SET id = :a WHERE id = :b",
     "read users.id, update users.id, update notes.owner by ON UPDATE CASCADE of notes.owner", "",
     STATEMENT_FOREIGN},
    {"DELETE FROM users WHERE id = :a",
     "read users.id, read links.id by link_gone, read tags.name by link_gone, read tags.uses by "
     "link_gone, update tags.uses by link_gone, update links.other by ON DELETE SET NULL of "
     "links.other, delete users, delete links by ON DELETE CASCADE of links.note, delete notes by "
     "ON DELETE CASCADE of notes.owner",
     "", 0},
    {"UPDATE tags SET name = :a", "update tags.name, delete tags by replacing", "", 0},
    {"UPDATE OR REPLACE tags SET uses = replace(:a, 'x', 'y')", "update tags.uses", "", 0},
    {"DELETE FROM nodes WHERE id = :a",
     "read nodes.id, delete nodes, delete nodes by ON DELETE CASCADE of nodes.up", "", 0},
    {"UPDATE nodes SET text = :a WHERE id = :b", "read nodes.id, update nodes.text", "", 0},
    {"INSERT INTO nodes (id, owner) VALUES (:a, :b) ON CONFLICT (id) DO UPDATE SET text = :c",
     "read nodes.id, insert nodes.id, insert nodes.owner, update nodes.text", "", 0},
    {"INSERT OR REPLACE INTO bills (id, owner) VALUES (:a, :b)",
     "insert bills.id, insert bills.owner, delete bills by replacing", "", 0},
    {"INSERT INTO bills (id, owner) VALUES (replace(:a, 'x', 'y'), :b)",
     "insert bills.id, insert bills.owner", "", 0},
    {"INSERT INTO tags (name) VALUES (:a)", "insert tags.name, delete tags by replacing", "", 0},
};

static const char *effects_of(struct arena *arena, const struct statement_description *description)
{
  static const char *const kinds[] = {"read", "insert", "update", "delete"};
  struct text all = TEXT("");
  for (size_t i = 0; i < description->effect_count; i++) {
    const struct effect *effect = &description->effects[i];
    struct text by = effect->cause == CAUSE_REPLACE ? TEXT("replacing") : effect->by;
    all =
        arena_print(arena, "%.*s%s%s %.*s%s%.*s%s%.*s", TEXT_ARGS(all), i > 0 ? ", " : "",
                    kinds[effect->kind], TEXT_ARGS(effect->table), effect->column.length ? "." : "",
                    TEXT_ARGS(effect->column), by.length ? " by " : "", TEXT_ARGS(by));
  }
  return all.data;
}

static const char *columns_of(struct arena *arena, const struct statement_description *description)
{
  static const char *const nulls[] = {"?", "!", "0"};
  struct text all = TEXT("");
  for (size_t i = 0; i < description->column_count; i++) {
    const struct result_column *column = &description->columns[i];
    struct text type = column->type.length ? column->type : TEXT("-");
    all = arena_print(arena, "%.*s%s%.*s %.*s%s", TEXT_ARGS(all), i > 0 ? ", " : "",
                      TEXT_ARGS(column->name), TEXT_ARGS(type), nulls[column->nullability]);
  }
  return all.data;
}

static void check(struct fixture *fixture, const struct example *example, unsigned rights)
{
  struct error error;
  struct statement_description description;
  struct statement *statement = fixture_compile(fixture, example->sql, rights, &error);
  if (!statement) fail_msg("%s: %s", example->sql, error.message);
  if (statement_describe(statement, &fixture->arena, &description, &error) < 0)
    fail_msg("%s: %s", example->sql, error.message);
  const char *effects = effects_of(&fixture->arena, &description);
  const char *columns = columns_of(&fixture->arena, &description);
  if (strcmp(effects, example->effects) != 0)
    fail_msg("%s (%u)\n  is       %s\n  and not  %s", example->sql, rights, effects,
             example->effects);
  if (strcmp(columns, example->columns) != 0)
    fail_msg("%s (%u)\n  gives    %s\n  and not  %s", example->sql, rights, columns,
             example->columns);
  statement_free(statement);
}

static void describes(void **state)
{
  (void)state;
  struct fixture fixture;
  fixture_open(&fixture, schema);
  if (fixture_set_policy(&fixture, policies, sizeof policies / sizeof *policies) < 0)
    report_print(&fixture.report, stderr);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    check(&fixture, &examples[i], STATEMENT_FOREIGN | STATEMENT_GUARDED);
    if (examples[i].rights == 0) check(&fixture, &examples[i], 0);
  }
  fixture_close(&fixture);
}

/* Foreign keys are on again: a reference to nobody is refused. */
static void leaves_foreign_keys_on(void **state)
{
  (void)state;
  struct fixture fixture;
  struct error error;
  struct statement_description description;
  struct store_failure failure;
  struct json value = json_string(TEXT("nobody"));
  fixture_open(&fixture, schema);
  assert_int_equal(fixture_set_policy(&fixture, policies, sizeof policies / sizeof *policies), 0);
  struct statement *statement = fixture_compile(
      &fixture, "INSERT INTO bills (id, owner) VALUES (:a, :a)", STATEMENT_FOREIGN, &error);
  assert_int_equal(statement_describe(statement, &fixture.arena, &description, &error), 0);
  assert_null(fixture_run(&fixture, statement, &value, &value, &failure));
  assert_int_equal(failure.outcome, STORE_CONSTRAINT);
  assert_int_equal(failure.constraint, CONSTRAINT_FOREIGN_KEY);
  statement_free(statement);
  fixture_close(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(describes),
      cmocka_unit_test(leaves_foreign_keys_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
