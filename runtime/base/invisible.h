/* Characters that nobody sees, or that make the others show in another order: what a text that
 * people review must not contain.
 *
 * They are Unicode's controls (but for tab, line feed, and a carriage return before one), the
 * bidirectional controls, line and paragraph separator, and all that a renderer may ignore:
 * zero-width characters, fillers, variation selectors, tags. Letters that look like others are not
 * among them. */
#ifndef WRIT_BASE_INVISIBLE_H
#define WRIT_BASE_INVISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* What such a character is called ("RIGHT-TO-LEFT OVERRIDE"); NULL for all others. */
const char *invisible_name(uint32_t code_point);

/* Finds the first of them at or after the offset *at, which is moved there. Bytes that are not
 * UTF-8 count as well, with a *code_point of INVISIBLE_NOT_UTF8. False, if there is none. */
enum { INVISIBLE_NOT_UTF8 = -1 };
bool invisible_find(struct text text, size_t *at, int32_t *code_point);

#endif
