/* A tried call as one JSON document: docs/json/try.schema.json. */
#include <stdio.h>

#include "cli/print.h"
#include "cli/try.h"

/* An array or object under construction. */
struct list {
  struct arena *arena;
  struct json array;
  uint32_t capacity;
};

static void add(struct list *list, struct json value)
{
  if (list->array.length == list->capacity) {
    list->capacity = 2 * list->capacity + 8;
    struct json *items = arena_new_array(list->arena, list->capacity, sizeof *items);
    if (list->array.length > 0)
      memcpy(items, list->array.items, list->array.length * sizeof *items);
    list->array.items = items;
  }
  list->array.items[list->array.length++] = value;
}

static struct json object(struct arena *arena, const struct print_member *members, size_t count)
{
  struct json_builder builder = {0};
  for (size_t i = 0; i < count; i++)
    json_builder_add(&builder, arena, text_of(members[i].name), members[i].value);
  return json_builder_object(&builder);
}

#define OBJECT(arena, members) object(arena, members, sizeof members / sizeof *members)

static struct json text_or_null(struct text text)
{
  return text.length > 0 ? json_string(text) : json_null();
}

static struct json request(const struct tried *tried, struct arena *arena)
{
  const struct request *request = &tried->request;
  const struct print_member members[] = {
      {"method", json_string(text_of(method_name(request->method)))},
      {"path", json_string(request->path)},
      {"query", text_or_null(request->query)},
      {"body", tried->sent}};
  return OBJECT(arena, members);
}

static struct json headers(const struct scratch_reply *reply, struct arena *arena)
{
  struct list list = {.arena = arena, .array.type = JSON_ARRAY};
  for (size_t i = 0; i < reply->header_count; i++) {
    const struct print_member members[] = {{"name", json_string(reply->headers[i].name)},
                                           {"value", json_string(reply->headers[i].value)}};
    add(&list, OBJECT(arena, members));
  }
  return list.array;
}

static struct json reply(const struct tried *tried, struct arena *arena)
{
  const struct scratch_reply *reply = &tried->reply;
  const struct print_member members[] = {{"status", json_integer(reply->status)},
                                         {"code", text_or_null(reply->code)},
                                         {"content_type", text_or_null(reply->content_type)},
                                         {"headers", headers(reply, arena)},
                                         {"body", tried->body},
                                         {"request_id", json_string(reply->request_id)}};
  return OBJECT(arena, members);
}

static struct json principal(const struct scratch_trace *trace, struct arena *arena)
{
  const struct print_member members[] = {{"id", trace->principal_id}, {"roles", trace->roles}};
  return trace->principal_id.type == JSON_NULL ? json_null() : OBJECT(arena, members);
}

static struct json parameters(const struct scratch_query *query, struct arena *arena)
{
  struct list list = {.arena = arena, .array.type = JSON_ARRAY};
  for (size_t i = 0; i < query->parameter_count; i++) {
    const struct scratch_parameter *parameter = &query->parameters[i];
    const struct print_member members[] = {{"name", json_string(parameter->name)},
                                           {"value", parameter->value},
                                           {"from", json_string(text_of(parameter->source))}};
    add(&list, OBJECT(arena, members));
  }
  return list.array;
}

static struct json queries(const struct scratch_trace *trace, struct arena *arena)
{
  struct list list = {.arena = arena, .array.type = JSON_ARRAY};
  for (const struct scratch_query *query = trace->queries; query; query = query->next) {
    const struct print_member members[] = {
        {"name", json_string(query->name)},
        {"by", json_string(query->host ? TEXT("host") : TEXT("handler"))},
        {"writes", json_boolean(query->writes)},
        {"all_rows", json_boolean(query->exempt)},
        {"parameters", parameters(query, arena)},
        {"result", query->result},
        {"failure", text_or_null(query->failure)}};
    add(&list, OBJECT(arena, members));
  }
  return list.array;
}

static struct json lines(const struct scratch_trace *trace, struct arena *arena)
{
  struct list list = {.arena = arena, .array.type = JSON_ARRAY};
  for (const struct scratch_line *line = trace->lines; line; line = line->next)
    add(&list, json_string(line->text));
  return list.array;
}

static struct json handler(const struct tried *tried, struct arena *arena)
{
  const struct scratch_trace *trace = &tried->trace;
  const struct contract *contract = tried->contract;
  const struct print_member members[] = {
      {"file", json_string(text_of(contract->handler_path))},
      {"cpu_us", json_integer((int64_t)(trace->cpu_ns / 1000))},
      {"cpu_limit_us", json_integer((int64_t)(contract->time_ns / 1000))},
      {"memory_bytes", json_integer(trace->memory_bytes)},
      {"memory_limit_bytes", json_integer(contract->memory_bytes)}};
  return trace->ran ? OBJECT(arena, members) : json_null();
}

void try_print_json(const struct tried *tried, struct arena *arena)
{
  struct buffer written = {0};
  const struct print_member members[] = {
      {"contract", json_string(text_of(tried->contract->name))},
      {"as", tried->as ? json_string(text_of(tried->as)) : json_null()},
      {"request", request(tried, arena)},
      {"reply", reply(tried, arena)},
      {"failure", tried->debug},
      {"principal", principal(&tried->trace, arena)},
      {"queries", queries(&tried->trace, arena)},
      {"changes", tried->changes},
      {"log", lines(&tried->trace, arena)},
      {"handler", handler(tried, arena)},
      {"audit", tried->audit}};
  struct json document = OBJECT(arena, members);
  json_write_pretty(&written, &document);
  print_json(stdout, buffer_text(&written));
  putchar('\n');
  buffer_deinit(&written);
}
