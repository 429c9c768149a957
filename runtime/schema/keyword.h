/* What the functions behind the keywords share. Private to keyword.c, assertion.c and
 * applicator.c, each of which has a table of its keywords. */
#ifndef WRIT_SCHEMA_KEYWORD_H
#define WRIT_SCHEMA_KEYWORD_H

#include "schema/program.h"

/* Keywords sorted by their names' bytes. */
struct schema_keywords {
  const struct schema_keyword *items;
  size_t count;
};

extern const struct schema_keywords schema_assertions, schema_applicators;

/* "a string", "null": for messages about a schema. */
const char *schema_kind(const struct json *value);

/* Reports that the keyword's value must be `what`. */
void schema_must_be(struct schema_at at, const struct json *value, const char *what);

/* The schema's rules for arrays and for objects, made when first needed. */
struct schema_array *schema_array_of(struct schema_at at);
struct schema_object *schema_object_of(struct schema_at at);

/* The compiled pattern of a string; NULL after an error. */
const struct schema_pattern *schema_pattern_value(struct schema_at at, const struct json *value);

#endif
