/* What the readers of all keywords share: looking things up by name, with a finding where there is
 * nothing. */
#include "contract/load.h"

const struct json *member_of(const struct json *object, const char *key, enum json_type type)
{
  const struct json *value = json_get(object, key);
  return value && value->type == type ? value : NULL;
}

int64_t field_find(const struct reading *reading, struct text name, const struct json *at)
{
  const struct contract *contract = reading->contract;
  for (size_t i = 0; i < contract->field_count; i++)
    if (text_equal(reading->fields[i].schema.name, name)) return (int64_t)i;
  if (!at || !reading->fields_known) return -1;
  const char **names = arena_new_array(reading->arena, contract->field_count + 1, sizeof *names);
  for (size_t i = 0; i < contract->field_count; i++)
    names[i] = arena_copy(reading->arena, reading->fields[i].schema.name).data;
  const char *meant = text_suggestion(name, names, contract->field_count);
  struct text help = {"declare it in `requires.validates`", 0};
  if (meant) help = arena_print(reading->arena, "did you mean '%s'?", meant);
  report_error(reading->report, FINDING_FIELD_UNKNOWN, reading->source, at->offset, help.data,
               "'%.*s' is no field of the input", TEXT_ARGS(name));
  return -1;
}

const struct query *find_query(const struct reading *reading, const struct json *at,
                               struct text name)
{
  const struct query_list *queries = reading->loading->queries;
  const struct query *query = query_find(queries, name);
  if (query) return query;
  const char *meant = query_suggestion(queries, name);
  struct text help = {"write it into contracts/queries", 0};
  if (meant) help = arena_print(reading->arena, "did you mean '%s'?", meant);
  report_error(reading->report, FINDING_QUERY_UNKNOWN, reading->source, at->offset, help.data,
               "there is no query '%.*s'", TEXT_ARGS(name));
  return NULL;
}

const char *anonymous_kind(const struct contract *contract)
{
  return contract->webhook ? "a webhook" : "a public contract";
}

void refuse_passwords(const struct reading *reading, const struct schema *schema,
                      const struct json *at, bool but_fields)
{
  static const char help[] = "put it on a property of `requires.validates`";
  const struct schema_mention *found =
      schema ? schema_passwords(schema, but_fields, reading->arena) : NULL;
  for (; found; found = found->next)
    if (found->source == reading->source)
      report_error(reading->report, FINDING_PASSWORD_PLACE, reading->source, found->offset, help,
                   "only a field of the input can be a password");
    else
      report_error(reading->report, FINDING_PASSWORD_PLACE, reading->source, at->offset, help,
                   "only a field of the input can be a password, and '%.*s' is one",
                   TEXT_ARGS(found->location));
}
