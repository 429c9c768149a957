/* What differs between two versions of a table, view, index or trigger, for people: the statement
 * that makes it, line by line. */
#ifndef WRIT_DESCRIBE_SQL_DIFF_H
#define WRIT_DESCRIBE_SQL_DIFF_H

#include "base/arena.h"
#include "base/text.h"

/* Lines that begin with "- ", "+ " or two spaces, each with its end. A table is laid out with one
 * column a line first, without comments, however it was written. An empty text is no statement. */
struct text sql_diff(struct arena *arena, struct text before, struct text after);

#endif
