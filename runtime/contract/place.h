/* Messages that begin with a place, as those of Lua and of migrations do. */
#ifndef WRIT_CONTRACT_PLACE_H
#define WRIT_CONTRACT_PLACE_H

#include <stdbool.h>

#include "base/report.h"

/* If `*message` begins with the path and `:line:column: `, `:line: ` or `: `: goes behind that, and
 * gives where it is in the file's text (0: about the whole file). Otherwise false, and nothing
 * changes. */
bool place_read(const char **message, const char *path, struct text text, size_t *offset);

#endif
