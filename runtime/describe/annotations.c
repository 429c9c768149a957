#include "describe/annotations.h"

/* --- Lines. --- */

static void write_field(struct buffer *out, struct text name, bool required)
{
  buffer_append_text(out, TEXT("---@field "));
  lua_type_write_key(out, name);
  buffer_append_text(out, required ? TEXT(" ") : TEXT("? "));
}

/* A sentence in a comment: whatever ends a line would end the comment. */
static void write_words(struct buffer *out, struct text words)
{
  struct buffer visible = {0};
  buffer_append_visible(&visible, words);
  if (visible.length > 0) buffer_append_byte(out, ' ');
  buffer_append_text(out, buffer_text(&visible));
  buffer_deinit(&visible);
}

static void write_bounds(struct buffer *out, const struct lua_type *type)
{
  struct buffer words = {0};
  lua_type_write_bounds(&words, type);
  write_words(out, buffer_text(&words));
  buffer_deinit(&words);
}

/* --- Input. --- */

static void write_input(struct buffer *out, const struct brief *brief)
{
  buffer_print(out, "\n---@class writ.%s.input\n", brief->contract->name);
  for (size_t i = 0; i < brief->field_count; i++) {
    const struct brief_field *field = &brief->fields[i];
    const struct schema_field *schema = &field->field->schema;
    if (schema->password) continue;
    write_field(out, schema->name, schema->required || schema->initial);
    lua_type_write(out, field->type);
    write_bounds(out, field->type);
    buffer_append_byte(out, '\n');
  }
}

/* --- Queries. --- */

static struct text group_of(const struct brief_query *query, struct text *name)
{
  struct text group;
  *name = text_of(query->use->query->name);
  text_split(name, '.', &group);
  return group;
}

static void write_function(struct buffer *out, const struct brief *brief,
                           const struct brief_query *query)
{
  bool first = true;
  buffer_append_text(out, TEXT("fun("));
  for (size_t i = 0; i < query->parameter_count; i++) {
    const struct brief_parameter *parameter = &query->parameters[i];
    if (!parameter->type) continue;
    buffer_append_text(out, first ? TEXT("values: { ") : TEXT(", "));
    lua_type_write_key(out, parameter->name);
    buffer_append_text(out, TEXT(": "));
    lua_type_write(out, parameter->type);
    first = false;
  }
  buffer_print(out, "%s): writ.%s.result.%s", first ? "" : " }", brief->contract->name,
               query->use->query->name);
}

static void write_group(struct buffer *out, const struct brief *brief, struct text group)
{
  buffer_print(out, "\n---@class writ.%s.db.%.*s\n", brief->contract->name, TEXT_ARGS(group));
  for (size_t i = 0; i < brief->query_count; i++) {
    const struct brief_query *query = &brief->queries[i];
    struct text name, other = group_of(query, &name);
    if (!text_equal(group, other)) continue;
    if (query->use->calls == 1) buffer_append_text(out, TEXT("--- Once a call.\n"));
    if (query->use->calls > 1)
      buffer_print(out, "--- At most %u times a call.\n", query->use->calls);
    write_field(out, name, true);
    write_function(out, brief, query);
    buffer_append_byte(out, '\n');
  }
}

static bool is_first_of_group(const struct brief *brief, size_t index)
{
  struct text name, group = group_of(&brief->queries[index], &name);
  for (size_t i = 0; i < index; i++)
    if (text_equal(group_of(&brief->queries[i], &name), group)) return false;
  return true;
}

static void write_queries(struct buffer *out, const struct brief *brief)
{
  const char *contract = brief->contract->name;
  struct text name;
  for (size_t i = 0; i < brief->query_count; i++)
    buffer_print(out, "%s---@alias writ.%s.result.%s %.*s\n", i == 0 ? "\n" : "", contract,
                 brief->queries[i].use->query->name, TEXT_ARGS(brief->queries[i].type));
  for (size_t i = 0; i < brief->query_count; i++)
    if (is_first_of_group(brief, i)) write_group(out, brief, group_of(&brief->queries[i], &name));
  buffer_print(out, "\n---@class writ.%s.db\n", contract);
  for (size_t i = 0; i < brief->query_count; i++) {
    if (!is_first_of_group(brief, i)) continue;
    struct text group = group_of(&brief->queries[i], &name);
    write_field(out, group, true);
    buffer_print(out, "writ.%s.db.%.*s\n", contract, TEXT_ARGS(group));
  }
}

/* --- ctx. --- */

static void write_context(struct buffer *out, const struct brief *brief)
{
  const char *contract = brief->contract->name;
  buffer_print(out, "\n---@alias writ.%s.error ", contract);
  for (size_t i = 0; i < brief->error_count; i++) {
    if (i > 0) buffer_append_byte(out, '|');
    json_write_string(out, brief->errors[i].error->code);
  }
  if (brief->error_count == 0) buffer_append_text(out, TEXT("nil"));
  buffer_print(out,
               "\n\n---@class writ.%s.ctx: writ.ctx\n---@field db writ.%s.db\n"
               "--- Ends the call with this error, and does not return.\n"
               "---@field fail fun(code: writ.%s.error)\n---@field principal ",
               contract, contract, contract);
  if (brief->principal_id.length > 0)
    buffer_print(out, "{ id: %.*s, roles: string[] }\n", TEXT_ARGS(brief->principal_id));
  else
    buffer_append_text(out, TEXT("nil\n"));
  if (brief->contract->sleeps)
    buffer_append_text(out,
                       TEXT("--- Waits, while others run.\n---@field sleep fun(ms: integer)\n"));
}

/* --- Replies. --- */

static bool is_class(const struct lua_type *type)
{
  return type && type->types == 1u << JSON_OBJECT && type->member_count > 0 && !type->values &&
         type->alternative_count == 0;
}

static void write_body(struct buffer *out, const char *contract, const struct brief_reply *reply)
{
  const struct lua_type *type = reply->type;
  if (!is_class(type)) {
    buffer_print(out, "\n---@alias writ.%s.body%d ", contract, reply->status);
    if (type)
      lua_type_write(out, type);
    else
      buffer_append_text(out, TEXT("nil"));
    buffer_append_byte(out, '\n');
    return;
  }
  buffer_print(out, "\n---@class writ.%s.body%d\n", contract, reply->status);
  for (size_t i = 0; i < type->member_count; i++) {
    write_field(out, type->members[i].name, type->members[i].required);
    lua_type_write(out, lua_type_of_member(type, &type->members[i]));
    write_bounds(out, type->members[i].type);
    buffer_append_byte(out, '\n');
  }
  if (lua_type_is_open(type)) buffer_append_text(out, TEXT("---@field [string] any\n"));
}

static void write_replies(struct buffer *out, const struct brief *brief)
{
  const char *contract = brief->contract->name;
  for (size_t i = 0; i < brief->reply_count; i++) write_body(out, contract, &brief->replies[i]);
  buffer_print(out, "\n---@alias writ.%s.body ", contract);
  for (size_t i = 0; i < brief->reply_count; i++)
    buffer_print(out, "%swrit.%s.body%d", i > 0 ? "|" : "", contract, brief->replies[i].status);
  buffer_print(out, "\n---@alias writ.%s.status ", contract);
  for (size_t i = 0; i < brief->reply_count; i++)
    buffer_print(out, "%s%d", i > 0 ? "|" : "", brief->replies[i].status);
  buffer_append_byte(out, '\n');
}

void annotations_write(struct buffer *out, const struct brief *brief)
{
  const struct contract *contract = brief->contract;
  buffer_print(out, "---@meta _\n\n-- %s: %s %.*s\n--", contract->name,
               method_name(contract->route.method), TEXT_ARGS(contract->route.path));
  write_words(out, contract->summary);
  buffer_append_text(out, TEXT("\n-- Written by `writ types`, from the contract.\n"));
  write_input(out, brief);
  write_queries(out, brief);
  write_context(out, brief);
  write_replies(out, brief);
}
