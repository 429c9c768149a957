/* The bytes of the boundary (sandbox/boundary.h) from and to struct json. */
#ifndef WRIT_SANDBOX_WIRE_H
#define WRIT_SANDBOX_WIRE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/boundary.h"

/* Appends a value. */
void wire_write(struct buffer *out, const struct json *value);
void wire_write_string(struct buffer *out, struct text text);

enum wire_outcome {
  WIRE_READ,      /* *value is set */
  WIRE_UNFITTING, /* not JSON: *problem says where and why, "/items/3/name: a function cannot be
                     JSON" */
  WIRE_MALFORMED  /* not what a healthy guest writes */
};

/* Reads one value, which must fill `bytes`: as distrustful as a parser of network input. The tree
 * and the problem lie in `arena`; nothing points into `bytes`. Bounded in depth and number of
 * values. */
enum wire_outcome wire_read(struct arena *arena, struct text bytes, struct json *value,
                            struct text *problem);

/* A copy that is valid UTF-8 of at most `max_bytes`: each invalid byte becomes '?', the rest is
 * cut. */
struct text wire_clean(struct arena *arena, struct text bytes, size_t max_bytes);

#endif
