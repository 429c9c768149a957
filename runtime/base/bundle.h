/* A bundle: named parts in one sealed memfd, for handing what one process has made to others.
 *
 * Whoever opens it maps the very pages that were written, read-only: they are in memory once for
 * all processes, and nobody can change them any more, neither who made them nor who got them. Parts
 * are found by their names, which are sorted by bytes.
 *
 *   header     magic, count of parts, bytes in all
 *   directory  one entry for each part, in the order of names: where name and bytes lie
 *   the rest   names and bytes, each followed by a NUL that its length does not count
 *
 * Numbers are the machine's own: a bundle never leaves it. Reading trusts none of them. */
#ifndef WRIT_BASE_BUNDLE_H
#define WRIT_BASE_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* --- Writing --- */

struct bundle_item {
  const char *name;
  struct text bytes;
};

struct bundle_writer {
  struct arena arena; /* of names, and of bytes that were copied */
  struct bundle_item *items;
  size_t count, capacity;
};

void bundle_writer_init(struct bundle_writer *writer);
void bundle_writer_deinit(struct bundle_writer *writer);

/* Adds a part. The name is copied and must be another than those of all other parts; the bytes are
 * borrowed until the writer has sealed or is done, unless they are copied too. */
void bundle_add(struct bundle_writer *writer, const char *name, struct text bytes);
void bundle_add_copy(struct bundle_writer *writer, const char *name, struct text bytes);

/* Writes all of it and seals it against every change. `*fd` is the caller's to close, close-on-exec
 * and good for passing on. -1: a name came twice, or there is no memory. */
int bundle_seal(struct bundle_writer *writer, int *fd, struct error *error);

/* --- Reading --- */

struct bundle {
  const char *bytes; /* NULL: not open */
  size_t length;
  size_t count; /* of parts */
};

struct bundle_part {
  const char *name;  /* ends in NUL */
  struct text bytes; /* followed by a NUL */
};

/* Maps a bundle, after having looked that it is sealed and that all of it is as it should be. The
 * descriptor stays the caller's, who need not keep it. Everything that is found lies in the mapping
 * and is gone when it is closed. */
int bundle_open(int fd, struct bundle *bundle, struct error *error);
void bundle_close(struct bundle *bundle);

/* Part `index` in the order of names; it must be less than `count`. */
struct bundle_part bundle_part(const struct bundle *bundle, size_t index);

/* The part of this name; false if there is none. */
bool bundle_find(const struct bundle *bundle, const char *name, struct text *bytes);

/* The parts whose names begin so are those from `*first` on, up to the one before `*end`. */
void bundle_range(const struct bundle *bundle, const char *prefix, size_t *first, size_t *end);

#endif
