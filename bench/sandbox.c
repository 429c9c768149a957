/* What the sandbox costs: a fresh instance for each request, Lua behind the wall against the same
 * Lua without it, the deadline. Run from the repository's root. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "measure.h"
#include "native.h"
#include "sandbox/instance.h"

enum { ROUNDS = 41, OVERRUNS = 301 };

static const double slice_ms = 20;

/* A handler behind the wall. */
struct walled {
  struct sandbox *sandbox;
  struct image *image;
  struct run_limits limits;
  struct run_result result;
  struct arena arena;
};

static void give_up(const char *what)
{
  fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

static struct text read_source(struct arena *arena, const char *path)
{
  struct error error = {0};
  struct text source;
  if (file_read(arena, path, HANDLER_SOURCE_MAX_BYTES, &source, &error) != 0)
    give_up(error.message);
  return source;
}

static struct image *load(struct sandbox *sandbox, struct arena *arena, const char *path,
                          struct text *source)
{
  struct error error = {0};
  struct image *image = NULL;
  *source = read_source(arena, path);
  struct image_module paging = {.name = "paging", .path = "app/lib/paging.lua"};
  paging.source = read_source(arena, paging.path); /* the example's only module */
  struct image_spec spec = {.path = path, .source = *source, .modules = &paging, .module_count = 1};
  if (image_build(sandbox, &spec, &image, &error) != 0) give_up(error.message);
  return image;
}

static void run_walled(void *context, long times)
{
  struct walled *walled = context;
  struct json input = {.type = JSON_OBJECT}, ctx = {.type = JSON_OBJECT};
  struct run_input call = {.input = &input, .context = &ctx};
  struct run_host host = {.context = NULL};
  for (long i = 0; i < times; i++) {
    arena_reset(&walled->arena);
    sandbox_run(walled->sandbox, walled->image, &call, &walled->limits, &host, &walled->arena,
                &walled->result);
    while (walled->result.suspended) sandbox_resume(walled->sandbox, &walled->result);
    if (walled->result.outcome != RUN_RETURNED) give_up("a handler failed");
  }
}

/* What every request pays before and after its handler: the image copied in, everything wiped. */
static void lay_out_and_wipe(void *context, long times)
{
  struct walled *walled = context;
  struct instance *instance = sandbox_take(walled->sandbox);
  for (long i = 0; i < times; i++) {
    instance_lay_out(instance, walled->image, walled->limits.memory_bytes);
    linear_wipe(&instance->linear);
  }
  sandbox_give_back(walled->sandbox, instance);
}

/* --- The example's handlers: size, and cost of a fresh instance. --- */

static void bench_instances(struct walled *walled, int count, char **paths)
{
  struct measure ns = {.count = 0};
  size_t largest = 0;
  struct arena arena;
  struct text source;
  arena_init(&arena, 65536);
  for (int i = 0; i < count; i++) {
    walled->image = load(walled->sandbox, &arena, paths[i], &source);
    struct contender fresh = {.run = lay_out_and_wipe, .context = walled};
    measure_interleave(&fresh, 1, 5, slice_ms);
    measure_add(&ns, measure_rank(&fresh.ns, 0.5));
    if (image_bytes(walled->image) > largest) largest = image_bytes(walled->image);
    image_free(walled->image);
  }
  printf("%-58s %7.2f us   (largest of %d handlers %.2f us)\n",
         "fresh instance: image copied in, all wiped", measure_rank(&ns, 0.5) / 1000, count,
         measure_rank(&ns, 1) / 1000);
  printf("%-58s %7.1f KB\n", "largest image", (double)largest / 1024);
  arena_deinit(&arena);
}

/* --- A usual small handler, five ways. --- */

static void bench_handler(struct walled *walled)
{
  struct text source;
  struct arena arena;
  arena_init(&arena, 65536);
  walled->image = load(walled->sandbox, &arena, "bench/handler.lua", &source);
  struct native *shared = native_new("handler", source.data, source.length);
  struct native *hooked = native_new("handler", source.data, source.length);
  native_set_hook(hooked);
  struct contender all[] = {{.run = run_walled, .context = walled},
                            {.run = native_fresh, .context = shared},
                            {.run = native_call, .context = shared},
                            {.run = native_call, .context = hooked}};
  measure_interleave(all, 4, ROUNDS, slice_ms);
  static const char *const names[] = {"small handler in a fresh instance, wiped",
                                      "the same in luaL_newstate + libraries (native)",
                                      "the same in one shared state (native)",
                                      "the same in one shared state with a count hook (native)"};
  double ratios[4];
  for (int i = 0; i < 4; i++) ratios[i] = measure_ratio(&all[i].ns, &all[0].ns);
  for (int i = 0; i < 4; i++)
    printf("%-58s %7.2f us   %6.2f x\n", names[i], measure_rank(&all[i].ns, 0.5) / 1000, ratios[i]);
  native_free(shared);
  native_free(hooked);
  image_free(walled->image);
  arena_deinit(&arena);
}

/* --- Suspension: a handler that sleeps once, against one that does not. --- */

static struct image *build_text(struct sandbox *sandbox, struct text source, bool sleeps)
{
  struct error error = {0};
  struct image *image = NULL;
  struct image_spec spec = {.path = "bench", .source = source, .sleeps = sleeps};
  if (image_build(sandbox, &spec, &image, &error) != 0) give_up(error.message);
  return image;
}

static void bench_suspension(struct walled *walled)
{
  struct walled sleeper = *walled;
  arena_init(&sleeper.arena, 65536);
  walled->image = build_text(walled->sandbox, TEXT("return function() end"), false);
  sleeper.image =
      build_text(walled->sandbox, TEXT("return function(_, ctx) ctx.sleep(0) end"), true);
  struct contender both[] = {{.run = run_walled, .context = walled},
                             {.run = run_walled, .context = &sleeper}};
  measure_interleave(both, 2, ROUNDS, slice_ms);
  printf("%-58s %7.2f us\n", "handler that does nothing", measure_rank(&both[0].ns, 0.5) / 1000);
  printf("%-58s %7.2f us\n", "handler that is suspended once and resumed",
         measure_rank(&both[1].ns, 0.5) / 1000);
  image_free(walled->image);
  image_free(sleeper.image);
  arena_deinit(&sleeper.arena);
}

/* --- Compute. --- */

static void bench_compute(struct walled *walled)
{
  static const char *const programs[] = {"fib", "strings", "tables", "sort", "objects", "floats"};
  struct measure all = {.count = 0};
  for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
    char path[64];
    struct text source;
    struct arena arena;
    arena_init(&arena, 65536);
    snprintf(path, sizeof path, "bench/compute/%s.lua", programs[i]);
    walled->image = load(walled->sandbox, &arena, path, &source);
    struct native *native = native_new(programs[i], source.data, source.length);
    struct contender both[] = {{.run = run_walled, .context = walled},
                               {.run = native_call, .context = native}};
    measure_interleave(both, 2, ROUNDS, slice_ms);
    double ratio = measure_ratio(&both[0].ns, &both[1].ns);
    printf("compute, %-49s %7.2f ms   %6.2f x native (%.2f ms)\n", programs[i],
           measure_rank(&both[0].ns, 0.5) / 1e6, ratio, measure_rank(&both[1].ns, 0.5) / 1e6);
    measure_add(&all, ratio);
    native_free(native);
    image_free(walled->image);
    arena_deinit(&arena);
  }
  double sum = 0;
  for (size_t i = 0; i < all.count; i++) sum += all.samples[i];
  printf("%-58s           %7.2f x native (worst %.2f)\n", "compute, mean of ratios",
         sum / (double)all.count, measure_rank(&all, 1));
}

/* --- The deadline. --- */

/* All that a run does for its deadline. */
static void announce_runs(void *context, long times)
{
  struct walled *walled = context;
  struct watchdog *watchdog = &walled->sandbox->watchdog;
  for (long i = 0; i < times; i++) {
    watchdog_begin(watchdog, UINT64_MAX);
    watchdog_end(watchdog);
  }
}

static void bench_announcing(struct walled *walled)
{
  struct text source;
  struct arena arena;
  arena_init(&arena, 65536);
  walled->image = load(walled->sandbox, &arena, "bench/handler.lua", &source);
  struct contender both[] = {{.run = announce_runs, .context = walled},
                             {.run = run_walled, .context = walled}};
  measure_interleave(both, 2, ROUNDS, slice_ms);
  double ratio = measure_ratio(&both[0].ns, &both[1].ns);
  printf("%-58s %7.2f %%   (%.1f ns of the small handler's run)\n",
         "deadline machinery, what a run does for it", 100 * ratio, measure_rank(&both[0].ns, 0.5));
  image_free(walled->image);
  arena_deinit(&arena);
}

/* The handler in a sandbox with its watchdog asleep, and in one with it awake. */
static void bench_watchdog(struct walled *walled)
{
  struct text source;
  struct arena arena;
  struct walled unwatched = *walled;
  struct error error = {0};
  arena_init(&arena, 65536);
  arena_init(&unwatched.arena, 65536);
  if (sandbox_new(&unwatched.sandbox, &error) != 0) give_up(error.message);
  watchdog_stop(&unwatched.sandbox->watchdog);
  walled->image = unwatched.image =
      load(walled->sandbox, &arena, "bench/compute/tables.lua", &source);
  struct contender both[] = {{.run = run_walled, .context = walled},
                             {.run = run_walled, .context = &unwatched}};
  measure_interleave(both, 2, 3 * ROUNDS, slice_ms);
  printf("%-58s %+7.2f %%\n", "deadline machinery, a long handler with and without",
         100 * (measure_ratio(&both[0].ns, &both[1].ns) - 1));
  image_free(walled->image);
  unwatched.sandbox->watchdog.started = false;
  sandbox_free(unwatched.sandbox);
  arena_deinit(&unwatched.arena);
  arena_deinit(&arena);
}

static void bench_overshoot(struct walled *walled)
{
  struct json input = {.type = JSON_OBJECT};
  struct run_input call = {.input = &input, .context = &input};
  struct run_limits limits = {.cpu_ns = 10000000, .memory_bytes = 1 << 20};
  struct run_host host = {.context = NULL};
  struct measure cpu = {.count = 0};
  struct image *image =
      build_text(walled->sandbox, TEXT("return function() while true do end end"), false);
  for (int i = 0; i < OVERRUNS; i++) {
    uint64_t begun = clock_thread_cpu_ns();
    sandbox_run(walled->sandbox, image, &call, &limits, &host, &walled->arena, &walled->result);
    uint64_t took = clock_thread_cpu_ns() - begun;
    if (walled->result.outcome != RUN_DEADLINE) give_up("an endless loop ended");
    measure_add(&cpu, ((double)took - (double)limits.cpu_ns) / 1e6);
  }
  printf("%-58s %7.2f ms   (p99 %.2f ms, CPU time beyond 10 ms)\n", "overshoot of an endless loop",
         measure_rank(&cpu, 0.5), measure_rank(&cpu, 0.99));
  image_free(image);
}

int main(int count, char **paths)
{
  struct error error = {0};
  struct walled walled = {.limits = {.cpu_ns = UINT64_C(60) * 1000000000,
                                     .total_ns = UINT64_C(60) * 1000000000,
                                     .memory_bytes = 64 << 20}};
  if (crypto_init(&error) != 0 || sandbox_new(&walled.sandbox, &error) != 0) give_up(error.message);
  arena_init(&walled.arena, 65536);
  if (count > 1) bench_instances(&walled, count - 1, paths + 1);
  bench_handler(&walled);
  bench_suspension(&walled);
  bench_compute(&walled);
  bench_announcing(&walled);
  bench_watchdog(&walled);
  bench_overshoot(&walled);
  sandbox_free(walled.sandbox);
  arena_deinit(&walled.arena);
  return 0;
}
