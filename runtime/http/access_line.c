/* Lines of the access log (access_line.h). Without printf, which would cost as much as all the
 * rest. Texts that clients or rows choose are cut to where the longest line still fits. */
#include "http/access_line.h"

#include <time.h>

#include "base/json.h"

enum { PATH_BYTES = 1000, NAME_BYTES = 255, PRINCIPAL_BYTES = 128, NS_PER_US = 1000 };

/* Cut before `bytes`, at the end of a character. */
static struct text cut(struct text text, size_t bytes)
{
  if (text.length <= bytes) return text;
  text.length = bytes;
  while (text.length > 0 && ((unsigned char)text.data[text.length] & 0xc0) == 0x80) text.length--;
  return text;
}

static void append_number(struct buffer *out, uint64_t number)
{
  struct json json = json_integer((int64_t)number);
  json_write(out, &json);
}

static const char *second_of(struct access_time *time, int64_t now_ms, bool in_words)
{
  time_t second = (time_t)(now_ms / 1000);
  struct tm tm;
  if (time->second == second && time->text[0]) return time->text;
  if (in_words)
    strftime(time->text, sizeof time->text, "%H:%M:%S", localtime_r(&second, &tm));
  else
    strftime(time->text, sizeof time->text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&second, &tm));
  time->second = second;
  return time->text;
}

static void append_time(struct buffer *out, struct access_time *time, int64_t now_ms, bool in_words)
{
  unsigned ms = (unsigned)(now_ms % 1000);
  char fraction[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                     (char)('0' + ms % 10)};
  buffer_append_text(out, text_of(second_of(time, now_ms, in_words)));
  buffer_append(out, fraction, sizeof fraction);
}

/* Who it was. An id is a string or a number. */
static struct json principal_of(const struct access_entry *entry)
{
  struct json id = entry->reply->principal;
  if (id.type == JSON_STRING) id.length = (uint32_t)cut(json_text(&id), PRINCIPAL_BYTES).length;
  return id;
}

static void append_member(struct buffer *out, struct text name, struct text value)
{
  if (value.length == 0) return;
  buffer_append_text(out, name);
  json_write_string(out, value);
}

static void append_json(struct buffer *out, struct access_time *time,
                        const struct access_entry *entry)
{
  const struct request *request = entry->request;
  const struct reply *reply = entry->reply;
  struct json principal = principal_of(entry);
  buffer_append_text(out, TEXT("{\"time\":\""));
  append_time(out, time, entry->now_ms, false);
  buffer_append_text(out, TEXT("Z\",\"status\":"));
  append_number(out, (uint64_t)reply->status);
  if (request->path.length > 0) {
    append_member(out, TEXT(",\"method\":"), text_of(method_name(request->method)));
    append_member(out, TEXT(",\"path\":"), cut(request->path, PATH_BYTES));
  }
  append_member(out, TEXT(",\"address\":"), entry->address);
  buffer_append_text(out, TEXT(",\"bytes\":"));
  append_number(out, entry->bytes);
  buffer_append_text(out, TEXT(",\"duration_us\":"));
  append_number(out, entry->duration_ns / NS_PER_US);
  append_member(out, TEXT(",\"handler\":"), cut(reply->handler, NAME_BYTES));
  append_member(out, TEXT(",\"code\":"), cut(reply->code, NAME_BYTES));
  if (principal.type != JSON_NULL) {
    buffer_append_text(out, TEXT(",\"principal\":"));
    json_write(out, &principal);
  }
  append_member(out, TEXT(",\"request_id\":"), reply->request_id);
  append_member(out, TEXT(",\"trace_id\":"), request->trace_id);
  buffer_append_text(out, TEXT("}\n"));
}

static void append_word(struct buffer *out, const char *before, struct text word)
{
  if (word.length == 0) return;
  buffer_append_text(out, text_of(before));
  buffer_append_visible(out, word);
}

/* 14:03:22.120 200 GET /notes 0.41 ms notes.list by ada from 127.0.0.1 …  */
static void append_words(struct buffer *out, struct access_time *time,
                         const struct access_entry *entry)
{
  const struct request *request = entry->request;
  const struct reply *reply = entry->reply;
  struct json principal = principal_of(entry);
  append_time(out, time, entry->now_ms, true);
  buffer_print(out, " %d", reply->status);
  if (request->path.length > 0) append_word(out, " ", text_of(method_name(request->method)));
  append_word(out, " ", cut(request->path, PATH_BYTES));
  buffer_print(out, "  %.2f ms", (double)entry->duration_ns / 1e6);
  append_word(out, "  ", cut(reply->handler, NAME_BYTES));
  append_word(out, " ", cut(reply->code, NAME_BYTES));
  if (principal.type == JSON_STRING) append_word(out, " by ", json_text(&principal));
  if (principal.type == JSON_INTEGER) buffer_print(out, " by %lld", (long long)principal.integer);
  append_word(out, " from ", entry->address);
  append_word(out, "  ", reply->request_id);
  append_word(out, " ", request->trace_id);
  buffer_append_byte(out, '\n');
}

void access_line(struct buffer *out, struct access_time *time, const struct access_entry *entry,
                 bool in_words)
{
  if (in_words)
    append_words(out, time, entry);
  else
    append_json(out, time, entry);
}

void access_line_dropped(struct buffer *out, uint64_t count, bool in_words)
{
  buffer_print(
      out, in_words ? "%llu lines were dropped here: nobody read them\n" : "{\"dropped\":%llu}\n",
      (unsigned long long)count);
}
