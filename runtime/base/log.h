/* The log: one JSON object a line on stderr, or words on a terminal. Never a secret, never a token.
 *
 * Fields come as JSON values so that control bytes from outside are always escaped. One write(2) a
 * line, so lines of several threads do not mix. While nobody reads, lines are dropped rather than
 * waited for, and the next one is preceded by one that says how many. */
#ifndef WRIT_BASE_LOG_H
#define WRIT_BASE_LOG_H

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_NOTHING };

/* Lines below this level are dropped, with LOG_NOTHING all; the default is LOG_INFO. Called once,
 * at start. */
void log_set_level(enum log_level level);

/* A line without fields. */
void log_message(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line about a request: `fields` is the inside of a JSON object ("\"route\":\"GET /x\",…"), made
 * with base/json.h, may be empty. */
void log_fields(enum log_level level, const char *message, struct text fields);

/* The same; a terminal shows `story`, if there is one, instead of the fields: several lines, in
 * which nothing commands it (buffer_append_visible). */
void log_story(enum log_level level, const char *message, struct text fields, struct text story);

#endif
