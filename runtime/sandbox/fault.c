/* The signals: a fault grants memory or ends the run, the watchdog's signal ends it.
 *
 * A handler acts only if this thread runs generated code and no import is at work. Anything else
 * about SIGSEGV and SIGBUS is a crash of the host, left to the action that was there before.
 * Signals are not blocked in their handlers (SA_NODEFER) and the jump restores no mask, so a jump
 * out of a handler leaves nothing behind. */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <sys/mman.h>

#include "sandbox/instance.h"

enum { ALTERNATE_STACK_BYTES = 64 * 1024 };

/* What was there before us. Written by sandbox_claim_signals, read by the handler. */
static struct {
  struct sigaction segv, bus;
} before;

static bool is_late(const struct instance *instance)
{
  return watchdog_expired(&instance->sandbox->watchdog, instance->ticket);
}

/* The signal was none of ours: what would have happened without us, happens. */
static void decline(int number, const siginfo_t *info)
{
  sigaction(number, number == SIGBUS ? &before.bus : &before.segv, NULL);
  if (info->si_code <= 0) raise(number); /* sent, not caused: returning would not repeat it */
}

static void on_fault(int number, siginfo_t *info, void *context)
{
  struct instance *instance = instance_current;
  int saved_errno = errno;
  (void)context;
  if (!instance || instance->in_host || info->si_code <= 0) {
    decline(number, info);
    return;
  }
  bool on_stack = stack_guards(&instance->stack, info->si_addr);
  if (!on_stack && !linear_contains(&instance->linear, info->si_addr)) {
    decline(number, info);
    return;
  }
  instance->in_host = 1; /* the deadline must not interrupt the bookkeeping of grants */
  if (on_stack) instance_trap(instance, "stack exhausted");
  uintptr_t address = (uintptr_t)info->si_addr - (uintptr_t)instance->linear.base;
  enum linear_grant grant = linear_grant(&instance->linear, address);
  if (grant == GRANT_FORBIDDEN) instance_trap(instance, "out of bounds");
  if (grant == GRANT_OVER_BUDGET) instance_leave(instance, RUN_MEMORY);
  if (is_late(instance)) instance_leave(instance, RUN_DEADLINE);
  instance->in_host = 0;
  errno = saved_errno;
}

static void on_deadline(int number, siginfo_t *info, void *context)
{
  struct instance *instance = instance_current;
  (void)number, (void)info, (void)context;
  if (!instance || instance->in_host || !is_late(instance)) return;
  instance->in_host = 1;
  instance_leave(instance, RUN_DEADLINE);
}

static void claim(int number, const struct sigaction *ours, struct sigaction *former)
{
  struct sigaction present;
  sigaction(number, NULL, &present);
  if (present.sa_sigaction == ours->sa_sigaction) return;
  if (former) *former = present;
  sigaction(number, ours, NULL);
}

void sandbox_claim_signals(void)
{
  struct sigaction fault = {.sa_sigaction = on_fault,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  struct sigaction deadline = {.sa_sigaction = on_deadline,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};
  claim(SIGSEGV, &fault, &before.segv);
  claim(SIGBUS, &fault, &before.bus);
  claim(SIGURG, &deadline, NULL);
}

/* Masks are inherited: whoever started the process may have blocked what ends a run. */
static void unblock_signals(void)
{
  sigset_t needed;
  sigemptyset(&needed);
  sigaddset(&needed, SIGSEGV);
  sigaddset(&needed, SIGBUS);
  sigaddset(&needed, SIGURG);
  pthread_sigmask(SIG_UNBLOCK, &needed, NULL);
}

int fault_init(struct sandbox *sandbox, struct error *error)
{
  void *alternate =
      mmap(NULL, ALTERNATE_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (alternate == MAP_FAILED) return error_set(error, "no memory for the signal stack");
  sigaltstack(&(stack_t){.ss_sp = alternate, .ss_size = ALTERNATE_STACK_BYTES},
              &sandbox->former_signal_stack);
  sandbox->signal_stack = alternate;
  sandbox_claim_signals();
  unblock_signals();
  return 0;
}

void fault_deinit(struct sandbox *sandbox)
{
  if (!sandbox->signal_stack) return;
  sigaltstack(&sandbox->former_signal_stack, NULL);
  munmap(sandbox->signal_stack, ALTERNATE_STACK_BYTES);
}
