/* The window that stays writable is small, so that wiping costs half a microsecond; more is granted
 * in growing steps, and given back to the kernel afterwards, which zeroes it. */
#include "sandbox/linear.h"

#include <string.h>
#include <sys/mman.h>

enum {
  PAGE = 4096,
  MODULE_BYTES = 1024 * 1024, /* the module's initial memory (cmake/guest.cmake) */
  STACK_FLOOR = 64 * 1024,    /* below: never, so that null pointers trap */
  STACK_WINDOW = 16 * 1024,
  HEAP_WINDOW = 48 * 1024, /* image included */
  HEAP_SPARE = 24 * 1024,  /* at least so much above the image ... */
  WINDOW_MAX = 256 * 1024, /* ... unless the image is this large */
  STEP_MIN = 64 * 1024,
  STEP_MAX = 1024 * 1024
};

static const size_t reservation = ((size_t)8 << 30) + (64 * 1024);
static const uint32_t highest_limit = 0xffff0000u; /* wasm's own end, less a page */

static uint32_t page_up(uint64_t address)
{
  return (uint32_t)((address + PAGE - 1) & ~(uint64_t)(PAGE - 1));
}

int linear_reserve(struct linear *linear)
{
  void *base =
      mmap(NULL, reservation, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return -1;
  linear->base = base;
  return mprotect(base, MODULE_BYTES, PROT_READ | PROT_WRITE);
}

void linear_release(struct linear *linear)
{
  if (linear->base) munmap(linear->base, reservation);
}

static int protect(const struct linear *linear, uint32_t from, uint32_t to, int access)
{
  return from < to ? mprotect(linear->base + from, to - from, access) : 0;
}

int linear_init(struct linear *linear, uint32_t stack_top, uint32_t changing)
{
  linear->stack_top = stack_top;
  linear->changing = changing;
  if (stack_top % PAGE || changing % PAGE || stack_top < STACK_FLOOR + STACK_WINDOW ||
      changing < stack_top)
    return -1;
  linear->stack_low = stack_top - STACK_WINDOW;
  linear->high = linear->keep = changing + HEAP_WINDOW;
  linear->limit = linear->high;
  return protect(linear, 0, linear->stack_low, PROT_NONE) ||
                 protect(linear, linear->stack_low, stack_top, PROT_READ | PROT_WRITE) ||
                 protect(linear, stack_top, changing, PROT_READ) ||
                 protect(linear, changing, linear->high, PROT_READ | PROT_WRITE)
             ? -1
             : 0;
}

void linear_begin(struct linear *linear, uint32_t image_end, uint32_t budget)
{
  uint64_t limit = (uint64_t)image_end + budget;
  uint32_t wanted = page_up((uint64_t)image_end + HEAP_SPARE);
  linear->image_end = image_end;
  linear->budget = budget < STACK_WINDOW + HEAP_SPARE ? STACK_WINDOW + HEAP_SPARE : budget;
  linear->limit = limit > highest_limit ? highest_limit : page_up(limit);
  if (linear->limit < wanted) linear->limit = wanted;
  if (wanted > linear->high && linear_grant(linear, wanted - 1) == GRANTED &&
      linear->high - linear->changing <= WINDOW_MAX)
    linear->keep = linear->high;
}

uint32_t linear_writable(const struct linear *linear)
{
  return linear->stack_top - linear->stack_low + linear->high - linear->changing;
}

/* What the run's budget has to bear if the writable parts were these. */
static bool within_budget(const struct linear *linear, uint32_t stack_low, uint32_t high)
{
  uint64_t heap = high > linear->image_end ? high - linear->image_end : 0;
  return heap + (linear->stack_top - stack_low) <= (uint64_t)linear->budget + STACK_WINDOW + PAGE;
}

static enum linear_grant grant_stack(struct linear *linear, uint32_t address)
{
  uint32_t had = linear->stack_top - linear->stack_low, low = address & ~(uint32_t)(PAGE - 1);
  uint32_t roomy = linear->stack_low > STACK_FLOOR + had ? linear->stack_low - had : STACK_FLOOR;
  if (roomy < low && within_budget(linear, roomy, linear->high)) low = roomy;
  if (!within_budget(linear, low, linear->high) ||
      protect(linear, low, linear->stack_low, PROT_READ | PROT_WRITE) != 0)
    return GRANT_OVER_BUDGET;
  linear->stack_low = low;
  return GRANTED;
}

static enum linear_grant grant_heap(struct linear *linear, uint32_t address)
{
  uint32_t step = linear->high - linear->changing, high = page_up((uint64_t)address + 1);
  step = step < STEP_MIN ? STEP_MIN : step > STEP_MAX ? STEP_MAX : step;
  uint32_t roomy = step < linear->limit - linear->high ? linear->high + step : linear->limit;
  if (roomy > high && within_budget(linear, linear->stack_low, roomy)) high = roomy;
  if (!within_budget(linear, linear->stack_low, high) ||
      protect(linear, linear->high, high, PROT_READ | PROT_WRITE) != 0)
    return GRANT_OVER_BUDGET;
  linear->high = high;
  return GRANTED;
}

enum linear_grant linear_grant(struct linear *linear, uint64_t address)
{
  if (address >= STACK_FLOOR && address < linear->stack_low)
    return grant_stack(linear, (uint32_t)address);
  if (address >= linear->high && address < linear->limit)
    return grant_heap(linear, (uint32_t)address);
  return GRANT_FORBIDDEN;
}

void *linear_range(struct linear *linear, uint32_t address, uint32_t length, bool writable)
{
  uint64_t end = (uint64_t)address + length;
  bool in_stack = address >= STACK_FLOOR && end <= linear->stack_top;
  bool in_constants = !writable && address >= linear->stack_top && end <= linear->changing;
  bool in_heap = address >= linear->changing && end <= linear->limit;
  if (length == 0) return linear->base + linear->changing;
  if (in_stack && address < linear->stack_low && linear_grant(linear, address) != GRANTED)
    return NULL;
  if (in_heap && end > linear->high && linear_grant(linear, end - 1) != GRANTED) return NULL;
  return in_stack || in_constants || in_heap ? linear->base + address : NULL;
}

void linear_wipe(struct linear *linear)
{
  uint32_t window = linear->stack_top - STACK_WINDOW;
  if (linear->stack_low < window) {
    madvise(linear->base + linear->stack_low, window - linear->stack_low, MADV_DONTNEED);
    protect(linear, linear->stack_low, window, PROT_NONE);
    linear->stack_low = window;
  }
  if (linear->high > linear->keep) {
    madvise(linear->base + linear->keep, linear->high - linear->keep, MADV_DONTNEED);
    protect(linear, linear->keep, linear->high, PROT_NONE);
    linear->high = linear->keep;
  }
  memset(linear->base + window, 0, STACK_WINDOW);
  memset(linear->base + linear->changing, 0, linear->keep - linear->changing);
}

bool linear_contains(const struct linear *linear, const void *address)
{
  uintptr_t base = (uintptr_t)linear->base, at = (uintptr_t)address;
  return linear->base && at >= base && at - base < reservation;
}
