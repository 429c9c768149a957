/* What names may look like: ASCII only, short, so that they can stand in SQL, Lua and paths alike.
 */
#ifndef WRIT_CONTRACT_NAME_H
#define WRIT_CONTRACT_NAME_H

#include <stdbool.h>

#include "base/text.h"

enum { NAME_MAX_BYTES = 64 };

/* [a-z][a-z0-9_]*: queries, their files, codes, folders and files of contracts. */
bool name_is_lower(struct text name);

/* [A-Za-z_][A-Za-z0-9_]*: input fields and parameters. */
bool name_is_field(struct text name);

#endif
