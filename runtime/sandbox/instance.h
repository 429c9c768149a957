/* One guest and its runs, as the files of sandbox/ know it: entering, leaving, the signals, the
 * imports. Not for other folders.
 *
 * A run is entered by instance_enter, on a native stack of its own, and left by instance_leave,
 * from wherever it is: from an import, a trap in generated code, or a signal handler. There is no
 * other way out, and everything that a run holds belongs to the host, so nothing is unwound. An
 * import may also suspend it, and instance_resume goes on right there. */
#ifndef WRIT_SANDBOX_INSTANCE_H
#define WRIT_SANDBOX_INSTANCE_H

#include <setjmp.h>
#include <signal.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/boundary.h"
#include "sandbox/deadline.h"
#include "sandbox/linear.h"
#include "sandbox/module.h"
#include "sandbox/sandbox.h"
#include "sandbox/stack.h"

/* Lua allows 200 nested C calls and a few more for handling that error; each may be a protected
 * one. */
enum { TRIES_MAX = 250 };

/* A protected call of the guest in progress. Lies on the run's stack. */
struct
try {
  jmp_buf jump;
  uint32_t stack_pointer;
};

/* What imports get: the generated code hands this on to them. */
struct guest_link {
  struct instance *instance;
};

struct image {
  const char *bytes;    /* from linear.changing on */
  uint32_t length, end; /* `end` is the guest's address behind them */
  uint32_t query_count;
  bool sleeps;
  struct text text; /* the whole as bytes, of which `bytes` are the last (image_text.c) */
  char *owned;      /* the same, if they are the image's own; or NULL */
};

/* An image of so many bytes, zeroed, that end at the guest's address `end`. */
struct image *image_new(uint32_t length, uint32_t end);
/* Completes an image's text with what a call is allowed. */
void image_allow(struct image *image, uint32_t query_count, bool sleeps);

/* An image is copied for each request, in time that no deadline counts. */
enum { IMAGE_MAX_BYTES = 1024 * 1024 };

struct instance {
  guest_module guest,
      pristine; /* `pristine` is copied over `guest` before each run: wasm's globals */
  struct guest_link link;
  struct sandbox *sandbox;
  struct instance *next_idle;
  struct linear linear;
  struct stack stack;

  /* The present run. */
  volatile sig_atomic_t in_host; /* an import is at work: the deadline is only marked */
  uint64_t ticket;               /* of the watchdog */
  jmp_buf door;
  void (*entry)(struct instance *instance);
  struct try *tries[TRIES_MAX];
  volatile uint32_t try_depth;
  const char *volatile trap; /* which, for RUN_TRAPPED */
  struct run_host host;
  uint32_t query_count;
  struct arena *arena;
  struct run_result *result;
  uint32_t result_bytes;
  size_t logged;          /* bytes */
  struct buffer outgoing; /* the call, or a query's result until the guest takes it */

  /* A run that sleeps; the clocks of others are not read. */
  bool sleeps;
  uint64_t cpu_ns; /* that it may still use */
  uint64_t cpu_began_ns, total_ends_ns;

  struct making *making; /* an image is being made (image.c), this is not a call; or NULL */
};

/* How many runs may be suspended at once, in a worker. Each costs some 80 KB, and 8 GiB of address
 * space. */
enum { SUSPENDED_MAX = 4096 };

struct sandbox {
  struct watchdog watchdog;
  void *signal_stack;
  stack_t former_signal_stack;
  uint32_t seed;         /* of Lua's hashes */
  struct image *opened;  /* library and prelude, no handler yet */
  struct instance *idle; /* wiped */
  size_t idle_count, suspended_count;
};

/* The instance that this thread's generated code runs in, and on whose stack; NULL: none. The one
 * thing that signal handlers and traps, which get no argument, need. */
extern _Thread_local struct instance *volatile instance_current;

/* Reserves memory and stack; NULL if the machine has none. */
struct instance *instance_new(struct sandbox *sandbox);
void instance_free(struct instance *instance);

/* Puts an image in place, ready to be entered; `budget`: see linear_begin. */
void instance_lay_out(struct instance *instance, const struct image *image, uint32_t budget);

/* Runs `entry` on the run's stack until it leaves or is suspended; the outcome is in
 * instance->result. */
void instance_enter(struct instance *instance, void (*entry)(struct instance *instance),
                    uint64_t cpu_ns);
void instance_resume(struct instance *instance, uint64_t cpu_ns);

/* Leaves the run for good. Safe in a signal handler. Call it with in_host set, though the run will
 * not go on: before any call that does not return, AddressSanitizer takes a lock for its books, and
 * a run that is interrupted there and left would keep it. */
_Noreturn void instance_leave(struct instance *instance, enum run_outcome outcome);
_Noreturn void instance_trap(struct instance *instance, const char *which);

/* The guest has called the host: sets in_host, once it is sure that there is stack to work on. In
 * the other order a guest could have the host overflow it, which is a crash. */
void instance_enter_host(struct instance *instance);

/* Leaves the run as RUN_SUSPENDED; returns when it is resumed. */
void instance_suspend(struct instance *instance);

/* Makes sandbox->opened: library and prelude. */
int image_open(struct sandbox *sandbox, struct error *error);

/* What the guest says when an image is ready (END_READY). False if none is being made. */
bool image_ready(struct instance *instance, struct text bytes, int64_t number);

/* What the guest's `load` reads: a handler and its modules. And its `run`: a call. */
void image_write_spec(struct buffer *out, const struct image_spec *spec);
void sandbox_write_call(struct buffer *out, const struct run_input *input);

/* An instance without a run, and the way back. NULL: there is none, and none can be made. */
struct instance *sandbox_take(struct sandbox *sandbox);
void sandbox_give_back(struct sandbox *sandbox, struct instance *instance);

/* sandbox_run with something else than the guest on the run's stack: what a guest that has been
 * taken over could do (tests/fuzz/fuzz_imports.c). If `entry` returns, that is a trap. */
void sandbox_enter(struct sandbox *sandbox, const struct image *image,
                   const struct run_input *input, const struct run_limits *limits,
                   const struct run_host *host, struct arena *arena, struct run_result *result,
                   void (*entry)(struct instance *instance));

/* Installs the handlers of SIGSEGV, SIGBUS and SIGURG, once per process, and gives the calling
 * thread the stack they run on. */
int fault_init(struct sandbox *sandbox, struct error *error);
void fault_deinit(struct sandbox *sandbox);

#endif
