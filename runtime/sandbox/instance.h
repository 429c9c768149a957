/* One guest and its runs, as the files of sandbox/ know it: entering, leaving, the signals, the
 * imports. Not for other folders.
 *
 * A run is entered by instance_enter, on a native stack of its own, and left by instance_leave,
 * from wherever it is: from an import, a trap in generated code, or a signal handler. There is no
 * other way out, and everything that a run holds belongs to the host, so nothing is unwound. */
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

/* A protected call of the guest in progress. */
struct
try {
  jmp_buf jump;
  uint32_t stack_pointer;
};

/* What imports get: the generated code hands this on to them. */
struct guest_link {
  struct sandbox *sandbox;
};

struct image {
  unsigned char *bytes; /* from linear.changing on */
  uint32_t length, end; /* `end` is the guest's address behind them */
  uint32_t query_count;
};

struct sandbox {
  guest_module guest,
      pristine; /* `pristine` is copied over `guest` before each run: wasm's globals */
  struct guest_link link;
  struct linear linear;
  struct stack stack;
  struct watchdog watchdog;
  void *signal_stack;
  stack_t former_signal_stack;
  uint32_t seed;        /* of Lua's hashes */
  struct image *opened; /* library and prelude, no handler yet */

  /* The present run. */
  volatile sig_atomic_t active;  /* generated code is on the stack: it may be left */
  volatile sig_atomic_t in_host; /* but an import is at work: only mark */
  uint64_t ticket;               /* of the watchdog */
  jmp_buf door;
  struct try tries[TRIES_MAX];
  volatile uint32_t try_depth;
  const char *volatile trap; /* which, for RUN_TRAPPED */
  uint32_t query_count;
  const struct run_host *host;
  struct arena *arena;
  struct run_result *result;
  uint32_t result_bytes;
  size_t logged; /* bytes */
  struct buffer
      outgoing; /* a handler's sources, a call, or a query's result until the guest takes it */

  /* The present pass of making an image. */
  enum packing packing;
  uint32_t fates_at, sources_at; /* addresses in the guest */
  uint32_t ready_top;            /* END_READY: where the guest's heap ends */
  struct buffer fates;           /* END_READY's bytes; what the next pass is told */
};

/* The sandbox of this thread: the one thing that signal handlers and traps, which get no argument,
 * need. */
extern _Thread_local struct sandbox *instance_current;

/* Runs `entry` on the run's stack until it leaves; the outcome is in sandbox->result. */
void instance_enter(struct sandbox *sandbox, void (*entry)(void *sandbox), uint64_t cpu_ns);

/* Leaves the run for good. Safe in a signal handler. */
_Noreturn void instance_leave(struct sandbox *sandbox, enum run_outcome outcome);
_Noreturn void instance_trap(struct sandbox *sandbox, const char *which);
_Noreturn void instance_trap_here(const char *which); /* in this thread's sandbox */

/* Puts an image in place, ready to be entered; `budget`: see linear_begin. */
void image_lay_out(struct sandbox *sandbox, const struct image *image, uint32_t budget);

/* Makes sandbox->opened: library and prelude. */
int image_open(struct sandbox *sandbox, struct error *error);

/* Installs the handlers of SIGSEGV, SIGBUS and SIGURG, once per process, and gives the calling
 * thread the stack they run on. */
int fault_init(struct sandbox *sandbox, struct error *error);
void fault_deinit(struct sandbox *sandbox);

#endif
