/* Our own runtime for the C that wasm2c generates: memory, the function table, types of functions,
 * traps. The module is known: one memory that never grows by instruction, one table that is never
 * written; and it is instantiated as the `guest` of a struct instance, nowhere else. */
#include "sandbox/module.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "sandbox/instance.h"
#include "sandbox/linear.h"

#if !(defined(WASM_RT_MEMCHECK_GUARD_PAGES) && WASM_RT_MEMCHECK_GUARD_PAGES) &&                    \
    !(defined(WASM_RT_MEMCHECK_SIGNAL_HANDLER) && WASM_RT_MEMCHECK_SIGNAL_HANDLER)
#error "the generated code must rely on the guard around linear memory"
#endif

bool wasm_rt_is_initialized(void)
{
  return true;
}

void wasm_rt_trap(wasm_rt_trap_t trap)
{
  static const char *const texts[] = {[WASM_RT_TRAP_OOB] = "out of bounds",
                                      [WASM_RT_TRAP_INT_OVERFLOW] = "integer overflow",
                                      [WASM_RT_TRAP_DIV_BY_ZERO] = "division by zero",
                                      [WASM_RT_TRAP_INVALID_CONVERSION] =
                                          "invalid conversion to an integer",
                                      [WASM_RT_TRAP_UNREACHABLE] = "unreachable code",
                                      [WASM_RT_TRAP_CALL_INDIRECT] = "call of what is no function",
                                      [WASM_RT_TRAP_EXHAUSTION] = "stack exhausted"};
  const char *text = (size_t)trap < sizeof texts / sizeof *texts ? texts[trap] : NULL;
  if (!instance_current) abort(); /* generated code runs nowhere else */
  instance_enter_host(instance_current);
  instance_trap(instance_current, text ? text : "unknown trap");
}

#ifdef WRIT_WASM2C_OLD_NAMES

/* Equal signatures get equal numbers. Written once, under module_init. */
enum { TYPES_MAX = 256, TYPE_PARTS_MAX = 30 };
struct function_type {
  unsigned char parts[TYPE_PARTS_MAX]; /* count of parameters, count of results, then their types */
};
static struct {
  pthread_once_t once;
  uint32_t count;
  struct function_type items[TYPES_MAX];
} types = {.once = PTHREAD_ONCE_INIT};

uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...)
{
  struct function_type type = {.parts = {(unsigned char)parameters, (unsigned char)results}};
  if (parameters + results > TYPE_PARTS_MAX - 2 || types.count == TYPES_MAX) abort();
  va_list rest;
  va_start(rest, results);
  for (uint32_t i = 0; i < parameters + results; i++)
    type.parts[2 + i] = (unsigned char)(va_arg(rest, int) + 1);
  va_end(rest);
  for (uint32_t i = 0; i < types.count; i++) {
    if (memcmp(&types.items[i], &type, sizeof type) == 0) return i + 1;
  }
  types.items[types.count] = type;
  return ++types.count;
}

void module_init(void)
{
  pthread_once(&types.once, Z_guest_init_module);
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages)
#else

void module_init(void) {}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages,
                             bool is64)
#endif
{
  struct instance *instance =
      (struct instance *)((char *)memory - offsetof(struct instance, guest.w2c_memory));
  memset(memory, 0, sizeof *memory);
  memory->data = instance->linear.base; /* reserved before the module was instantiated */
  memory->pages = pages;
  memory->max_pages = max_pages;
  memory->size = pages * 65536;
#ifndef WRIT_WASM2C_OLD_NAMES
  memory->is64 = is64;
#endif
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory)
{
  memory->data = NULL; /* released with its instance */
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t count,
                                    uint32_t max_count)
{
  table->data = memory_new_array(count, sizeof *table->data);
  table->size = count;
  table->max_size = max_count;
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table)
{
  memory_free(table->data);
}
