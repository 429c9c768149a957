/* A contract's facts, one keyword after the other. */
#include "describe/explain.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "contract/document.h"
#include "describe/explain_parts.h"
#include "store/sql.h"

static const struct {
  const char *name, *title;
} sections[SECTION_COUNT] = {
    [SECTION_AUTH] = {"auth", "Who may call"},
    [SECTION_ROWS] = {"rows", "Whose rows"},
    [SECTION_INPUT] = {"input", "What comes in"},
    [SECTION_QUERIES] = {"queries", "What the handler may run"},
    [SECTION_COMPUTES] = {"computes", "What the handler may compute"},
    [SECTION_CONDITIONS] = {"conditions", "What must hold"},
    [SECTION_REPLY] = {"reply", "What may leave"},
    [SECTION_ERRORS] = {"errors", "How it may refuse"},
    [SECTION_LIMITS] = {"limits", "How often, and how much"},
    [SECTION_RECORD] = {"record", "What is recorded"},
    [SECTION_POLICY] = {"policy", "Policy"},
    [SECTION_SCHEMA] = {"schema", "Tables and triggers"},
};

/* In the order in which they are read. */
static void (*const keywords[])(struct explainer *explainer) = {
    explain_route,     explain_auth,        explain_scopes,  explain_verification, explain_owns,
    explain_or_role,   explain_privileged,  explain_input,   explain_queries,      explain_unasked,
    explain_computes,  explain_sleep,       explain_rules,   explain_when,         explain_holds,
    explain_unchanged, explain_idempotent,  explain_returns, explain_cache,        explain_errors,
    explain_denials,   explain_rate_limits, explain_limits,  explain_audit,        explain_session,
    explain_others,
};

const char *section_title(enum fact_section section)
{
  return sections[section].title;
}

const char *section_name(enum fact_section section)
{
  return sections[section].name;
}

/* --- Adding facts. --- */

struct fact *add_fact(struct explainer *explainer, enum fact_section section,
                      enum fact_direction direction, struct text key, const char *format, ...)
{
  if (explainer->count == explainer->capacity) {
    explainer->capacity = explainer->capacity > 0 ? 2 * explainer->capacity : 64;
    explainer->facts =
        memory_resize(explainer->facts, explainer->capacity * sizeof *explainer->facts);
  }
  struct fact *fact = &explainer->facts[explainer->count++];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *sentence = arena_alloc(explainer->arena, (size_t)length + 1);
  va_start(arguments, format);
  vsnprintf(sentence, (size_t)length + 1, format, arguments);
  va_end(arguments);
  *fact = (struct fact){.section = section,
                        .direction = direction,
                        .key = key,
                        .sentence = {sentence, (size_t)length}};
  if (explainer->condition.length > 0) {
    fact->key = arena_print(explainer->arena, "when:%.*s:%.*s", TEXT_ARGS(explainer->condition_key),
                            TEXT_ARGS(key));
    fact->sentence = arena_print(explainer->arena, "where %.*s: %.*s",
                                 TEXT_ARGS(explainer->condition), length, sentence);
  }
  return fact;
}

void show_in_list(struct fact *fact, struct text subject, struct text group, struct text phrase)
{
  fact->subject = subject;
  fact->group = group;
  fact->phrase = phrase;
}

/* --- Words. --- */

struct text join_words(struct explainer *explainer, const struct text *words, size_t count,
                       const char *last)
{
  struct buffer joined = {0};
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && i + 1 == count)
      buffer_print(&joined, " %s ", last);
    else if (i > 0)
      buffer_append_text(&joined, TEXT(", "));
    buffer_append_text(&joined, words[i]);
  }
  struct text text = arena_copy(explainer->arena, buffer_text(&joined));
  buffer_deinit(&joined);
  return text;
}

struct text json_words(struct explainer *explainer, const struct json *value)
{
  struct buffer out = {0};
  json_write(&out, value);
  struct text text = arena_copy(explainer->arena, buffer_text(&out));
  buffer_deinit(&out);
  return text;
}

struct json plain_sql(struct explainer *explainer, struct text sql)
{
  struct buffer out = {0};
  struct sql_token token = {SQL_END, {NULL, 0}};
  while (token.type != SQL_BAD && (token = sql_next(&sql)).type != SQL_END) {
    if (out.length > 0) buffer_append_byte(&out, ' ');
    buffer_append_text(&out, token.text);
  }
  if (token.type == SQL_BAD) buffer_append_text(&out, sql); /* SQLite may know better */
  struct text text = arena_copy(explainer->arena, buffer_text(&out));
  buffer_deinit(&out);
  return json_string(text);
}

static void append_names(struct buffer *out, const char *note, const struct text *names,
                         size_t count)
{
  for (size_t i = 0; i < count; i++) buffer_print(out, "; %s %.*s", note, TEXT_ARGS(names[i]));
}

struct json plain_query(struct explainer *explainer, const struct query *query)
{
  static const char *const rows[] = {
      [ROWS_ONE] = "one", [ROWS_MANY] = "many", [ROWS_VALUE] = "value", [ROWS_EXEC] = "exec"};
  struct json sql = plain_sql(explainer, query->sql);
  struct buffer out = {0};
  buffer_print(&out, "%.*s; %s", TEXT_ARGS(json_text(&sql)), rows[query->rows]);
  if (query->rows == ROWS_MANY) buffer_print(&out, " %u", query->rows_max);
  append_names(&out, "optional", query->optional, query->optional_count);
  append_names(&out, "json", query->json, query->json_count);
  append_names(&out, "boolean", query->boolean, query->boolean_count);
  for (size_t i = 0; i < query->choice_count; i++)
    for (size_t k = 0; k < query->choices[i].count; k++) {
      struct json fragment = plain_sql(explainer, query->choices[i].fragments[k]);
      buffer_print(&out, "; choice %.*s = %.*s: %.*s", TEXT_ARGS(query->choices[i].parameter),
                   TEXT_ARGS(query->choices[i].labels[k]), TEXT_ARGS(json_text(&fragment)));
    }
  struct text text = arena_copy(explainer->arena, buffer_text(&out));
  buffer_deinit(&out);
  return json_string(text);
}

/* --- The policy. --- */

const struct json *policy_of_table(const struct explainer *explainer, struct text table)
{
  const struct document *policy =
      document_find(explainer->generation->documents, TEXT("policy.json"));
  const struct json *tables = policy ? json_get(policy->root, "tables") : NULL;
  return json_get_text(tables, table);
}

bool policy_lists(const struct explainer *explainer, struct text table, const char *which,
                  struct text column)
{
  const struct json *list = json_get(policy_of_table(explainer, table), which);
  for (uint32_t i = 0; list && list->type == JSON_ARRAY && i < list->length; i++)
    if (sql_same_name(json_text(&list->items[i]), column)) return true;
  return false;
}

/* --- The whole. --- */

int explain_finish(struct explainer *explainer, struct explanation *explanation)
{
  explanation->count = explainer->count;
  explanation->facts = arena_new_array(explainer->arena, explainer->count, sizeof(struct fact));
  if (explainer->count > 0)
    memcpy(explanation->facts, explainer->facts, explainer->count * sizeof(struct fact));
  memory_free(explainer->facts);
  return explainer->failed ? -1 : 0;
}

int explain_contract(const struct generation *generation, const struct contract *contract,
                     struct arena *arena, struct explanation *explanation, struct error *error)
{
  struct explainer explainer = {
      .arena = arena, .generation = generation, .contract = contract, .error = error};
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) keywords[i](&explainer);
  return explain_finish(&explainer, explanation);
}
