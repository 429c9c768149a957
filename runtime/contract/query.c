/* Reading contracts/queries/<group>.sql into queries.
 *
 * A file is read line by line. `-- name:` begins a query; the comment lines that follow it are its
 * notes, or comments; from the first other line on it is SQL. What SQL may say is not decided here:
 * that is the store's work when it compiles a statement (contract/query_compile.c). */
#include "contract/query.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "contract/name.h"
#include "store/sql.h"

enum { QUERY_FILE_MAX_BYTES = 1024 * 1024, QUERY_ROWS_DEFAULT = 1000, QUERY_ROWS_MAX = 100000 };

static const char *const notes[] = {"name", "optional", "json", "choice", "rows"};
enum { NOTE_COUNT = sizeof notes / sizeof notes[0] };

/* What reading one file needs to know. */
struct reader {
  struct arena *arena;
  struct report *report;
  const struct source *source;
  struct text group;
  struct query_list *list;
  size_t capacity;
  struct query *query; /* the one being read, or NULL */
  bool in_sql;         /* past its notes */
  struct text sql;
};

static size_t offset_of(const struct reader *reader, struct text text)
{
  return (size_t)(text.data - reader->source->text.data);
}

/* --- Words and lists --- */

static struct text *new_list(struct reader *reader, size_t capacity)
{
  return arena_new_array(reader->arena, capacity + 1, sizeof(struct text));
}

static size_t count_byte(struct text text, char byte)
{
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == byte;
  return count;
}

static bool contains(const struct text *items, size_t count, struct text text)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal(items[i], text)) return true;
  return false;
}

static void read_names(struct reader *reader, struct text value, struct text **names, size_t *count)
{
  struct text name;
  struct text *list = new_list(reader, *count + count_byte(value, ',') + 1);
  if (*count > 0) memcpy(list, *names, *count * sizeof *list);
  *names = list;
  while (text_split(&value, ',', &name)) {
    name = text_trim(name);
    if (!name_is_field(name)) {
      report_error(reader->report, reader->source, offset_of(reader, name),
                   "write parameters separated by commas, without the colon", "this is no name");
      continue;
    }
    list[(*count)++] = arena_copy(reader->arena, name);
  }
}

/* --- Notes --- */

static bool read_row_kind(struct text word, enum statement_rows *rows)
{
  static const char *const kinds[] = {
      [ROWS_ONE] = ":one", [ROWS_MANY] = ":many", [ROWS_VALUE] = ":value", [ROWS_EXEC] = ":exec"};
  for (int i = 0; i < 4; i++) {
    if (!text_is(word, kinds[i])) continue;
    *rows = (enum statement_rows)i;
    return true;
  }
  return false;
}

static struct query *add_query(struct reader *reader)
{
  struct query_list *list = reader->list;
  if (list->count == reader->capacity) {
    size_t capacity = reader->capacity ? 2 * reader->capacity : 32;
    struct query *items = arena_new_array(reader->arena, capacity, sizeof *items);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    reader->capacity = capacity;
  }
  return &list->items[list->count++];
}

/* `-- name: update_profile :one` */
static void read_name(struct reader *reader, struct text value)
{
  struct text rest = value, name = {"", 0};
  enum statement_rows rows = ROWS_EXEC;
  text_split(&rest, ' ', &name);
  name = text_trim(name);
  if (!name_is_lower(name)) {
    report_error(reader->report, reader->source, offset_of(reader, value),
                 "use lower-case letters, digits and underscores: `-- name: update_profile :one`",
                 "this is no name of a query");
    return;
  }
  if (rest.data == NULL || !read_row_kind(text_trim(rest), &rows))
    report_error(reader->report, reader->source, offset_of(reader, value),
                 "end the line with :one, :many, :value or :exec",
                 "the query '%.*s' does not say what it gives", TEXT_ARGS(name));
  struct query *query = add_query(reader);
  *query = (struct query){
      .name =
          arena_print(reader->arena, "%.*s.%.*s", TEXT_ARGS(reader->group), TEXT_ARGS(name)).data,
      .source = reader->source,
      .offset = (uint32_t)offset_of(reader, value),
      .rows = rows,
      .rows_max = QUERY_ROWS_DEFAULT,
  };
  reader->query = query;
}

static void read_rows(struct reader *reader, struct text value)
{
  uint64_t rows = 0;
  for (size_t i = 0; i < value.length && rows <= QUERY_ROWS_MAX; i++) {
    char c = value.data[i];
    rows = c >= '0' && c <= '9' ? rows * 10 + (uint64_t)(c - '0') : QUERY_ROWS_MAX + 1;
  }
  if (reader->query->rows != ROWS_MANY)
    report_error(reader->report, reader->source, offset_of(reader, value), "leave it out",
                 "`rows` is for :many only");
  else if (rows == 0 || rows > QUERY_ROWS_MAX)
    report_error(reader->report, reader->source, offset_of(reader, value), NULL,
                 "`rows` is a whole number from 1 to %d", QUERY_ROWS_MAX);
  else
    reader->query->rows_max = (uint32_t)rows;
}

/* Splits off what stands before a single '|' ("||" is SQL's concatenation). */
static struct text next_alternative(struct text *rest)
{
  size_t i = 0;
  while (i < rest->length && rest->data[i] != '|') i += 1;
  while (i + 1 < rest->length && rest->data[i + 1] == '|') {
    i += 2;
    while (i < rest->length && rest->data[i] != '|') i++;
  }
  struct text alternative = {rest->data, i};
  if (i < rest->length)
    *rest = (struct text){rest->data + i + 1, rest->length - i - 1};
  else
    *rest = (struct text){NULL, 0};
  return text_trim(alternative);
}

/* A fragment is put into the SQL as it is; parameters in it would make each variant bind
 * differently. */
static bool is_plain_sql(struct text fragment)
{
  struct sql_token token;
  while ((token = sql_next(&fragment)).type != SQL_END)
    if (token.type == SQL_BAD || token.type == SQL_PARAMETER || text_is(token.text, ";"))
      return false;
  return true;
}

static void read_alternative(struct reader *reader, struct query_choice *choice,
                             struct text alternative)
{
  struct text fragment = alternative, label = {"", 0};
  text_split(&fragment, ':', &label);
  label = text_trim(label);
  fragment = fragment.data ? text_trim(fragment) : (struct text){"", 0};
  if (label.length == 0 || fragment.length == 0)
    report_error(reader->report, reader->source, offset_of(reader, alternative),
                 "write `label: SQL`, alternatives separated by |",
                 "this alternative has no label or no SQL");
  else if (contains(choice->labels, choice->count, label))
    report_error(reader->report, reader->source, offset_of(reader, label), NULL,
                 "the label '%.*s' stands there twice", TEXT_ARGS(label));
  else if (!is_plain_sql(fragment))
    report_error(reader->report, reader->source, offset_of(reader, fragment),
                 "leave out parameters, semicolons and open quotes",
                 "this cannot be an alternative");
  else {
    choice->labels[choice->count] = arena_copy(reader->arena, label);
    choice->fragments[choice->count++] = arena_copy(reader->arena, fragment);
  }
}

/* `-- choice: sort = newest: n.id DESC | title: n.title` */
static void read_choice(struct reader *reader, struct text value)
{
  struct query *query = reader->query;
  struct text rest = value, name = {"", 0};
  text_split(&rest, '=', &name);
  name = text_trim(name);
  if (!name_is_field(name) || rest.data == NULL) {
    report_error(reader->report, reader->source, offset_of(reader, value),
                 "write `-- choice: sort = newest: n.id DESC | title: n.title`",
                 "this is no choice");
    return;
  }
  if (query->choice_count == QUERY_CHOICES_MAX) {
    report_error(reader->report, reader->source, offset_of(reader, value), "make two queries of it",
                 "a query has at most %d choices", QUERY_CHOICES_MAX);
    return;
  }
  struct query_choice *choice = &query->choices[query->choice_count++];
  size_t capacity = count_byte(rest, '|') + 1;
  *choice = (struct query_choice){.parameter = arena_copy(reader->arena, name),
                                  .labels = new_list(reader, capacity),
                                  .fragments = new_list(reader, capacity)};
  while (rest.data != NULL) read_alternative(reader, choice, next_alternative(&rest));
}

static void read_note(struct reader *reader, struct text word, struct text value)
{
  struct query *query = reader->query;
  if (text_is(word, "optional"))
    read_names(reader, value, &query->optional, &query->optional_count);
  else if (text_is(word, "json"))
    read_names(reader, value, &query->json, &query->json_count);
  else if (text_is(word, "rows"))
    read_rows(reader, value);
  else
    read_choice(reader, value);
}

/* --- The end of a query: what its SQL says --- */

static struct text parameter_name(struct sql_token token)
{
  struct text name = token.text;
  if (name.length > 0 && name.data[0] == ':') name = (struct text){name.data + 1, name.length - 1};
  return name;
}

static bool is_choice(const struct query *query, struct text name)
{
  for (size_t i = 0; i < query->choice_count; i++)
    if (text_equal(query->choices[i].parameter, name)) return true;
  return false;
}

/* The verb at depth 0 (a WITH comes first) tells a read from a write. */
static bool is_write(struct sql_token token)
{
  return sql_is(token, "INSERT") || sql_is(token, "UPDATE") || sql_is(token, "DELETE") ||
         sql_is(token, "REPLACE");
}

static void read_sql(struct reader *reader, struct query *query)
{
  struct text rest = query->sql;
  struct sql_token token;
  int depth = 0;
  bool verb = false;
  query->parameters = new_list(reader, count_byte(query->sql, ':'));
  while ((token = sql_next(&rest)).type != SQL_END) {
    if (token.type == SQL_BAD) {
      report_error(reader->report, reader->source, offset_of(reader, token.text),
                   "parameters are written :name, strings in single quotes", "this is not SQL");
      return;
    }
    if (text_is(token.text, "(")) depth++;
    if (text_is(token.text, ")")) depth--;
    if (depth == 0 && !verb && (is_write(token) || sql_is(token, "SELECT"))) {
      query->writes = is_write(token);
      verb = true;
    }
    struct text name = parameter_name(token);
    if (token.type == SQL_PARAMETER && !is_choice(query, name) &&
        !contains(query->parameters, query->parameter_count, name))
      query->parameters[query->parameter_count++] = name;
  }
}

static bool has_parameter(const struct query *query, struct text name)
{
  struct text rest = query->sql;
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD)
    if (token.type == SQL_PARAMETER && text_equal(parameter_name(token), name)) return true;
  return false;
}

static void check_notes(struct reader *reader, const struct query *query)
{
  size_t variants = 1;
  for (size_t i = 0; i < query->optional_count; i++)
    if (!has_parameter(query, query->optional[i]))
      report_error(reader->report, reader->source, query->offset, "leave it out of the note",
                   "`optional` names '%.*s', which is no parameter of '%s'",
                   TEXT_ARGS(query->optional[i]), query->name);
  for (size_t i = 0; i < query->choice_count; i++) {
    const struct query_choice *choice = &query->choices[i];
    variants *= choice->count > 0 ? choice->count : 1;
    if (!has_parameter(query, choice->parameter))
      report_error(reader->report, reader->source, query->offset,
                   "write it in the SQL where the alternatives belong",
                   "'%s' has the choice '%.*s', but no parameter :%.*s", query->name,
                   TEXT_ARGS(choice->parameter), TEXT_ARGS(choice->parameter));
  }
  if (variants > QUERY_VARIANTS_MAX)
    report_error(reader->report, reader->source, query->offset, "make two queries of it",
                 "the choices of '%s' combine to %zu statements; %d are allowed", query->name,
                 variants, QUERY_VARIANTS_MAX);
}

static void end_query(struct reader *reader)
{
  struct query *query = reader->query;
  if (!query) return;
  query->sql = text_trim(reader->sql);
  if (query->sql.length == 0) {
    report_error(reader->report, reader->source, query->offset, "write its SQL below its notes",
                 "the query '%s' is empty", query->name);
  } else {
    query->offset = (uint32_t)offset_of(reader, query->sql);
    read_sql(reader, query);
    check_notes(reader, query);
  }
  reader->query = NULL;
}

/* --- Lines --- */

/* Splits `-- word: value`; false for every other line. */
static bool split_note(struct text line, struct text *word, struct text *value)
{
  line = text_trim(line);
  if (!text_starts_with(line, "--")) return false;
  struct text rest = {line.data + 2, line.length - 2};
  if (!text_split(&rest, ':', word) || rest.data == NULL) return false;
  *word = text_trim(*word);
  *value = text_trim(rest);
  return name_is_lower(*word);
}

static bool is_note(struct text word)
{
  for (size_t i = 0; i < NOTE_COUNT; i++)
    if (text_is(word, notes[i])) return true;
  return false;
}

static void read_comment(struct reader *reader, struct text word, struct text value)
{
  if (text_is(word, "name")) {
    end_query(reader);
    reader->in_sql = false;
    reader->sql = (struct text){"", 0};
    read_name(reader, value);
  } else if (is_note(word) && (!reader->query || reader->in_sql)) {
    report_error(reader->report, reader->source, offset_of(reader, word),
                 "put it between `-- name:` and the SQL", "the note `%.*s` belongs to no query",
                 TEXT_ARGS(word));
  } else if (is_note(word)) {
    read_note(reader, word, value);
  } else if (!reader->in_sql && text_suggestion(word, notes, NOTE_COUNT)) {
    report_error(reader->report, reader->source, offset_of(reader, word),
                 "or begin the comment with another word", "did you mean the note `%s`?",
                 text_suggestion(word, notes, NOTE_COUNT));
  }
}

static void read_line(struct reader *reader, struct text line)
{
  struct text trimmed = text_trim(line), word, value;
  if (trimmed.length == 0) return;
  if (split_note(line, &word, &value)) {
    read_comment(reader, word, value);
    return;
  }
  if (text_starts_with(trimmed, "--")) return;
  if (!reader->query) {
    /* Once a file, or after a name that was no name. */
    if (!reader->in_sql)
      report_error(reader->report, reader->source, offset_of(reader, trimmed),
                   "begin a query with `-- name: update_profile :one`", "this belongs to no query");
    reader->in_sql = true;
    return;
  }
  if (!reader->in_sql) reader->sql = (struct text){trimmed.data, 0};
  reader->in_sql = true;
  reader->sql.length = (size_t)(line.data + line.length - reader->sql.data);
}

static void read_file(struct reader *reader, const char *folder, struct text path)
{
  struct error error = {0};
  struct source *source = arena_new(reader->arena, sizeof *source);
  source->path = arena_print(reader->arena, "contracts/queries/%.*s", TEXT_ARGS(path)).data;
  reader->source = source;
  reader->group = (struct text){path.data, path.length - strlen(".sql")};
  if (!name_is_lower(reader->group)) {
    report_error(reader->report, source, 0, "name it like users.sql, directly in contracts/queries",
                 "the name of this file is no name for a group of queries");
    return;
  }
  if (file_read(reader->arena, file_join(reader->arena, folder, path.data), QUERY_FILE_MAX_BYTES,
                &source->text, &error)) {
    report_error(reader->report, source, 0, NULL, "%s", error.message);
    return;
  }
  struct text rest = source->text, line;
  reader->query = NULL;
  reader->in_sql = false;
  while (text_split(&rest, '\n', &line)) read_line(reader, line);
  end_query(reader);
}

/* --- The list --- */

static int by_name(const void *a, const void *b)
{
  const struct query *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  if (order != 0) return order;
  return x->offset < y->offset ? -1 : 1;
}

void query_list_read(const char *folder, struct arena *arena, struct query_list *list,
                     struct report *report)
{
  struct reader reader = {.arena = arena, .report = report, .list = list};
  const char *queries = file_join(arena, folder, "queries");
  struct text *paths;
  size_t count;
  struct error error = {0};
  *list = (struct query_list){0};
  if (file_list(arena, queries, ".sql", &paths, &count, &error)) {
    report_error(report, NULL, 0, NULL, "contracts/queries: %s", error.message);
    return;
  }
  for (size_t i = 0; i < count; i++) read_file(&reader, queries, paths[i]);
  if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, by_name);
  for (size_t i = 1; i < list->count; i++)
    if (strcmp(list->items[i - 1].name, list->items[i].name) == 0)
      report_error(report, list->items[i].source, list->items[i].offset, "rename one of them",
                   "there are two queries '%s'", list->items[i].name);
}

const struct query *query_find(const struct query_list *list, struct text name)
{
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct query *query = &list->items[middle];
    int order = text_compare(text_of(query->name), name);
    if (order == 0) return query;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const char *query_suggestion(const struct query_list *list, struct text name)
{
  if (list->count == 0) return NULL;
  const char **names = memory_new_array(list->count, sizeof *names);
  for (size_t i = 0; i < list->count; i++) names[i] = list->items[i].name;
  const char *suggestion = text_suggestion(name, names, list->count);
  memory_free(names);
  return suggestion;
}

bool query_is_optional(const struct query *query, struct text parameter)
{
  return contains(query->optional, query->optional_count, parameter);
}

bool query_is_json(const struct query *query, struct text name)
{
  return contains(query->json, query->json_count, name);
}
