/* What a text must not contain if people are to see what it says. */
#ifndef WRIT_CONTRACT_CHARACTERS_H
#define WRIT_CONTRACT_CHARACTERS_H

#include <stdbool.h>

#include "base/report.h"

/* Reports the first invisible character (base/invisible.h), or byte that is not UTF-8. True: there
 * is none. */
bool characters_check(const struct source *source, struct report *report);

/* The same for white space that is not ASCII's, of a text that is UTF-8. SQLite takes it for a
 * letter, so what looks like `FROM notes WHERE published` may be a table that is called otherwise,
 * and no condition. */
bool characters_check_spaces(const struct source *source, struct report *report);

/* The same for the escapes of a JSON document, which need not be one. An escape shows what it
 * stands for, so invisible characters may be written that way in values; but a member's name has no
 * \u escape, and nobody writes one for a character of ASCII that can be seen, unless to hide a word
 * from those who look for it. */
bool characters_check_escapes(const struct source *source, struct report *report);

#endif
