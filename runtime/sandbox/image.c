/* Images. One is made by runs like any other: from the module's data as it was linked, `open` makes
 * the one with library and prelude, once per sandbox; from that, `load` makes one with a handler.
 * Each is made in two passes so that it has no holes (sandbox/guest/pack.h): half of the bytes to
 * copy in. */
#include "base/crypto.h"
#include "base/memory.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum { BUILD_CPU_MS = 250, BUILD_MEMORY_BYTES = 16 * 1024 * 1024 };

/* Making one image: what its passes share. */
struct making {
  const struct image *start;
  struct text sources;           /* of the handler and its modules */
  uint32_t sources_at, fates_at; /* addresses in the guest, of the present pass */
  enum packing packing;
  uint32_t top;        /* what END_READY told: where the guest's heap ends */
  struct buffer fates; /* END_READY's bytes, which the next pass is told */
};

bool image_ready(struct instance *instance, struct text bytes, int64_t number)
{
  struct making *making = instance->making;
  if (!making) return false;
  making->top = number < 0 || number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
  buffer_clear(&making->fates);
  buffer_append_text(&making->fates, bytes);
  return true;
}

static void enter_open(struct instance *instance)
{
  const struct making *making = instance->making;
  GUEST(open)
  (&instance->guest, instance->sandbox->seed, making->packing, making->fates_at,
   (uint32_t)making->fates.length);
}

static void enter_load(struct instance *instance)
{
  const struct making *making = instance->making;
  GUEST(load)
  (&instance->guest, making->sources_at, making->packing, making->fates_at,
   (uint32_t)making->fates.length);
}

/* Copies the present memory up to an address that the guest told. */
static struct image *capture(const struct linear *linear, uint32_t end)
{
  if (end < linear->changing) end = linear->changing;
  if (end > linear->high) end = linear->high;
  end &= ~15u;
  struct image *image = image_new(end - linear->changing, end);
  memcpy(image->owned + image->text.length - image->length, linear->base + linear->changing,
         image->length);
  return image;
}

/* One pass. The sources lie at the far end, below them the fates, below them the heap ends. */
static enum run_outcome pass(struct instance *instance, struct making *making,
                             void (*entry)(struct instance *), enum packing packing)
{
  struct linear *linear = &instance->linear;
  struct text sources = making->sources, fates = buffer_text(&making->fates);
  linear_wipe(linear);
  instance_lay_out(instance, making->start, BUILD_MEMORY_BYTES);
  making->packing = packing;
  making->sources_at = (linear->limit - (uint32_t)sources.length) & ~15u;
  making->fates_at = making->sources_at - (packing == PACK_NOT ? 0 : PACK_FATES_MAX);
  uint32_t far_bytes = linear->limit - making->fates_at;
  char *far = linear_range(linear, making->fates_at, far_bytes, true);
  if (far_bytes && !far) return RUN_MEMORY;
  if (sources.length)
    memcpy(far + (making->sources_at - making->fates_at), sources.data, sources.length);
  if (packing == PACK_REPLAY) memcpy(far, fates.data, fates.length);
  instance_enter(instance, entry, (uint64_t)BUILD_CPU_MS * 1000000);
  return instance->result->outcome;
}

/* All passes. Returns NULL if the last one failed, with its outcome in *result. */
static struct image *make(struct instance *instance, const struct image *start, struct text sources,
                          void (*entry)(struct instance *), struct arena *arena,
                          struct run_result *result)
{
  struct making making = {.start = start, .sources = sources};
  struct image *image = NULL;
  instance->making = &making;
  instance->arena = arena;
  instance->result = result;
  instance->host = (struct run_host){0};
  instance->query_count = 0;
  instance->sleeps = false;
  enum run_outcome outcome = pass(instance, &making, entry, PACK_RECORD);
  bool packed =
      outcome == RUN_RETURNED && making.fates.length > 0 && making.fates.length <= PACK_FATES_MAX &&
      pass(instance, &making, entry, PACK_REPLAY) == RUN_RETURNED && making.fates.length == 0;
  if (!packed && (outcome == RUN_RETURNED || outcome == RUN_MEMORY)) {
    buffer_clear(&making.fates);
    outcome = pass(instance, &making, entry, PACK_NOT);
  }
  if (outcome == RUN_RETURNED) image = capture(&instance->linear, making.top);
  if (outcome == RUN_TRAPPED) result->message = text_of(instance->trap);
  buffer_deinit(&making.fates);
  instance->making = NULL;
  return image;
}

int image_open(struct sandbox *sandbox, struct error *error)
{
  struct arena arena;
  struct run_result result = {0};
  struct instance *instance = sandbox_take(sandbox);
  if (!instance)
    return error_set(error, "the sandbox cannot reserve 8 GiB of address space (ulimit -v?)");
  struct image *linked = capture(&instance->linear, GUEST(heap)(&instance->guest));
  crypto_random(&sandbox->seed, sizeof sandbox->seed);
  arena_init(&arena, 4096);
  sandbox->opened = make(instance, linked, TEXT(""), enter_open, &arena, &result);
  if (!sandbox->opened) error_set(error, "the prelude failed: %.*s", TEXT_ARGS(result.message));
  sandbox_give_back(sandbox, instance);
  image_free(linked);
  arena_deinit(&arena);
  return sandbox->opened ? 0 : -1;
}

void image_write_spec(struct buffer *out, const struct image_spec *spec)
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
  buffer_append_byte(out, spec->sleeps ? WIRE_TRUE : WIRE_FALSE);
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

static int explain(const struct run_result *result, const struct image_spec *spec,
                   struct error *error)
{
  const char *path = spec->path;
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
    return error_set(error, "%s:1: loading failed: %.*s", path,
                     TEXT_ARGS(result->outcome == RUN_TRAPPED ? result->message
                                                              : TEXT("ctx is for calls only")));
  }
}

int image_build(struct sandbox *sandbox, const struct image_spec *spec, struct image **image,
                struct error *error)
{
  struct arena arena;
  struct buffer sources = {0};
  struct run_result result = {0};
  struct image *made = NULL;
  if (check_spec(spec, error) != 0) return -1;
  sandbox_claim_signals();
  image_write_spec(&sources, spec);
  if (sources.length > BUILD_MEMORY_BYTES / 2) {
    buffer_deinit(&sources);
    return error_set(error, "%s:1: the modules are larger than %d MB together", spec->path,
                     BUILD_MEMORY_BYTES >> 21);
  }
  struct instance *instance = sandbox_take(sandbox);
  arena_init(&arena, 4096);
  if (instance) {
    made = make(instance, sandbox->opened, buffer_text(&sources), enter_load, &arena, &result);
    sandbox_give_back(sandbox, instance);
  } else {
    result.outcome = RUN_OVERLOADED;
  }
  if (made && made->length > IMAGE_MAX_BYTES) {
    image_free(made);
    made = NULL;
    error_set(error, "%s:1: once loaded, the file and its modules keep more than %d MB of memory",
              spec->path, IMAGE_MAX_BYTES >> 20);
  } else if (made) {
    image_allow(made, (uint32_t)spec->query_count, spec->sleeps);
    *image = made;
  } else {
    explain(&result, spec, error);
  }
  arena_deinit(&arena);
  buffer_deinit(&sources);
  return made ? 0 : -1;
}
