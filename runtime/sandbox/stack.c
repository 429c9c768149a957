/* The stack's first frame waits in a setjmp for ever; switching to it is a longjmp there, leaving
 * it one back: 40 ns for both, no system call. glibc's fortified longjmp refuses to jump between
 * stacks, so it is off in this file. AddressSanitizer wants to be told. */
#undef _FORTIFY_SOURCE
#include "sandbox/stack.h"

#include <stdint.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif
#ifdef ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

enum { STACK_BYTES = 2 * 1024 * 1024, GUARD_BYTES = 64 * 1024 };

/* Tells the sanitizer that the next jump goes to another stack, which may come back to this one if
 * there is a place to keep its books in. */
static void announce(void **fake, const void *low, size_t bytes)
{
#ifdef ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(fake, low, bytes);
#else
  (void)fake, (void)low, (void)bytes;
#endif
}

static void arrived(void *fake, const void **from_low, size_t *from_bytes)
{
#ifdef ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake, from_low, from_bytes);
#else
  (void)fake, (void)from_low, (void)from_bytes;
#endif
}

/* makecontext passes ints; a pointer is two of them. */
static void first_frame(unsigned high, unsigned low)
{
  struct stack *stack = (struct stack *)(((uintptr_t)high << 32) | low);
  if (_setjmp(stack->start) == 0) swapcontext(&stack->own, &stack->other);
  arrived(NULL, &stack->other_low, &stack->other_bytes);
  stack->function(stack->argument);
  __builtin_trap();
}

int stack_init(struct stack *stack)
{
  char *block = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (block == MAP_FAILED) return -1;
  stack->low = block + GUARD_BYTES;
  stack->bytes = STACK_BYTES;
  if (mprotect(block, GUARD_BYTES, PROT_NONE) != 0 || getcontext(&stack->own) != 0) return -1;
  stack->own.uc_stack.ss_sp = stack->low;
  stack->own.uc_stack.ss_size = stack->bytes;
  makecontext(&stack->own, (void (*)(void))first_frame, 2, (unsigned)((uintptr_t)stack >> 32),
              (unsigned)(uintptr_t)stack);
  return swapcontext(&stack->other, &stack->own);
}

void stack_deinit(struct stack *stack)
{
  if (stack->low) munmap(stack->low - GUARD_BYTES, GUARD_BYTES + stack->bytes);
}

void stack_switch(struct stack *stack, void (*function)(void *), void *argument)
{
  stack->function = function;
  stack->argument = argument;
  announce(&stack->other_fake, stack->low, stack->bytes);
  _longjmp(stack->start, 1);
}

void stack_jump_out(struct stack *stack, jmp_buf door)
{
  announce(NULL, stack->other_low, stack->other_bytes);
  _longjmp(door, 1);
}

void stack_suspend(struct stack *stack, jmp_buf door)
{
  if (_setjmp(stack->suspended) == 0) {
    announce(&stack->fake, stack->other_low, stack->other_bytes);
    _longjmp(door, 1);
  }
  arrived(stack->fake, &stack->other_low, &stack->other_bytes);
}

void stack_resume(struct stack *stack)
{
  announce(&stack->other_fake, stack->low, stack->bytes);
  _longjmp(stack->suspended, 1);
}

void stack_landed(struct stack *stack)
{
  arrived(stack->other_fake, NULL, NULL);
#ifdef ADDRESS_SANITIZER
  __asan_unpoison_memory_region(stack->low, stack->bytes); /* frames that may never return */
#endif
}

bool stack_guards(const struct stack *stack, const void *address)
{
  uintptr_t low = (uintptr_t)stack->low, at = (uintptr_t)address;
  return at < low && at >= low - GUARD_BYTES;
}

/* A fault, so that the way out is the signal's stack: here there may be no room even for that. */
void stack_demand_reserve(const struct stack *stack)
{
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (here < (uintptr_t)stack->low + STACK_RESERVE) *(volatile char *)(stack->low - 1) = 0;
}
