/* Notes: what a query says of itself in comments. */
#include "contract/name.h"
#include "contract/query_read.h"

enum { QUERY_ROWS_MAX = 100000 };

static const char *const notes[] = {"name", "optional", "json", "boolean", "choice", "rows"};
enum { NOTE_COUNT = sizeof notes / sizeof notes[0] };

bool query_note_known(struct text word)
{
  for (size_t i = 0; i < NOTE_COUNT; i++)
    if (text_is(word, notes[i])) return true;
  return false;
}

const char *query_note_suggestion(struct text word)
{
  return text_suggestion(word, notes, NOTE_COUNT);
}

static size_t count_byte(struct text text, char byte)
{
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == byte;
  return count;
}

static void read_names(struct query_reader *reader, struct text value, struct text **names,
                       size_t *count)
{
  struct text name;
  struct text *list = query_reader_list(reader, *count + count_byte(value, ',') + 1);
  if (*count > 0) memcpy(list, *names, *count * sizeof *list);
  *names = list;
  while (text_split(&value, ',', &name)) {
    name = text_trim(name);
    if (!name_is_field(name)) {
      report_error(reader->report, FINDING_NOTE_NAMES, reader->source,
                   query_reader_offset(reader, name),
                   "write parameters separated by commas, without the colon", "this is no name");
      continue;
    }
    list[(*count)++] = arena_copy(reader->arena, name);
  }
}

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

static struct query *add_query(struct query_reader *reader)
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
void query_note_name(struct query_reader *reader, struct text value)
{
  struct text rest = value, name = {"", 0};
  enum statement_rows rows = ROWS_EXEC;
  text_split(&rest, ' ', &name);
  name = text_trim(name);
  if (!name_is_lower(name)) {
    report_error(reader->report, FINDING_QUERY_NAME, reader->source,
                 query_reader_offset(reader, value),
                 "use lower-case letters, digits and underscores: `-- name: update_profile :one`",
                 "this is no name of a query");
    return;
  }
  bool known = rest.data != NULL && read_row_kind(text_trim(rest), &rows);
  if (!known)
    report_error(reader->report, FINDING_QUERY_NAME, reader->source,
                 query_reader_offset(reader, value),
                 "end the line with :one, :many, :value or :exec",
                 "the query '%.*s' does not say what it gives", TEXT_ARGS(name));
  struct query *query = add_query(reader);
  *query = (struct query){
      .name =
          arena_print(reader->arena, "%.*s.%.*s", TEXT_ARGS(reader->group), TEXT_ARGS(name)).data,
      .source = reader->source,
      .offset = (uint32_t)query_reader_offset(reader, value),
      .rows = rows,
      .rows_max = QUERY_ROWS_DEFAULT,
      .broken = !known,
  };
  reader->query = query;
}

static void read_rows(struct query_reader *reader, struct text value)
{
  uint64_t rows = 0;
  for (size_t i = 0; i < value.length && rows <= QUERY_ROWS_MAX; i++) {
    char c = value.data[i];
    rows = c >= '0' && c <= '9' ? rows * 10 + (uint64_t)(c - '0') : QUERY_ROWS_MAX + 1;
  }
  if (reader->query->broken) return;
  if (reader->query->rows != ROWS_MANY)
    report_error(reader->report, FINDING_NOTE_ROWS, reader->source,
                 query_reader_offset(reader, value), "leave it out", "`rows` is for :many only");
  else if (rows == 0 || rows > QUERY_ROWS_MAX)
    report_error(reader->report, FINDING_NOTE_ROWS, reader->source,
                 query_reader_offset(reader, value), NULL, "`rows` is a whole number from 1 to %d",
                 QUERY_ROWS_MAX);
  else
    reader->query->rows_max = (uint32_t)rows;
}

/* Splits off what stands before a '|' of its own: not "||", SQL's concatenation, nor one within
 * quotes. */
static struct text next_alternative(struct text *rest)
{
  size_t i = 0;
  for (bool quoted = false; i < rest->length; i++) {
    if (rest->data[i] == '\'') quoted = !quoted;
    if (quoted || rest->data[i] != '|') continue;
    if (i + 1 == rest->length || rest->data[i + 1] != '|') break;
    i++;
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

static void read_alternative(struct query_reader *reader, struct query_choice *choice,
                             struct text alternative)
{
  struct text fragment = alternative, label = {"", 0};
  text_split(&fragment, ':', &label);
  label = text_trim(label);
  fragment = fragment.data ? text_trim(fragment) : (struct text){"", 0};
  if (label.length == 0 || fragment.length == 0)
    report_error(reader->report, FINDING_NOTE_CHOICE, reader->source,
                 query_reader_offset(reader, alternative),
                 "write `label: SQL`, alternatives separated by |",
                 "this alternative has no label or no SQL");
  else if (text_is_among(label, choice->labels, choice->count))
    report_error(reader->report, FINDING_NOTE_CHOICE, reader->source,
                 query_reader_offset(reader, label), NULL, "the label '%.*s' stands there twice",
                 TEXT_ARGS(label));
  else if (!is_plain_sql(fragment))
    report_error(
        reader->report, FINDING_NOTE_CHOICE, reader->source, query_reader_offset(reader, fragment),
        "leave out parameters, semicolons and open quotes", "this cannot be an alternative");
  else {
    choice->labels[choice->count] = arena_copy(reader->arena, label);
    choice->fragments[choice->count++] = arena_copy(reader->arena, fragment);
  }
}

/* `-- choice: sort = newest: n.id DESC | title: n.title` */
static void read_choice(struct query_reader *reader, struct text value)
{
  struct query *query = reader->query;
  struct text rest = value, name = {"", 0};
  text_split(&rest, '=', &name);
  name = text_trim(name);
  if (!name_is_field(name) || rest.data == NULL) {
    report_error(
        reader->report, FINDING_NOTE_CHOICE, reader->source, query_reader_offset(reader, value),
        "write `-- choice: sort = newest: n.id DESC | title: n.title`", "this is no choice");
    return;
  }
  if (query->choice_count == QUERY_CHOICES_MAX) {
    report_error(reader->report, FINDING_NOTE_CHOICE, reader->source,
                 query_reader_offset(reader, value), "make two queries of it",
                 "a query has at most %d choices", QUERY_CHOICES_MAX);
    return;
  }
  struct query_choice *choice = &query->choices[query->choice_count++];
  size_t capacity = count_byte(rest, '|') + 1;
  *choice = (struct query_choice){.parameter = arena_copy(reader->arena, name),
                                  .labels = query_reader_list(reader, capacity),
                                  .fragments = query_reader_list(reader, capacity)};
  while (rest.data != NULL) read_alternative(reader, choice, next_alternative(&rest));
}

void query_note_read(struct query_reader *reader, struct text word, struct text value)
{
  struct query *query = reader->query;
  if (text_is(word, "optional"))
    read_names(reader, value, &query->optional, &query->optional_count);
  else if (text_is(word, "json"))
    read_names(reader, value, &query->json, &query->json_count);
  else if (text_is(word, "boolean"))
    read_names(reader, value, &query->boolean, &query->boolean_count);
  else if (text_is(word, "rows"))
    read_rows(reader, value);
  else
    read_choice(reader, value);
}
