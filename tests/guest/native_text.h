/* Running one handler in the native guest, from sources to text. */
#ifndef WRIT_TESTS_NATIVE_TEXT_H
#define WRIT_TESTS_NATIVE_TEXT_H

#include <stdio.h>
#include <stdlib.h>

#include "native.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

static inline struct text native_message(struct arena *arena, const struct native_end *end)
{
  /* END_RAISED: an array of two strings, message and traceback */
  uint32_t length = 0;
  bool pair = end->kind == END_RAISED && end->length >= 10;
  if (pair) memcpy(&length, end->data + 6, sizeof length);
  struct text bytes = {end->data + (pair ? 10 : 0), pair ? length : end->length};
  return wire_clean(arena, bytes, 4096);
}

/* As sandbox_run's outcomes: JSON, or a word and the message. */
static inline void native_print(struct arena *arena, const struct native_end *end,
                                struct buffer *out)
{
  static const char *const words[] = {[END_REFUSED] = "refused",
                                      [END_RAISED] = "raised",
                                      [END_BREACHED] = "breached",
                                      [END_EXHAUSTED] = "memory"};
  struct json value;
  struct text problem = TEXT("");
  if (end->kind == END_READY) {
    buffer_print(out, "ready");
  } else if (end->kind != END_RETURNED) {
    buffer_print(out, "%s %.*s", words[end->kind], TEXT_ARGS(native_message(arena, end)));
  } else if (end->length > 1048576) {
    buffer_print(out, "breached the result is larger than 1048576 bytes");
  } else {
    struct text bytes = {end->data, end->length};
    enum wire_outcome outcome = wire_read(arena, bytes, &value, &problem);
    if (outcome == WIRE_READ) json_write(out, &value);
    if (outcome == WIRE_UNFITTING) buffer_print(out, "breached %.*s", TEXT_ARGS(problem));
    if (outcome == WIRE_MALFORMED) buffer_print(out, "trapped the result is malformed");
  }
}

static inline struct json native_json(struct arena *arena, const char *text)
{
  struct json value = json_null();
  struct json_error error;
  if (json_read(arena, text_of(text), NULL, &value, &error) != 0) {
    fprintf(stderr, "not JSON: %s: %s\n", error.message, text);
    exit(2);
  }
  return value;
}

/* Opens and loads; the end of what failed, or of loading. */
static inline struct native_end native_begin(const struct image_spec *spec,
                                             const struct native_host *host)
{
  struct buffer sources = {0};
  struct native_end end = native_open(host);
  if (end.kind != END_READY) return end;
  free(end.data);
  image_write_spec(&sources, spec);
  end = native_load(sources.data, sources.length);
  buffer_deinit(&sources);
  return end;
}

static inline struct native_end native_call(struct arena *arena, const char *input,
                                            const char *context)
{
  struct json value = native_json(arena, input), fields = native_json(arena, context);
  struct run_input call = {.input = &value, .context = &fields};
  struct buffer bytes = {0};
  sandbox_write_call(&bytes, &call);
  struct native_end end = native_run(bytes.data, bytes.length);
  buffer_deinit(&bytes);
  return end;
}

#endif
