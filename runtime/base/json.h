/* JSON (RFC 8259): one immutable value type for the whole program.
 *
 * A value is a tree in an arena: no reference counts, freed by resetting the arena. Each value
 * knows its byte offset in the source it was read from, so that an error in a contract can name
 * line and column.
 *
 * The reader is strict: UTF-8 checked, duplicate keys refused, depth and node count limited,
 * nothing but white space after the value. Integers are exact to 64 bits; a number that has no
 * fraction and no exponent and fits int64_t is an integer, every other one a double (one beyond a
 * double's range is an error). The writer prints the shortest digits that read back as the same
 * double. */
#ifndef WRIT_BASE_JSON_H
#define WRIT_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum json_type {
  JSON_NULL,
  JSON_BOOLEAN,
  JSON_INTEGER,
  JSON_REAL,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT
};

struct json_member;

struct json {
  enum json_type type;
  uint32_t offset; /* of its first byte in the source; 0 for a value that was made, not read */
  union {
    bool boolean;
    int64_t integer;
    double real;        /* never NaN or infinite */
    const char *string; /* `length` bytes of UTF-8, may contain NUL, and a NUL after them */
    struct json *items; /* array: `length` of them */
    struct json_member *members; /* object: `length` of them, in source order, keys distinct */
  };
  uint32_t length;
};

struct json_member {
  struct json key; /* always JSON_STRING, with its own offset */
  struct json value;
};

struct json_limits {
  uint32_t depth; /* of nested arrays and objects; 0: the default, 64; at most 1,000 */
  uint32_t nodes; /* values in all; 0: the default, 100,000 */
};

/* What is wrong with a text that is not JSON. */
struct json_error {
  uint32_t offset;   /* where, in bytes */
  char message[120]; /* e.g. "a comma or } must follow" */
};

/* Reads one document of at most UINT32_MAX bytes. The tree lies in `arena` and does not point into
 * `text`. Returns 0 or -1 with *error set (NULL accepted); limits may be NULL. */
int json_read(struct arena *arena, struct text text, const struct json_limits *limits,
              struct json *value, struct json_error *error);

/* Appends the value, compact, in the order of its members. Escapes only what RFC 8259 demands. */
void json_write(struct buffer *out, const struct json *value);

/* The same, indented by two spaces, for people. */
void json_write_pretty(struct buffer *out, const struct json *value);

/* Appends a quoted and escaped JSON string. `text` must be UTF-8 (invalid bytes become U+FFFD). */
void json_write_string(struct buffer *out, struct text text);

/* Appends a double's shortest round-trip form, which always contains '.', 'e' or is an integer
 * value. */
void json_write_real(struct buffer *out, double real);

/* The value of an object's member, or NULL (also if `object` is no object or NULL). */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_get_text(const struct json *object, struct text key);

/* The text of a string; the empty text for NULL and for anything else. */
struct text json_text(const struct json *value);

/* True if the value is this string. */
bool json_is_string(const struct json *value, const char *string);

/* Follows a JSON Pointer (RFC 6901); NULL if there is nothing. */
const struct json *json_at_pointer(const struct json *root, struct text pointer);

/* Equality as JSON Schema defines it: numbers by value (1 equals 1.0), objects without regard to
 * order. */
bool json_equal(const struct json *a, const struct json *b);

/* An object's members in an order that only their keys decide (by length, then bytes), for looking
 * up many of them. The caller frees the array with memory_free; the members stay where they are. */
const struct json_member **json_sorted_members(const struct json *object);

/* "null", "boolean", "integer", "number", "string", "array", "object". */
const char *json_type_name(enum json_type type);

/* Values made by hand. Strings are borrowed, not copied, and must live as long as the value and be
 * followed by a NUL. */
struct json json_null(void);
struct json json_boolean(bool boolean);
struct json json_integer(int64_t integer);
struct json json_real(double real); /* NaN and infinities become null */
struct json json_string(struct text text);

/* An object under construction, whose members lie in an arena. Zero-initialised is empty. Keys must
 * be distinct; they are borrowed like strings. */
struct json_builder {
  struct json_member *members;
  uint32_t length, capacity;
};
void json_builder_add(struct json_builder *builder, struct arena *arena, struct text key,
                      struct json value);
struct json json_builder_object(const struct json_builder *builder);

#endif
