/* Lua values from and to the bytes of sandbox/boundary.h. */
#ifndef WRIT_GUEST_VALUES_H
#define WRIT_GUEST_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lua.h"

/* Bytes that the host wrote. It is trusted to have written them well. */
struct reader {
  const unsigned char *next;
};

uint32_t read_count(struct reader *reader);
/* A string's bytes, borrowed from the buffer. */
const char *read_string(struct reader *reader, size_t *length);

/* [-0, +1, m] Pushes the next value. JSON's null becomes the light userdata NULL. */
void read_value(lua_State *L, struct reader *reader);

/* [-0, +0, m] Sets the members of the next value, an object, in the table at `table`; null ones are
 * left out. */
void read_into(lua_State *L, struct reader *reader, int table);

struct written {
  const void *data;
  size_t length;
};

/* [-0, +0, -] The value at `index`. What cannot be JSON is written as WIRE_UNFIT, and writing ends
 * there. Valid until the next call. No metamethod is consulted, no finalizer runs. */
struct written write_value(lua_State *L, int index);

/* Two strings as an array. */
struct written write_pair(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
