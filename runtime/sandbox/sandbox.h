/* The wall: handlers run here, and whatever they do to the interpreter they do to their own
 * instance.
 *
 * Lua and our guest code are compiled to WebAssembly and from there to C (wasm2c): every load and
 * store of the guest lies in its linear memory by construction. The linear memory is the instance.
 * At load a handler becomes an *image*: the used bytes of a memory in which library, prelude and
 * handler stand ready. To serve a request the image is copied in, run on a native stack of its own,
 * and forgotten; everything that was writable is wiped.
 *
 * A run can be abandoned at any instruction of the guest: by its deadline (a watchdog thread's
 * signal, CPU time of the run), by a trap (out of bounds, unreachable, stack exhausted), by
 * memory.grow past its limit, or by the host. All leave by one door and nothing has to hold
 * afterwards, because nothing is kept.
 *
 * The boundary is bytes (sandbox/wire.h). The host never holds a Lua pointer; all that the guest
 * says is checked like network input.
 *
 * A struct sandbox belongs to one thread, which alone may call these functions. It owns the signals
 * SIGURG (deadline), SIGSEGV and SIGBUS (traps) of the process: a fault that is not the guest's
 * ends the process as it would have without us. */
#ifndef WRIT_SANDBOX_SANDBOX_H
#define WRIT_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

struct sandbox;
struct image;

/* Starts the watchdog, reserves memory and a stack for the first run, and unblocks on this thread
 * the signals that end runs (SIGSEGV, SIGBUS, SIGURG). Sandboxes of one thread are freed in reverse
 * order, and without suspended runs. */
int sandbox_new(struct sandbox **sandbox, struct error *error);
void sandbox_free(struct sandbox *sandbox);

/* Installs the signal handlers again where something has replaced them (cmocka does, for each
 * test). sandbox_new and image_build do it too. */
void sandbox_claim_signals(void);

/* A module of app/lib that `require "name"` finds. */
struct image_module {
  const char *name; /* "money", "text.slug" */
  const char *path; /* for messages: "app/lib/text/slug.lua" */
  struct text source;
};

struct image_spec {
  const char *path; /* for messages: "app/handlers/users/update_profile.lua" */
  struct text source;
  const struct image_module *modules;
  size_t module_count;
  const char *const
      *queries; /* granted: "users.update_profile"; ctx.db.users.update_profile in Lua */
  size_t query_count;
  bool sleeps; /* ctx.sleep is granted */
};

enum { HANDLER_SOURCE_MAX_BYTES = 64 * 1024 };

/* Compiles a handler and everything it requires, under a deadline of its own. On failure -1 and the
 * error reads `path:line: what`. The image is immutable, independent of the sandbox it was built
 * in, and owned by the caller. The spec is borrowed for the call. */
int image_build(struct sandbox *sandbox, const struct image_spec *spec, struct image **image,
                struct error *error);
void image_free(struct image *image);

/* Bytes copied in before each run. */
size_t image_bytes(const struct image *image);

/* --- Images as bytes, for other processes. An image is all that a guest has in memory, so what it
 * depends on is the guest alone, and neither where it runs nor the sandbox that built it. --- */

/* Tells this binary's guest from all others. */
extern const unsigned char guest_identity[HASH_BYTES];

/* The image as bytes, which are its own. */
struct text image_text(const struct image *image);

/* The image that these bytes are, which are borrowed as long as it lives and must not change. -1 if
 * they are none, or those of another binary's guest. */
int image_read(struct text bytes, struct image **image, struct error *error);

/* Whether it was built for so many queries, and for sleeping or not. Run no image that does not
 * fit: its numbers of queries would mean others. */
bool image_fits(const struct image *image, size_t query_count, bool sleeps);

/* What a run may ask of the host. Called on the run's stack, in the run's thread, with the deadline
 * only marked, never acted upon: they may use anything of the host, but must not run for long and
 * must not run, resume or abandon anything. */
struct run_host {
  void *context;
  /* ctx.db: runs query `index` of image_spec.queries. `parameters` is what the handler computed, an
   * object or null. Returns true with *result set, or false to end the run: Lua cannot catch that.
   * What it allocates in the run's arena is gone once it has returned true. */
  bool (*query)(void *context, uint32_t index, const struct json *parameters, struct json *result);
  /* ctx.log and print: one line, valid UTF-8, at most 4 KB a run in all. */
  void (*log)(void *context, struct text line);
};

struct run_limits {
  uint64_t cpu_ns;       /* of the thread while it runs the guest */
  uint64_t total_ns;     /* of wall time for a run that sleeps, from its beginning to its end */
  uint32_t memory_bytes; /* of linear memory beyond what the image needs: stack, heap, input and
                            result */
  uint32_t result_bytes; /* of the encoded result; 0: 1 MB */
};

struct run_input {
  const struct json *input; /* the handler's first argument */
  const struct json
      *context; /* members become fields of its second, ctx: principal, now, new_id, request */
};

enum run_outcome {
  RUN_RETURNED, /* value and status are set */
  RUN_REFUSED,  /* ctx.fail(code): message is the code */
  RUN_STOPPED,  /* the host's query callback returned false */
  RUN_RAISED,   /* a Lua error: message and traceback */
  RUN_BREACHED, /* the result cannot be JSON: message names the path, "/items/3/name: …" */
  RUN_DEADLINE, /* of CPU time, or of total time: total_passed */
  RUN_MEMORY,
  RUN_TRAPPED, /* only a handler that attacks the interpreter gets here: message says which trap */
  RUN_OVERLOADED, /* too many runs are suspended, or there is no address space for one more */
  RUN_SUSPENDED   /* not over: sandbox_resume after `sleep_ms`, or sandbox_abandon */
};

struct run_result {
  enum run_outcome outcome;
  struct json value;              /* in the arena; an empty Lua table is an empty JSON_ARRAY */
  int64_t status;                 /* the handler's second return value; 0 if there was none */
  struct text message, traceback; /* in the arena; from the guest: valid UTF-8, at most 4 KB each */
  uint32_t memory_bytes;          /* the most that was writable */
  bool total_passed;              /* RUN_DEADLINE */
  uint64_t sleep_ms;              /* RUN_SUSPENDED */
  struct instance *suspended;     /* RUN_SUSPENDED, otherwise NULL: what holds the run */
};

/* Runs an image once. The result's trees and texts lie in `arena`. Never fails otherwise: what went
 * wrong is in result->outcome.
 *
 * A run of an image that sleeps may come back suspended. It keeps its memory and its stack, and
 * writes to `arena` and `result` again when it goes on, so both must stay; image, input, limits and
 * host (but for its context) need not. Others can run meanwhile. */
void sandbox_run(struct sandbox *sandbox, const struct image *image, const struct run_input *input,
                 const struct run_limits *limits, const struct run_host *host, struct arena *arena,
                 struct run_result *result);

/* Lets a suspended run go on, to its end or until it suspends again. One whose total time is over
 * ends as RUN_DEADLINE instead. */
void sandbox_resume(struct sandbox *sandbox, struct run_result *result);

/* Ends a suspended run. Does nothing to one that is over. */
void sandbox_abandon(struct sandbox *sandbox, struct run_result *result);

/* For the host's side of a query: true once the present run's CPU time is used up. Cheap. */
bool sandbox_deadline_passed(const struct sandbox *sandbox);

#endif
