/* What host and guest agree on: the bytes that cross the wall, and how a run may end. Included by
 * both sides, so it includes nothing.
 *
 * A value is a tag and what follows, little-endian and unaligned:
 *   WIRE_NULL WIRE_FALSE WIRE_TRUE
 *   WIRE_INTEGER   int64
 *   WIRE_REAL      double
 *   WIRE_STRING    uint32 length, bytes
 *   WIRE_ARRAY     uint32 count, values
 *   WIRE_OBJECT    uint32 count, count times: uint32 length, key bytes, value
 *   WIRE_UNFIT     uint32 length, bytes: guest to host only; here stood what cannot be JSON, and
 * why The guest writes the members of an object in ascending order of their bytes, so that a glance
 * at two neighbours tells the host that keys are distinct. */
#ifndef WRIT_SANDBOX_BOUNDARY_H
#define WRIT_SANDBOX_BOUNDARY_H

enum wire_tag {
  WIRE_NULL,
  WIRE_FALSE,
  WIRE_TRUE,
  WIRE_INTEGER,
  WIRE_REAL,
  WIRE_STRING,
  WIRE_ARRAY,
  WIRE_OBJECT,
  WIRE_UNFIT
};

enum { WIRE_DEPTH_MAX = 64, WIRE_NODES_MAX = 100000 };

/* An image is made twice, so that it ends up without holes: the first time notes which allocations
 * outlive the making, a byte each; the second puts those together and all others elsewhere. Plain
 * is what to do if the second turned out differently. */
enum packing { PACK_NOT, PACK_RECORD, PACK_REPLAY };

enum { PACK_FATES_MAX = 64 * 1024 };

/* The import `end`: the guest is done, with `length` bytes at `data`. */
enum end_kind {
  END_READY, /* opened or loaded; `number` is the first unused address. PACK_RECORD: the fates, none
                if there were too many. PACK_REPLAY: none, or one byte if it went differently */
  END_RETURNED, /* a value; `number` is the status */
  END_REFUSED,  /* a text: the code given to ctx.fail */
  END_RAISED,   /* an array of two strings: message and traceback */
  END_BREACHED, /* a text: what of the result or a query's parameters is unfit */
  END_EXHAUSTED /* no bytes: the allocator has nothing left, garbage collection included */
};

#endif
