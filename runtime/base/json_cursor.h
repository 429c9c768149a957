/* What the parts of the JSON reader share: a place in the text, and how to complain about it.
 * Private to json_*.c. */
#ifndef WRIT_BASE_JSON_CURSOR_H
#define WRIT_BASE_JSON_CURSOR_H

#include "base/json.h"

struct json_cursor {
  const char *begin, *at, *end; /* at <= end; nothing is read at `end` */
  struct arena *arena;          /* for what is read */
  struct json_error *error;     /* may be NULL */
};

/* At an opening quote, which is to be there. Leaves the cursor behind the closing one. */
int json_read_string(struct json_cursor *cursor, struct json *value);

/* At a minus sign or a digit, which is to be there. Leaves the cursor behind the number. */
int json_read_number(struct json_cursor *cursor, struct json *value);

/* The first byte of [at, end) that cannot be in a string as it is or has to be checked: a quote, a
 * backslash, a control byte or the beginning of a UTF-8 sequence. */
const char *json_skip_plain(const char *at, const char *end);

/* Sets the error, with its offset, and returns -1. */
int json_fail(struct json_cursor *cursor, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same at the cursor, about what is missing there. */
int json_expected(struct json_cursor *cursor, const char *what);

static inline uint32_t json_offset_of(const struct json_cursor *cursor, const char *at)
{
  return (uint32_t)(at - cursor->begin);
}

static inline void json_skip_space(struct json_cursor *cursor)
{
  const char *at = cursor->at;
  while (at < cursor->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  cursor->at = at;
}

static inline bool json_next_is(const struct json_cursor *cursor, char byte)
{
  return cursor->at < cursor->end && *cursor->at == byte;
}

/* Steps over the byte if it is the next one. */
static inline bool json_take(struct json_cursor *cursor, char byte)
{
  if (!json_next_is(cursor, byte)) return false;
  cursor->at++;
  return true;
}

#endif
