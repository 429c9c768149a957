/* Borrowed text, and a buffer that grows.
 *
 * `struct text` is a pointer and a length into memory that somebody else owns; it may contain NUL
 * and need not end in one. Functions that give out text say who owns the bytes. */
#ifndef WRIT_BASE_TEXT_H
#define WRIT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
  const char *data; /* may be NULL only where length is 0 */
  size_t length;    /* bytes */
};

/* The text of a string literal. */
#define TEXT(literal) ((struct text){"" literal "", sizeof(literal) - 1})

/* The same as the initialiser of something static, where C11 wants a constant. */
#define TEXT_INITIALIZER(literal)                                                                  \
  {                                                                                                \
    "" literal "", sizeof(literal) - 1                                                             \
  }

/* For printf: printf("%.*s", TEXT_ARGS(text)). Only for text known to be shorter than INT_MAX. */
#define TEXT_ARGS(text) (int)(text).length, (text).data

/* The text of a NUL-terminated string; NULL gives the empty text. */
struct text text_of(const char *string);

/* Byte equality. */
bool text_equal(struct text a, struct text b);

/* Byte equality with one of `count` texts. */
bool text_is_among(struct text text, const struct text *items, size_t count);

/* Byte equality with a NUL-terminated string. */
bool text_is(struct text text, const char *string);

/* ASCII case-insensitive equality (header names, hosts, SQL identifiers). */
bool text_equal_ignoring_case(struct text a, struct text b);
bool text_is_ignoring_case(struct text text, const char *string);

bool text_starts_with(struct text text, const char *prefix);
bool text_ends_with(struct text text, const char *suffix);

/* Whether the bytes of `part` stand somewhere in the text; false for an empty part. */
bool text_contains(struct text text, struct text part);

/* Byte order, as memcmp, shorter first: for qsort and binary search. */
int text_compare(struct text a, struct text b);

/* The text without the ASCII white space at both ends. */
struct text text_trim(struct text text);

/* Splits off what stands before `separator` and leaves the rest in *rest; false when *rest is used
 * up (data == NULL). "a,b" gives "a", then "b"; "" gives one empty text. */
bool text_split(struct text *rest, char separator, struct text *part);

/* True if all of the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(struct text text);

/* How many of the leading bytes are ASCII. Looks at eight at a time. */
size_t text_ascii_length(struct text text);

/* The length (1 to 4) of the well-formed UTF-8 sequence that the text begins with; 0 if there is
 * none. */
size_t text_utf8_sequence(struct text text);

/* The code point of such a sequence, which is all of the text. */
uint32_t text_utf8_decode(struct text sequence);

/* Levenshtein distance, at most `limit` + 1; for "did you mean". */
size_t text_distance(struct text a, struct text b, size_t limit);

/* The candidate closest to `text` within a third of its length, or NULL: "did you mean '%s'?". */
const char *text_suggestion(struct text text, const char *const *candidates, size_t count);

/* A growing byte buffer. Zero-initialised is empty and ready; one owner; never fails
 * (base/memory.h). */
struct buffer {
  char *data;
  size_t length, capacity;
};

void buffer_deinit(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
char *buffer_reserve(struct buffer *buffer,
                     size_t bytes); /* room for `bytes` more at the return value */
void buffer_append(struct buffer *buffer, const void *data, size_t bytes);
void buffer_append_text(struct buffer *buffer, struct text text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends the text so that it shows as one line of a terminal and commands nothing there: control
 * and invisible characters (base/invisible.h) become '?', bytes that are not UTF-8 become U+FFFD.
 */
void buffer_append_visible(struct buffer *buffer, struct text text);

/* The bytes written so far; valid until the next change. */
struct text buffer_text(const struct buffer *buffer);

#endif
