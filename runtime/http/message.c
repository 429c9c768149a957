/* One request (message.h): guard and llhttp side by side, and the buffers. What the head's fields
 * mean is fields.c's. */
#include "http/message.h"

#include "http/fields.h"

static const struct http_fault unparsable = {400, "malformed", "the request cannot be parsed"};
static const struct http_fault unknown_method = {501, "not_implemented", "no such method"};
static const struct http_fault body_too_large = {413, "body_too_large", "the body is too large"};

enum { BODY_KEPT_BYTES = 16 << 10 };

static enum message_state refuse(struct message *message, const struct http_fault *fault)
{
  message->fault = fault;
  return MESSAGE_REFUSED;
}

static struct message *message_of(llhttp_t *parser)
{
  return parser->data;
}

/* llhttp's callbacks: 0 goes on, -1 is an error, HPE_PAUSED stops right there. Fields after the
 * head are trailers. */

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
  struct message *message = message_of(parser);
  if (message->target.data) return -1;
  message->target = (struct text){at, length};
  return 0;
}

/* A trailer's name may come in pieces. One that is too long to be kept is none that counts. */
static int add_to_trailer(struct message *message, const char *at, size_t length)
{
  size_t room = sizeof message->trailer - message->trailer_length;
  if (length > room) length = room;
  memcpy(message->trailer + message->trailer_length, at, length);
  message->trailer_length = (uint8_t)(message->trailer_length + length);
  return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length)
{
  struct message *message = message_of(parser);
  if (message->head_complete) return add_to_trailer(message, at, length);
  if (message->name.data) return -1;
  message->name = (struct text){at, length};
  message->field_count++;
  return 0;
}

static int on_header_field_complete(llhttp_t *parser)
{
  struct message *message = message_of(parser);
  if (!message->head_complete) return 0;
  message->fault = fields_check_trailer((struct text){message->trailer, message->trailer_length});
  message->trailer_length = 0;
  return message->fault ? -1 : 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
  struct message *message = message_of(parser);
  if (message->head_complete) return 0;
  if (!message->name.data) return -1;
  message->fault = fields_add(message, message->name, text_trim((struct text){at, length}));
  message->name = (struct text){NULL, 0};
  return message->fault ? -1 : 0;
}

/* A field without a value has no on_header_value in some releases. */
static int on_header_value_complete(llhttp_t *parser)
{
  struct message *message = message_of(parser);
  if (message->head_complete || !message->name.data) return 0;
  message->fault = fields_add(message, message->name, TEXT(""));
  message->name = (struct text){NULL, 0};
  return message->fault ? -1 : 0;
}

static int on_headers_complete(llhttp_t *parser)
{
  message_of(parser)->head_complete = true;
  return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
  struct message *message = message_of(parser);
  if (length > message->body_max - message->body.length) {
    message->fault = &body_too_large;
    return -1;
  }
  buffer_append(&message->body, at, length);
  return 0;
}

/* Stops llhttp where the message ends, before it would go on to another protocol: upgrades are
 * ignored, as RFC 9110 section 7.8 allows, and the request is answered as it stands. */
static int on_message_complete(llhttp_t *parser)
{
  message_of(parser)->complete = true;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* Lets llhttp read bytes that the guard has passed. True if it took them all, no more and no less.
 */
static bool parse(struct message *message, struct text bytes)
{
  llhttp_errno_t result = llhttp_execute(&message->parser, bytes.data, bytes.length);
  if (result == HPE_OK) return !message->complete;
  if (message->fault) return false;
  message->fault = result == HPE_INVALID_METHOD ? &unknown_method : &unparsable;
  if (result != HPE_PAUSED || !message->complete) return false;
  if (llhttp_get_error_pos(&message->parser) != bytes.data + bytes.length) return false;
  message->fault = NULL;
  return true;
}

void message_init(struct message *message, const struct guard_limits *limits)
{
  *message = (struct message){0};
  message->guard.limits = limits;
  message_reset(message);
}

void message_deinit(struct message *message)
{
  message_trim(message);
}

void message_reset(struct message *message)
{
  struct message fresh = {.head = message->head,
                          .body = message->body,
                          .cookies = message->cookies,
                          .forwarded = message->forwarded,
                          .x_forwarded_for = message->x_forwarded_for};
  buffer_clear(&fresh.head);
  buffer_clear(&fresh.body);
  buffer_clear(&fresh.cookies);
  if (fresh.body.capacity > BODY_KEPT_BYTES) buffer_deinit(&fresh.body);
  buffer_clear(&fresh.forwarded);
  buffer_clear(&fresh.x_forwarded_for);
  guard_init(&fresh.guard, message->guard.limits);
  llhttp_init(&fresh.parser, HTTP_REQUEST, &settings);
  *message = fresh;
  message->parser.data = message;
}

void message_trim(struct message *message)
{
  buffer_deinit(&message->head);
  buffer_deinit(&message->body);
  buffer_deinit(&message->cookies);
  buffer_deinit(&message->forwarded);
  buffer_deinit(&message->x_forwarded_for);
}

/* The head is complete: what does it say, and is the request complete with it? */
static enum message_state read_head(struct message *message)
{
  struct text head = buffer_text(&message->head);
  head.data += message->guard.blank;
  head.length -= message->guard.blank;
  if (!parse(message, head) || !message->head_complete ||
      message->field_count != message->guard.fields)
    return refuse(message, message->fault ? message->fault : &unparsable);
  message->fault = fields_conclude(message, head);
  if (message->fault) return MESSAGE_REFUSED;

  bool has_body = message->fields.chunked || message->fields.content_length > 0;
  if (has_body == message->complete) return refuse(message, &unparsable);
  if (!has_body) return MESSAGE_DONE;
  if (message->fields.chunked)
    guard_expect_chunks(&message->guard);
  else
    guard_expect_bytes(&message->guard, message->fields.content_length);
  return MESSAGE_BODY;
}

static enum message_state read_body(struct message *message, struct text bytes,
                                    enum guard_verdict verdict)
{
  if (!parse(message, bytes) || message->complete != (verdict == GUARD_END))
    return refuse(message, message->fault ? message->fault : &unparsable);
  if (!message->complete) return MESSAGE_MORE;
  message->request.body = buffer_text(&message->body);
  return MESSAGE_DONE;
}

/* The guard refuses the last of these bytes. Those before it may be refused for themselves, and the
 * verdict must not depend on whether they came alone. */
static enum message_state refuse_byte(struct message *message, struct text bytes)
{
  struct text before = {bytes.data, bytes.length - 1};
  if (message->head_complete && before.length > 0 &&
      read_body(message, before, GUARD_MORE) == MESSAGE_REFUSED)
    return MESSAGE_REFUSED;
  return refuse(message, message->guard.fault);
}

enum message_state message_feed(struct message *message, const char *data, size_t length,
                                size_t *used)
{
  *used = 0;
  if (message->fault) return MESSAGE_REFUSED;
  if (length == 0) return MESSAGE_MORE;
  message->begun = true;
  enum guard_verdict verdict = guard_feed(&message->guard, data, length, used);
  if (!message->head_complete) buffer_append(&message->head, data, *used);
  if (verdict == GUARD_REFUSED) return refuse_byte(message, (struct text){data, *used});
  if (message->head_complete) return read_body(message, (struct text){data, *used}, verdict);
  return verdict == GUARD_HEAD ? read_head(message) : MESSAGE_MORE;
}

void message_guess_method(struct message *message)
{
  struct text head = buffer_text(&message->head), method;
  if (text_starts_with(head, "\r\n")) text_split(&head, '\n', &method);
  if (text_split(&head, ' ', &method)) message->request.method = method_of(method);
}

int message_expect_body(struct message *message, size_t body_max)
{
  message->body_max = body_max;
  if (message->fields.content_length <= body_max) return 0;
  message->fault = &body_too_large;
  return -1;
}
