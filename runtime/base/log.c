/* The log: a line is built in a buffer and written at once. What is not a terminal gets JSON; a
 * terminal gets the same in words, with whatever could command it taken out. */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

enum { MESSAGE_BYTES = 1024 };

/* The file-scope variables of the base. Set at start, read by all threads: */
static atomic_int lowest_level = LOG_INFO;
/* Lines that nobody read, and that no line has told of yet. */
static atomic_uint dropped;

void log_set_level(enum log_level level)
{
  atomic_store_explicit(&lowest_level, (int)level, memory_order_relaxed);
}

static bool is_dropped(enum log_level level)
{
  return (int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
  static const char *const names[] = {"debug", "info", "warning", "error"};
  return names[level];
}

static void append_json_line(struct buffer *line, const struct tm *time, int milliseconds,
                             enum log_level level, struct text message, struct text fields)
{
  char date[32];
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", time);
  buffer_print(line, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"message\":", date, milliseconds,
               level_name(level));
  json_write_string(line, message);
  if (fields.length > 0) buffer_append_byte(line, ',');
  buffer_append_text(line, fields);
  buffer_append_text(line, TEXT("}\n"));
}

static void append_words(struct buffer *line, const struct tm *time, int milliseconds,
                         enum log_level level, struct text message, struct text fields,
                         struct text story)
{
  char hour[16];
  strftime(hour, sizeof hour, "%H:%M:%S", time);
  buffer_print(line, "%s.%03d %-7s ", hour, milliseconds, level_name(level));
  buffer_append_visible(line, message);
  if (story.length > 0) {
    buffer_append_text(line, story);
  } else if (fields.length > 0) {
    buffer_append_byte(line, ' ');
    buffer_append_visible(line, fields);
  }
  buffer_append_byte(line, '\n');
}

/* Whoever serves must not wait for a reader that has stopped, so the line is dropped then. */
static bool put(struct text line)
{
  struct pollfd space = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (poll(&space, 1, 0) != 1) return false;
  ssize_t ignored = write(STDERR_FILENO, line.data, line.length); /* nobody is left to be told */
  (void)ignored;
  return true;
}

static bool write_line(enum log_level level, struct text message, struct text fields,
                       struct text story)
{
  int64_t now_ms = clock_wall_ms();
  time_t seconds = (time_t)(now_ms / 1000);
  int milliseconds = (int)(now_ms % 1000);
  struct tm time;
  struct buffer line = {0};
  if (isatty(STDERR_FILENO)) {
    localtime_r(&seconds, &time);
    append_words(&line, &time, milliseconds, level, message, fields, story);
  } else {
    gmtime_r(&seconds, &time);
    append_json_line(&line, &time, milliseconds, level, message, fields);
  }
  bool written = put(buffer_text(&line));
  buffer_deinit(&line);
  return written;
}

/* Where lines are missing, one says how many. */
static void say(enum log_level level, struct text message, struct text fields, struct text story)
{
  char missing[64];
  unsigned count = atomic_exchange(&dropped, 0);
  snprintf(missing, sizeof missing, "%u lines were dropped: nobody read the log", count);
  if (count > 0 && !write_line(LOG_WARNING, text_of(missing), TEXT(""), TEXT("")))
    atomic_fetch_add(&dropped, count + 1);
  else if (!write_line(level, message, fields, story))
    atomic_fetch_add(&dropped, 1);
}

void log_message(enum log_level level, const char *format, ...)
{
  if (is_dropped(level)) return;
  char message[MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  say(level, text_of(message), TEXT(""), TEXT(""));
}

void log_fields(enum log_level level, const char *message, struct text fields)
{
  log_story(level, message, fields, TEXT(""));
}

void log_story(enum log_level level, const char *message, struct text fields, struct text story)
{
  if (!is_dropped(level)) say(level, text_of(message), fields, story);
}
