/* What a guest may write across the wall, read by the host: arbitrary bytes are read, found unfit
 * or found malformed, and nothing else happens. There is one spelling for each value, so what was
 * read is written as the very same bytes. */
#include "fuzz.h"

#include "base/json.h"
#include "sandbox/wire.h"

static void check_value(struct arena *arena, struct text bytes, const struct json *value)
{
  struct buffer written = {0}, text = {0};
  struct json again;
  struct json_error problem = {0};
  wire_write(&written, value);
  PROMISE(text_equal(buffer_text(&written), bytes), "%zu bytes are written as %zu", bytes.length,
          written.length);
  json_write(&text, value);
  PROMISE(json_read(arena, buffer_text(&text), NULL, &again, &problem) == 0, "%s: %.*s",
          problem.message, TEXT_ARGS(buffer_text(&text)));
  PROMISE(json_equal(value, &again), "%.*s", TEXT_ARGS(buffer_text(&text)));
  buffer_deinit(&written);
  buffer_deinit(&text);
}

static void check_clean(struct arena *arena, struct text bytes, size_t max_bytes)
{
  struct text clean = wire_clean(arena, bytes, max_bytes);
  PROMISE(clean.length <= max_bytes && text_is_utf8(clean), "%zu bytes", clean.length);
  if (text_is_utf8(bytes) && bytes.length <= max_bytes)
    PROMISE(text_equal(clean, bytes), "what was clean was changed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text bytes = fuzz_copy(data, size), problem = {NULL, 0};
  struct arena arena;
  struct json value;
  arena_init(&arena, 1024);
  switch (wire_read(&arena, bytes, &value, &problem)) {
  case WIRE_READ:
    check_value(&arena, bytes, &value);
    break;
  case WIRE_UNFITTING:
    PROMISE(problem.length > 0 && problem.length <= 1024 && text_is_utf8(problem), "%zu bytes",
            problem.length);
    break;
  case WIRE_MALFORMED:
    break;
  }
  check_clean(&arena, bytes, size / 2);
  check_clean(&arena, bytes, size);
  arena_deinit(&arena);
  free((void *)(uintptr_t)bytes.data);
  return 0;
}
