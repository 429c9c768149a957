/* Replies (response.h). The host's own words, and headers from the dispatcher which have been made
 * from checked parts; they are checked once more, since one line too many here would be a reply of
 * its own. */
#include "http/response.h"

#include <time.h>

#include "base/log.h"
#include "http/guard.h"

static const struct {
  int status;
  const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

/* The reason phrase may be empty, the space before it not (RFC 9112 section 4). */
static const char *reason_of(int status)
{
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (reasons[i].status == status) return reasons[i].reason;
  return "";
}

/* IMF-fixdate (RFC 9110 section 5.6.7), whatever the locale. */
static const char *date_text(struct response_date *date, int64_t now_ms)
{
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int64_t second = now_ms / 1000;
  if (date->second == second && date->text[0]) return date->text;
  time_t time = (time_t)second;
  struct tm tm;
  if (!gmtime_r(&time, &tm)) return date->text;
  struct buffer buffer = {0};
  buffer_print(&buffer, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
               months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
  size_t length = buffer.length < sizeof date->text ? buffer.length : sizeof date->text - 1;
  memcpy(date->text, buffer.data, length);
  date->text[length] = '\0';
  date->second = second;
  buffer_deinit(&buffer);
  return date->text;
}

/* printf would cost more than all the rest of the head. */
static void append_number(struct buffer *out, size_t number)
{
  char digits[24];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  buffer_append(out, digits + at, sizeof digits - at);
}

static void append_status(struct buffer *out, int status)
{
  buffer_append_text(out, TEXT("HTTP/1.1 "));
  append_number(out, (size_t)status);
  buffer_append_byte(out, ' ');
  buffer_append_text(out, text_of(reason_of(status)));
  buffer_append(out, "\r\n", 2);
}

static bool is_clean(const struct reply_header *header)
{
  if (!header->name || !header->name[0]) return false;
  for (const char *c = header->name; *c; c++)
    if (!guard_is_token((unsigned char)*c)) return false;
  for (size_t i = 0; i < header->value.length; i++) {
    unsigned char byte = (unsigned char)header->value.data[i];
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

static void append_field(struct buffer *out, const char *name, struct text value)
{
  buffer_append_text(out, text_of(name));
  buffer_append(out, ": ", 2);
  buffer_append_text(out, value);
  buffer_append(out, "\r\n", 2);
}

/* No reply is a document: whatever a browser is told to do with one, it must not run, frame or
 * guess at it. 151 bytes, copied at once. */
static const struct text security_fields =
    TEXT_INITIALIZER("X-Content-Type-Options: nosniff\r\n"
                     "X-Frame-Options: DENY\r\n"
                     "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
                     "Referrer-Policy: no-referrer\r\n");

/* The reply's own headers, and the defaults for those that it lacks. */
static void append_headers(struct buffer *out, const struct reply *reply)
{
  bool cache_control = false;
  for (size_t i = 0; i < reply->header_count && i < REPLY_HEADERS_MAX; i++) {
    const struct reply_header *header = &reply->headers[i];
    if (!is_clean(header)) {
      log_message(LOG_ERROR, "a reply's header with control bytes was left out");
      continue;
    }
    append_field(out, header->name, header->value);
    if (text_is_ignoring_case(text_of(header->name), "Cache-Control")) cache_control = true;
  }
  if (!cache_control) append_field(out, "Cache-Control", TEXT("no-store"));
  if (reply->request_id.length > 0) append_field(out, "X-Request-Id", reply->request_id);
  buffer_append_text(out, security_fields);
}

static bool allows_body(int status)
{
  return status != 204 && status != 304;
}

bool response_has_body(const struct reply *reply, enum method method)
{
  return allows_body(reply->status) && method != METHOD_HEAD && reply->body.length > 0;
}

void response_head(struct buffer *out, struct response_date *date, const struct reply *reply,
                   const struct response_manner *manner)
{
  append_status(out, reply->status);
  append_field(out, "Date", text_of(date_text(date, manner->now_ms)));
  if (reply->content_type && allows_body(reply->status))
    append_field(out, "Content-Type", text_of(reply->content_type));
  if (allows_body(reply->status)) {
    buffer_append_text(out, TEXT("Content-Length: "));
    append_number(out, reply->body.length);
    buffer_append(out, "\r\n", 2);
  }
  append_headers(out, reply);
  cors_append(out, &manner->policy->cors, &manner->question, reply);
  if (manner->secure && manner->policy->hsts.length > 0)
    append_field(out, "Strict-Transport-Security", manner->policy->hsts);
  if (manner->close)
    append_field(out, "Connection", TEXT("close"));
  else if (manner->minor_version_0)
    append_field(out, "Connection", TEXT("keep-alive"));
  buffer_append(out, "\r\n", 2);
}
