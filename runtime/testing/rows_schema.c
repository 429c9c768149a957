/* What the database says of itself. */
#include "base/ascii.h"
#include "testing/rows_parts.h"

int rows_ask(struct rows_maker *maker, struct text sql, struct json *rows, struct error *error)
{
  return scratch_rows(maker->scratch, sql, NULL, maker->arena, rows, error);
}

/* The rows of a table-valued function of SQLite about a table. */
static int ask_about(struct rows_maker *maker, const char *function, struct text table,
                     struct json *rows, struct error *error)
{
  struct json name = json_string(table), values = {.type = JSON_ARRAY, .items = &name, .length = 1};
  struct text sql = arena_print(maker->arena, "SELECT * FROM %s(?1)", function);
  return scratch_rows(maker->scratch, sql, &values, maker->arena, rows, error);
}

static int64_t integer_of(const struct json *row, const char *name)
{
  const struct json *value = json_get(row, name);
  return value && value->type == JSON_INTEGER ? value->integer : 0;
}

struct rows_table *rows_table_find(const struct rows_maker *maker, struct text name)
{
  for (uint32_t i = 0; i < maker->table_count; i++)
    if (text_equal_ignoring_case(maker->tables[i].name, name)) return &maker->tables[i];
  return NULL;
}

struct rows_column *rows_column_find(const struct rows_table *table, struct text name)
{
  for (uint32_t i = 0; i < table->column_count; i++)
    if (text_equal_ignoring_case(table->columns[i].name, name)) return &table->columns[i];
  return NULL;
}

/* --- Checks --- */

static bool is_word(char c)
{
  return ascii_is_letter(c) || ascii_is_digit(c) || c == '_';
}

static bool names(struct text expression, struct text column)
{
  for (size_t i = 0; i + column.length <= expression.length; i++) {
    struct text at = {expression.data + i, column.length};
    bool starts = i == 0 || !is_word(expression.data[i - 1]);
    bool ends = i + column.length == expression.length || !is_word(at.data[column.length]);
    if (starts && ends && text_equal_ignoring_case(at, column)) return true;
  }
  return false;
}

/* The expression in parentheses that the text begins with. */
static struct text in_parentheses(struct text text)
{
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (text.data[i] == '(') depth++;
    if (text.data[i] == ')' && --depth == 0) return (struct text){text.data, i + 1};
  }
  return (struct text){text.data, 0};
}

static void add_listed(struct rows_maker *maker, struct rows_column *column, struct json value)
{
  enum { LISTED_MAX = 64 };
  if (!column->listed)
    column->listed = arena_new_array(maker->arena, LISTED_MAX, sizeof *column->listed);
  for (uint32_t i = 0; i < column->listed_count; i++)
    if (json_equal(&column->listed[i], &value)) return;
  if (column->listed_count < LISTED_MAX) column->listed[column->listed_count++] = value;
}

/* A quoted literal, which *at stands on; two quotes in it are one. */
static struct text literal_at(struct rows_maker *maker, struct text text, size_t *at)
{
  char *out = arena_alloc(maker->arena, text.length + 1);
  size_t length = 0;
  for (++*at; *at < text.length; ++*at) {
    if (text.data[*at] == '\'' && (*at + 1 == text.length || text.data[++*at] != '\'')) break;
    out[length++] = text.data[*at];
  }
  out[length] = '\0';
  return (struct text){out, length};
}

/* The constants of an expression; of numbers the neighbours as well, as `<` may be meant. */
static void add_constants(struct rows_maker *maker, struct rows_column *column, struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '\'') {
      add_listed(maker, column, json_string(literal_at(maker, text, &i)));
    } else if (ascii_is_digit(c) && (i == 0 || !is_word(text.data[i - 1]))) {
      int64_t value = 0;
      for (; i < text.length && ascii_is_digit(text.data[i]) && value < INT32_MAX; i++)
        value = value * 10 + (text.data[i] - '0');
      add_listed(maker, column, json_integer(value));
      if (column->lists) continue;
      add_listed(maker, column, json_integer(value + 1));
      add_listed(maker, column, json_integer(value - 1));
    }
  }
}

static void read_checks(struct rows_maker *maker, struct rows_table *table)
{
  static const struct text word = TEXT_INITIALIZER("CHECK");
  struct text sql = table->sql;
  for (size_t i = 0; i + word.length < sql.length; i++) {
    struct text rest = {sql.data + i, word.length};
    if (!text_equal_ignoring_case(rest, word) || (i > 0 && is_word(sql.data[i - 1]))) continue;
    rest = text_trim((struct text){sql.data + i + word.length, sql.length - i - word.length});
    struct text expression = in_parentheses(rest);
    for (uint32_t k = 0; k < table->column_count; k++) {
      struct rows_column *column = &table->columns[k];
      if (!names(expression, column->name)) continue;
      column->lists =
          names(expression, TEXT("IN")) || memchr(expression.data, '\'', expression.length);
      add_constants(maker, column, expression);
    }
  }
}

/* --- Columns and keys --- */

static int read_columns(struct rows_maker *maker, struct rows_table *table, struct error *error)
{
  struct json rows;
  if (ask_about(maker, "pragma_table_xinfo", table->name, &rows, error)) return -1;
  table->columns = arena_new_array(maker->arena, rows.length + 1, sizeof *table->columns);
  unsigned keys = 0;
  for (uint32_t i = 0; i < rows.length; i++) keys += integer_of(&rows.items[i], "pk") > 0;
  for (uint32_t i = 0; i < rows.length; i++) {
    const struct json *row = &rows.items[i], *initial = json_get(row, "dflt_value");
    if (integer_of(row, "hidden") != 0) continue; /* generated */
    table->columns[table->column_count++] = (struct rows_column){
        .name = json_text(json_get(row, "name")),
        .type = json_text(json_get(row, "type")),
        .key = integer_of(row, "pk"),
        .identifies = keys == 1 && integer_of(row, "pk") > 0,
        .nullable = integer_of(row, "notnull") == 0 && integer_of(row, "pk") == 0,
        .has_default = initial && initial->type != JSON_NULL};
  }
  return 0;
}

static struct rows_reference *reference_of(struct rows_table *table, int64_t id)
{
  for (uint32_t i = 0; i < table->reference_count; i++)
    if (table->references[i].id == id) return &table->references[i];
  struct rows_reference *reference = &table->references[table->reference_count++];
  *reference = (struct rows_reference){.id = id};
  return reference;
}

/* Without columns a foreign key means the primary key. */
static struct text key_of(const struct rows_table *table, int64_t number)
{
  for (uint32_t i = 0; table && i < table->column_count; i++)
    if (table->columns[i].key == number + 1) return table->columns[i].name;
  return TEXT("rowid");
}

static int read_references(struct rows_maker *maker, struct rows_table *table, struct error *error)
{
  struct json rows;
  if (ask_about(maker, "pragma_foreign_key_list", table->name, &rows, error)) return -1;
  table->references = arena_new_array(maker->arena, rows.length + 1, sizeof *table->references);
  for (uint32_t i = 0; i < rows.length; i++) {
    const struct json *row = &rows.items[i], *to = json_get(row, "to");
    struct rows_reference *reference = reference_of(table, integer_of(row, "id"));
    struct rows_column *from = rows_column_find(table, json_text(json_get(row, "from")));
    if (!from || reference->count == ROWS_REFERENCE_COLUMNS) continue;
    reference->table = json_text(json_get(row, "table"));
    const struct rows_table *parent = rows_table_find(maker, reference->table);
    from->referring = true;
    reference->nullable |= from->nullable;
    reference->from[reference->count] = from->name;
    reference->to[reference->count] =
        to && to->type == JSON_STRING ? json_text(to) : key_of(parent, integer_of(row, "seq"));
    reference->count++;
  }
  return 0;
}

int rows_read_schema(struct rows_maker *maker, struct error *error)
{
  struct json rows;
  if (rows_ask(maker,
               TEXT("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                    "'writ\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                    "ORDER BY rowid"),
               &rows, error))
    return -1;
  maker->tables = arena_new_array(maker->arena, rows.length + 1, sizeof *maker->tables);
  for (uint32_t i = 0; i < rows.length; i++) {
    struct rows_table *table = &maker->tables[maker->table_count++];
    table->name = json_text(json_get(&rows.items[i], "name"));
    table->sql = json_text(json_get(&rows.items[i], "sql"));
    if (read_columns(maker, table, error)) return -1;
    read_checks(maker, table);
  }
  for (uint32_t i = 0; i < maker->table_count; i++)
    if (read_references(maker, &maker->tables[i], error)) return -1;
  return 0;
}
