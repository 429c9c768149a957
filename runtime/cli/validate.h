/* What the two halves of `writ validate` share: validate.c takes files, validate_stdin.c lines. */
#ifndef WRIT_CLI_VALIDATE_H
#define WRIT_CLI_VALIDATE_H

#include "schema/schema.h"

enum {
  VALIDATE_MAX_BYTES = 16 << 20, /* of a document, a schema or a line */
};

/* Deep enough for anything people write; the validator bounds what it works through by itself. */
extern const struct json_limits validate_limits;

/* How schemas are compiled, and where the documents are that they refer to. */
struct validating {
  unsigned flags;         /* of schema_compile */
  bool reads_files;       /* references without a scheme are paths from / */
  struct text map_uri;    /* what a reference begins with whose document lies … */
  const char *map_folder; /* … in this folder; NULL: nowhere */
  struct arena arena;     /* what is read and compiled for the present schema */
  struct report report;
};

/* Compiles a schema that stands at `path` in a set of its own, which the caller frees. NULL after
 * errors, which are in the report. */
const struct schema *validate_compile(struct validating *v, const struct source *source,
                                      const char *path, const struct json *root,
                                      struct schema_set **set);

/* What the report says, one finding a line, without the last line's end. In the arena. */
struct text validate_findings(struct validating *v);

/* Appends `"errors":[…]`: of each problem the pointers, the keyword and the message, after line and
 * column if there is a source. */
void validate_write_errors(struct buffer *out, const struct schema_problems *problems,
                           const struct source *source);

/* Answers lines until standard input ends; returns the exit code. */
int validate_stdin(struct validating *v);

#endif
