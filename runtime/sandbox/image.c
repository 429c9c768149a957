/* Images. One is made by runs like any other: from the module's data as it was linked, `open` makes
 * the one with library and prelude, once per sandbox; from that, `load` makes one with a handler.
 * Each is made in two passes so that it has no holes (sandbox/guest/pack.h): half of the bytes to
 * copy in. */
#include "base/crypto.h"
#include "base/memory.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum { BUILD_CPU_MS = 250, BUILD_MEMORY_BYTES = 16 * 1024 * 1024 };

static void enter_open(void *argument)
{
  struct sandbox *sandbox = argument;
  GUEST(open)
  (&sandbox->guest, sandbox->seed, sandbox->packing, sandbox->fates_at,
   (uint32_t)sandbox->fates.length);
  instance_trap(sandbox, "the guest returned");
}

static void enter_load(void *argument)
{
  struct sandbox *sandbox = argument;
  GUEST(load)
  (&sandbox->guest, sandbox->sources_at, sandbox->packing, sandbox->fates_at,
   (uint32_t)sandbox->fates.length);
  instance_trap(sandbox, "the guest returned");
}

void image_lay_out(struct sandbox *sandbox, const struct image *image, uint32_t budget)
{
  struct linear *linear = &sandbox->linear;
  linear_begin(linear, image->end, budget);
  memcpy(linear->base + linear->changing, image->bytes, image->length);
  sandbox->pristine.w2c_memory.size = linear->limit; /* what memory.copy and memory.fill check */
}

/* Copies the present memory up to an address that the guest told. */
static struct image *capture(struct sandbox *sandbox, uint32_t end)
{
  const struct linear *linear = &sandbox->linear;
  if (end < linear->changing) end = linear->changing;
  if (end > linear->high) end = linear->high;
  end &= ~15u;
  struct image *image = memory_new(sizeof *image);
  *image = (struct image){.length = end - linear->changing, .end = end};
  image->bytes = memory_new(image->length ? image->length : 1);
  memcpy(image->bytes, linear->base + linear->changing, image->length);
  return image;
}

/* One pass. The sources (sandbox->outgoing) lie at the far end, below them the fates, below them
 * the heap ends. */
static enum run_outcome pass(struct sandbox *sandbox, const struct image *start,
                             void (*entry)(void *), enum packing packing)
{
  struct linear *linear = &sandbox->linear;
  struct text sources = buffer_text(&sandbox->outgoing), fates = buffer_text(&sandbox->fates);
  linear_wipe(linear);
  image_lay_out(sandbox, start, BUILD_MEMORY_BYTES);
  sandbox->packing = packing;
  sandbox->sources_at = (linear->limit - (uint32_t)sources.length) & ~15u;
  sandbox->fates_at = sandbox->sources_at - (packing == PACK_NOT ? 0 : PACK_FATES_MAX);
  uint32_t far_bytes = linear->limit - sandbox->fates_at;
  char *far = linear_range(linear, sandbox->fates_at, far_bytes, true);
  if (far_bytes && !far) return RUN_MEMORY;
  if (sources.length)
    memcpy(far + (sandbox->sources_at - sandbox->fates_at), sources.data, sources.length);
  if (packing == PACK_REPLAY) memcpy(far, fates.data, fates.length);
  instance_enter(sandbox, entry, (uint64_t)BUILD_CPU_MS * 1000000);
  return sandbox->result->outcome;
}

/* All passes. Returns NULL if the last one failed, with its outcome in sandbox->result. */
static struct image *make(struct sandbox *sandbox, const struct image *start, void (*entry)(void *))
{
  struct image *image = NULL;
  sandbox->host = NULL;
  sandbox->query_count = 0;
  buffer_clear(&sandbox->fates);
  enum run_outcome outcome = pass(sandbox, start, entry, PACK_RECORD);
  bool packed = outcome == RUN_RETURNED && sandbox->fates.length > 0 &&
                sandbox->fates.length <= PACK_FATES_MAX &&
                pass(sandbox, start, entry, PACK_REPLAY) == RUN_RETURNED &&
                sandbox->fates.length == 0;
  if (!packed && (outcome == RUN_RETURNED || outcome == RUN_MEMORY)) {
    buffer_clear(&sandbox->fates);
    outcome = pass(sandbox, start, entry, PACK_NOT);
  }
  if (outcome == RUN_RETURNED) image = capture(sandbox, sandbox->ready_top);
  linear_wipe(&sandbox->linear);
  return image;
}

int image_open(struct sandbox *sandbox, struct error *error)
{
  struct arena arena;
  struct run_result result = {0};
  struct image *linked = capture(sandbox, GUEST(heap)(&sandbox->guest));
  crypto_random(&sandbox->seed, sizeof sandbox->seed);
  arena_init(&arena, 4096);
  sandbox->arena = &arena;
  sandbox->result = &result;
  sandbox->opened = make(sandbox, linked, enter_open);
  if (!sandbox->opened)
    error_set(error, "the prelude failed: %.*s (%s)", TEXT_ARGS(result.message),
              result.outcome == RUN_TRAPPED ? sandbox->trap : "no trap");
  image_free(linked);
  arena_deinit(&arena);
  return sandbox->opened ? 0 : -1;
}

void image_free(struct image *image)
{
  if (!image) return;
  memory_free(image->bytes);
  memory_free(image);
}

size_t image_bytes(const struct image *image)
{
  return image->length;
}

/* The handler and its modules as the guest's `load` reads them. */
static void write_spec(struct buffer *out, const struct image_spec *spec)
{
  uint32_t query_count = (uint32_t)spec->query_count, module_count = (uint32_t)spec->module_count;
  wire_write_string(out, text_of(spec->path));
  wire_write_string(out, spec->source);
  buffer_append_byte(out, WIRE_ARRAY);
  buffer_append(out, &query_count, sizeof query_count);
  for (size_t i = 0; i < spec->query_count; i++) {
    struct json name = json_string(text_of(spec->queries[i]));
    wire_write(out, &name);
  }
  buffer_append(out, &module_count, sizeof module_count);
  for (size_t i = 0; i < spec->module_count; i++) {
    wire_write_string(out, text_of(spec->modules[i].name));
    wire_write_string(out, text_of(spec->modules[i].path));
    wire_write_string(out, spec->modules[i].source);
  }
}

static int check_spec(const struct image_spec *spec, struct error *error)
{
  if (spec->source.length > HANDLER_SOURCE_MAX_BYTES)
    return error_set(error, "%s:1: the file is larger than %d KB", spec->path,
                     HANDLER_SOURCE_MAX_BYTES / 1024);
  for (size_t i = 0; i < spec->module_count; i++) {
    if (spec->modules[i].source.length > HANDLER_SOURCE_MAX_BYTES)
      return error_set(error, "%s:1: the file is larger than %d KB", spec->modules[i].path,
                       HANDLER_SOURCE_MAX_BYTES / 1024);
  }
  return 0;
}

/* True if the message begins with the path of a file and a colon. */
static bool is_placed(struct text message, const struct image_spec *spec)
{
  bool placed = text_starts_with(message, spec->path);
  for (size_t i = 0; i < spec->module_count && !placed; i++)
    placed = text_starts_with(message, spec->modules[i].path);
  return placed;
}

static int explain(const struct sandbox *sandbox, const struct image_spec *spec,
                   struct error *error)
{
  const char *path = spec->path;
  const struct run_result *result = sandbox->result;
  switch (result->outcome) {
  case RUN_RAISED:
    return is_placed(result->message, spec)
               ? error_set(error, "%.*s", TEXT_ARGS(result->message))
               : error_set(error, "%s:1: %.*s", path, TEXT_ARGS(result->message));
  case RUN_DEADLINE:
    return error_set(error, "%s:1: loading took more than %d ms", path, BUILD_CPU_MS);
  case RUN_MEMORY:
    return error_set(error, "%s:1: loading took more than %d MB of memory", path,
                     BUILD_MEMORY_BYTES >> 20);
  default:
    return error_set(error, "%s:1: loading failed: %s", path,
                     result->outcome == RUN_TRAPPED ? sandbox->trap : "ctx is for calls only");
  }
}

int image_build(struct sandbox *sandbox, const struct image_spec *spec, struct image **image,
                struct error *error)
{
  struct arena arena;
  struct run_result result = {0};
  if (check_spec(spec, error) != 0) return -1;
  sandbox_claim_signals();
  buffer_clear(&sandbox->outgoing);
  write_spec(&sandbox->outgoing, spec);
  if (sandbox->outgoing.length > BUILD_MEMORY_BYTES / 2)
    return error_set(error, "%s:1: the modules are larger than %d MB together", spec->path,
                     BUILD_MEMORY_BYTES >> 21);
  arena_init(&arena, 4096);
  sandbox->arena = &arena;
  sandbox->result = &result;
  struct image *made = make(sandbox, sandbox->opened, enter_load);
  if (made) {
    made->query_count = (uint32_t)spec->query_count;
    *image = made;
  } else {
    explain(sandbox, spec, error);
  }
  arena_deinit(&arena);
  return made ? 0 : -1;
}
