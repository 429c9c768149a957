/* What the attacks found, for tools: docs/json/test.schema.json says what is here. */
#include <string.h>

#include "contract/contract.h"
#include "testing/attack.h"

static const char *const words[] = {[ATTACK_DOES_NOT_APPLY] = "does not apply",
                                    [ATTACK_PASSED] = "passed",
                                    [ATTACK_UNTRIED] = "not tried",
                                    [ATTACK_FAILED] = "failed"};

static void add(struct json_builder *object, struct arena *arena, const char *key,
                struct json value)
{
  json_builder_add(object, arena, text_of(key), value);
}

static void add_count(struct json_builder *object, struct arena *arena, const char *key, size_t n)
{
  add(object, arena, key, json_integer((int64_t)n));
}

static struct json text_or_null(struct text text)
{
  return text.length > 0 ? json_string(text) : json_null();
}

static struct json code_of(size_t guarantee, struct arena *arena)
{
  return json_string(arena_print(arena, "W%04u", guarantee_code(guarantee)));
}

static struct json failure_json(const struct attack_failure *failure, struct arena *arena)
{
  struct json_builder object = {0};
  add(&object, arena, "guarantee", json_string(text_of(guarantee_name(failure->guarantee))));
  add(&object, arena, "code", code_of(failure->guarantee, arena));
  add(&object, arena, "tried", json_string(failure->tried));
  add(&object, arena, "expected", json_string(failure->expected));
  add(&object, arena, "got", json_string(failure->got));
  add(&object, arena, "file", json_string(text_of(failure->file)));
  add_count(&object, arena, "line", failure->line);
  add(&object, arena, "message", text_or_null(failure->message));
  add(&object, arena, "help", text_or_null(failure->help));
  add(&object, arena, "curl", text_or_null(failure->curl));
  add(&object, arena, "token", text_or_null(failure->token));
  return json_builder_object(&object);
}

static struct json failures_json(const struct attack_result *result, struct arena *arena)
{
  uint32_t count = 0;
  for (const struct attack_failure *at = result->failures; at; at = at->next) count++;
  struct json *items = arena_new_array(arena, count + 1, sizeof *items);
  count = 0;
  for (const struct attack_failure *at = result->failures; at; at = at->next)
    items[count++] = failure_json(at, arena);
  return (struct json){.type = JSON_ARRAY, .items = items, .length = count};
}

static struct json untried_json(const struct attack_result *result, struct arena *arena)
{
  uint32_t count = 0;
  for (const struct attack_untried *at = result->untried_attacks; at; at = at->next) count++;
  struct json *items = arena_new_array(arena, count + 1, sizeof *items);
  count = 0;
  for (const struct attack_untried *at = result->untried_attacks; at; at = at->next) {
    struct json_builder object = {0};
    add(&object, arena, "guarantee", json_string(text_of(guarantee_name(at->guarantee))));
    add(&object, arena, "tried", json_string(at->tried));
    add(&object, arena, "reason", json_string(at->reason));
    add(&object, arena, "help", text_or_null(at->help));
    items[count++] = json_builder_object(&object);
  }
  return (struct json){.type = JSON_ARRAY, .items = items, .length = count};
}

static struct json left_out_json(const struct attack_result *result, struct arena *arena)
{
  struct json *items = arena_new_array(arena, GUARANTEES_MAX, sizeof *items);
  uint32_t count = 0;
  for (size_t i = 0; guarantee_name(i); i++) {
    struct json_builder object = {0};
    if (result->left_out[i] == 0) continue;
    add(&object, arena, "guarantee", json_string(text_of(guarantee_name(i))));
    add_count(&object, arena, "tried", result->tried[i]);
    add_count(&object, arena, "of", result->tried[i] + result->left_out[i]);
    items[count++] = json_builder_object(&object);
  }
  return (struct json){.type = JSON_ARRAY, .items = items, .length = count};
}

static struct json guarantees_json(const struct attack_result *result, struct arena *arena)
{
  struct json_builder object = {0};
  for (size_t i = 0; guarantee_name(i); i++)
    add(&object, arena, guarantee_name(i), json_string(text_of(words[result->outcomes[i]])));
  return json_builder_object(&object);
}

static struct json result_json(const struct attack_result *result, struct arena *arena)
{
  struct json_builder object = {0};
  const struct route *route = &result->contract->route;
  add(&object, arena, "contract", json_string(text_of(result->contract->name)));
  add(&object, arena, "route",
      json_string(
          arena_print(arena, "%s %.*s", method_name(route->method), TEXT_ARGS(route->path))));
  add_count(&object, arena, "requests", result->requests);
  add_count(&object, arena, "passed", result->passed);
  add_count(&object, arena, "failed", result->failed);
  add_count(&object, arena, "not_tried", result->untried);
  add(&object, arena, "guarantees", guarantees_json(result, arena));
  add(&object, arena, "failures", failures_json(result, arena));
  add(&object, arena, "untried", untried_json(result, arena));
  add(&object, arena, "left_out", left_out_json(result, arena));
  return json_builder_object(&object);
}

struct json attack_report_json(const struct attack_report *report, struct arena *arena)
{
  struct json_builder object = {0};
  struct json *items = arena_new_array(arena, report->result_count + 1, sizeof *items);
  for (size_t i = 0; i < report->result_count; i++)
    items[i] = result_json(&report->results[i], arena);
  /* As text: numbers of JSON are doubles for many who read them. */
  add(&object, arena, "seed",
      json_string(arena_print(arena, "%llu", (unsigned long long)report->seed)));
  add_count(&object, arena, "attacks", report->passed + report->failed + report->untried);
  add_count(&object, arena, "passed", report->passed);
  add_count(&object, arena, "failed", report->failed);
  add_count(&object, arena, "not_tried", report->untried);
  add_count(&object, arena, "left_out", report->left_out);
  add(&object, arena, "most", report->most > 0 ? json_integer((int64_t)report->most) : json_null());
  add_count(&object, arena, "requests", report->requests);
  add_count(&object, arena, "elapsed_ms", (size_t)(report->elapsed_ns / 1000000));
  add(&object, arena, "contracts",
      (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)report->result_count});
  return json_builder_object(&object);
}
