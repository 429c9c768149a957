/* Careless and hostile queries, each run for alice: what it is refused with when it is loaded, the
 * table of the breach, or the very rows that it gives.
 *
 * Alice's rows are n1, o1, 1, t1 and so on. In all rows that are not hers there is a ~ in each
 * text, and each number is 900 or more: no result may contain either, unless others may read it
 * (then it says `shown`). */
#ifndef WRIT_TESTS_OWNER_CORPUS_H
#define WRIT_TESTS_OWNER_CORPUS_H

/* Whose the rows of the table are that the query is after. */
enum kind { OWNED, CHILD, TEAM, READABLE, SHARED, SECRET, VIEW, OTHER };

enum verdict { REFUSED, BREACH, GUARD, FINE, BROKEN, NOTHING };

struct corpus_query {
  enum kind kind;
  const char *sql;
  enum verdict verdict;
  const char *expected; /* REFUSED: a piece of the message; BREACH: the table; GUARD: the column;
                           FINE: the result; BROKEN: the constraint's detail;
                           NOTHING: the result, where SQLite was built to let it pass */
  const char *besides; /* tables whose foreign rows the schema's own triggers and cascades change */
};

static const char corpus_schema[] =
    "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT,"
    "  password_hash TEXT CHECK (password_hash <> 'weak'), role TEXT NOT NULL DEFAULT 'user')"
    "  STRICT;"
    "CREATE INDEX users_by_hash ON users (substr(password_hash, 1, 2));"
    "CREATE TABLE notes (id TEXT PRIMARY KEY, owner_id TEXT REFERENCES users (id) ON DELETE CASCADE"
    "  ON UPDATE CASCADE, slug TEXT UNIQUE, body TEXT, size INTEGER AS (length(body)) VIRTUAL)"
    "  STRICT;"
    "CREATE INDEX notes_by_body ON notes (lower(body));"
    "CREATE TABLE likes (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, note_id TEXT DEFAULT 'n3'"
    "  REFERENCES notes (id) ON DELETE SET DEFAULT ON UPDATE SET NULL) STRICT;"
    "CREATE TABLE marks (code TEXT UNIQUE, owner_id TEXT, name TEXT PRIMARY KEY, text TEXT)"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE numbers (label TEXT, id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id TEXT) STRICT;"
    "CREATE TABLE orders (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL,"
    "  state TEXT NOT NULL DEFAULT 'new') STRICT;"
    "CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id TEXT REFERENCES orders (id) ON DELETE"
    "  CASCADE ON UPDATE CASCADE, amount INTEGER, text TEXT) STRICT;"
    "CREATE TABLE parts (id INTEGER PRIMARY KEY, line_id INTEGER REFERENCES lines (id) ON DELETE "
    "SET"
    "  NULL, name TEXT) STRICT;"
    "CREATE TABLE cells (place INTEGER, order_id TEXT REFERENCES orders (id), text TEXT,"
    "  PRIMARY KEY (order_id, place)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE teams (id TEXT PRIMARY KEY, name TEXT) STRICT;"
    "CREATE TABLE memberships (team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,"
    "  user_id TEXT NOT NULL, badge INTEGER UNIQUE, PRIMARY KEY (team_id, user_id)) STRICT;"
    "CREATE TABLE docs (id TEXT PRIMARY KEY, team_id TEXT, body TEXT) STRICT;"
    "CREATE TABLE pages (id INTEGER PRIMARY KEY, doc_id TEXT REFERENCES docs (id) ON DELETE "
    "CASCADE,"
    "  text TEXT) STRICT;"
    "CREATE TABLE invites (id INTEGER PRIMARY KEY, team_id TEXT REFERENCES teams (id), user_id "
    "TEXT)"
    "  STRICT;"
    "CREATE TRIGGER invites_join AFTER INSERT ON invites BEGIN"
    "  INSERT INTO memberships (team_id, user_id) VALUES (new.team_id, new.user_id); END;"
    "CREATE TABLE posts (id TEXT PRIMARY KEY, author_id TEXT, published INTEGER NOT NULL DEFAULT 0,"
    "  body TEXT) STRICT;"
    "CREATE TABLE files (id TEXT PRIMARY KEY, owner_id TEXT, body TEXT) STRICT;"
    "CREATE TABLE grants (file_id TEXT REFERENCES files (id), user_id TEXT) STRICT;"
    "CREATE TABLE names (name TEXT PRIMARY KEY, owner_id TEXT) STRICT;"
    "CREATE TRIGGER files_name AFTER INSERT ON files BEGIN"
    "  INSERT INTO names VALUES (new.body, new.owner_id); END;"
    "CREATE VIEW overview (id, who, lines) AS SELECT o.id, o.owner_id, (SELECT count(*) FROM lines "
    "l"
    "  WHERE l.order_id = o.id) FROM orders o -- orders as they are shown\n;"
    "CREATE VIEW everything AS SELECT body AS text FROM notes UNION ALL SELECT text FROM lines "
    "UNION"
    "  ALL SELECT who FROM overview;"
    "CREATE VIEW accounts AS SELECT id, name FROM users;"
    "CREATE TABLE products (id TEXT PRIMARY KEY, price INTEGER, cost INTEGER) STRICT;"
    "CREATE TABLE tags (id TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TRIGGER notes_count AFTER INSERT ON notes BEGIN"
    "  INSERT INTO tags VALUES ('notes', 1) ON CONFLICT DO UPDATE SET n = n + 1; END;";

static const char corpus_rows[] =
    "INSERT INTO users VALUES ('alice', 'a@x', 'Alice', 'hash-a', 'user'),"
    "  ('bob', 'b~x', '~Bob', '~hash-b', '~user');"
    "INSERT INTO notes VALUES ('n1', 'alice', 's1', 'mine'), ('n3', 'alice', 's3', 'also mine'),"
    "  ('n~2', 'bob', 's~2', '~bobs'), ('n~0', NULL, 's~0', '~nobodys');"
    "INSERT INTO likes VALUES (1, 'alice', 'n1'), (901, 'bob', 'n1'), (902, 'bob', 'n~2');"
    "INSERT INTO marks VALUES ('c1', 'alice', 'm1', 'mine'), ('c~2', 'bob', 'm~2', '~bobs'),"
    "  ('c~0', NULL, 'm~0', '~nobodys');"
    "INSERT INTO numbers VALUES ('x', 1, 'alice'), ('~y', 902, 'bob');"
    "INSERT INTO orders (id, owner_id, state) VALUES ('o1', 'alice', 'new'), ('o3', 'alice', "
    "'paid'),"
    "  ('o~2', 'bob', '~new'), ('o4', 'alice', 'new');"
    "INSERT INTO lines VALUES (1, 'o1', 10, 'mine'), (3, 'o3', 30, 'mine'), (902, 'o~2', 920, "
    "'~bobs'),"
    "  (900, NULL, 900, '~nobodys');"
    "INSERT INTO parts VALUES (1, 1, 'mine'), (902, 902, '~bobs'), (900, NULL, '~nobodys');"
    "INSERT INTO cells VALUES (1, 'o1', 'mine'), (902, 'o~2', '~bobs');"
    "INSERT INTO teams VALUES ('t1', 'ours'), ('t~2', '~theirs');"
    "INSERT INTO memberships VALUES ('t1', 'alice', 1), ('t1', 'carol', 2), ('t~2', '~bob', 902);"
    "INSERT INTO docs VALUES ('d1', 't1', 'ours'), ('d~2', 't~2', '~theirs'), ('d~0', NULL, "
    "'~nobodys');"
    "INSERT INTO pages VALUES (1, 'd1', 'ours'), (902, 'd~2', '~theirs');"
    "INSERT INTO posts VALUES ('p1', 'alice', 0, 'draft'), ('p~2', 'bob', 900, '~draft'),"
    "  ('p3', 'bob', 1, 'public');"
    "INSERT INTO files VALUES ('f1', 'alice', 'mine'), ('f~2', 'bob', '~bobs'), ('f3', 'bob', "
    "'lent');"
    "INSERT INTO grants VALUES ('f1', 'carol'), ('f~2', '~dave'), ('f3', 'alice'), ('f3', '~dave');"
    "INSERT INTO products VALUES ('a', 5, 3), ('b', 7, 4);"
    "INSERT INTO tags VALUES ('red', 1);";

static const struct corpus_query corpus_reads[] = {
    /* joins and subqueries */
    {OWNED, "SELECT a.id AS a, b.id AS b FROM notes a LEFT JOIN notes b ON b.id = 'n~2'", FINE,
     "[{\"a\":\"n1\",\"b\":null},{\"a\":\"n3\",\"b\":null}]", NULL},
    {OWNED, "SELECT b.id AS b FROM notes a RIGHT JOIN notes b ON a.id = b.id ORDER BY 1", FINE,
     "[{\"b\":\"n1\"},{\"b\":\"n3\"}]", NULL},
    {OWNED, "SELECT a.id AS a, b.id AS b FROM notes a FULL JOIN likes b ON b.note_id = a.id", FINE,
     "[{\"a\":\"n1\",\"b\":1},{\"a\":\"n3\",\"b\":null}]", NULL},
    {OWNED,
     "SELECT u.name, (SELECT group_concat(n.body) FROM notes n WHERE n.owner_id <> u.id) AS b"
     " FROM users u",
     FINE, "[{\"name\":\"Alice\",\"b\":null}]", NULL},
    {OWNED, "SELECT id FROM notes WHERE EXISTS (SELECT 1 FROM notes WHERE owner_id = 'bob')", FINE,
     "[]", NULL},
    {OWNED,
     "SELECT 'n~2' IN (SELECT id FROM notes) AS x, EXISTS (SELECT * FROM notes WHERE"
     " owner_id IS NULL) AS y",
     FINE, "[{\"x\":0,\"y\":0}]", NULL},
    {OWNED, "SELECT 'bob' IN users AS x", REFUSED, "sub-select returns 4 columns", NULL},
    {OWNED, "SELECT id FROM notes WHERE owner_id IS DISTINCT FROM :me", FINE, "[]", NULL},
    {OWNED, "SELECT id FROM notes WHERE owner_id IS NOT DISTINCT FROM NULL", FINE, "[]", NULL},
    {OWNED, "SELECT id FROM notes WHERE 1 OR owner_id = 'bob' ORDER BY id", FINE,
     "[{\"id\":\"n1\"},{\"id\":\"n3\"}]", NULL},
    {OWNED, "SELECT id FROM (SELECT * FROM (SELECT * FROM notes WHERE owner_id = 'bob'))", FINE,
     "[]", NULL},
    {OWNED, "SELECT id FROM (notes), (SELECT 1 UNION SELECT 2) WHERE id > 'n1'", FINE,
     "[{\"id\":\"n3\"},{\"id\":\"n3\"}]", NULL},
    /* CTEs */
    {OWNED,
     "WITH c AS (SELECT id FROM notes), d AS (SELECT id FROM c UNION SELECT owner_id FROM"
     " notes) SELECT group_concat(id) AS x FROM d",
     FINE, "[{\"x\":\"alice,n1,n3\"}]", NULL},
    {OWNED,
     "WITH RECURSIVE c(id) AS (SELECT 'n1' UNION SELECT n.id FROM notes n, c) SELECT id FROM"
     " c ORDER BY id",
     FINE, "[{\"id\":\"n1\"},{\"id\":\"n3\"}]", NULL},
    {OWNED,
     "WITH RECURSIVE r(x, y) AS MATERIALIZED (SELECT id, 1 FROM notes UNION ALL SELECT x,"
     " y + 1 FROM r WHERE y < 2) SELECT count(*) AS n FROM r",
     FINE, "[{\"n\":4}]", NULL},
    {OWNED, "WITH notes AS (SELECT 'n~2' AS id) SELECT id FROM notes", REFUSED,
     "takes the name of a table", NULL},
    {OWNED, "WITH with AS (SELECT 1), notes AS (SELECT 2 AS id) SELECT id FROM notes", REFUSED,
     "takes the name of a table", NULL},
    {OWNED,
     "WITH a(notes) AS (SELECT 1), [NOTES](x) AS NOT MATERIALIZED (SELECT 1) SELECT x FROM"
     " notes",
     REFUSED, "takes the name of a table", NULL},
    {OWNED, "WITH notes_count AS (SELECT id FROM notes) SELECT id FROM notes_count ORDER BY id",
     FINE, "[{\"id\":\"n1\"},{\"id\":\"n3\"}]", NULL},
    {OWNED, "WITH sqlite_schema AS (SELECT 1 AS x) SELECT x FROM sqlite_schema", REFUSED,
     "not the app's", NULL},
    /* compounds, windows, aggregates */
    {OWNED,
     "SELECT id FROM notes UNION SELECT id FROM likes UNION ALL SELECT owner_id FROM notes"
     " WHERE owner_id <> :me",
     FINE, "[{\"id\":1},{\"id\":\"n1\"},{\"id\":\"n3\"}]", NULL},
    {OWNED, "SELECT id FROM notes INTERSECT SELECT id FROM notes WHERE owner_id = 'bob'", FINE,
     "[]", NULL},
    {OWNED, "SELECT 'n~2' AS id WHERE 0 UNION ALL SELECT id FROM notes EXCEPT SELECT 'n1'", FINE,
     "[{\"id\":\"n3\"}]", NULL},
    {OWNED,
     "SELECT count(*) AS n, max(id) AS m, total(size) AS t, group_concat(body, '|') AS g"
     " FROM notes",
     FINE, "[{\"n\":2,\"m\":\"n3\",\"t\":13,\"g\":\"mine|also mine\"}]", NULL},
    {OWNED, "SELECT json_group_array(body) AS g FROM notes", FINE,
     "[{\"g\":\"[\\\"mine\\\",\\\"also mine\\\"]\"}]", NULL},
    {OWNED, "SELECT owner_id, count(*) AS n FROM notes GROUP BY owner_id HAVING count(*) > 0", FINE,
     "[{\"owner_id\":\"alice\",\"n\":2}]", NULL},
    {OWNED,
     "SELECT id, lead(id) OVER w AS l, count(*) OVER () AS n, first_value(body) OVER"
     " (ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS f FROM notes"
     " WINDOW w AS (ORDER BY id) ORDER BY id",
     FINE,
     "[{\"id\":\"n1\",\"l\":\"n3\",\"n\":2,\"f\":\"also mine\"},"
     "{\"id\":\"n3\",\"l\":null,\"n\":2,\"f\":\"also mine\"}]",
     NULL},
    {OWNED, "SELECT count(*) FILTER (WHERE owner_id = 'bob') AS n FROM notes", FINE, "[{\"n\":0}]",
     NULL},
    {OWNED, "SELECT DISTINCT owner_id FROM notes", FINE, "[{\"owner_id\":\"alice\"}]", NULL},
    {OWNED, "SELECT id FROM notes ORDER BY (SELECT max(body) FROM notes), id DESC LIMIT 1", FINE,
     "[{\"id\":\"n3\"}]", NULL},
    {OWNED, "SELECT id FROM notes ORDER BY id LIMIT -1 OFFSET 1", FINE, "[{\"id\":\"n3\"}]", NULL},
    {OWNED, "SELECT 1 AS x LIMIT (SELECT count(*) FROM notes WHERE owner_id = 'bob')", FINE, "[]",
     NULL},
    /* comparisons that take one thing for another */
    {OWNED, "SELECT id FROM notes WHERE owner_id LIKE 'BOB' OR owner_id GLOB 'b*'", FINE, "[]",
     NULL},
    {OWNED, "SELECT id FROM notes WHERE owner_id = 'BOB' COLLATE NOCASE OR body LIKE '%~%'", FINE,
     "[]", NULL},
    {OWNED, "SELECT id FROM notes WHERE lower(body) >= '~'", FINE, "[]", NULL},
    {OWNED, "SELECT size FROM notes WHERE size = 5", FINE, "[]", NULL},
    {OWNED, "SELECT label FROM numbers WHERE id = 902 OR id = '902' OR id = 902.0", FINE, "[]",
     NULL},
    {OWNED, "SELECT code FROM marks WHERE name >= 'm1' OR name IS NULL", FINE,
     "[{\"code\":\"c1\"}]", NULL},
    /* rowid and its kin: a view has none */
    {OWNED, "SELECT count(rowid) AS n FROM notes", NOTHING, "[{\"n\":0}]", NULL},
    {OWNED, "SELECT count(n.oid) AS n FROM notes n", NOTHING, "[{\"n\":0}]", NULL},
    {OWNED, "SELECT id FROM numbers WHERE _rowid_ > 0", NOTHING, "[]", NULL},
    /* quoting and schemas */
    {OWNED, "SELECT \"id\" FROM \"main\".\"notes\"", REFUSED, "may not name a schema", NULL},
    {OWNED, "SELECT id FROM `main` . notes", REFUSED, "may not name a schema", NULL},
    {OWNED, "SELECT id FROM main -- x\n . notes", REFUSED, "may not name a schema", NULL},
    {OWNED, "SELECT id FROM 'main'.'notes'", REFUSED, "single quotes", NULL},
    {OWNED, "SELECT id FROM x'6d61696e'.notes", REFUSED, "single quotes", NULL},
    {OWNED, "SELECT id FROM temp.notes", REFUSED, "may not name a schema", NULL},
    {OWNED, "SELECT 1 AS x WHERE 'n~2' IN main.notes", REFUSED, "may not name a schema", NULL},
    {OWNED, "SELECT main.notes.body AS x FROM notes", REFUSED, "may not name a schema", NULL},
    {OWNED, "SELECT id FROM [notes] AS main WHERE main.id = 'n1'", REFUSED, "may not name a schema",
     NULL},
    {OWNED, "SELECT id FROM /* main. */ \"NOTES\" -- main.notes", FINE,
     "[{\"id\":\"n1\"},{\"id\":\"n3\"}]", NULL},
    {OWNED, "SELECT id FROM notes NOT INDEXED", REFUSED, "INDEXED BY", NULL},
    {OWNED, "SELECT id FROM notes INDEXED BY notes_by_body", REFUSED, "INDEXED BY", NULL},
    {OWNED, "SELECT id FROM notes_by_body", REFUSED, "no such table", NULL},
    {OWNED, "SELECT a.id FROM notes a JOIN notes b USING (owner_id)", REFUSED, "USING", NULL},
    {OWNED, "SELECT id FROM notes; SELECT id FROM notes", REFUSED, "more than one statement", NULL},
    /* what is no table of the app */
    {OTHER, "SELECT name FROM sqlite_schema", REFUSED, "not the app's", NULL},
    {OTHER, "SELECT name FROM \"sqlite_master\"", REFUSED, "not the app's", NULL},
    {OTHER, "SELECT sql FROM sqlite_temp_schema", REFUSED, "not the app's", NULL},
    {OTHER, "SELECT seq FROM sqlite_sequence", REFUSED, "not the app's", NULL},
    {OTHER, "SELECT name FROM pragma_table_info('notes')", REFUSED, "not a table of the app", NULL},
    {OTHER, "SELECT * FROM pragma_table_list", REFUSED, "not a table of the app", NULL},
    {OTHER, "SELECT file FROM pragma_database_list()", REFUSED, "not a table of the app", NULL},
    {OTHER, "SELECT principal_id FROM writ_session", REFUSED, "not the app's", NULL},
    {OTHER, "SELECT writ_principal() AS x", REFUSED, "not the app's", NULL},
    {OTHER, "SELECT value FROM json_each((SELECT json_group_array(body) FROM notes))", FINE,
     "[{\"value\":\"mine\"},{\"value\":\"also mine\"}]", NULL},
    {OTHER, "SELECT n.id, j.value FROM notes n, json_each(json_array(n.body)) j ORDER BY 1", FINE,
     "[{\"id\":\"n1\",\"value\":\"mine\"},{\"id\":\"n3\",\"value\":\"also mine\"}]", NULL},
    {OTHER,
     "SELECT j.key FROM json_tree('{\"notes\":1}') j WHERE j.key IN (SELECT body FROM notes)", FINE,
     "[]", NULL},
    {OTHER, "SELECT value FROM generate_series(1, 3)", REFUSED, "no such table", NULL},
    {OTHER, "SELECT id FROM notes('x')", REFUSED, "not a function", NULL},
    {OTHER, "SELECT fts5(1) AS x", REFUSED, "", NULL},
    {OTHER, "SELECT id FROM notes WHERE body MATCH 'bobs'", REFUSED, "match() is not one", NULL},
    {OTHER, "SELECT bm25(body) AS x FROM notes", REFUSED, "bm25() is not one", NULL},
    {OTHER, "SELECT snippet(body, 0, '', '', '', 5) AS x FROM notes", REFUSED,
     "snippet() is not one", NULL},
    /* children */
    {CHILD, "SELECT id FROM lines ORDER BY id", FINE, "[{\"id\":1},{\"id\":3}]", NULL},
    {CHILD,
     "SELECT p.name FROM parts p LEFT JOIN lines l ON l.id = p.line_id WHERE l.order_id ="
     " 'o~2' OR l.id IS NULL",
     FINE, "[]", NULL},
    {CHILD, "SELECT text FROM cells WHERE order_id > '' OR place = 902", FINE,
     "[{\"text\":\"mine\"}]", NULL},
    {CHILD,
     "SELECT l.id, o.owner_id FROM lines l JOIN orders o WHERE o.id = l.order_id OR 1"
     " ORDER BY 1, 2 LIMIT 1",
     FINE, "[{\"id\":1,\"owner_id\":\"alice\"}]", NULL},
    {CHILD,
     "SELECT sum(amount) AS s FROM lines WHERE order_id IN (SELECT id FROM orders) OR"
     " order_id IS NULL",
     FINE, "[{\"s\":40}]", NULL},
    /* teams */
    {TEAM, "SELECT id FROM docs UNION SELECT id FROM teams", FINE,
     "[{\"id\":\"d1\"},{\"id\":\"t1\"}]", NULL},
    {TEAM,
     "SELECT d.body FROM docs d LEFT JOIN memberships m ON m.team_id = d.team_id AND m.user_id"
     " = '~bob'",
     FINE, "[{\"body\":\"ours\"}]", NULL},
    {TEAM, "SELECT user_id FROM memberships ORDER BY user_id", FINE,
     "[{\"user_id\":\"alice\"},{\"user_id\":\"carol\"}]", NULL},
    {TEAM, "SELECT text FROM pages WHERE doc_id IS NOT NULL", FINE, "[{\"text\":\"ours\"}]", NULL},
    /* readable */
    {READABLE, "SELECT id FROM posts ORDER BY id", FINE, "[{\"id\":\"p1\"},{\"id\":\"p3\"}]", NULL},
    {READABLE, "SELECT id FROM posts WHERE published = 900 OR NOT published = 1", FINE,
     "[{\"id\":\"p1\"}]", NULL},
    {READABLE, "SELECT id FROM files ORDER BY id", FINE, "[{\"id\":\"f1\"},{\"id\":\"f3\"}]", NULL},
    {READABLE, "SELECT file_id FROM grants", FINE, "[{\"file_id\":\"f1\"}]", NULL},
    /* views of the app: their tables mean the principal's rows as well */
    {VIEW, "SELECT * FROM overview", FINE,
     "[{\"id\":\"o1\",\"who\":\"alice\",\"lines\":1},"
     "{\"id\":\"o3\",\"who\":\"alice\",\"lines\":1},"
     "{\"id\":\"o4\",\"who\":\"alice\",\"lines\":0}]",
     NULL},
    {VIEW, "SELECT count(*) AS n FROM overview, everything", FINE, "[{\"n\":21}]", NULL},
    {VIEW, "SELECT text FROM \"Everything\" WHERE text LIKE '%~%' OR text = 'bob'", FINE, "[]",
     NULL},
    {VIEW, "SELECT e.text FROM everything e JOIN overview o ON o.who = e.text GROUP BY 1", FINE,
     "[{\"text\":\"alice\"}]", NULL},
    {VIEW, "SELECT * FROM accounts", FINE, "[{\"id\":\"alice\",\"name\":\"Alice\"}]", NULL},
    {VIEW, "SELECT password_hash FROM accounts", REFUSED, "is secret", NULL},
    {VIEW, "SELECT id FROM main.overview", REFUSED, "may not name a schema", NULL},
    {VIEW, "SELECT id FROM temp.overview", REFUSED, "may not name a schema", NULL},
    {VIEW, "WITH overview AS (SELECT 1 AS id) SELECT id FROM overview", REFUSED,
     "takes the name of a table", NULL},
    {VIEW, "SELECT id FROM 'overview'", REFUSED, "single quotes", NULL},
    {VIEW, "SELECT rowid AS x FROM overview WHERE rowid > 0", NOTHING, "[]", NULL},
    /* shared and secret */
    {SHARED, "SELECT * FROM tags WHERE id = 'red'", FINE, "[{\"id\":\"red\",\"n\":1}]", NULL},
    {SHARED, "SELECT * FROM products WHERE price > 5", FINE, "[{\"id\":\"b\",\"price\":7}]", NULL},
    {SECRET, "SELECT cost FROM products", REFUSED, "is secret", NULL},
    {SECRET, "SELECT id FROM products ORDER BY cost", REFUSED, "is secret", NULL},
    {SECRET, "SELECT id FROM products GROUP BY id HAVING max(cost) > 3", REFUSED, "is secret",
     NULL},
    {SECRET, "SELECT p.cost + 0 AS x FROM (SELECT * FROM products) p", REFUSED, "is secret", NULL},
    {SECRET, "WITH p AS (SELECT id, cost AS c FROM products) SELECT c FROM p", REFUSED, "is secret",
     NULL},
    {SECRET, "SELECT id FROM users WHERE substr(password_hash, 1, 2) = 'ha'", REFUSED, "is secret",
     NULL},
    {SECRET, "SELECT id FROM users WHERE (id, 'x') IN (SELECT id, password_hash FROM users)",
     REFUSED, "is secret", NULL},
    {SECRET, "SELECT count(*) OVER (PARTITION BY password_hash) AS n FROM users", REFUSED,
     "is secret", NULL},
    {SECRET, "SELECT 1 AS x WHERE NULL IS DISTINCT FROM (SELECT password_hash FROM users)", REFUSED,
     "is secret", NULL},
    {SECRET, "SELECT * FROM users", FINE,
     "[{\"id\":\"alice\",\"email\":\"a@x\",\"name\":\"Alice\",\"role\":\"user\"}]", NULL},
};

static const struct corpus_query corpus_writes[] = {
    /* plain writes */
    {OWNED, "UPDATE notes SET body = 'x' WHERE id = 'n1'", FINE, "1", NULL},
    {OWNED, "UPDATE notes SET body = 'x'", BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET body = body WHERE owner_id IS NULL", BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET owner_id = :me WHERE owner_id IS NULL", BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET owner_id = 'bob' WHERE id = 'n1'", BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET owner_id = NULL WHERE id = 'n1'", BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET owner_id = upper(owner_id) WHERE id = 'n1'", BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET id = 'n9' WHERE id = 'n3'", FINE, "1", NULL},
    {OWNED, "UPDATE notes SET id = 'n9' WHERE id = 'n1'", FINE, "1", "likes"},
    {OWNED, "UPDATE notes SET id = 'n~2' WHERE id = 'n1'", BROKEN, "notes.id", NULL},
    {OWNED, "UPDATE notes SET (owner_id, body) = (SELECT 'bob', 'x') WHERE id = 'n1'", BREACH,
     "notes", NULL},
    {OWNED, "UPDATE notes SET body = 'x' WHERE id IN (SELECT id FROM notes)", FINE, "2", NULL},
    {OWNED, "UPDATE notes SET body = 'x' WHERE id NOT IN (SELECT id FROM notes)", BREACH, "notes",
     NULL},
    {OWNED,
     "UPDATE notes AS n SET body = 'x' WHERE NOT EXISTS (SELECT 1 FROM notes m WHERE m.id ="
     " n.id)",
     BREACH, "notes", NULL},
    {OWNED,
     "UPDATE notes SET body = (SELECT group_concat(body) FROM notes) WHERE id = 'n1' RETURNING"
     " body",
     FINE, "[{\"body\":\"mine,also mine\"}]", NULL},
    {OWNED, "UPDATE notes SET body = 'x' ORDER BY id DESC LIMIT 1", BREACH, "notes", NULL},
    {OWNED, "DELETE FROM notes", BREACH, "notes", NULL},
    {OWNED, "DELETE FROM notes WHERE id = 'n3'", FINE, "1", NULL},
    {OWNED, "DELETE FROM notes WHERE owner_id <> :me OR owner_id IS NULL", BREACH, "notes", NULL},
    {OWNED, "DELETE FROM notes WHERE rowid = 3", BREACH, "notes", NULL},
    {OWNED, "DELETE FROM notes ORDER BY id LIMIT 2 OFFSET 1", BREACH, "notes", NULL},
    {OWNED, "INSERT INTO notes (id, owner_id) VALUES ('n9', 'bob')", BREACH, "notes", NULL},
    {OWNED, "INSERT INTO notes (id) VALUES ('n9')", BREACH, "notes", NULL},
    {OWNED, "INSERT INTO numbers DEFAULT VALUES", BREACH, "numbers", NULL},
    {OWNED, "INSERT INTO notes (id, owner_id) VALUES ('n8', :me), ('n9', 'bob')", BREACH, "notes",
     NULL},
    {OWNED, "INSERT INTO notes (id, owner_id) VALUES ('n9', :me || x'')", FINE, "1", NULL},
    {OWNED, "INSERT INTO notes (id, owner_id) VALUES ('n9', 'alice ')", BREACH, "notes", NULL},
    {OWNED, "INSERT INTO notes (owner_id, id) SELECT id, 'n9' FROM users", FINE, "1", NULL},
    {OWNED,
     "INSERT INTO notes (owner_id, id) SELECT owner_id, id || 'c' FROM orders UNION ALL SELECT"
     " 'bob', 'n9'",
     BREACH, "notes", NULL},
    {OWNED, "INSERT INTO notes SELECT * FROM notes", REFUSED, "must name the columns", NULL},
    {OWNED, "INSERT INTO main.notes (id) VALUES (1)", REFUSED, "may not name a schema", NULL},
    {OWNED, "UPDATE temp.notes SET body = 'x'", REFUSED, "may not name a schema", NULL},
    {OWNED, "UPDATE 'notes' SET body = 'x'", REFUSED, "single quotes", NULL},
    {OWNED, "DELETE FROM notes_by_body", REFUSED, "not a table of the app", NULL},
    /* conflicts */
    {OWNED, "INSERT OR REPLACE INTO notes (id, owner_id) VALUES ('n~2', :me)", BREACH, "notes",
     NULL},
    {OWNED, "INSERT OR REPLACE INTO notes (id, owner_id, slug) VALUES ('n9', :me, 's~2')", BREACH,
     "notes", NULL},
    {OWNED, "INSERT OR REPLACE INTO notes (id, owner_id, slug) VALUES ('n9', :me, 's~0')", BREACH,
     "notes", NULL},
    {OWNED, "INSERT OR REPLACE INTO notes (id, owner_id, slug) VALUES ('n3', :me, 's3')", FINE, "1",
     NULL},
    {OWNED, "INSERT OR REPLACE INTO notes (id, owner_id, slug) VALUES ('n3', :me, 's1')", FINE, "1",
     "likes"},
    {OWNED, "REPLACE INTO notes (id, owner_id) VALUES ('n~2', :me)", REFUSED,
     "one SELECT, INSERT, UPDATE or DELETE", NULL},
    {OWNED, "UPDATE OR REPLACE notes SET slug = 's~2' WHERE id = 'n1'", BREACH, "notes", NULL},
    {OWNED, "UPDATE OR REPLACE notes SET id = 'n~2' WHERE id = 'n1'", BREACH, "notes", NULL},
    {OWNED, "UPDATE OR REPLACE notes SET slug = 's3' WHERE id = 'n1'", FINE, "1", NULL},
    {OWNED, "UPDATE OR IGNORE notes SET slug = 's~2' WHERE id = 'n1'", FINE, "0", NULL},
    {OWNED, "UPDATE OR FAIL notes SET slug = 's9'", BROKEN, "notes.slug", NULL},
    {OWNED, "UPDATE OR ROLLBACK notes SET slug = 's3'", REFUSED, "OR ROLLBACK", NULL},
    {OWNED, "INSERT OR IGNORE INTO notes (id, owner_id) VALUES ('n~2', :me)", FINE, "0", NULL},
    {OWNED,
     "INSERT INTO notes (id, owner_id) VALUES ('n~2', :me) ON CONFLICT (id) DO UPDATE SET"
     " body = 'x'",
     BREACH, "notes", NULL},
    {OWNED,
     "INSERT INTO notes (id, owner_id) VALUES ('n~2', :me) ON CONFLICT DO UPDATE SET owner_id"
     " = excluded.owner_id RETURNING body",
     BREACH, "notes", NULL},
    {OWNED,
     "INSERT INTO notes (id, owner_id, slug) VALUES ('n9', :me, 's~2') ON CONFLICT (id) DO"
     " NOTHING ON CONFLICT (slug) DO UPDATE SET body = notes.body",
     BREACH, "notes", NULL},
    {OWNED,
     "INSERT INTO notes (id, owner_id) VALUES ('n~2', :me) ON CONFLICT (id) DO UPDATE SET body"
     " = 'x' WHERE notes.owner_id = :me RETURNING notes.body",
     FINE, "[]", NULL},
    {OWNED,
     "INSERT INTO notes (id, owner_id) VALUES ('n1', :me) ON CONFLICT (id) DO UPDATE SET"
     " owner_id = 'bob'",
     BREACH, "notes", NULL},
    {OWNED,
     "INSERT INTO notes (id, owner_id) VALUES ('n1', :me) ON CONFLICT (id) DO UPDATE SET"
     " body = (SELECT max(body) FROM notes) RETURNING body",
     FINE, "[{\"body\":\"mine\"}]", NULL},
    /* FROM, CTEs, RETURNING */
    {OWNED, "UPDATE notes SET body = o.id FROM orders o WHERE o.owner_id = notes.owner_id", FINE,
     "2", NULL},
    {OWNED, "UPDATE notes SET body = p.body FROM posts p WHERE p.author_id = notes.owner_id",
     BREACH, "notes", NULL},
    {OWNED, "UPDATE notes SET body = m.body FROM notes m WHERE m.id = notes.id RETURNING notes.id",
     FINE, "[{\"id\":\"n1\"},{\"id\":\"n3\"}]", NULL},
    {OWNED, "UPDATE notes SET body = 'x' FROM notes m", BREACH, "notes", NULL},
    {OWNED, "WITH c AS (SELECT id FROM notes) UPDATE notes SET body = 'x' WHERE id IN c", FINE, "2",
     NULL},
    {OWNED, "WITH c AS (SELECT 'n~2' AS id) DELETE FROM notes WHERE id IN c", BREACH, "notes",
     NULL},
    {OWNED, "WITH notes AS (SELECT 1 AS id) DELETE FROM notes", REFUSED,
     "takes the name of a table", NULL},
    {OWNED, "WITH c AS (UPDATE notes SET body = 'x' RETURNING id) SELECT id FROM c", REFUSED,
     "syntax error", NULL},
    {OWNED,
     "WITH c AS (SELECT id, owner_id FROM notes) INSERT INTO notes (id, owner_id) SELECT id ||"
     " '+', owner_id FROM c",
     FINE, "2", NULL},
    {OWNED,
     "UPDATE notes SET body = 'x' WHERE id = 'n1' RETURNING (SELECT group_concat(body) FROM"
     " notes) AS all_of_them",
     FINE, "[{\"all_of_them\":\"x,also mine\"}]", NULL},
    {OWNED,
     "DELETE FROM notes WHERE id = 'n3' RETURNING (SELECT group_concat(email) FROM users) AS e",
     FINE, "[{\"e\":\"a@x\"}]", NULL},
    {OWNED, "INSERT INTO notes (id, owner_id) VALUES ('n9', 'bob') RETURNING id", BREACH, "notes",
     NULL},
    {OWNED, "UPDATE notes SET body = 'x' WHERE id = 'n~2' RETURNING *", BREACH, "notes", NULL},
    /* rowid, WITHOUT ROWID, AUTOINCREMENT */
    {OWNED, "UPDATE numbers SET id = 902 WHERE id = 1", BROKEN, "numbers.id", NULL},
    {OWNED, "UPDATE OR REPLACE numbers SET rowid = 902 WHERE oid = 1", BREACH, "numbers", NULL},
    {OWNED, "UPDATE numbers SET _rowid_ = 7 WHERE id = 902", BREACH, "numbers", NULL},
    {OWNED, "UPDATE numbers SET id = 7 WHERE rowid = 1 RETURNING id", FINE, "[{\"id\":7}]", NULL},
    {OWNED, "INSERT OR REPLACE INTO numbers (id, owner_id) VALUES (902, :me)", BREACH, "numbers",
     NULL},
    {OWNED, "INSERT INTO numbers (owner_id) VALUES (:me)", FINE, "1", NULL},
    {OWNED, "INSERT INTO numbers (rowid, owner_id) VALUES (902, 'bob')", BROKEN, "numbers.id",
     NULL},
    {OWNED, "UPDATE sqlite_sequence SET seq = 1", REFUSED, "not the app's", NULL},
    {OWNED, "UPDATE marks SET text = 'x' WHERE name = 'm~2'", BREACH, "marks", NULL},
    {OWNED, "UPDATE marks SET name = 'm9', text = 'x' WHERE name = 'm1'", FINE, "1", NULL},
    {OWNED, "UPDATE marks SET name = 'm9', owner_id = 'bob' WHERE name = 'm1'", BREACH, "marks",
     NULL},
    {OWNED, "UPDATE OR REPLACE marks SET name = 'm~2' WHERE name = 'm1'", BREACH, "marks", NULL},
    {OWNED, "UPDATE OR REPLACE marks SET code = 'c~0' WHERE name = 'm1'", BREACH, "marks", NULL},
    {OWNED, "INSERT OR REPLACE INTO marks (name, owner_id, code) VALUES ('m9', :me, 'c~2')", BREACH,
     "marks", NULL},
    {OWNED,
     "INSERT INTO marks (name, owner_id) VALUES ('m~0', :me) ON CONFLICT DO UPDATE SET owner_id"
     " = :me",
     BREACH, "marks", NULL},
    {OWNED, "DELETE FROM marks WHERE owner_id IS NOT :me", BREACH, "marks", NULL},
    {OWNED, "DELETE FROM marks WHERE name = 'm1'", FINE, "1", NULL},
    /* triggers and cascades are the schema's; what the statement itself does is not */
    {OWNED, "INSERT INTO notes (id, owner_id) VALUES ('n9', :me)", FINE, "1", NULL},
    {OWNED, "DELETE FROM notes WHERE id = 'n1'", FINE, "1", "likes"},
    {OWNED, "DELETE FROM users WHERE id = :me", BROKEN, "", NULL},
    {OWNED, "DELETE FROM users WHERE id = 'bob'", BREACH, "users", NULL},
    {OWNED, "UPDATE users SET id = 'bob' WHERE id = :me", BROKEN, "users.id", NULL},
    {OWNED, "UPDATE users SET id = 'carol' WHERE id = :me", BREACH, "users", NULL},
    {OWNED, "INSERT OR REPLACE INTO users (id, email) VALUES (:me, 'b~x')", BREACH, "users", NULL},
    {OWNED, "INSERT INTO likes (user_id, note_id) VALUES (:me, 'n~2')", FINE, "1", NULL},
    {OWNED, "UPDATE likes SET note_id = 'n3' WHERE note_id = 'n1'", BREACH, "likes", NULL},
    /* children */
    {CHILD, "INSERT INTO lines (order_id) VALUES ('o1'), ('o~2')", BREACH, "lines", NULL},
    {CHILD, "INSERT INTO lines (amount) VALUES (1)", BREACH, "lines", NULL},
    {CHILD, "INSERT INTO lines (order_id) VALUES ('o9')", BROKEN, "", NULL},
    {CHILD, "INSERT INTO lines (order_id, amount) SELECT id, 1 FROM orders", FINE, "3", NULL},
    {CHILD, "UPDATE lines SET order_id = 'o3' WHERE id = 1", FINE, "1", NULL},
    {CHILD, "UPDATE lines SET order_id = 'o~2' WHERE id = 1", BREACH, "lines", NULL},
    {CHILD, "UPDATE lines SET order_id = 'o1' WHERE id = 902", BREACH, "lines", NULL},
    {CHILD, "UPDATE lines SET order_id = 'o1' WHERE order_id IS NULL", BREACH, "lines", NULL},
    {CHILD, "UPDATE lines SET order_id = NULL WHERE id = 1", BREACH, "lines", NULL},
    {CHILD, "UPDATE lines SET id = 902 + 1, amount = 0 WHERE id = 902", BREACH, "lines", NULL},
    {CHILD, "INSERT OR REPLACE INTO lines (id, order_id) VALUES (902, 'o1')", BREACH, "lines",
     NULL},
    {CHILD, "INSERT OR REPLACE INTO lines (id, order_id) VALUES (900, 'o1')", BREACH, "lines",
     NULL},
    {CHILD,
     "INSERT INTO lines (id, order_id) VALUES (902, 'o1') ON CONFLICT (id) DO UPDATE SET"
     " order_id = excluded.order_id",
     BREACH, "lines", NULL},
    {CHILD, "DELETE FROM lines WHERE amount > (SELECT max(amount) FROM lines)", BREACH, "lines",
     NULL},
    {CHILD, "DELETE FROM lines WHERE id = 1", FINE, "1", "parts"},
    {CHILD, "UPDATE parts SET line_id = 902 WHERE id = 1", BREACH, "parts", NULL},
    {CHILD, "UPDATE parts SET line_id = 3", BREACH, "parts", NULL},
    {CHILD, "UPDATE parts SET line_id = 3 WHERE id = 1", FINE, "1", NULL},
    {CHILD, "INSERT INTO parts (line_id) SELECT id FROM lines UNION SELECT 902", BREACH, "parts",
     NULL},
    {CHILD, "UPDATE cells SET place = 5 WHERE order_id = 'o1'", FINE, "1", NULL},
    {CHILD, "UPDATE cells SET order_id = 'o~2' WHERE order_id = 'o1'", BREACH, "cells", NULL},
    {CHILD, "UPDATE OR REPLACE cells SET order_id = 'o1', place = 1", BREACH, "cells", NULL},
    {CHILD, "INSERT OR REPLACE INTO cells (order_id, place) VALUES ('o~2', 902)", BREACH, "cells",
     NULL},
    {CHILD, "DELETE FROM orders WHERE id IN (SELECT order_id FROM lines) AND id <> 'o1'", FINE, "1",
     NULL},
    {CHILD, "UPDATE orders SET id = 'o9' WHERE id = 'o3'", FINE, "1", NULL},
    {CHILD, "UPDATE orders SET id = 'o~2' WHERE id = 'o3'", BROKEN, "orders.id", NULL},
    /* teams */
    {TEAM, "UPDATE docs SET body = 'x' WHERE id = 'd1'", FINE, "1", NULL},
    {TEAM, "UPDATE docs SET body = 'x'", BREACH, "docs", NULL},
    {TEAM, "UPDATE docs SET team_id = 't1'", BREACH, "docs", NULL},
    {TEAM, "UPDATE docs SET team_id = :me WHERE id = 'd1'", BREACH, "docs", NULL},
    {TEAM, "INSERT INTO docs (id, team_id) VALUES ('d9', 't~2')", BREACH, "docs", NULL},
    {TEAM, "INSERT OR REPLACE INTO docs (id, team_id) VALUES ('d~2', 't1')", BREACH, "docs", NULL},
    {TEAM, "DELETE FROM docs WHERE team_id IS NULL", BREACH, "docs", NULL},
    {TEAM, "UPDATE pages SET doc_id = 'd~2' WHERE id = 1", BREACH, "pages", NULL},
    {TEAM, "INSERT INTO pages (doc_id) SELECT id FROM docs", FINE, "1", NULL},
    {TEAM, "INSERT INTO memberships (team_id, user_id) VALUES ('t~2', :me)", BREACH, "memberships",
     NULL},
    {TEAM, "UPDATE memberships SET user_id = :me WHERE user_id = '~bob'", BREACH, "memberships",
     NULL},
    {TEAM, "UPDATE memberships SET team_id = 't~2' WHERE user_id = :me", BREACH, "memberships",
     NULL},
    {TEAM, "INSERT OR REPLACE INTO memberships (team_id, user_id) SELECT 't~2', id FROM users",
     BREACH, "memberships", NULL},
    {TEAM,
     "INSERT INTO memberships (team_id, user_id) VALUES ('t~2', :me) RETURNING (SELECT"
     " group_concat(body) FROM docs) AS x",
     BREACH, "memberships", NULL},
    {TEAM, "DELETE FROM memberships WHERE team_id = 't1'", FINE, "2", NULL},
    {TEAM, "UPDATE OR REPLACE memberships SET badge = 1 WHERE user_id = 'carol'", FINE, "1",
     "memberships"},
    {TEAM, "UPDATE OR REPLACE memberships SET badge = 902 WHERE user_id = 'carol'", BREACH,
     "memberships", NULL},
    {TEAM, "INSERT INTO invites (team_id, user_id) VALUES ('t1', 'dave')", FINE, "1", NULL},
    /* who gets in by the trigger of the very row that has to be judged */
    {TEAM, "INSERT INTO invites (team_id, user_id) VALUES ('t~2', :me)", BREACH, "invites", NULL},
    {TEAM, "INSERT INTO invites (team_id, user_id) VALUES ('t1', 'dave'), ('t~2', :me)", BREACH,
     "invites", NULL},
    /* a statement's OR REPLACE would hold for the trigger's INSERT as well */
    {OWNED, "INSERT INTO files (id, owner_id, body) VALUES ('f9', :me, 'new')", FINE, "1", NULL},
    {OWNED, "INSERT INTO files (id, owner_id, body) VALUES ('f9', :me, '~bobs')", BROKEN,
     "names.name", NULL},
    {OWNED, "INSERT OR REPLACE INTO files (id, owner_id, body) VALUES ('f9', :me, '~bobs')",
     REFUSED, "OR REPLACE holds for the trigger files_name too", NULL},
    /* through a view of the app nothing is written, but it may be read from */
    {VIEW, "UPDATE accounts SET name = 'x'", REFUSED, "accounts is a view", NULL},
    {VIEW, "DELETE FROM overview", REFUSED, "overview is a view", NULL},
    {VIEW, "INSERT INTO accounts (id) VALUES ('x')", REFUSED, "accounts is a view", NULL},
    {VIEW, "INSERT INTO notes (id, owner_id) SELECT 'v' || id, who FROM overview", FINE, "3", NULL},
    {VIEW, "UPDATE notes SET body = 'x' WHERE owner_id NOT IN (SELECT who FROM overview)", BREACH,
     "notes", NULL},
    {VIEW, "DELETE FROM notes WHERE id = 'n3' RETURNING (SELECT count(*) FROM everything) AS n",
     FINE, "[{\"n\":6}]", NULL},
    /* readable is not writable */

    {READABLE, "UPDATE posts SET body = 'x' WHERE id = 'p3'", BREACH, "posts", NULL},
    {READABLE, "UPDATE posts SET published = 1 WHERE id IN (SELECT id FROM posts)", BREACH, "posts",
     NULL},
    {READABLE, "UPDATE posts SET published = 1 WHERE id = 'p1'", FINE, "1", NULL},
    {READABLE,
     "INSERT INTO posts (id, author_id, body) SELECT id || '+', author_id, body FROM posts", BREACH,
     "posts", NULL},
    {READABLE, "DELETE FROM files WHERE id = 'f3'", BREACH, "files", NULL},
    {READABLE, "INSERT INTO grants (file_id, user_id) VALUES ('f~2', :me)", BREACH, "grants", NULL},
    {READABLE, "INSERT INTO grants (file_id, user_id) VALUES ('f3', 'eve')", BREACH, "grants",
     NULL},
    {READABLE, "INSERT INTO grants (file_id, user_id) VALUES ('f1', 'eve')", FINE, "1", NULL},
    /* shared, guarded, secret */
    {SHARED, "UPDATE tags SET n = (SELECT count(*) FROM notes) WHERE id = 'red' RETURNING n", FINE,
     "[{\"n\":2}]", NULL},
    {SHARED, "INSERT INTO tags (id) SELECT body FROM notes", FINE, "2", NULL},
    {SHARED, "UPDATE products SET price = 0", FINE, "2", NULL},
    {SECRET, "UPDATE products SET price = cost", REFUSED, "is secret", NULL},
    {SECRET, "INSERT INTO tags (id) SELECT password_hash FROM users", REFUSED, "is secret", NULL},
    {SECRET, "UPDATE users SET name = password_hash WHERE id = :me", REFUSED, "is secret", NULL},
    {SECRET, "UPDATE users SET name = 'x' WHERE id = :me AND password_hash > 'h'", REFUSED,
     "is secret", NULL},
    {SECRET, "UPDATE users SET name = 'x' WHERE id = :me RETURNING length(password_hash) AS n",
     REFUSED, "is secret", NULL},
    {SECRET, "DELETE FROM users ORDER BY substr(password_hash, 1, 2) LIMIT 1", REFUSED, "is secret",
     NULL},
    {SECRET,
     "INSERT INTO users (id, email, password_hash) VALUES (:me, 'x', 'h') ON CONFLICT (id) DO"
     " UPDATE SET name = excluded.password_hash",
     REFUSED, "is secret", NULL},
    {SECRET,
     "INSERT INTO users (id, email, password_hash) VALUES (:me, 'x', 'h') ON CONFLICT (id) DO"
     " UPDATE SET name = users.password_hash",
     REFUSED, "is secret", NULL},
    {SECRET, "UPDATE users SET password_hash = 'weak' WHERE id = :me", BROKEN,
     "password_hash <> 'weak'", NULL},
    {SECRET, "UPDATE users SET password_hash = 'new' WHERE id = :me", FINE, "1", NULL},
    {SECRET, "UPDATE users SET role = 'admin' WHERE id = :me", GUARD, "users.role", NULL},
    {SECRET, "INSERT OR REPLACE INTO users (id, email, role) VALUES (:me, 'x', 'admin')", GUARD,
     "users.role", NULL},
    {SECRET,
     "INSERT INTO orders (id, owner_id, state) VALUES ('o3', :me, 'new') ON CONFLICT (id) DO"
     " UPDATE SET state = excluded.state",
     GUARD, "orders.state", NULL},
    /* a paid order does not become a new one by being replaced */
    {SECRET, "INSERT OR REPLACE INTO orders (id, owner_id) VALUES ('o3', :me)", GUARD,
     "orders.state", NULL},
    {SECRET, "UPDATE OR REPLACE orders SET id = 'o3' WHERE id = 'o4'", GUARD, "orders.state", NULL},
};

#endif
