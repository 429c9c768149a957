/* The host's side of the boundary, for a guest in the same process. */
#include "native.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "imports.h"

enum { TRIES_MAX = 250 };

struct lua_State;
typedef void (*protected_function)(struct lua_State *state, void *data);

void guest_open(uint32_t seed, enum packing mode, unsigned char *fates, uint32_t fate_count);
void guest_load(const unsigned char *spec, enum packing mode, unsigned char *fates,
                uint32_t fate_count);
void guest_run(unsigned char *call, uint32_t length, uint32_t limit);

/* What the linker and the generated code provide behind the wall. */
unsigned char __heap_base;
void __wasm_call_ctors(void);
void __wasm_call_ctors(void) {}

static struct {
  struct native_host host;
  jmp_buf door;
  struct native_end end;
  jmp_buf tries[TRIES_MAX];
  int depth;
  size_t waiting; /* a query's result to be taken */
} native;

int host_try(void *function, struct lua_State *state, void *data, int *jump)
{
  int depth = native.depth;
  protected_function protected;
  if (depth == TRIES_MAX) abort();
  *jump = depth;
  native.depth = depth + 1;
  memcpy(&protected, &function, sizeof protected); /* a pointer to a function, as void * */
  if (setjmp(native.tries[depth]) == 0) protected(state, data);
  native.depth = depth;
  return 0;
}

void host_throw(int jump)
{
  if (jump < 0 || jump >= native.depth) abort();
  longjmp(native.tries[jump], 1);
}

size_t host_query(uint32_t index, const void *parameters, size_t length)
{
  (void)index, (void)parameters, (void)length;
  native.waiting = native.host.row_length;
  return native.waiting;
}

void host_take(void *result, size_t length)
{
  if (length != native.waiting) abort();
  if (length) memcpy(result, native.host.row, length);
  native.waiting = 0;
}

void host_log(const char *line, size_t length)
{
  if (native.host.log) native.host.log(line, length);
}

void host_sleep(uint64_t ms)
{
  (void)ms;
}

void host_random(void *bytes, size_t length)
{
  memset(bytes, 0x5a, length);
}

void host_end(enum end_kind kind, const void *data, size_t length, int64_t number)
{
  native.end = (struct native_end){.kind = kind, .length = length, .number = number};
  native.end.data = malloc(length + 1);
  if (!native.end.data) abort();
  if (length) memcpy(native.end.data, data, length);
  native.end.data[length] = 0;
  longjmp(native.door, 1);
}

struct native_end native_open(const struct native_host *host)
{
  native.host = *host;
  native.depth = 0;
  if (setjmp(native.door) == 0) guest_open(1, PACK_NOT, NULL, 0);
  return native.end;
}

/* A copy of exactly its size, so that the reader is seen to go too far. It lives as long as the
 * process: what is loaded may point there. */
static unsigned char *copy(const void *bytes, size_t length)
{
  unsigned char *block = malloc(length ? length : 1);
  if (!block) abort();
  if (length) memcpy(block, bytes, length);
  return block;
}

struct native_end native_load(const void *spec, size_t length)
{
  native.depth = 0;
  if (setjmp(native.door) == 0) guest_load(copy(spec, length), PACK_NOT, NULL, 0);
  return native.end;
}

struct native_end native_run(const void *call, size_t length)
{
  native.depth = 0;
  if (setjmp(native.door) == 0) guest_run(copy(call, length), (uint32_t)length, 0);
  return native.end;
}
