/* One file of queries, line by line. `-- name:` begins a query; the comment lines that follow are
 * its notes, or comments; from the first other line on it is SQL. What SQL may say is not decided
 * here: that is the store's work when it compiles a statement (contract/query_compile.c). */
#include "contract/query_read.h"

#include "contract/name.h"

size_t query_reader_offset(const struct query_reader *reader, struct text text)
{
  return (size_t)(text.data - reader->source->text.data);
}

struct text *query_reader_list(struct query_reader *reader, size_t capacity)
{
  return arena_new_array(reader->arena, capacity + 1, sizeof(struct text));
}

struct text query_parameter(struct sql_token token)
{
  struct text name = token.text;
  if (name.length > 0 && name.data[0] == ':') name = (struct text){name.data + 1, name.length - 1};
  return name;
}

static size_t count_byte(struct text text, char byte)
{
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == byte;
  return count;
}

/* --- The end of a query: what its SQL says --- */

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

static void read_sql(struct query_reader *reader, struct query *query)
{
  struct text rest = query->sql;
  struct sql_token token;
  int depth = 0;
  bool verb = false;
  query->parameters = query_reader_list(reader, count_byte(query->sql, ':'));
  while ((token = sql_next(&rest)).type != SQL_END) {
    if (token.type == SQL_BAD) {
      report_error(reader->report, FINDING_SQL_WRONG, reader->source,
                   query_reader_offset(reader, token.text),
                   "parameters are written :name, strings in single quotes", "this is not SQL");
      query->broken = true;
      return;
    }
    if (text_is(token.text, "(")) depth++;
    if (text_is(token.text, ")")) depth--;
    if (depth == 0 && !verb && (is_write(token) || sql_is(token, "SELECT"))) {
      query->writes = is_write(token);
      verb = true;
    }
    struct text name = query_parameter(token);
    if (token.type == SQL_PARAMETER && !is_choice(query, name) &&
        !text_is_among(name, query->parameters, query->parameter_count))
      query->parameters[query->parameter_count++] = name;
  }
}

static bool has_parameter(const struct query *query, struct text name)
{
  struct text rest = query->sql;
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD)
    if (token.type == SQL_PARAMETER && text_equal(query_parameter(token), name)) return true;
  return false;
}

static void check_notes(struct query_reader *reader, const struct query *query)
{
  size_t variants = 1;
  for (size_t i = 0; i < query->optional_count; i++)
    if (!has_parameter(query, query->optional[i]))
      report_error(reader->report, FINDING_NOTE_NAMES, reader->source, query->offset,
                   "leave it out of the note",
                   "`optional` names '%.*s', which is no parameter of '%s'",
                   TEXT_ARGS(query->optional[i]), query->name);
  for (size_t i = 0; i < query->choice_count; i++) {
    const struct query_choice *choice = &query->choices[i];
    variants *= choice->count > 0 ? choice->count : 1;
    if (!has_parameter(query, choice->parameter))
      report_error(reader->report, FINDING_NOTE_CHOICE, reader->source, query->offset,
                   "write it in the SQL where the alternatives belong",
                   "'%s' has the choice '%.*s', but no parameter :%.*s", query->name,
                   TEXT_ARGS(choice->parameter), TEXT_ARGS(choice->parameter));
  }
  if (variants > QUERY_VARIANTS_MAX)
    report_error(reader->report, FINDING_NOTE_CHOICE, reader->source, query->offset,
                 "make two queries of it",
                 "the choices of '%s' combine to %zu statements; %d are allowed", query->name,
                 variants, QUERY_VARIANTS_MAX);
}

static void end_query(struct query_reader *reader)
{
  struct query *query = reader->query;
  if (!query) return;
  query->sql = text_trim(reader->sql);
  if (query->sql.length == 0) {
    report_error(reader->report, FINDING_QUERY_EMPTY, reader->source, query->offset,
                 "write its SQL below its notes", "the query '%s' is empty", query->name);
  } else {
    query->offset = (uint32_t)query_reader_offset(reader, query->sql);
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

static void read_comment(struct query_reader *reader, struct text word, struct text value)
{
  if (text_is(word, "name")) {
    end_query(reader);
    reader->in_sql = false;
    reader->sql = (struct text){"", 0};
    query_note_name(reader, value);
    reader->skipping = reader->query == NULL;
  } else if (query_note_known(word) && (!reader->query || reader->in_sql)) {
    report_error(reader->report, FINDING_QUERY_STRAY, reader->source,
                 query_reader_offset(reader, word), "put it between `-- name:` and the SQL",
                 "the note `%.*s` belongs to no query", TEXT_ARGS(word));
  } else if (query_note_known(word)) {
    query_note_read(reader, word, value);
  } else if (!reader->in_sql && query_note_suggestion(word)) {
    report_error(reader->report, FINDING_NOTE_UNKNOWN, reader->source,
                 query_reader_offset(reader, word), "or begin the comment with another word",
                 "did you mean the note `%s`?", query_note_suggestion(word));
  }
}

static void read_line(struct query_reader *reader, struct text line)
{
  struct text trimmed = text_trim(line), word, value;
  if (trimmed.length == 0) return;
  bool note = split_note(line, &word, &value);
  if (reader->skipping && !(note && text_is(word, "name"))) return;
  if (note) {
    read_comment(reader, word, value);
    return;
  }
  if (text_starts_with(trimmed, "--")) return;
  if (!reader->query) {
    report_error(reader->report, FINDING_QUERY_STRAY, reader->source,
                 query_reader_offset(reader, trimmed),
                 "begin a query with `-- name: update_profile :one`", "this belongs to no query");
    reader->skipping = true;
    return;
  }
  if (!reader->in_sql) reader->sql = (struct text){trimmed.data, 0};
  reader->in_sql = true;
  reader->sql.length = (size_t)(line.data + line.length - reader->sql.data);
}

void query_reader_run(struct query_reader *reader)
{
  struct text rest = reader->source->text, line;
  reader->query = NULL;
  reader->in_sql = reader->skipping = false;
  while (text_split(&rest, '\n', &line)) read_line(reader, line);
  end_query(reader);
}
