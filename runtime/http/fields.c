/* The meaning of a head (fields.h). A table names the fields that count; all others are not looked
 * at and reach nobody. Where RFC 9110 and 9112 leave a choice between mending and refusing, it
 * refuses. */
#include "http/fields.h"

#include "http/target.h"
#include "http/traceparent.h"

enum { CONTENT_LENGTH_DIGITS_MAX = 18 };

static const struct http_fault repeated_host = {400, "malformed", "more than one Host field"};
static const struct http_fault no_host = {400, "malformed", "HTTP/1.1 needs a Host field"};
static const struct http_fault bad_host = {400, "malformed", "the Host field is not a host"};
static const struct http_fault repeated_length = {400, "malformed",
                                                  "more than one Content-Length field"};
static const struct http_fault bad_length = {400, "malformed",
                                             "Content-Length is not one decimal number"};
static const struct http_fault bad_coding = {
    400, "malformed", "Transfer-Encoding may only be 'chunked', once, in HTTP/1.1"};
static const struct http_fault two_framings = {400, "malformed",
                                               "both Content-Length and Transfer-Encoding"};
static const struct http_fault repeated_field = {
    400, "malformed", "a header field that may be there once is there more than once"};
static const struct http_fault encoded_content = {415, "unsupported_media_type",
                                                  "encoded content is not accepted"};
static const struct http_fault bad_expectation = {417, "expectation_failed",
                                                  "the only expectation known is 100-continue"};
static const struct http_fault bad_line = {400, "malformed", "the request line cannot be parsed"};
static const struct http_fault no_connect = {501, "not_implemented", "this server is no proxy"};
static const struct http_fault bad_trailer = {
    400, "malformed", "a field that has a meaning in the head may not be a trailer"};

static const struct http_fault *add_host(struct message *message, struct text value)
{
  if (message->fields.hosts++ > 0) return &repeated_host;
  if (!target_is_authority(value)) return &bad_host;
  message->request.host = value;
  return NULL;
}

static const struct http_fault *add_content_length(struct message *message, struct text value)
{
  if (message->fields.content_lengths++ > 0) return &repeated_length;
  if (value.length == 0 || value.length > CONTENT_LENGTH_DIGITS_MAX) return &bad_length;
  uint64_t length = 0;
  for (size_t i = 0; i < value.length; i++) {
    if (value.data[i] < '0' || value.data[i] > '9') return &bad_length;
    length = length * 10 + (uint64_t)(value.data[i] - '0');
  }
  message->fields.content_length = length;
  return NULL;
}

static const struct http_fault *add_transfer_encoding(struct message *message, struct text value)
{
  if (message->fields.transfer_encodings++ > 0) return &bad_coding;
  if (!text_is_ignoring_case(value, "chunked")) return &bad_coding;
  message->fields.chunked = true;
  return NULL;
}

static const struct http_fault *add_connection(struct message *message, struct text value)
{
  struct text option;
  while (text_split(&value, ',', &option)) {
    option = text_trim(option);
    if (text_is_ignoring_case(option, "close")) message->fields.close = true;
    if (text_is_ignoring_case(option, "keep-alive")) message->fields.keep_alive = true;
  }
  return NULL;
}

static const struct http_fault *add_expect(struct message *message, struct text value)
{
  if (!text_is_ignoring_case(value, "100-continue")) return &bad_expectation;
  message->fields.expects_continue = true;
  return NULL;
}

static const struct http_fault *add_content_encoding(struct message *message, struct text value)
{
  (void)message;
  return text_is_ignoring_case(value, "identity") ? NULL : &encoded_content;
}

static void join(struct buffer *list, const char *between, struct text value)
{
  if (list->length > 0) buffer_append_text(list, text_of(between));
  buffer_append_text(list, value);
}

/* Several Cookie fields are one with "; " between them (RFC 9113 section 8.2.3 does the same). */
static const struct http_fault *add_cookie(struct message *message, struct text value)
{
  join(&message->cookies, "; ", value);
  message->request.cookie = buffer_text(&message->cookies);
  return NULL;
}

/* Several If-None-Match fields would be one list; not worth joining, so the client gets it all. */
static const struct http_fault *add_if_none_match(struct message *message, struct text value)
{
  struct text *field = &message->request.if_none_match;
  *field = field->data ? TEXT("") : value;
  return NULL;
}

/* What they are worth depends on who sent them (http/forwarded.h). */
static const struct http_fault *add_forwarded(struct message *message, struct text value)
{
  join(&message->forwarded, ",", value);
  return NULL;
}

static const struct http_fault *add_x_forwarded_for(struct message *message, struct text value)
{
  join(&message->x_forwarded_for, ",", value);
  return NULL;
}

static const struct http_fault *add_x_forwarded_proto(struct message *message, struct text value)
{
  message->fields.x_forwarded_proto = value;
  return NULL;
}

/* A trace is worth no refusal: of two, neither counts. */
static const struct http_fault *add_traceparent(struct message *message, struct text value)
{
  bool first = message->fields.traceparents++ == 0;
  message->request.trace_id = first ? traceparent_trace_id(value) : TEXT("");
  return NULL;
}

/* Which method a page of another origin will send: it is told all that there are. */
static const struct http_fault *add_request_method(struct message *message, struct text value)
{
  message->fields.preflight = value.length > 0;
  return NULL;
}

/* `add` says what a field means; what has none goes into the request's text at `offset` as it is,
 * and may be there once. Most fields of most requests are none of these, so the length comes first.
 */
#define MEANS(name, add)                                                                           \
  {                                                                                                \
    name, sizeof name - 1, add, 0                                                                  \
  }
#define IS_TAKEN(name, member)                                                                     \
  {                                                                                                \
    name, sizeof name - 1, NULL, offsetof(struct request, member)                                  \
  }
static const struct {
  const char *name;
  size_t length;
  const struct http_fault *(*add)(struct message *message, struct text value);
  size_t offset;
} known_fields[] = {
    MEANS("Host", add_host),
    MEANS("Content-Length", add_content_length),
    MEANS("Transfer-Encoding", add_transfer_encoding),
    MEANS("Connection", add_connection),
    MEANS("Expect", add_expect),
    MEANS("Content-Encoding", add_content_encoding),
    MEANS("Cookie", add_cookie),
    MEANS("If-None-Match", add_if_none_match),
    MEANS("Forwarded", add_forwarded),
    MEANS("X-Forwarded-For", add_x_forwarded_for),
    MEANS("X-Forwarded-Proto", add_x_forwarded_proto),
    MEANS("traceparent", add_traceparent),
    MEANS("Access-Control-Request-Method", add_request_method),
    IS_TAKEN("Authorization", authorization),
    IS_TAKEN("Content-Type", content_type),
    IS_TAKEN("Idempotency-Key", idempotency_key),
    IS_TAKEN("Origin", origin),
    IS_TAKEN("Sec-Fetch-Site", sec_fetch_site),
    IS_TAKEN("Stripe-Signature", stripe_signature),
    IS_TAKEN("X-Hub-Signature-256", hub_signature),
};

static const struct http_fault *set_once(struct message *message, size_t offset, struct text value)
{
  struct text *field = (struct text *)(void *)((char *)&message->request + offset);
  if (field->data) return &repeated_field;
  *field = value;
  return NULL;
}

/* Its place in the table, or -1. */
static int find_field(struct text name)
{
  for (size_t i = 0; i < sizeof known_fields / sizeof *known_fields; i++)
    if (name.length == known_fields[i].length && text_is_ignoring_case(name, known_fields[i].name))
      return (int)i;
  return -1;
}

const struct http_fault *fields_add(struct message *message, struct text name, struct text value)
{
  int found = find_field(name);
  if (found < 0) return NULL;
  return known_fields[found].add ? known_fields[found].add(message, value)
                                 : set_once(message, known_fields[found].offset, value);
}

const struct http_fault *fields_check_trailer(struct text name)
{
  return find_field(name) < 0 ? NULL : &bad_trailer;
}

/* Method and target as the guard saw them: the first two words. llhttp must have found the same
 * target. */
static const struct http_fault *read_request_line(struct message *message, struct text head)
{
  struct text method, target;
  if (!text_split(&head, ' ', &method) || !text_split(&head, ' ', &target)) return &bad_line;
  if (target.data != message->target.data || target.length != message->target.length)
    return &bad_line;
  if (text_is(method, "CONNECT")) return &no_connect;
  message->request.method = method_of(method);
  message->minor_version_0 = text_starts_with(head, "HTTP/1.0");
  return target_read(&message->request, target, &message->scheme);
}

const struct http_fault *fields_conclude(struct message *message, struct text head)
{
  const struct message_fields *fields = &message->fields;
  const struct http_fault *fault = read_request_line(message, head);
  if (fault) return fault;
  if (!message->minor_version_0 && fields->hosts == 0) return &no_host;
  if (message->minor_version_0 && fields->chunked) return &bad_coding;
  if (fields->chunked && fields->content_lengths > 0) return &two_framings;
  message->fields.preflight = fields->preflight && message->request.method == METHOD_OPTIONS;
  message->keep_alive = !fields->close && (!message->minor_version_0 || fields->keep_alive);
  message->expects_continue = !message->minor_version_0 && fields->expects_continue;
  return NULL;
}
