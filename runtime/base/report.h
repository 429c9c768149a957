/* Findings about an app's files, collected so that all of them are shown at once.
 *
 * Each finding has a code (base/finding.h), and says where it is (file, line, column), what is
 * wrong, and how to mend it. Errors keep an app from being served; warnings do not. All memory
 * comes from the report's own arena. */
#ifndef WRIT_BASE_REPORT_H
#define WRIT_BASE_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/finding.h"
#include "base/json.h"
#include "base/text.h"

/* A file that was read, kept so that offsets can be turned into lines. Borrowed by the report's
 * callers. */
struct source {
  const char *path; /* as shown to people: relative to the app's folder */
  struct text text; /* its data may be NULL: a file that could not be read, without lines */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct finding {
  struct finding *next;
  enum severity severity;
  enum finding_code code;
  const char *path;      /* NULL: about the app as a whole */
  unsigned line, column; /* 1-based, column in bytes; 0: about the whole file */
  const char *message;   /* what is wrong */
  const char *help;      /* how to mend it; may be NULL */
};

struct report {
  struct arena arena;
  struct finding *first, **last;
  size_t errors, warnings;
};

void report_init(struct report *report);
void report_deinit(struct report *report);

/* Adds an error at a byte offset of a source (NULL: the app as a whole). `help` says how to mend
 * it, may be NULL, and is copied. Returns -1, so that `return report_error(…)` reads well. */
int report_error(struct report *report, enum finding_code code, const struct source *source,
                 size_t offset, const char *help, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

void report_warning(struct report *report, enum finding_code code, const struct source *source,
                    size_t offset, const char *help, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Line and column (1-based, bytes) of an offset; an offset past the end gives the end. */
void source_locate(const struct source *source, size_t offset, unsigned *line, unsigned *column);

/* Prints `file:line:column: error W0102: what is wrong: how to mend it`, one line each, in the
 * order of files and lines. */
void report_print(struct report *report, FILE *out);

/* The same for tools, as docs/json/findings.schema.json describes it: the one object that every
 * command's --json has of its findings. It lies in the report's arena. */
struct json report_json(struct report *report);

#endif
