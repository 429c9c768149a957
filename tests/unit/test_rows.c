/* Whose rows a statement sees and writes: tables of statements and verdicts, each run for alice,
 * whose rows are n1, o1, l1, d1 and so on; those with a 2 are bob's. */
#include "store_fixture.h"

static const char schema[] =
    "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT,"
    "  password_hash TEXT, role TEXT NOT NULL DEFAULT 'user', credit REAL NOT NULL DEFAULT 0) "
    "STRICT;"
    "CREATE TABLE notes (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users(id)"
    "  ON DELETE CASCADE, slug TEXT UNIQUE, body TEXT, tags TEXT NOT NULL DEFAULT '[]',"
    "  shout TEXT GENERATED ALWAYS AS (upper(body)) VIRTUAL) STRICT;"
    "CREATE TABLE copies (id TEXT, owner_id TEXT, slug TEXT, body TEXT) STRICT;"
    "CREATE TABLE marks (name TEXT, owner_id TEXT NOT NULL, id TEXT UNIQUE, PRIMARY KEY (name))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE numbers (label TEXT, id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL) STRICT;"
    "CREATE TABLE orders (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL,"
    "  state TEXT NOT NULL DEFAULT 'new') STRICT;"
    "CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id TEXT REFERENCES orders(id) ON DELETE"
    "  CASCADE, amount INTEGER) STRICT;"
    "CREATE TABLE parts (id INTEGER PRIMARY KEY, line_id INTEGER REFERENCES lines(id), name TEXT)"
    "  STRICT;"
    "CREATE TABLE teams (id TEXT PRIMARY KEY, name TEXT) STRICT;"
    "CREATE TABLE memberships (team_id TEXT NOT NULL REFERENCES teams(id), user_id TEXT NOT NULL,"
    "  PRIMARY KEY (team_id, user_id)) STRICT;"
    "CREATE INDEX by_user ON memberships (user_id, team_id);"
    "CREATE TABLE docs (id TEXT PRIMARY KEY, team_id TEXT, body TEXT) STRICT;"
    "CREATE TABLE posts (id TEXT PRIMARY KEY, author_id TEXT, published INTEGER, body TEXT) STRICT;"
    "CREATE VIEW slugs AS SELECT slug FROM notes;"
    "CREATE VIEW more_slugs AS SELECT slug FROM slugs UNION ALL SELECT slug FROM slugs;"
    "CREATE TABLE products (id TEXT PRIMARY KEY, price INTEGER, cost INTEGER) STRICT;"
    "CREATE TABLE counts (what TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;"
    "CREATE TABLE tagged (id TEXT PRIMARY KEY, owner_id TEXT) STRICT;"
    "CREATE TRIGGER tagged_counts AFTER INSERT ON tagged BEGIN"
    "  INSERT INTO counts VALUES ('tagged', 1) ON CONFLICT DO UPDATE SET n = n + 1;"
    "  UPDATE notes SET body = (SELECT count(*) FROM notes) WHERE id = 'n2'; END;"
    "CREATE TRIGGER leaks AFTER UPDATE OF name ON users BEGIN"
    "  INSERT INTO copies (id, body) VALUES (new.id, new.password_hash); END;";

static const char rows[] =
    "INSERT INTO users (id, email, name, password_hash) VALUES ('alice', 'a@x', 'Alice', 'hash-a'),"
    "  ('bob', 'b@x', 'Bob', 'hash-b');"
    "INSERT INTO notes (id, owner_id, slug, body) VALUES ('n1', 'alice', 's1', 'mine'),"
    "  ('n2', 'bob', 's2', 'bobs');"
    "INSERT INTO marks VALUES ('m1', 'alice', 'i1'), ('m2', 'bob', 'i2');"
    "INSERT INTO numbers VALUES ('x', 1, 'alice'), ('y', 2, 'bob');"
    "INSERT INTO orders (id, owner_id) VALUES ('o1', 'alice'), ('o2', 'bob'), ('o3', 'alice');"
    "INSERT INTO lines VALUES (1, 'o1', 10), (2, 'o2', 20), (3, 'o3', 30);"
    "INSERT INTO parts VALUES (1, 1, 'mine'), (2, 2, 'bobs');"
    "INSERT INTO teams VALUES ('t1', 'ours'), ('t2', 'theirs');"
    "INSERT INTO memberships VALUES ('t1', 'alice'), ('t2', 'bob');"
    "INSERT INTO docs VALUES ('d1', 't1', 'ours'), ('d2', 't2', 'theirs');"
    "INSERT INTO posts VALUES ('p1', 'alice', 0, 'draft'), ('p2', 'bob', 0, 'draft'),"
    "  ('p3', 'bob', 1, 'public');"
    "INSERT INTO products VALUES ('a', 5, 3);"
    "INSERT INTO tagged VALUES ('t1', 'alice');";

static const char *const user_secrets[] = {"password_hash"},
                         *const user_guarded[] = {"role", "credit"},
                         *const product_secrets[] = {"cost"}, *const order_guarded[] = {"state"};

static const struct table_policy policies[] = {
    {.table = "users",
     .column = "id",
     .secrets = user_secrets,
     .secret_count = 1,
     .guarded = user_guarded,
     .guarded_count = 2},
    {.table = "notes", .column = "owner_id"},
    {.table = "copies", .ownership = TABLE_SHARED},
    {.table = "marks", .column = "owner_id"},
    {.table = "numbers", .column = "owner_id"},
    {.table = "orders", .column = "owner_id", .guarded = order_guarded, .guarded_count = 1},
    {.table = "lines", .ownership = TABLE_CHILD, .column = "order_id", .parent = "orders"},
    {.table = "parts", .ownership = TABLE_CHILD, .column = "line_id", .parent = "lines"},
    {.table = "teams",
     .column = "id",
     .members = {"SELECT team_id FROM memberships WHERE user_id = :principal_id -- mine", 69}},
    {.table = "memberships", .ownership = TABLE_CHILD, .column = "team_id", .parent = "teams"},
    {.table = "docs",
     .column = "team_id",
     .members = {"SELECT team_id FROM memberships WHERE user_id = :principal_id", 61}},
    {.table = "posts", .column = "author_id", .readable = {"published = 1", 13}},
    {.table = "products", .ownership = TABLE_SHARED, .secrets = product_secrets, .secret_count = 1},
    {.table = "counts", .ownership = TABLE_SHARED},
    {.table = "tagged", .column = "owner_id"},
};

static int set_up(void **state)
{
  static struct fixture fixture;
  fixture_open(&fixture, schema);
  fixture_fill(&fixture, rows);
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

/* What a statement comes to. `expected` is a piece of the message at load, the detail of a breach,
 * or the whole result. */
enum verdict { REFUSED, FOREIGN, GUARDED, GIVES, CONSTRAINT };

struct trial {
  const char *sql;
  enum verdict verdict;
  const char *expected;
  unsigned rights;
};

static void check_outcome(const struct trial *trial, const char *result,
                          const struct store_failure *failure)
{
  static const enum store_outcome outcomes[] = {
      [FOREIGN] = STORE_FOREIGN_ROW, [GUARDED] = STORE_GUARDED, [CONSTRAINT] = STORE_CONSTRAINT};
  if (trial->verdict == GIVES) {
    if (result == NULL)
      fail_msg("%s: outcome %d, %s", trial->sql, failure->outcome, failure->detail);
    if (strcmp(result, trial->expected) != 0) fail_msg("%s gave %s", trial->sql, result);
    return;
  }
  if (result != NULL) fail_msg("%s gave %s", trial->sql, result);
  if (failure->outcome != outcomes[trial->verdict] || strcmp(failure->detail, trial->expected) != 0)
    fail_msg("%s: outcome %d, %s", trial->sql, failure->outcome, failure->detail);
}

static void try(struct fixture *fixture, const struct trial *trial)
{
  struct error error;
  struct store_failure failure = {0};
  struct json alice = json_string(TEXT("alice"));
  struct statement *statement = fixture_compile(fixture, trial->sql, trial->rights, &error);
  if (statement == NULL) {
    if (trial->verdict != REFUSED || strstr(error.message, trial->expected) == NULL)
      fail_msg("%s: %s", trial->sql, error.message);
    return;
  }
  const char *result = fixture_run(fixture, statement, &alice, &alice, &failure);
  if (trial->verdict == REFUSED) fail_msg("%s was not refused: %s", trial->sql, result);
  check_outcome(trial, result, &failure);
  statement_free(statement);
}

#define TRY_ALL(trials)                                                                            \
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) try(*state, &trials[i])

static void reads_own_rows(void **state)
{
  static const struct trial trials[] = {
      {"SELECT id FROM notes", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"SELECT id FROM \"notes\"", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"SELECT id FROM [notes]", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"SELECT id FROM `NOTES`", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"SELECT id FROM/**/notes -- main.notes", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"SELECT n.id FROM notes AS n", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"SELECT id FROM notes WHERE id = 'n2'", GIVES, "[]", 0},
      {"SELECT count(*) AS n FROM notes", GIVES, "[{\"n\":1}]", 0},
      {"SELECT count(*) AS n, max(body) AS b FROM notes", GIVES, "[{\"n\":1,\"b\":\"mine\"}]", 0},
      {"SELECT 1 AS x FROM notes", GIVES, "[{\"x\":1}]", 0},
      {"SELECT a.id AS a, b.id AS b FROM notes a JOIN notes b ON a.id <> b.id", GIVES, "[]", 0},
      {"SELECT a.id AS a, b.id AS b FROM notes a, notes b", GIVES, "[{\"a\":\"n1\",\"b\":\"n1\"}]",
       0},
      {"SELECT 1 AS x WHERE 'n2' IN (SELECT id FROM notes)", GIVES, "[]", 0},
      {"SELECT EXISTS (SELECT 1 FROM notes WHERE id = 'n2') AS x", GIVES, "[{\"x\":0}]", 0},
      {"WITH c AS (SELECT * FROM notes) SELECT id FROM c", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"WITH c AS (SELECT 1) SELECT count(*) AS n FROM c", GIVES, "[{\"n\":1}]", 0},
      {"SELECT id FROM notes UNION ALL SELECT id FROM notes", GIVES,
       "[{\"id\":\"n1\"},{\"id\":\"n1\"}]", 0},
      {"SELECT id FROM notes EXCEPT SELECT 'n1' ORDER BY id", GIVES, "[]", 0},
      {"SELECT id, row_number() OVER (ORDER BY id) AS r FROM notes", GIVES,
       "[{\"id\":\"n1\",\"r\":1}]", 0},
      {"SELECT * FROM users", GIVES,
       "[{\"id\":\"alice\",\"email\":\"a@x\",\"name\":\"Alice\",\"role\":\"user\",\"credit\":0}]",
       0},
      {"SELECT id FROM marks", GIVES, "[{\"id\":\"i1\"}]", 0},
      {"SELECT id FROM numbers WHERE id = 2", GIVES, "[]", 0},
      {"SELECT id FROM lines ORDER BY id", GIVES, "[{\"id\":1},{\"id\":3}]", 0},
      {"SELECT name FROM parts", GIVES, "[{\"name\":\"mine\"}]", 0},
      {"SELECT id FROM docs", GIVES, "[{\"id\":\"d1\"}]", 0},
      {"SELECT id FROM teams", GIVES, "[{\"id\":\"t1\"}]", 0},
      {"SELECT team_id FROM memberships", GIVES, "[{\"team_id\":\"t1\"}]", 0},
      {"SELECT id FROM posts ORDER BY id", GIVES, "[{\"id\":\"p1\"},{\"id\":\"p3\"}]", 0},
      {"SELECT * FROM products", GIVES, "[{\"id\":\"a\",\"price\":5}]", 0},
      {"SELECT count(*) AS n FROM products", GIVES, "[{\"n\":1}]", 0},
      {"SELECT n FROM counts", GIVES, "[{\"n\":1}]", 0},
      {"SELECT value FROM json_each('[1,2]') ORDER BY value DESC", GIVES,
       "[{\"value\":2},{\"value\":1}]", 0},
      {"SELECT count(*) AS n FROM json_tree('[1]')", GIVES, "[{\"n\":2}]", 0},
      {"SELECT :me AS me, typeof(:me) AS t", GIVES, "[{\"me\":\"alice\",\"t\":\"text\"}]", 0},
  };
  TRY_ALL(trials);
}

static void reads_all_rows_if_exempt(void **state)
{
  static const struct trial trials[] = {
      {"SELECT id FROM notes ORDER BY id", GIVES, "[{\"id\":\"n1\"},{\"id\":\"n2\"}]",
       STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM [notes] AS x, \"notes\" y", GIVES, "[{\"n\":4}]",
       STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM (notes JOIN (users u) ON 1)", GIVES, "[{\"n\":4}]",
       STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM notes a LEFT JOIN notes b ON a.id IS NOT DISTINCT FROM b.id",
       GIVES, "[{\"n\":2}]", STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM users WHERE id IN (SELECT owner_id FROM notes)", GIVES,
       "[{\"n\":2}]", STATEMENT_FOREIGN},
      {"WITH c(x) AS (SELECT id FROM notes), d AS (SELECT id FROM orders) SELECT count(*) AS n "
       "FROM c, d",
       GIVES, "[{\"n\":6}]", STATEMENT_FOREIGN},
      {"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM "
       "c",
       GIVES, "[{\"x\":1},{\"x\":2},{\"x\":3}]", STATEMENT_FOREIGN},
      {"SELECT (SELECT count(*) FROM notes) AS a, (SELECT count(*) FROM orders) AS b", GIVES,
       "[{\"a\":2,\"b\":3}]", STATEMENT_FOREIGN},
      {"SELECT name FROM parts ORDER BY id", GIVES, "[{\"name\":\"mine\"},{\"name\":\"bobs\"}]",
       STATEMENT_FOREIGN},
      {"SELECT id, price FROM products", GIVES, "[{\"id\":\"a\",\"price\":5}]", STATEMENT_FOREIGN},
      {"SELECT id, password_hash AS hash FROM users WHERE id = 'bob'", GIVES,
       "[{\"id\":\"bob\",\"hash\":\"hash-b\"}]", STATEMENT_FOREIGN | STATEMENT_SECRETS},
      {"UPDATE notes SET body = 'x' WHERE id = 'n2' RETURNING id", GIVES, "[{\"id\":\"n2\"}]",
       STATEMENT_FOREIGN},
      {"DELETE FROM parts", GIVES, "2", STATEMENT_FOREIGN},
      {"INSERT INTO lines (order_id, amount) SELECT id, 1 FROM orders", GIVES, "3",
       STATEMENT_FOREIGN},
      {"UPDATE lines SET amount = o.id FROM orders o, notes WHERE 0", GIVES, "0",
       STATEMENT_FOREIGN},
      {"UPDATE users SET role = 'admin' WHERE id = 'bob'", GUARDED, "users.role",
       STATEMENT_FOREIGN},
      {"UPDATE users SET role = 'admin' WHERE id = 'bob'", GIVES, "1",
       STATEMENT_FOREIGN | STATEMENT_GUARDED},
      {"SELECT * FROM users", REFUSED, "users.password_hash is secret", STATEMENT_FOREIGN},
      /* a view of the app shows all of what is behind it */
      {"SELECT slug FROM slugs ORDER BY slug", GIVES, "[{\"slug\":\"s1\"},{\"slug\":\"s2\"}]",
       STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM \"Slugs\"", GIVES, "[{\"n\":2}]", STATEMENT_FOREIGN},
      {"WITH c AS (SELECT 1) SELECT count(*) AS n FROM c, slugs", GIVES, "[{\"n\":2}]",
       STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM more_slugs, notes", GIVES, "[{\"n\":8}]", STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM orders WHERE 's2' IN slugs", GIVES, "[{\"n\":3}]",
       STATEMENT_FOREIGN},
      {"SELECT slug FROM posts AS window, slugs", REFUSED, "must stand plainly", STATEMENT_FOREIGN},
      /* a table that the rewriting has missed is not silently narrowed to the principal's rows */
      {"SELECT count(*) AS n FROM posts AS window, notes", REFUSED, "notes must stand plainly",
       STATEMENT_FOREIGN},
      {"SELECT 1 AS x FROM posts AS window, notes", REFUSED, "notes must stand plainly",
       STATEMENT_FOREIGN},
  };
  TRY_ALL(trials);
}

static void writes_own_rows_only(void **state)
{
  static const struct trial trials[] = {
      {"UPDATE notes SET body = 'x' WHERE id = 'n1'", GIVES, "1", 0},
      {"UPDATE notes SET body = 'x' WHERE id = 'n2'", FOREIGN, "notes", 0},
      {"UPDATE notes SET body = body WHERE id = 'n2'", FOREIGN, "notes", 0},
      {"UPDATE notes SET body = 'x'", FOREIGN, "notes", 0},
      {"UPDATE notes SET body = 'x' WHERE id = 'n2' RETURNING body", FOREIGN, "notes", 0},
      {"UPDATE notes SET owner_id = 'bob' WHERE id = 'n1'", FOREIGN, "notes", 0},
      {"UPDATE notes SET owner_id = :me WHERE id = 'n2'", FOREIGN, "notes", 0},
      {"UPDATE notes SET body = u.name FROM users u WHERE notes.owner_id = u.id", GIVES, "1", 0},
      {"UPDATE notes SET body = p.body FROM posts p WHERE p.author_id = notes.owner_id AND p.id = "
       "'p3'",
       FOREIGN, "notes", 0},
      {"UPDATE notes SET body = (SELECT body FROM notes WHERE id = 'n2') WHERE id = 'n1' RETURNING "
       "body",
       GIVES, "[{\"body\":null}]", 0},
      {"UPDATE notes AS n SET body = 'x' WHERE n.id = 'n2'", FOREIGN, "notes", 0},
      {"UPDATE OR IGNORE notes SET slug = 's1'", GIVES, "1", 0},
      {"UPDATE OR IGNORE notes SET body = 'x'", FOREIGN, "notes", 0},
      {"UPDATE OR REPLACE notes SET slug = 's2' WHERE id = 'n1'", FOREIGN, "notes", 0},
      {"UPDATE OR REPLACE notes SET id = 'n2' WHERE id = 'n1'", FOREIGN, "notes", 0},
      {"UPDATE notes SET slug = 's2' WHERE id = 'n1'", CONSTRAINT, "notes.slug", 0},
      {"UPDATE notes SET body = (WITH c AS (SELECT notes.id AS x) SELECT x FROM c) WHERE id = 'n1'",
       GIVES, "1", 0},
      {"DELETE FROM notes", FOREIGN, "notes", 0},
      {"DELETE FROM notes WHERE id = 'n2'", FOREIGN, "notes", 0},
      {"DELETE FROM \"notes\" WHERE id = 'n1' RETURNING id", GIVES, "[{\"id\":\"n1\"}]", 0},
      {"DELETE FROM notes WHERE id IN (SELECT id FROM notes)", GIVES, "1", 0},
      {"DELETE FROM notes ORDER BY id DESC LIMIT 1", FOREIGN, "notes", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n9', :me)", GIVES, "1", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n9', 'bob')", FOREIGN, "notes", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n9', NULL)", CONSTRAINT, "notes.owner_id", 0},
      {"INSERT INTO tagged (id) VALUES ('t9')", FOREIGN, "tagged", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n2', :me)", CONSTRAINT, "notes.id", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n2', :me) ON CONFLICT DO NOTHING", GIVES, "0", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n2', :me) ON CONFLICT (id) DO UPDATE SET body = "
       "'x'",
       FOREIGN, "notes", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n2', :me) ON CONFLICT (id) DO UPDATE SET "
       "owner_id ="
       " excluded.owner_id RETURNING body",
       FOREIGN, "notes", 0},
      {"INSERT INTO notes (id, owner_id, slug) VALUES ('n9', :me, 's2') ON CONFLICT (slug) DO "
       "UPDATE SET"
       " owner_id = :me",
       FOREIGN, "notes", 0},
      {"INSERT INTO notes (id, owner_id) VALUES ('n1', :me) ON CONFLICT (id) DO UPDATE SET body = "
       "'x'",
       GIVES, "1", 0},
      {"INSERT OR REPLACE INTO notes (id, owner_id) VALUES ('n2', :me)", FOREIGN, "notes", 0},
      {"INSERT OR REPLACE INTO notes (id, owner_id, slug) VALUES ('n9', :me, 's2')", FOREIGN,
       "notes", 0},
      {"INSERT OR REPLACE INTO notes (id, owner_id, slug) VALUES ('n9', :me, 's1')", GIVES, "1", 0},
      {"INSERT INTO notes (id, owner_id, body) SELECT id || 'c', owner_id, body FROM notes", GIVES,
       "1", 0},
      {"WITH c AS (SELECT 'x' AS v) UPDATE notes SET body = (SELECT v FROM c) WHERE id = 'n1'",
       GIVES, "1", 0},
      {"DELETE FROM users WHERE id = :me", GIVES, "1", 0},
      {"DELETE FROM users WHERE id = 'bob'", FOREIGN, "users", 0},
      /* WITHOUT ROWID */
      {"UPDATE marks SET id = 'q' WHERE name = 'm2'", FOREIGN, "marks", 0},
      {"UPDATE marks SET name = 'q' WHERE name = 'm1'", GIVES, "1", 0},
      {"UPDATE OR REPLACE marks SET name = 'm2' WHERE name = 'm1'", FOREIGN, "marks", 0},
      {"UPDATE OR REPLACE marks SET id = 'i2' WHERE name = 'm1'", FOREIGN, "marks", 0},
      {"INSERT OR REPLACE INTO marks (name, owner_id) VALUES ('m2', :me)", FOREIGN, "marks", 0},
      {"INSERT OR REPLACE INTO marks (name, owner_id, id) VALUES ('m9', :me, 'i2')", FOREIGN,
       "marks", 0},
      {"INSERT INTO marks (name, owner_id) VALUES ('m2', :me) ON CONFLICT (name) DO UPDATE SET id "
       "= 'q'",
       FOREIGN, "marks", 0},
      {"DELETE FROM marks", FOREIGN, "marks", 0},
      {"DELETE FROM marks WHERE name = 'm1'", GIVES, "1", 0},
      {"INSERT INTO marks (name, owner_id) VALUES ('m3', :me)", GIVES, "1", 0},
      /* rowid */
      {"INSERT OR REPLACE INTO numbers (id, owner_id) VALUES (2, :me)", FOREIGN, "numbers", 0},
      {"UPDATE OR REPLACE numbers SET id = 2 WHERE id = 1", FOREIGN, "numbers", 0},
      {"UPDATE numbers SET rowid = 7 WHERE rowid = 2", FOREIGN, "numbers", 0},
      {"DELETE FROM numbers WHERE rowid = 1", GIVES, "1", 0},
      /* triggers act for the schema */
      {"INSERT INTO tagged (id, owner_id) VALUES ('t9', :me)", GIVES, "1", 0},
  };
  TRY_ALL(trials);
}

static void follows_parents(void **state)
{
  static const struct trial trials[] = {
      {"INSERT INTO lines (order_id, amount) VALUES ('o1', 1)", GIVES, "1", 0},
      {"INSERT INTO lines (order_id, amount) VALUES ('o2', 1)", FOREIGN, "lines", 0},
      {"INSERT INTO lines (order_id, amount) VALUES (NULL, 1)", FOREIGN, "lines", 0},
      {"INSERT INTO lines (order_id, amount) VALUES ('nowhere', 1)", CONSTRAINT, "", 0},
      {"INSERT INTO lines (order_id, amount) VALUES ('o1', 1), ('o2', 2)", FOREIGN, "lines", 0},
      {"UPDATE lines SET amount = 0 WHERE id = 1", GIVES, "1", 0},
      {"UPDATE lines SET amount = 0 WHERE id = 2", FOREIGN, "lines", 0},
      {"UPDATE lines SET order_id = 'o3' WHERE id = 1", GIVES, "1", 0},
      {"UPDATE lines SET order_id = 'o2' WHERE id = 1", FOREIGN, "lines", 0},
      {"UPDATE lines SET order_id = 'o1' WHERE id = 2", FOREIGN, "lines", 0},
      {"INSERT OR REPLACE INTO lines (id, order_id) VALUES (2, 'o1')", FOREIGN, "lines", 0},
      {"DELETE FROM lines", FOREIGN, "lines", 0},
      {"DELETE FROM lines WHERE id = 3", GIVES, "1", 0},
      {"DELETE FROM orders WHERE id = 'o3'", GIVES, "1", 0},
      {"DELETE FROM orders WHERE id = 'o2'", FOREIGN, "orders", 0},
      {"INSERT INTO parts (line_id, name) VALUES (1, 'x')", GIVES, "1", 0},
      {"INSERT INTO parts (line_id, name) VALUES (2, 'x')", FOREIGN, "parts", 0},
      {"UPDATE parts SET line_id = 3", FOREIGN, "parts", 0},
      {"UPDATE docs SET body = 'x' WHERE id = 'd1'", GIVES, "1", 0},
      {"UPDATE docs SET body = 'x' WHERE id = 'd2'", FOREIGN, "docs", 0},
      {"UPDATE docs SET team_id = 't2' WHERE id = 'd1'", FOREIGN, "docs", 0},
      {"INSERT INTO docs (id, team_id) VALUES ('d9', 't1')", GIVES, "1", 0},
      {"INSERT INTO docs (id, team_id) VALUES ('d9', 'alice')", FOREIGN, "docs", 0},
      /* who joins a team by the very row that says so has no business there */
      {"INSERT INTO memberships (team_id, user_id) VALUES ('t2', :me)", FOREIGN, "memberships", 0},
      {"INSERT INTO memberships (team_id, user_id) VALUES ('t1', 'bob')", GIVES, "1", 0},
      {"UPDATE memberships SET user_id = :me WHERE team_id = 't2'", FOREIGN, "memberships", 0},
      {"DELETE FROM memberships WHERE team_id = 't1'", GIVES, "1", 0},
      {"UPDATE teams SET name = 'x'", FOREIGN, "teams", 0},
      {"INSERT INTO teams (id) VALUES ('t9')", FOREIGN, "teams", 0},
      /* what others may read is not theirs to write */
      {"UPDATE posts SET body = 'x' WHERE id = 'p3'", FOREIGN, "posts", 0},
      {"UPDATE posts SET body = 'x' WHERE id = 'p1'", GIVES, "1", 0},
      {"UPDATE products SET price = 1", GIVES, "1", 0},
  };
  TRY_ALL(trials);
}

static void guards_columns(void **state)
{
  static const struct trial trials[] = {
      {"UPDATE users SET role = 'admin' WHERE id = :me", GUARDED, "users.role", 0},
      {"UPDATE users SET role = role WHERE id = :me", GIVES, "1", 0},
      {"UPDATE users SET role = 'user' WHERE id = :me", GIVES, "1", 0},
      {"UPDATE users SET credit = 1e6 WHERE id = :me", GUARDED, "users.credit", 0},
      {"UPDATE users SET credit = 0, email = 'q' WHERE id = :me", GIVES, "1", 0},
      {"UPDATE users SET (role, email) = (SELECT 'admin', 'q') WHERE id = :me", GUARDED,
       "users.role", 0},
      {"INSERT OR REPLACE INTO users (id, email, role) VALUES (:me, 'q', 'admin')", GUARDED,
       "users.role", 0},
      {"INSERT OR REPLACE INTO users (id, email) VALUES (:me, 'q')", GIVES, "1", 0},
      {"INSERT INTO users (id, email) VALUES (:me, 'q') ON CONFLICT (id) DO UPDATE SET role = "
       "'admin'",
       GUARDED, "users.role", 0},
      {"INSERT INTO users (id, email, role) VALUES (:me, 'q', 'admin') ON CONFLICT (id) DO UPDATE "
       "SET"
       " role = excluded.role",
       GUARDED, "users.role", 0},
      {"UPDATE users SET role = 'admin' WHERE id = :me", GIVES, "1", STATEMENT_GUARDED},
      {"UPDATE orders SET id = id WHERE owner_id = :me", GIVES, "2", 0},
      {"UPDATE orders SET state = 'paid' WHERE owner_id = :me", GUARDED, "orders.state", 0},
      {"INSERT INTO orders (id, owner_id, state) VALUES ('o9', :me, 'paid')", GUARDED,
       "orders.state", 0},
      {"INSERT INTO orders (id, owner_id, state) VALUES ('o9', :me, 'new')", GIVES, "1", 0},
      {"INSERT INTO orders (id, owner_id) VALUES ('o9', :me)", GIVES, "1", 0},
  };
  TRY_ALL(trials);
}

static void keeps_secrets(void **state)
{
  static const char secret[] = "password_hash is secret: only `credentials` may read it";
  static const struct trial trials[] = {
      {"SELECT password_hash FROM users", REFUSED, secret, 0},
      {"SELECT substr(password_hash, 1, 3) AS x FROM users", REFUSED, secret, 0},
      {"SELECT u.\"PASSWORD_HASH\" AS x FROM users u", REFUSED, "is secret", 0},
      {"SELECT \"password_hash\" AS x FROM users u", REFUSED, "is secret", 0},
      {"SELECT password_hash FROM users", REFUSED, secret, STATEMENT_FOREIGN},
      {"SELECT u.[password_hash] AS x FROM users u", REFUSED, secret, STATEMENT_FOREIGN},
      {"SELECT substr(password_hash, 1, 3) AS x FROM users", REFUSED, secret, STATEMENT_FOREIGN},
      {"SELECT id FROM users WHERE password_hash LIKE 'a%'", REFUSED, secret, STATEMENT_FOREIGN},
      {"SELECT id FROM users ORDER BY password_hash", REFUSED, secret, STATEMENT_FOREIGN},
      {"SELECT count(password_hash) AS n FROM users", REFUSED, secret, STATEMENT_FOREIGN},
      {"SELECT id FROM notes WHERE body = (SELECT password_hash FROM users)", REFUSED, secret,
       STATEMENT_FOREIGN},
      {"SELECT a.id FROM users a JOIN users b ON a.id = b.password_hash", REFUSED, secret,
       STATEMENT_FOREIGN},
      {"SELECT id FROM users WHERE ('a', 'b') IN (SELECT id, password_hash FROM users)", REFUSED,
       secret, STATEMENT_FOREIGN},
      {"SELECT id FROM users WHERE 'x' IN users", REFUSED, "is secret", STATEMENT_FOREIGN},
      {"SELECT rank() OVER (ORDER BY password_hash) AS r FROM users", REFUSED, secret,
       STATEMENT_FOREIGN},
      {"SELECT a.id FROM users a JOIN users b USING (password_hash)", REFUSED, "USING",
       STATEMENT_FOREIGN},
      {"SELECT a.id FROM users a NATURAL JOIN users b", REFUSED, "NATURAL", STATEMENT_FOREIGN},
      {"UPDATE users SET email = password_hash WHERE id = :me", REFUSED, secret, 0},
      {"UPDATE users SET email = 'x' WHERE id = :me RETURNING password_hash", REFUSED, secret, 0},
      {"UPDATE users SET email = 'x' WHERE id = :me RETURNING *", REFUSED, secret, 0},
      {"DELETE FROM users WHERE id = :me RETURNING id, hex(password_hash) AS h", REFUSED, secret,
       0},
      {"DELETE FROM users ORDER BY password_hash LIMIT 1", REFUSED, secret, 0},
      {"INSERT INTO users (id, email) VALUES ('q', 'q') RETURNING password_hash", REFUSED, secret,
       0},
      {"INSERT INTO users (id, email) VALUES (:me, 'q') ON CONFLICT (id) DO UPDATE SET email ="
       " users.password_hash",
       REFUSED, secret, 0},
      {"INSERT INTO users (id, email) VALUES (:me, 'q') ON CONFLICT (id) DO UPDATE SET email = 'x' "
       "WHERE"
       " password_hash > 'm'",
       REFUSED, secret, 0},
      {"INSERT INTO users (id, email, password_hash) VALUES (:me, 'q', 'h') ON CONFLICT (id) DO "
       "UPDATE SET"
       " email = excluded.password_hash",
       REFUSED, "excluded.password_hash is secret", 0},
      {"INSERT INTO users (id, email, password_hash) VALUES (:me, 'q', 'h') ON CONFLICT (id) DO "
       "UPDATE SET"
       " email = \"EXCLUDED\" . [Password_Hash]",
       REFUSED, "is secret", 0},
      {"INSERT INTO users (id, email, password_hash) VALUES (:me, 'q', 'h') ON CONFLICT (id) DO "
       "UPDATE SET"
       " email = excluded.'password_hash'",
       REFUSED, "single quotes", 0},
      {"INSERT INTO copies (id, owner_id, slug, body) SELECT id, email, name, password_hash FROM "
       "users",
       REFUSED, secret, STATEMENT_FOREIGN},
      {"INSERT INTO copies SELECT id, id, id, password_hash FROM users", REFUSED,
       "must name the columns", STATEMENT_FOREIGN},
      {"UPDATE users SET name = 'x' WHERE id = :me", REFUSED, secret,
       0}, /* by a trigger that copies it */
      {"SELECT cost FROM products", REFUSED, "products.cost is secret", 0},
      {"SELECT id FROM products WHERE cost > 1", REFUSED, "products.cost is secret",
       STATEMENT_FOREIGN},
      {"UPDATE products SET price = cost", REFUSED, "products.cost is secret", 0},
      {"UPDATE users SET password_hash = 'new' WHERE id = :me RETURNING id", GIVES,
       "[{\"id\":\"alice\"}]", 0},
      {"INSERT OR REPLACE INTO users (id, email, password_hash) VALUES (:me, 'q', 'h')", GIVES, "1",
       0},
  };
  TRY_ALL(trials);
}

static void refuses_what_is_not_listed(void **state)
{
  static const struct trial trials[] = {
      {"SELECT id FROM main.notes", REFUSED, "may not name a schema", 0},
      {"SELECT id FROM \"main\".notes", REFUSED, "may not name a schema", 0},
      {"SELECT id FROM [MAIN] . notes", REFUSED, "may not name a schema", 0},
      {"SELECT id FROM main/**/./**/notes", REFUSED, "may not name a schema", 0},
      {"SELECT id FROM 'main'.notes", REFUSED, "single quotes", 0},
      {"SELECT id FROM temp.notes", REFUSED, "may not name a schema", STATEMENT_FOREIGN},
      {"SELECT main.notes.id FROM notes", REFUSED, "may not name a schema", 0},
      {"SELECT x FROM (SELECT 1 AS x), main.notes", REFUSED, "may not name a schema", 0},
      {"SELECT 1 AS x WHERE 'n2' IN main.notes", REFUSED, "may not name a schema", 0},
      {"UPDATE main.notes SET body = 1", REFUSED, "may not name a schema", 0},
      {"INSERT INTO temp.notes (id) VALUES (1)", REFUSED, "may not name a schema", 0},
      {"SELECT id FROM 'notes'", REFUSED, "single quotes", 0},
      {"WITH notes AS (SELECT 1 AS id) SELECT id FROM notes", REFUSED, "takes the name of a table",
       0},
      {"WITH a AS (SELECT 1), \"Notes\"(x) AS (SELECT 1) SELECT x FROM notes", REFUSED,
       "takes the name of a table", STATEMENT_FOREIGN},
      {"SELECT x FROM (WITH notes AS (SELECT 1 AS x) SELECT x FROM notes)", REFUSED,
       "takes the name of a table", 0},
      {"SELECT id FROM notes; DELETE FROM notes", REFUSED, "more than one statement", 0},
      {"SELECT id FROM notes; -- and\n DELETE FROM notes", REFUSED, "more than one statement", 0},
      {"SELECT id FROM notes WHERE id = ?1", REFUSED, "written :name", 0},
      {"SELECT id FROM notes WHERE id = @x", REFUSED, "written :name", 0},
      {"SELECT id FROM notes WHERE id = $x", REFUSED, "written :name", 0},
      {"SELECT id FROM notes /* not closed", REFUSED, "does not end", 0},
      {"SELECT id FROM notes INDEXED BY x", REFUSED, "INDEXED", 0},
      {"UPDATE OR ROLLBACK notes SET body = 1", REFUSED, "OR ROLLBACK", 0},
      {"INSERT OR ROLLBACK INTO notes (id) VALUES (1)", REFUSED, "OR ROLLBACK", 0},
      {"INSERT INTO notes VALUES ('x', 'alice', NULL, NULL)", REFUSED, "must name the columns", 0},
      {"INSERT INTO notes SELECT * FROM notes", REFUSED, "must name the columns", 0},
      {"REPLACE INTO notes (id) VALUES (1)", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"VALUES (1)", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"WITH c AS (SELECT 1) REPLACE INTO notes (id) SELECT 1", REFUSED, "may not be written", 0},
      {"PRAGMA writable_schema = 1", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"ATTACH 'x' AS y", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"VACUUM INTO 'x'", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"EXPLAIN SELECT id FROM notes", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"COMMIT", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"CREATE TABLE x (y)", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"", REFUSED, "one SELECT, INSERT, UPDATE or DELETE", 0},
      {"SELECT id FROM writ_session", REFUSED, "not the app's", STATEMENT_FOREIGN},
      {"SELECT id FROM \"Writ_audit\"", REFUSED, "not the app's", STATEMENT_FOREIGN},
      {"SELECT count(*) AS n FROM [writ_migration]", REFUSED, "not the app's", STATEMENT_FOREIGN},
      {"DELETE FROM writ_audit", REFUSED, "not the app's", STATEMENT_FOREIGN},
      {"SELECT sql FROM sqlite_schema", REFUSED, "not the app's", 0},
      {"SELECT sql FROM sqlite_temp_master", REFUSED, "not the app's", 0},
      {"SELECT name FROM pragma_table_info('notes')", REFUSED, "not a table of the app", 0},
      {"SELECT name FROM dbstat", REFUSED, "not a table of the app", 0},
      {"SELECT count(*) AS n FROM pragma_table_list", REFUSED, "not a table of the app", 0},
      {"SELECT writ_principal() AS me", REFUSED, "not the app's", 0},
      {"SELECT load_extension('x') AS x", REFUSED, "load_extension", 0},
      {"SELECT last_insert_rowid() AS x", REFUSED, "last_insert_rowid() is not", 0},
      {"SELECT changes() AS x", REFUSED, "changes() is not", 0},
      {"SELECT printf('%1000000000d', 1) AS x", REFUSED, "printf() is not", 0},
      {"SELECT zeroblob(10) AS x", REFUSED, "zeroblob() is not", 0},
      {"SELECT randomblob(10) AS x", REFUSED, "randomblob() is not", 0},
      {"SELECT random() AS x", REFUSED, "random() is not", 0},
      {"SELECT fts3_tokenizer('x') AS x", REFUSED, "fts3_tokenizer", 0},
      {"SELECT \"no such\" AS x", REFUSED, "no such column", 0},
      {"SELECT id FROM nots", REFUSED, "did you mean notes?", 0},
      {"UPDATE nots SET id = 1", REFUSED, "did you mean notes?", 0},
      {"SELECT id FROM notes(1)", REFUSED, "not a function", 0},
      {"SELECT id FROM 'x', notes", REFUSED, "single quotes", 0},
      {"SELECT count(*) FROM notes", REFUSED, "needs a name: count(*) AS name", 0},
      {"SELECT id, body AS id FROM notes", REFUSED, "two columns of the result are called id", 0},
      {"UPDATE notes SET body = 1", REFUSED, "must be a SELECT", STATEMENT_READ_ONLY},
      {"SELECT id FROM notes WHERE x IN (SELECT 1) AND (", REFUSED, "a ) is missing", 0},
  };
  TRY_ALL(trials);
}

static void nobody_owns_nothing(void **state)
{
  struct fixture *fixture = *state;
  static const char *const reads[] = {"SELECT id FROM notes", "SELECT id FROM orders",
                                      "SELECT id FROM docs"};
  struct json owners[] = {json_null(), json_integer(5), json_string(TEXT("carol")),
                          json_string(TEXT("")), json_string(TEXT("ALICE"))};
  for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
    struct error error;
    struct statement *statement = fixture_compile(fixture, reads[i], 0, &error);
    assert_non_null(statement);
    for (size_t j = 0; j < sizeof owners / sizeof *owners; j++) {
      struct store_failure failure;
      assert_string_equal(fixture_run(fixture, statement, &owners[j], NULL, &failure), "[]");
    }
    assert_string_equal(fixture_run(fixture, statement, NULL, NULL, &(struct store_failure){0}),
                        "[]");
    statement_free(statement);
  }
}

static void tells_text_from_integers(void **state)
{
  (void)state;
  static const char *const schemas[] = {
      "CREATE TABLE t (owner TEXT) STRICT; INSERT INTO t VALUES ('5')",
      "CREATE TABLE t (owner INTEGER) STRICT; INSERT INTO t VALUES (5)"};
  struct json owners[] = {json_string(TEXT("5")), json_integer(5)};
  for (size_t i = 0; i < 2; i++) {
    struct fixture fixture;
    struct error error;
    struct store_failure failure;
    struct table_policy policy = {.table = "t", .column = "owner"};
    fixture_open(&fixture, schemas[i]);
    assert_int_equal(fixture_set_policy(&fixture, &policy, 1), 0);
    struct statement *statement =
        fixture_compile(&fixture, "UPDATE t SET owner = owner", 0, &error);
    for (size_t j = 0; j < 2; j++) {
      const char *result = fixture_run(&fixture, statement, &owners[j], NULL, &failure);
      if (i == j)
        assert_string_equal(result, "1");
      else
        assert_int_equal(failure.outcome, STORE_FOREIGN_ROW);
    }
    statement_free(statement);
    fixture_close(&fixture);
  }
}

/* A row written before a column was added shows NULL to the hook, whatever the column's default. */
static void knows_rows_older_than_a_column(void **state)
{
  (void)state;
  static const char *const guarded[] = {"role", "badge"};
  static const struct trial trials[] = {
      {"UPDATE t SET name = 'x'", GIVES, "1", 0},
      {"UPDATE t SET role = 'user', badge = NULL", GIVES, "1", 0},
      {"UPDATE t SET role = 'admin'", GUARDED, "t.role", 0},
      {"UPDATE t SET badge = 'gold'", GUARDED, "t.badge", 0},
      {"INSERT INTO t (id, role) VALUES ('alice2', 'admin')", FOREIGN, "t", 0},
  };
  struct fixture fixture;
  fixture_open(&fixture, "CREATE TABLE t (id TEXT PRIMARY KEY, name TEXT) STRICT;"
                         "INSERT INTO t VALUES ('alice', 'Alice');"
                         "ALTER TABLE t ADD COLUMN role TEXT NOT NULL DEFAULT 'user';"
                         "ALTER TABLE t ADD COLUMN badge TEXT;");
  struct table_policy policy = {
      .table = "t", .column = "id", .guarded = guarded, .guarded_count = 2};
  assert_int_equal(fixture_set_policy(&fixture, &policy, 1), 0);
  for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) try(&fixture, &trials[i]);
  fixture_close(&fixture);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_own_rows),
      cmocka_unit_test(reads_all_rows_if_exempt),
      cmocka_unit_test(writes_own_rows_only),
      cmocka_unit_test(follows_parents),
      cmocka_unit_test(guards_columns),
      cmocka_unit_test(keeps_secrets),
      cmocka_unit_test(refuses_what_is_not_listed),
      cmocka_unit_test(nobody_owns_nothing),
      cmocka_unit_test(tells_text_from_integers),
      cmocka_unit_test(knows_rows_older_than_a_column),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
