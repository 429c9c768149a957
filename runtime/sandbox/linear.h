/* The linear memory of a guest: which of its bytes are writable, and the wiping of those.
 *
 *   0      floor        stack_top       changing      image end                limit          8 GiB
 * + guard | none |  stack, grows down | constants | image | call, heap, grows up       |    none
 * ...    | ^ stack_low                                  ^ high
 *
 * All of 8 GiB is reserved without access, since an address is a 32-bit number plus a 32-bit
 * offset: nothing the guest computes can leave it. [stack_low, stack_top) and [changing, high) are
 * writable; constants are read-only. A fault between these and the limits grants more and notes it.
 * Addresses of the guest are uint32_t. */
#ifndef WRIT_SANDBOX_LINEAR_H
#define WRIT_SANDBOX_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct linear {
  unsigned char *base;
  uint32_t stack_top, changing; /* of the module */
  volatile uint32_t stack_low, high;
  uint32_t limit;     /* of `high`, in this run */
  uint32_t budget;    /* of stack and heap together, in this run */
  uint32_t image_end; /* of this run's image */
  uint32_t keep;      /* stays writable between runs: [changing, keep) */
};

/* Reserves the address space; its first bytes, where the module's data goes, are writable. Returns
 * -1 if there is none. */
int linear_reserve(struct linear *linear);
void linear_release(struct linear *linear);

/* When the module has filled the reservation with its data: protects constants, makes the smallest
 * window writable. Returns -1 if the kernel refuses. */
int linear_init(struct linear *linear, uint32_t stack_top, uint32_t changing);

/* Prepares a run: its image ends at `image_end`, beyond it `budget` bytes may become writable. */
void linear_begin(struct linear *linear, uint32_t image_end, uint32_t budget);

enum linear_grant { GRANTED, GRANT_OVER_BUDGET, GRANT_FORBIDDEN };

/* Makes the byte at `address` writable, if the run may have it. Safe in a signal handler. */
enum linear_grant linear_grant(struct linear *linear, uint64_t address);

/* The host's pointer to bytes that the guest named, or NULL if it has no such bytes. Grants what is
 * needed; the pointer can be read, and written if `writable`, to its full length. */
void *linear_range(struct linear *linear, uint32_t address, uint32_t length, bool writable);

/* Bytes writable now. */
uint32_t linear_writable(const struct linear *linear);

/* After a run: zeroes everything that was writable, takes back all but the window. */
void linear_wipe(struct linear *linear);

/* True if the address lies in the reservation. */
bool linear_contains(const struct linear *linear, const void *address);

#endif
