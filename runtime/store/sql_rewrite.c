/* Reads one statement token by token, refuses what the authorizer is blind to, and writes `main.`
 * before the names that mean real tables. What stands where a table's name can stand is known from
 * the keyword before it and the comma in a FROM list, level by level of the parentheses; SQL's
 * grammar is not parsed. A mistake here is loud: the authorizer sees through which door each column
 * was read, and denies. */
#include "store/sql.h"

enum { LEVELS_MAX = 64, CTES_MAX = 32 };

/* What the next name is, if it is one. */
enum expected { NOTHING, CTE, TABLE, TABLE_AFTER_IN, TARGET };

struct level {
  enum expected expected;
  bool in_from; /* a comma is followed by a table */
  bool in_with; /* a comma is followed by a CTE */
};

struct reader {
  const struct sql_rewrite *how;
  struct arena *arena;
  struct sql_statement *statement;
  struct error *error;
  struct text sql, rest;
  struct sql_token before, token, next;
  struct level levels[LEVELS_MAX];
  size_t depth;
  bool has_kind, columns_due;
};

static int refuse(struct reader *reader, const char *message)
{
  return error_set(reader->error, "%s", message);
}

static struct level *level(struct reader *reader)
{
  return &reader->levels[reader->depth];
}

static bool is_word(struct sql_token token)
{
  return token.type == SQL_WORD || token.type == SQL_QUOTED;
}

static int insert(struct reader *reader, size_t offset, size_t length)
{
  struct sql_statement *statement = reader->statement;
  if (statement->insertion_count == SQL_INSERTIONS_MAX)
    return refuse(reader, "too many tables in one statement");
  statement->insertions[statement->insertion_count++] = (struct sql_insertion){offset, length};
  return 0;
}

/* Names that no statement of an app may say, and the parts of names that would choose a schema. */
static int check_name(struct reader *reader)
{
  struct sql_token token = reader->token;
  bool dot = sql_is_symbol(reader->next, '.'), after_dot = sql_is_symbol(reader->before, '.');
  if (token.type == SQL_STRING && (dot || after_dot))
    return refuse(reader, "a name in single quotes: write it without quotes");
  if (!is_word(token)) return 0;
  struct text name = sql_name(token, reader->arena);
  if (name.length >= 5 &&
      (sql_same_name((struct text){name.data, 5}, TEXT("writ_")) ||
       (name.length >= 7 && sql_same_name((struct text){name.data, 7}, TEXT("sqlite_")))))
    return error_set(reader->error,
                     "%.*s: names that begin with writ_ or sqlite_ are not the app's",
                     TEXT_ARGS(name));
  if (!dot) return 0;
  if (after_dot || sql_same_name(name, TEXT("main")) || sql_same_name(name, TEXT("temp")))
    return refuse(reader, "a query may not name a schema: write the table's name alone");
  return 0;
}

static int add_cte(struct reader *reader)
{
  struct sql_statement *statement = reader->statement;
  struct text name = sql_name(reader->token, reader->arena);
  if (reader->how->is_table(reader->how->context, name))
    return error_set(reader->error, "WITH %.*s takes the name of a table: choose another",
                     TEXT_ARGS(name));
  if (statement->cte_count == CTES_MAX) return refuse(reader, "too many names after WITH");
  statement->ctes[statement->cte_count++] = name;
  return 0;
}

static int add_table(struct reader *reader, enum expected expected)
{
  struct text name = sql_name(reader->token, reader->arena);
  if (reader->token.type == SQL_STRING)
    return refuse(reader, "a table's name in single quotes: write it without quotes");
  if (sql_is_symbol(reader->next, '.'))
    return refuse(reader, "a query may not name a schema: write the table's name alone");
  if (expected == TARGET) {
    reader->statement->target = name;
    reader->columns_due = reader->statement->kind == SQL_INSERT;
  }
  bool real = reader->how->all_tables || expected == TARGET;
  if (!real || !reader->how->is_table(reader->how->context, name)) return 0;
  return insert(reader, (size_t)(reader->token.text.data - reader->sql.data), 5);
}

/* The token stands where a name was expected. Returns 1 if it was consumed, 0 if not, -1 if
 * refused. */
static int take_expected(struct reader *reader)
{
  struct level *here = level(reader);
  enum expected expected = here->expected;
  struct sql_token token = reader->token;
  if (expected == NOTHING) return 0;
  if (sql_is_symbol(token, '(')) {
    here->expected = NOTHING;
    return 0;
  }
  if (expected == CTE && sql_is(token, "RECURSIVE") && is_word(reader->next) &&
      !sql_is(reader->next, "AS"))
    return 1;
  if (expected == TARGET && sql_is(token, "OR")) return 1;
  if (expected == TARGET && sql_is(reader->before, "OR")) {
    if (sql_is(token, "ROLLBACK")) return refuse(reader, "OR ROLLBACK would undo other requests");
    reader->statement->replaces = sql_is(token, "REPLACE");
    return 1;
  }
  if (expected == TARGET && (sql_is(token, "INTO") || sql_is(token, "FROM"))) return 1;
  here->expected = NOTHING;
  if (!is_word(token) && token.type != SQL_STRING) return 0;
  if (sql_is(token, "SELECT") || sql_is(token, "VALUES") || sql_is(token, "WITH")) {
    here->in_from = false;
    return 0;
  }
  return (expected == CTE ? add_cte(reader) : add_table(reader, expected)) < 0 ? -1 : 1;
}

static int take_kind(struct reader *reader)
{
  static const struct {
    const char *word;
    enum sql_kind kind;
  } kinds[] = {{"SELECT", SQL_SELECT},
               {"INSERT", SQL_INSERT},
               {"UPDATE", SQL_UPDATE},
               {"DELETE", SQL_DELETE}};
  if (sql_is(reader->token, "WITH")) return 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!sql_is(reader->token, kinds[i].word)) continue;
    reader->statement->kind = kinds[i].kind;
    reader->has_kind = true;
    level(reader)->in_with = false;
    if (kinds[i].kind != SQL_SELECT) level(reader)->expected = TARGET;
    return 0;
  }
  if (level(reader)->in_with) return 0;
  return refuse(reader, "a query is one SELECT, INSERT, UPDATE or DELETE");
}

/* After INSERT INTO t: the columns. Without them SQLite may copy whole tables unseen by the
 * authorizer. */
static int check_columns(struct reader *reader)
{
  if (sql_is(reader->token, "AS") || sql_is(reader->before, "AS")) return 0;
  reader->columns_due = false;
  if (sql_is_symbol(reader->token, '(') || sql_is(reader->token, "DEFAULT")) return 0;
  return refuse(reader, "INSERT must name the columns that it fills");
}

static int take_keyword(struct reader *reader)
{
  static const char *const ends[] = {"WHERE",  "GROUP",     "HAVING", "ORDER",  "LIMIT",
                                     "UNION",  "INTERSECT", "EXCEPT", "WINDOW", "SET",
                                     "VALUES", "RETURNING", "SELECT"};
  struct level *here = level(reader);
  struct sql_token token = reader->token;
  if (token.type != SQL_WORD || sql_is_symbol(reader->before, '.')) return 0;
  if (sql_is(token, "USING") || sql_is(token, "NATURAL"))
    return refuse(reader, "USING and NATURAL compare columns that are not named: join with ON");
  if (sql_is(token, "INDEXED")) return refuse(reader, "INDEXED BY is not allowed");
  if (sql_is(token, "WITH")) {
    here->in_with = true;
    here->expected = CTE;
  } else if (sql_is(token, "FROM") && !sql_is(reader->before, "DISTINCT")) {
    here->in_from = true;
    here->expected = TABLE;
  } else if (sql_is(token, "JOIN")) {
    here->expected = TABLE;
  } else if (sql_is(token, "IN")) {
    here->expected = TABLE_AFTER_IN;
  }
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (sql_is(token, ends[i])) here->in_from = here->in_with = false;
  return 0;
}

static int take_symbol(struct reader *reader, bool list_of_tables)
{
  if (reader->token.type != SQL_SYMBOL) return 0;
  switch (reader->token.text.data[0]) {
  case '(':
    if (reader->depth + 1 == LEVELS_MAX) return refuse(reader, "parentheses are nested too deeply");
    reader->levels[++reader->depth] =
        (struct level){.in_from = list_of_tables, .expected = list_of_tables ? TABLE : NOTHING};
    return 0;
  case ')':
    if (reader->depth == 0) return refuse(reader, "a ) too many");
    reader->depth--;
    return 0;
  case ',':
    if (level(reader)->in_with)
      level(reader)->expected = CTE;
    else if (level(reader)->in_from)
      level(reader)->expected = TABLE;
    return 0;
  default:
    return 0;
  }
}

static int take_parameter(struct reader *reader)
{
  struct sql_token token = reader->token;
  if (token.type != SQL_PARAMETER || !reader->how->principal) return 0;
  if (!text_is(token.text, ":principal_id"))
    return refuse(reader, "the policy's SQL has no parameter but :principal_id");
  /* Replaced, not put before: copy_rewritten knows it by its length. */
  return insert(reader, (size_t)(token.text.data - reader->sql.data), 0);
}

static int take_token(struct reader *reader)
{
  if (reader->token.type == SQL_BAD)
    return refuse(reader, reader->token.text.data[0] == '?' || reader->token.text.data[0] == '@' ||
                                  reader->token.text.data[0] == '$' ||
                                  reader->token.text.data[0] == ':'
                              ? "parameters are written :name"
                              : "not SQL, or a quote or comment that does not end");
  if (check_name(reader) < 0) return -1;
  if (!reader->has_kind && reader->depth == 0 && level(reader)->expected == NOTHING &&
      take_kind(reader) < 0)
    return -1;
  if (reader->has_kind && reader->depth == 0 && reader->columns_due && check_columns(reader) < 0)
    return -1;
  enum expected expected = level(reader)->expected;
  bool begins = reader->has_kind && reader->depth == 0 && expected == TARGET &&
                (sql_is(reader->token, "INSERT") || sql_is(reader->token, "UPDATE") ||
                 sql_is(reader->token, "DELETE"));
  if (begins) return 0;
  int taken = take_expected(reader);
  if (taken != 0) return taken < 0 ? -1 : 0;
  if (take_parameter(reader) < 0 || take_keyword(reader) < 0) return -1;
  return take_symbol(reader, expected == TABLE);
}

/* Reads tokens up to the end, with one of lookahead. */
static int read_all(struct reader *reader)
{
  reader->rest = reader->sql;
  reader->next = sql_next(&reader->rest);
  while (reader->next.type != SQL_END && !sql_is_symbol(reader->next, ';')) {
    reader->before = reader->token;
    reader->token = reader->next;
    reader->next = sql_next(&reader->rest);
    if (take_token(reader) < 0) return -1;
  }
  reader->token = reader->next;
  if (reader->next.type != SQL_END) {
    reader->sql.length = (size_t)(reader->next.text.data - reader->sql.data);
    reader->token = sql_next(&reader->rest);
    if (reader->token.type != SQL_END) return refuse(reader, "more than one statement");
  }
  if (reader->depth > 0) return refuse(reader, "a ) is missing");
  if (!reader->has_kind) return refuse(reader, "a query is one SELECT, INSERT, UPDATE or DELETE");
  if (reader->columns_due) return refuse(reader, "INSERT must name the columns that it fills");
  if (reader->statement->kind != SQL_SELECT && reader->statement->target.length == 0)
    return refuse(reader, "the table that is written is missing");
  return 0;
}

static void copy_rewritten(struct reader *reader)
{
  static const char call[] = "writ_principal()";
  const size_t name_length = sizeof ":principal_id" - 1;
  struct sql_statement *statement = reader->statement;
  char *out = arena_alloc(reader->arena, reader->sql.length + statement->insertion_count * 8 + 1);
  size_t length = 0, from = 0;
  for (size_t i = 0; i < statement->insertion_count; i++) {
    struct sql_insertion *insertion = &statement->insertions[i];
    memcpy(out + length, reader->sql.data + from, insertion->offset - from);
    length += insertion->offset - from;
    from = insertion->offset;
    if (insertion->length > 0) {
      memcpy(out + length, "main.", insertion->length);
      length += insertion->length;
    } else {
      memcpy(out + length, call, sizeof call - 1);
      length += sizeof call - 1;
      from += name_length;
      insertion->length = sizeof call - 1 - name_length;
    }
  }
  memcpy(out + length, reader->sql.data + from, reader->sql.length - from);
  length += reader->sql.length - from;
  out[length] = '\0';
  statement->text = (struct text){out, length};
}

int sql_rewrite(struct text sql, const struct sql_rewrite *how, struct arena *arena,
                struct sql_statement *statement, size_t *offset, struct error *error)
{
  struct reader reader = {
      .how = how, .arena = arena, .statement = statement, .error = error, .sql = sql};
  *statement = (struct sql_statement){0};
  statement->ctes = arena_new_array(arena, CTES_MAX, sizeof *statement->ctes);
  if (read_all(&reader) < 0) {
    *offset = reader.token.text.data == NULL ? 0 : (size_t)(reader.token.text.data - sql.data);
    return -1;
  }
  copy_rewritten(&reader);
  return 0;
}

size_t sql_original_offset(const struct sql_statement *statement, size_t offset)
{
  size_t shift = 0;
  for (size_t i = 0; i < statement->insertion_count; i++) {
    const struct sql_insertion *insertion = &statement->insertions[i];
    if (insertion->offset + shift >= offset) break;
    shift += insertion->length;
  }
  return offset > shift ? offset - shift : 0;
}
