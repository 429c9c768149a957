/* From a query to its statements: one for each combination of choices, compiled by the store. */
#include "base/memory.h"
#include "contract/query_read.h"

/* --- Choices --- */

/* The alternative that replaces this token in variant `index` (whose first choice counts most), or
 * NULL. */
static const struct text *replacement(const struct query *query, struct sql_token token,
                                      size_t index)
{
  if (token.type != SQL_PARAMETER) return NULL;
  struct text name = query_parameter(token);
  for (size_t i = query->choice_count; i-- > 0;) {
    const struct query_choice *choice = &query->choices[i];
    if (text_equal(choice->parameter, name)) return &choice->fragments[index % choice->count];
    index /= choice->count;
  }
  return NULL;
}

/* The SQL of variant `index`. */
static void expand(const struct query *query, size_t index, struct buffer *out)
{
  struct text rest = query->sql;
  const char *copied = query->sql.data;
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    const struct text *fragment = replacement(query, token, index);
    if (!fragment) continue;
    buffer_append(out, copied, (size_t)(token.text.data - copied));
    buffer_append_text(out, *fragment);
    copied = token.text.data + token.text.length;
  }
  buffer_append(out, copied, (size_t)(query->sql.data + query->sql.length - copied));
}

/* Where in the query's own SQL the byte `offset` of variant `index` stands. */
static size_t offset_in_query(const struct query *query, size_t index, size_t offset)
{
  struct text rest = query->sql;
  size_t added = 0, removed = 0;
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    const struct text *fragment = replacement(query, token, index);
    if (!fragment) continue;
    size_t here = (size_t)(token.text.data - query->sql.data);
    if (offset < here + added - removed) break;
    if (offset < here + added - removed + fragment->length) return here;
    added += fragment->length;
    removed += token.text.length;
  }
  return offset + removed - added;
}

/* --- Compiling --- */

static bool same_parameters(const struct query *query, const struct statement_info *info)
{
  if (info->parameter_count != query->parameter_count) return false;
  for (size_t i = 0; i < info->parameter_count; i++)
    if (!text_equal(info->parameters[i], query->parameters[i])) return false;
  return true;
}

static int compile_variant(const struct query *query, size_t index, struct store *store,
                           unsigned rights, struct statement **statement, struct report *report)
{
  struct buffer sql = {0};
  struct error error = {0};
  size_t offset = 0;
  expand(query, index, &sql);
  struct statement_spec spec = {
      .name = query->name,
      .sql = buffer_text(&sql),
      .rights = rights,
      .rows = query->rows,
      .rows_max = query->rows_max,
      .json_columns = query->json,
      .json_column_count = query->json_count,
      .boolean_columns = query->boolean,
      .boolean_column_count = query->boolean_count,
  };
  int failed = statement_compile(store, &spec, statement, &offset, &error);
  buffer_deinit(&sql);
  if (failed)
    return report_error(report, FINDING_SQL_WRONG, query->source,
                        query->offset + offset_in_query(query, index, offset), NULL, "%s: %s",
                        query->name, error.message);
  if (!same_parameters(query, statement_info(*statement)))
    return report_error(report, FINDING_SQL_WRONG, query->source, query->offset,
                        "write parameters as :name",
                        "%s: its parameters are not those that SQLite sees", query->name);
  return 0;
}

/* `-- json:` names parameters or columns, `-- boolean:` columns; else it is a slip of the pen. */
static int check_columns(const struct query *query, const struct statement_info *info,
                         struct report *report)
{
  for (size_t i = 0; i < query->json_count; i++)
    if (!text_is_among(query->json[i], query->parameters, query->parameter_count) &&
        !text_is_among(query->json[i], info->columns, info->column_count))
      return report_error(report, FINDING_NOTE_NAMES, query->source, query->offset,
                          "name a parameter or a column of the result",
                          "%s: `json` names '%.*s', which is neither", query->name,
                          TEXT_ARGS(query->json[i]));
  for (size_t i = 0; i < query->boolean_count; i++)
    if (!text_is_among(query->boolean[i], info->columns, info->column_count))
      return report_error(
          report, FINDING_NOTE_NAMES, query->source, query->offset, "name a column of the result",
          "%s: `boolean` names '%.*s', which is none", query->name, TEXT_ARGS(query->boolean[i]));
  return 0;
}

static size_t variant_count(const struct query *query)
{
  size_t count = 1;
  for (size_t i = 0; i < query->choice_count; i++) count *= query->choices[i].count;
  return count <= QUERY_VARIANTS_MAX ? count : 0;
}

struct query_statements *query_compile(const struct query *query, struct store *store,
                                       unsigned rights, struct report *report)
{
  size_t count = variant_count(query);
  if (count == 0 || query->sql.length == 0 || query->broken) return NULL; /* reported already */
  struct query_statements *statements = memory_new(sizeof *statements);
  statements->items = memory_new_array(count, sizeof(struct statement *));
  int failed = 0;
  for (size_t i = 0; i < count && !failed; i++) {
    failed = compile_variant(query, i, store, rights, &statements->items[i], report);
    if (statements->items[i]) statements->count = i + 1;
  }
  if (!failed) failed = check_columns(query, statement_info(statements->items[0]), report);
  if (!failed) return statements;
  query_statements_free(statements);
  return NULL;
}

void query_statements_free(struct query_statements *statements)
{
  if (!statements) return;
  for (size_t i = 0; i < statements->count; i++) statement_free(statements->items[i]);
  memory_free(statements->items);
  memory_free(statements);
}
