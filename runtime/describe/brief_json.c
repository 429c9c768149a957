/* A brief as data: docs/json/brief.schema.json. */
#include "describe/brief_parts.h"
#include "describe/tokens.h"

void brief_add(struct brief_object *object, const char *key, struct json value)
{
  json_builder_add(&object->builder, object->arena, text_of(key), value);
}

void brief_add_text(struct brief_object *object, const char *key, struct text text)
{
  brief_add(object, key, json_string(arena_copy(object->arena, text)));
}

struct json brief_done(const struct brief_object *object)
{
  return json_builder_object(&object->builder);
}

struct json brief_array(struct json *items, size_t count)
{
  return (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)count};
}

struct json brief_strings(struct arena *arena, const struct text *texts, size_t count)
{
  struct json *items = arena_new_array(arena, count, sizeof *items);
  for (size_t i = 0; i < count; i++) items[i] = json_string(arena_copy(arena, texts[i]));
  return brief_array(items, count);
}

static struct json written(struct arena *arena, const struct lua_type *type,
                           void (*write)(struct buffer *, const struct lua_type *))
{
  struct buffer out = {0};
  write(&out, type);
  struct json text = json_string(arena_copy(arena, buffer_text(&out)));
  buffer_deinit(&out);
  return text;
}

static struct json input_of(const struct brief *brief, struct arena *arena)
{
  static const char *const origins[] = {[FIELD_PATH] = "path",
                                        [FIELD_QUERY] = "query",
                                        [FIELD_BODY] = "body",
                                        [FIELD_WHOLE_BODY] = "whole_body"};
  struct json *items = arena_new_array(arena, brief->field_count, sizeof *items);
  for (size_t i = 0; i < brief->field_count; i++) {
    const struct brief_field *field = &brief->fields[i];
    const struct schema_field *schema = &field->field->schema;
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "name", schema->name);
    brief_add(&object, "type", written(arena, field->type, lua_type_write));
    brief_add(&object, "bounds", written(arena, field->type, lua_type_write_bounds));
    brief_add(&object, "from", json_string(text_of(origins[field->field->origin])));
    brief_add(&object, "required", json_boolean(schema->required));
    brief_add(&object, "default", schema->initial ? *schema->initial : json_null());
    brief_add(&object, "secret", json_boolean(schema->password));
    items[i] = brief_done(&object);
  }
  return brief_array(items, brief->field_count);
}

static struct json principal_of(const struct brief *brief, struct arena *arena)
{
  struct brief_object object = {.arena = arena};
  if (brief->principal_id.length == 0) return json_null();
  brief_add_text(&object, "id", brief->principal_id);
  brief_add(&object, "roles",
            brief_strings(arena, brief->contract->roles, brief->contract->role_count));
  return brief_done(&object);
}

static struct json parameters_of(const struct brief_query *query, struct arena *arena)
{
  struct json *items = arena_new_array(arena, query->parameter_count, sizeof *items);
  for (size_t i = 0; i < query->parameter_count; i++) {
    const struct brief_parameter *parameter = &query->parameters[i];
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "name", parameter->name);
    brief_add(&object, "by", json_string(parameter->type ? TEXT("handler") : TEXT("host")));
    brief_add_text(&object, "value", parameter->source);
    brief_add(&object, "type",
              parameter->type ? written(arena, parameter->type, lua_type_write) : json_null());
    brief_add(&object, "bounds",
              parameter->type ? written(arena, parameter->type, lua_type_write_all_bounds)
                              : json_null());
    items[i] = brief_done(&object);
  }
  return brief_array(items, query->parameter_count);
}

static struct json columns_of(const struct brief_query *query, struct arena *arena)
{
  struct json *items = arena_new_array(arena, query->column_count, sizeof *items);
  for (size_t i = 0; i < query->column_count; i++) {
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "name", query->columns[i].name);
    brief_add_text(&object, "type", query->columns[i].type);
    brief_add(&object, "may_be_null", json_boolean(query->columns[i].may_be_null));
    items[i] = brief_done(&object);
  }
  return brief_array(items, query->column_count);
}

static struct json queries_of(const struct brief *brief, struct arena *arena)
{
  struct json *items = arena_new_array(arena, brief->query_count, sizeof *items);
  for (size_t i = 0; i < brief->query_count; i++) {
    const struct brief_query *query = &brief->queries[i];
    const struct use *use = query->use;
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "name", text_of(use->query->name));
    brief_add(&object, "gives", json_string(text_of(brief_rows_name(use->query->rows))));
    brief_add_text(&object, "type", query->type);
    brief_add(&object, "writes", json_boolean(use->query->writes));
    brief_add(&object, "calls", use->calls > 0 ? json_integer(use->calls) : json_null());
    brief_add(&object, "parameters", parameters_of(query, arena));
    brief_add(&object, "columns", columns_of(query, arena));
    brief_add_text(&object, "sql", text_trim(use->query->sql));
    items[i] = brief_done(&object);
  }
  return brief_array(items, brief->query_count);
}

static struct json errors_of(const struct brief *brief, struct arena *arena)
{
  struct json *items = arena_new_array(arena, brief->error_count, sizeof *items);
  for (size_t i = 0; i < brief->error_count; i++) {
    const struct brief_error *error = &brief->errors[i];
    bool host = error->host.length > 0;
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "code", error->error->code);
    brief_add(&object, "status", json_integer(error->error->status));
    brief_add_text(&object, "title", error->error->title);
    brief_add(&object, "raised_by", json_string(host ? TEXT("host") : TEXT("handler")));
    brief_add(&object, "when", host ? json_string(error->host) : json_null());
    items[i] = brief_done(&object);
  }
  return brief_array(items, brief->error_count);
}

static struct json replies_of(const struct brief *brief, struct arena *arena)
{
  struct json *items = arena_new_array(arena, brief->reply_count, sizeof *items);
  for (size_t i = 0; i < brief->reply_count; i++) {
    const struct lua_type *type = brief->replies[i].type;
    struct brief_object object = {.arena = arena};
    brief_add(&object, "status", json_integer(brief->replies[i].status));
    brief_add(&object, "type", type ? written(arena, type, lua_type_write) : json_null());
    brief_add(&object, "bounds",
              type ? written(arena, type, lua_type_write_all_bounds) : json_null());
    items[i] = brief_done(&object);
  }
  return brief_array(items, brief->reply_count);
}

static struct json limits_of(const struct contract *contract, struct arena *arena)
{
  struct brief_object object = {.arena = arena};
  brief_add(&object, "time_us", json_integer((int64_t)(contract->time_ns / 1000)));
  brief_add(&object, "memory_bytes", json_integer(contract->memory_bytes));
  brief_add(&object, "total_us",
            contract->sleeps ? json_integer((int64_t)(contract->total_ns / 1000)) : json_null());
  return brief_done(&object);
}

static struct json examples_of(const struct brief *brief, struct arena *arena)
{
  struct brief_example examples[BRIEF_EXAMPLES];
  struct json *items = arena_new_array(arena, BRIEF_EXAMPLES, sizeof *items);
  brief_examples(brief, arena, examples);
  for (size_t i = 0; i < BRIEF_EXAMPLES; i++) {
    struct brief_object object = {.arena = arena};
    brief_add_text(&object, "title", examples[i].title);
    brief_add_text(&object, "code", examples[i].code);
    items[i] = brief_done(&object);
  }
  return brief_array(items, BRIEF_EXAMPLES);
}

void brief_write_json(struct buffer *out, const struct brief *brief, struct arena *arena)
{
  const struct contract *contract = brief->contract;
  struct brief_object object = {.arena = arena};
  struct buffer markdown = {0};
  brief_write(&markdown, brief, arena, false);
  brief_add_text(&object, "contract", text_of(contract->name));
  brief_add_text(&object, "method", text_of(method_name(contract->route.method)));
  brief_add_text(&object, "path", contract->route.path);
  brief_add_text(&object, "summary", contract->summary);
  brief_add_text(&object, "handler", text_of(contract->handler_path));
  brief_add(&object, "input", input_of(brief, arena));
  brief_add(&object, "principal", principal_of(brief, arena));
  brief_add(&object, "queries", queries_of(brief, arena));
  brief_add(&object, "rows", brief_strings(arena, brief->rows, brief->row_count));
  brief_add(&object, "errors", errors_of(brief, arena));
  brief_add(&object, "returns", replies_of(brief, arena));
  brief_add(&object, "host", brief_strings(arena, brief->done, brief->done_count));
  brief_add(&object, "limits", limits_of(contract, arena));
  brief_add(&object, "sleep", json_boolean(contract->sleeps));
  brief_add_text(&object, "rules", brief_guide("Rules of the house"));
  brief_add_text(&object, "library", brief_guide("The library"));
  brief_add(&object, "examples", examples_of(brief, arena));
  brief_add_text(&object, "markdown", buffer_text(&markdown));
  brief_add(&object, "tokens", json_integer((int64_t)tokens_estimate(buffer_text(&markdown))));
  struct json document = brief_done(&object);
  json_write_pretty(out, &document);
  buffer_append_byte(out, '\n');
  buffer_deinit(&markdown);
}
