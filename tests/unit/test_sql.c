/* The tokenizer and the rewriting of statements, as tables of SQL and what comes of it. */
#include "store_fixture.h"

#include "store/sql.h"

/* Tokens as "type:text" in one line: w word, q quoted, s string, n number, p parameter, o symbol, !
 * bad. */
static void describe(const char *sql, char *out, size_t size)
{
  static const char types[] = {
      [SQL_WORD] = 'w',   [SQL_QUOTED] = 'q', [SQL_STRING] = 's',   [SQL_NUMBER] = 'n',
      [SQL_SYMBOL] = 'o', [SQL_BAD] = '!',    [SQL_PARAMETER] = 'p'};
  struct text rest = text_of(sql);
  struct sql_token token;
  size_t length = 0;
  out[0] = '\0';
  while ((token = sql_next(&rest)).type != SQL_END) {
    length += (size_t)snprintf(out + length, size - length, "%s%c%.*s", length > 0 ? " " : "",
                               types[token.type], TEXT_ARGS(token.text));
    if (token.type == SQL_BAD) break;
  }
}

static void reads_tokens_as_sqlite_does(void **state)
{
  (void)state;
  static const struct {
    const char *sql, *tokens;
  } cases[] = {
      {"", ""},
      {" \t\n\f\r", ""},
      {"SELECT a.b", "wSELECT wa o. wb"},
      {"a--x\nb", "wa wb"},
      {"a--x", "wa"},
      {"a/*x*/b/**/c/***/d", "wa wb wc wd"},
      {"a/*/b", "wa !/"},
      {"a/*", "wa !/"},
      {"a-b/c", "wa o- wb o/ wc"},
      {"'it''s'", "s'it''s'"},
      {"'open", "!'"},
      {"'open''", "!'"},
      {"\"a\"\"b\" `c``d` [e\"f]", "q\"a\"\"b\" q`c``d` q[e\"f]"},
      {"[a", "!["},
      {"x'00' X'ff' x", "sx'00' sX'ff' wx"},
      {":name :a_1", "p:name p:a_1"},
      {"?", "!?"},
      {"?1", "!?"},
      {"@a", "!@"},
      {"$a", "!$"},
      {"#1", "!#"},
      {":1", "!:"},
      {": a", "!:"},
      {":a::b", "!:"},
      {":a(b)", "!:"},
      {":a$b", "!:"},
      {"a$b", "wa$b"},
      {"1 1.5 .5 1e5 1.5E-3 0x1F", "n1 n1.5 n.5 n1e5 n1.5E-3 n0x1F"},
      {"1a", "!1"},
      {"1_0", "!1"},
      {"1e", "!1"},
      {"0x", "!0"},
      {"a.1", "wa n.1"},
      {"caf\xc3\xa9", "wcaf\xc3\xa9"},
      {"a\xc2\xa0"
       "b",
       "wa\xc2\xa0"
       "b"},
      {"a\vb", "wa !\v"},
      {"a\\b", "wa !\\"},
      {"{", "!{"},
      {"a->>b||c", "wa o- o> o> wb o| o| wc"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char tokens[300];
    describe(cases[i].sql, tokens, sizeof tokens);
    if (strcmp(tokens, cases[i].tokens) != 0) fail_msg("%s gave %s", cases[i].sql, tokens);
  }
}

static void refuses_nul(void **state)
{
  (void)state;
  static const char sql[] = "a \0b", comment[] = "-- \0\nb", string[] = "'\0'";
  struct text texts[] = {{sql + 2, 2}, {comment, sizeof comment - 1}, {string, sizeof string - 1}};
  for (size_t i = 0; i < 3; i++) assert_int_equal(sql_next(&texts[i]).type, SQL_BAD);
}

static bool is_table(const void *context, struct text name)
{
  (void)context;
  return sql_same_name(name, TEXT("t")) || sql_same_name(name, TEXT("u"));
}

struct rewriting {
  const char *sql, *expected; /* a piece of the message if it begins with '!' */
};

static void check_rewriting(const struct rewriting *cases, size_t count, bool all, bool principal)
{
  struct arena arena;
  arena_init(&arena, 4096);
  for (size_t i = 0; i < count; i++) {
    struct sql_rewrite how = {is_table, NULL, .all_tables = all, .principal = principal};
    struct sql_statement statement;
    struct error error = {0};
    size_t offset = 0;
    int code = sql_rewrite(text_of(cases[i].sql), &how, &arena, &statement, &offset, &error);
    const char *got = code == 0 ? statement.text.data : error.message;
    bool as_expected = cases[i].expected[0] == '!'
                           ? code < 0 && strstr(got, cases[i].expected + 1) != NULL
                           : code == 0 && strcmp(got, cases[i].expected) == 0;
    if (!as_expected) fail_msg("%s gave %s", cases[i].sql, got);
    assert_true(offset <= strlen(cases[i].sql));
  }
  arena_deinit(&arena);
}

static void qualifies_the_target(void **state)
{
  (void)state;
  static const struct rewriting cases[] = {
      {"SELECT * FROM t", "SELECT * FROM t"},
      {"SELECT 1;", "SELECT 1"},
      {"SELECT 1 ; -- end", "SELECT 1 "},
      {"INSERT INTO t (a) VALUES (1)", "INSERT INTO main.t (a) VALUES (1)"},
      {"INSERT INTO t AS x (a) SELECT a FROM t", "INSERT INTO main.t AS x (a) SELECT a FROM t"},
      {"INSERT OR REPLACE INTO t(a) SELECT a FROM u",
       "INSERT OR REPLACE INTO main.t(a) SELECT a FROM u"},
      {"INSERT INTO t DEFAULT VALUES", "INSERT INTO main.t DEFAULT VALUES"},
      {"INSERT INTO t(a) VALUES (1) ON CONFLICT(a) DO UPDATE SET a = t.a",
       "INSERT INTO main.t(a) VALUES (1) ON CONFLICT(a) DO UPDATE SET a = t.a"},
      {"update or ignore \"t\" set a = (select a from t) from u where t.a",
       "update or ignore main.\"t\" set a = (select a from t) from u where t.a"},
      {"DELETE FROM t WHERE a IN t", "DELETE FROM main.t WHERE a IN t"},
      {"WITH x AS (SELECT * FROM t) DELETE FROM t WHERE a IN x",
       "WITH x AS (SELECT * FROM t) DELETE FROM main.t WHERE a IN x"},
      {"WITH x(a) AS NOT MATERIALIZED (SELECT 1), y AS (SELECT 2) UPDATE t SET a = 1",
       "WITH x(a) AS NOT MATERIALIZED (SELECT 1), y AS (SELECT 2) UPDATE main.t SET a = 1"},
      {"INSERT INTO t VALUES (1)", "!must name the columns"},
      {"INSERT INTO t AS x SELECT 1", "!must name the columns"},
      {"INSERT INTO t", "!must name the columns"},
      {"INSERT INTO 't' (a) VALUES (1)", "!single quotes"},
      {"INSERT INTO main.t (a) VALUES (1)", "!schema"},
      {"INSERT INTO x.t (a) VALUES (1)", "!schema"},
      {"UPDATE", "!table that is written is missing"},
      {"DELETE FROM", "!table that is written is missing"},
      {"SELECT a.b.c FROM t", "!schema"},
      {"SELECT ((1)", "!a ) is missing"},
      {"SELECT 1)", "!a ) too many"},
      {"SELECT 'a", "!does not end"},
      {"WITH t AS (SELECT 1) SELECT 1", "!takes the name of a table"},
      {"WITH RECURSIVE t(a) AS (SELECT 1) SELECT 1", "!takes the name of a table"},
      {"SELECT (WITH x AS (SELECT 1), u AS (SELECT 1) SELECT 1)", "!takes the name of a table"},
  };
  check_rewriting(cases, sizeof cases / sizeof *cases, false, false);
}

static void qualifies_all_tables(void **state)
{
  (void)state;
  static const struct rewriting cases[] = {
      {"SELECT t.a FROM t", "SELECT t.a FROM main.t"},
      {"SELECT t, u FROM t, u AS x, v", "SELECT t, u FROM main.t, main.u AS x, v"},
      {"SELECT 1 FROM t x JOIN u y ON x.a = y.a, t WHERE t IN (t, u)",
       "SELECT 1 FROM main.t x JOIN main.u y ON x.a = y.a, main.t WHERE t IN (t, u)"},
      {"SELECT 1 FROM (t JOIN ([u] AS x) ON 1), (SELECT t, u FROM u), t",
       "SELECT 1 FROM (main.t JOIN (main.[u] AS x) ON 1), (SELECT t, u FROM main.u), main.t"},
      {"SELECT 1 FROM t WHERE a IN t AND b NOT IN (SELECT a FROM u) GROUP BY t, u",
       "SELECT 1 FROM main.t WHERE a IN main.t AND b NOT IN (SELECT a FROM main.u) GROUP BY t, u"},
      {"SELECT a IS NOT DISTINCT FROM t FROM t", "SELECT a IS NOT DISTINCT FROM t FROM main.t"},
      {"SELECT a FROM t UNION SELECT t, u FROM u ORDER BY t, u",
       "SELECT a FROM main.t UNION SELECT t, u FROM main.u ORDER BY t, u"},
      {"WITH x(t, u) AS (SELECT t FROM t), y AS (SELECT 1) SELECT * FROM x, t",
       "WITH x(t, u) AS (SELECT t FROM main.t), y AS (SELECT 1) SELECT * FROM x, main.t"},
      {"UPDATE t SET a = 1, t = 2 FROM u, t AS x WHERE 1",
       "UPDATE main.t SET a = 1, t = 2 FROM main.u, main.t AS x WHERE 1"},
      {"INSERT INTO t(t, u) SELECT t, u FROM u WHERE true ON CONFLICT(t, u) DO UPDATE SET t = 1, u "
       "= 2"
       " RETURNING t, u",
       "INSERT INTO main.t(t, u) SELECT t, u FROM main.u WHERE true ON CONFLICT(t, u) DO UPDATE "
       "SET t = 1,"
       " u = 2 RETURNING t, u"},
      {"SELECT 1 FROM json_each(:t), t", "SELECT 1 FROM json_each(:t), main.t"},
      {"SELECT sum(a) OVER (PARTITION BY t, u) FROM t",
       "SELECT sum(a) OVER (PARTITION BY t, u) FROM main.t"},
      {"SELECT '-- t' FROM/* t */t--t", "SELECT '-- t' FROM/* t */main.t--t"},
  };
  check_rewriting(cases, sizeof cases / sizeof *cases, true, false);
}

static void replaces_the_principal(void **state)
{
  (void)state;
  static const struct rewriting cases[] = {
      {"SELECT a FROM t WHERE b = :principal_id OR c=:principal_id",
       "SELECT a FROM main.t WHERE b = writ_principal() OR c=writ_principal()"},
      {"SELECT a FROM t WHERE b = :principal", "!no parameter but :principal_id"},
  };
  check_rewriting(cases, sizeof cases / sizeof *cases, true, true);
}

static void maps_offsets_back(void **state)
{
  (void)state;
  static const char sql[] = "SELECT x FROM t, u WHERE :principal_id = wrong";
  struct arena arena;
  struct sql_statement statement;
  struct error error = {0};
  size_t offset;
  struct sql_rewrite how = {is_table, NULL, .all_tables = true, .principal = true};
  arena_init(&arena, 4096);
  assert_int_equal(sql_rewrite(text_of(sql), &how, &arena, &statement, &offset, &error), 0);
  static const char *const words[] = {"SELECT", "x ", "t, ", "u ", "WHERE", "wrong"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t here = (size_t)(strstr(sql, words[i]) - sql);
    size_t there = (size_t)(strstr(statement.text.data, words[i]) - statement.text.data);
    assert_int_equal(sql_original_offset(&statement, there), here);
  }
  arena_deinit(&arena);
}

static void unquotes_names(void **state)
{
  (void)state;
  static const struct {
    const char *sql, *name;
  } cases[] = {{"abc", "abc"},      {"\"a\"\"b\"", "a\"b"}, {"`a``b`", "a`b"}, {"[a]", "a"},
               {"'it''s'", "it's"}, {"\"\"", ""},           {"x'6d'", "6d"}};
  struct arena arena;
  arena_init(&arena, 256);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct text rest = text_of(cases[i].sql);
    assert_true(text_is(sql_name(sql_next(&rest), &arena), cases[i].name));
  }
  arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_tokens_as_sqlite_does),
      cmocka_unit_test(refuses_nul),
      cmocka_unit_test(qualifies_the_target),
      cmocka_unit_test(qualifies_all_tables),
      cmocka_unit_test(replaces_the_principal),
      cmocka_unit_test(maps_offsets_back),
      cmocka_unit_test(unquotes_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
