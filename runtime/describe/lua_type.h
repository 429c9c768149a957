/* What a JSON Schema admits, as a type of Lua: what a handler gets as input, and what it returns.
 *
 * It is made of what was compiled (schema_claims), so $ref and allOf are looked through. A type
 * says less than its schema, which the host validates with: what types cannot say (not, if,
 * contains) is left out, so that the type admits all that the schema does, and perhaps more. The
 * notation is that of LuaLS, the language server, and reads without it:
 *
 *   { id: string, sort?: "newest"|"title", tags: string[] }
 *
 * where `null` stands for JSON null. */
#ifndef WRIT_DESCRIBE_LUA_TYPE_H
#define WRIT_DESCRIBE_LUA_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

struct schema;
struct lua_type;

struct lua_member {
  struct text name;
  struct lua_type *type;
  bool required;
  bool conditional; /* declared where some values are concerned only: in an open object it may be
                       anything */
};

/* Keywords that bound a value without changing its type. */
enum lua_bound {
  BOUND_FORMAT,
  BOUND_PATTERN,
  BOUND_MIN_LENGTH,
  BOUND_MAX_LENGTH,
  BOUND_MINIMUM,
  BOUND_MAXIMUM,
  BOUND_ABOVE,
  BOUND_BELOW,
  BOUND_MULTIPLE_OF,
  BOUND_MIN_ITEMS,
  BOUND_MAX_ITEMS,
  BOUND_UNIQUE,
  BOUND_COUNT
};

struct lua_type {
  unsigned types; /* mask of 1 << enum json_type; a number is JSON_REAL alone; 0: nothing is said */
  const struct json *values; /* an array: of `enum`, or of `const` alone; NULL: any */
  struct lua_member *members;
  size_t member_count, member_capacity;
  bool open;                      /* other members may be there, */
  struct lua_type *others;        /* of this type; NULL: any */
  struct lua_type *element;       /* of an array; NULL: any */
  bool tuple;                     /* some elements have types of their own: it is an array of any */
  struct lua_type **alternatives; /* anyOf, oneOf */
  size_t alternative_count;
  const struct json *bounds[BOUND_COUNT]; /* or NULL */
};

/* The type of what the schema admits, in the arena. Returns NULL if the schema says too much to be
 * listed. */
struct lua_type *lua_type_of_schema(const struct schema *schema, struct arena *arena);

/* The member of this name, or NULL. */
const struct lua_member *lua_type_member(const struct lua_type *type, struct text name);

/* Whether its alternatives are all that there is to say. */
bool lua_type_is_union(const struct lua_type *type);

/* Whether an object of this type may have members that are not declared. */
bool lua_type_is_open(const struct lua_type *type);

/* The type that a member's values have; NULL: any. */
const struct lua_type *lua_type_of_member(const struct lua_type *type,
                                          const struct lua_member *member);

/* Appends the type in LuaLS's notation, on one line; NULL is `any`. */
void lua_type_write(struct buffer *out, const struct lua_type *type);

/* Appends a name as the key of a table type: `id`, or `["content-type"]`. */
void lua_type_write_key(struct buffer *out, struct text name);

/* Appends what bounds the value itself, in words: "1 to 200 characters, email"; nothing if nothing
 * does. */
void lua_type_write_bounds(struct buffer *out, const struct lua_type *type);

/* Appends the bounds of all values within, by their places, one after the other:
 * "notes: at most 20 elements; notes[].title: 1 to 200 characters". */
void lua_type_write_all_bounds(struct buffer *out, const struct lua_type *type);

#endif
