/* Templates: texts with {{names}} that something takes the place of. */
#ifndef WRIT_CLI_PLACEHOLDERS_H
#define WRIT_CLI_PLACEHOLDERS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

struct placeholder {
  const char *name;
  struct text value;
};

/* The template with all of them replaced, in the arena. Further lines of a value are indented as
 * the line that it stands on; a line that a placeholder without a value leaves blank is gone. Other
 * {{names}} stay as they are. */
struct text placeholders_fill(struct arena *arena, struct text template,
                              const struct placeholder *placeholders, size_t count);

#endif
