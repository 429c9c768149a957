/* A native stack beside the thread's own, for generated code: it has a guard, and can be left at
 * any instruction by a jump and used again. */
#ifndef WRIT_SANDBOX_STACK_H
#define WRIT_SANDBOX_STACK_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

struct stack {
  char *low; /* of the usable bytes; the guard lies below */
  size_t bytes;
  jmp_buf start;         /* where stack_switch lands */
  jmp_buf suspended;     /* where stack_resume lands */
  ucontext_t own, other; /* only for the first time */
  void (*function)(void *);
  void *argument;
  const void *other_low; /* the thread's own stack, as AddressSanitizer told */
  size_t other_bytes;
  void *other_fake, *fake; /* its own books of either stack */
};

/* An import that may use anything of the host first makes sure of this much. */
enum { STACK_RESERVE = 256 * 1024 };

int stack_init(struct stack *stack);
void stack_deinit(struct stack *stack);

/* Calls function(argument) on the stack, from its top. The function must not return. It jumps back
 * with `door`, as set by the caller, through stack_jump_out. */
_Noreturn void stack_switch(struct stack *stack, void (*function)(void *), void *argument);
_Noreturn void stack_jump_out(struct stack *stack, jmp_buf door);

/* Jumps back with `door`, and returns when stack_resume, called like stack_switch, goes on here. */
void stack_suspend(struct stack *stack, jmp_buf door);
_Noreturn void stack_resume(struct stack *stack);

/* Call where `door` was set, after having come back. */
void stack_landed(struct stack *stack);

/* True if the address lies in the guard. */
bool stack_guards(const struct stack *stack, const void *address);

/* Overflows this stack, on which the caller runs, unless it has STACK_RESERVE left. */
void stack_demand_reserve(const struct stack *stack);

#endif
