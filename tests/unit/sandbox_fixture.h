/* Shared by the tests of the sandbox: one sandbox per program, handlers given as Lua text, results
 * as JSON text. */
#ifndef WRIT_TESTS_SANDBOX_FIXTURE_H
#define WRIT_TESTS_SANDBOX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "sandbox/sandbox.h"
#include "sandbox_examples.h"

/* How long a run may go on that is to end by itself, on the slowest machine; and one that is not.
 */
static const uint64_t LONG_NS = UINT64_C(5000000000), SHORT_NS = 20000000;

struct fixture {
  struct sandbox *sandbox;
  struct arena arena;
  struct run_limits limits;
  struct run_host host;
  struct run_result result;
  struct buffer log;   /* lines joined by '\n' */
  struct buffer calls; /* queries: "index:parameters\n" */
  struct json row;     /* what each query gives */
  bool refuse;         /* queries fail */
};

static inline bool fixture_query(void *context, uint32_t index, const struct json *parameters,
                                 struct json *result)
{
  struct fixture *fixture = context;
  buffer_print(&fixture->calls, "%u:", index);
  json_write(&fixture->calls, parameters);
  buffer_append_byte(&fixture->calls, '\n');
  *result = fixture->row;
  return !fixture->refuse;
}

static inline void fixture_log(void *context, struct text line)
{
  struct fixture *fixture = context;
  buffer_append_text(&fixture->log, line);
  buffer_append_byte(&fixture->log, '\n');
}

static inline int fixture_setup(void **state)
{
  static struct fixture fixture;
  struct error error = {0};
  fixture.limits = (struct run_limits){.cpu_ns = LONG_NS, .memory_bytes = 4 * 1024 * 1024};
  fixture.host = (struct run_host){&fixture, fixture_query, fixture_log};
  arena_init(&fixture.arena, 16384);
  if (crypto_init(&error) != 0 || sandbox_new(&fixture.sandbox, &error) != 0) {
    fprintf(stderr, "%s\n", error.message);
    return -1;
  }
  *state = &fixture;
  return 0;
}

static inline int fixture_teardown(void **state)
{
  struct fixture *fixture = *state;
  sandbox_free(fixture->sandbox);
  arena_deinit(&fixture->arena);
  buffer_deinit(&fixture->log);
  buffer_deinit(&fixture->calls);
  return 0;
}

/* Builds a handler; NULL with *error set if it does not load. */
static inline struct image *fixture_build(struct fixture *fixture, const char *source,
                                          const struct image_module *modules, size_t module_count,
                                          struct error *error)
{
  static const char *const queries[] = {"users.update_profile", "users.find", "notes.list"};
  struct image *image = NULL;
  struct image_spec spec = {.path = "app/handlers/t.lua",
                            .source = text_of(source),
                            .modules = modules,
                            .module_count = module_count,
                            .queries = queries,
                            .query_count = 3};
  return image_build(fixture->sandbox, &spec, &image, error) == 0 ? image : NULL;
}

static inline struct json fixture_json(struct fixture *fixture, const char *text)
{
  struct json value = json_null();
  if (json_read(&fixture->arena, text_of(text), NULL, &value, NULL) != 0)
    fail_msg("not JSON: %s", text);
  return value;
}

/* Runs an image with the input given as JSON text; the outcome is in fixture->result. */
static inline void fixture_run_image(struct fixture *fixture, const struct image *image,
                                     const char *input)
{
  arena_reset(&fixture->arena);
  buffer_clear(&fixture->log);
  buffer_clear(&fixture->calls);
  fixture->row = fixture_json(fixture, EXAMPLE_ROW);
  struct json value = fixture_json(fixture, input);
  struct json context = fixture_json(fixture, EXAMPLE_CONTEXT);
  struct run_input call = {.input = &value, .context = &context};
  sandbox_run(fixture->sandbox, image, &call, &fixture->limits, &fixture->host, &fixture->arena,
              &fixture->result);
}

static inline void fixture_run(struct fixture *fixture, const char *source, const char *input)
{
  struct error error = {0};
  struct image *image = fixture_build(fixture, source, NULL, 0, &error);
  if (!image) fail_msg("does not load: %s\n%s", error.message, source);
  fixture_run_image(fixture, image, input);
  image_free(image);
}

/* The result as text: JSON, or "outcome message". */
static inline const char *fixture_text(struct fixture *fixture)
{
  static const char *const names[] = {"returned", "refused", "stopped", "raised",     "breached",
                                      "deadline", "memory",  "trapped", "overloaded", "suspended"};
  struct buffer out = {0};
  if (fixture->result.outcome == RUN_RETURNED)
    json_write(&out, &fixture->result.value);
  else
    buffer_print(&out, "%s %.*s", names[fixture->result.outcome],
                 TEXT_ARGS(fixture->result.message));
  const char *text = arena_copy(&fixture->arena, buffer_text(&out)).data;
  buffer_deinit(&out);
  return text;
}

#endif
