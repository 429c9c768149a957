/* Printing text that the authors of an app wrote, to people who may sit at a terminal: nothing of
 * it is a command to that, nor a further line. */
#ifndef WRIT_CLI_PRINT_H
#define WRIT_CLI_PRINT_H

#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

/* As buffer_append_visible shows it. */
void print_visible(FILE *out, struct text text);

/* Each line of it so, after `indent`. */
void print_lines(FILE *out, const char *indent, struct text lines);

/* A JSON document: the same values, but what cannot be seen is written as its escape. */
void print_json(FILE *out, struct text json);

/* The same of an object of these members. */
struct print_member {
  const char *name;
  struct json value;
};
void print_json_object(FILE *out, const struct print_member *members, size_t count);

/* What is wrong, on a line of stderr that begins with `prefix`; nothing if nothing is. */
void print_error(const char *prefix, const struct error *error);

#endif
