/* Texts of the formats that JSON Schema names, and texts that are surely not of them: by the RFCs,
 * not by what checks them (schema/format.c). */
#ifndef WRIT_TESTING_FORMAT_TEXT_H
#define WRIT_TESTING_FORMAT_TEXT_H

#include "testing/values.h"

/* A text of `least` to `most` characters, as near to `wanted` as the format can be. It lies in the
 * values' arena. False if the format is none that is known, or has no text of such a length. */
bool format_text_make(struct values *values, struct text format, uint32_t least, uint32_t most,
                      uint32_t wanted, struct text *text);

/* The texts that the format refuses, each with a word about why, up to one without text. NULL: the
 * format is not known, or anything is of it. */
struct format_fault {
  const char *text, *what;
};
const struct format_fault *format_text_faults(struct text format);

#endif
