/* The byte guard (guard.h): three small automata, for the request line, for lines of fields and for
 * chunks, each a function from state and byte to the next state. Whatever a state does not name is
 * refused; no state repairs anything. */
#include "http/guard.h"

#include "base/ascii.h"

enum { METHOD_BYTES_MAX = 24, CHUNK_SIZE_DIGITS_MAX = 8 };

static const char version_text[] = "HTTP/1.";

static const struct http_fault bare_lf = {400, "malformed", "a line ends in LF without CR"};
static const struct http_fault bare_cr = {400, "malformed", "CR is not followed by LF"};
static const struct http_fault control_byte = {400, "malformed", "a control byte in the head"};
static const struct http_fault bad_method = {400, "malformed", "the method is not a token"};
static const struct http_fault long_method = {501, "not_implemented", "no such method"};
static const struct http_fault bad_target = {
    400, "malformed", "the target is empty or has a byte that must be encoded"};
static const struct http_fault long_target = {414, "target_too_long", "the target is too long"};
static const struct http_fault bad_version = {400, "malformed",
                                              "the version is neither HTTP/1.0 nor HTTP/1.1"};
static const struct http_fault folded_line = {400, "malformed",
                                              "a line of fields begins with white space"};
static const struct http_fault empty_name = {400, "malformed", "a field has no name"};
static const struct http_fault bad_name = {400, "malformed", "a field's name is not a token"};
static const struct http_fault long_head = {431, "head_too_large", "the head is too large"};
static const struct http_fault many_fields = {431, "head_too_large", "too many fields"};
static const struct http_fault bad_chunk_size = {400, "malformed",
                                                 "a chunk's size is not a number"};
static const struct http_fault chunk_extension = {400, "malformed",
                                                  "chunk extensions are not accepted"};
static const struct http_fault bad_chunk_end = {400, "malformed",
                                                "a chunk does not end where its size says"};

bool guard_is_token(unsigned char byte)
{
  static const char others[] = "!#$%&'*+-.^_`|~";
  if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
    return true;
  for (const char *other = others; *other; other++)
    if ((unsigned char)*other == byte) return true;
  return false;
}

/* What may stand in a field's value: visible characters, space, tab, and bytes above ASCII. */
static bool is_value(unsigned char byte)
{
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

static bool is_target(unsigned char byte)
{
  return byte > 0x20 && byte < 0x7f;
}

static enum guard_verdict refuse(struct guard *guard, const struct http_fault *fault)
{
  guard->state = GUARD_STATE_REFUSED;
  guard->fault = fault;
  return GUARD_REFUSED;
}

static enum guard_verdict go(struct guard *guard, enum guard_state state)
{
  guard->state = state;
  return GUARD_MORE;
}

/* To `state` if this is the LF that must follow a CR. */
static enum guard_verdict line_feed(struct guard *guard, unsigned char byte, enum guard_state state)
{
  return byte == '\n' ? go(guard, state) : refuse(guard, &bare_cr);
}

/* A byte that has no place where it stands: the most telling reason. */
static enum guard_verdict misplaced(struct guard *guard, unsigned char byte,
                                    const struct http_fault *otherwise)
{
  if (byte == '\n') return refuse(guard, &bare_lf);
  if (byte == '\r') return refuse(guard, &bare_cr);
  if (byte < 0x20 && byte != '\t') return refuse(guard, &control_byte);
  return refuse(guard, otherwise);
}

static enum guard_verdict read_method(struct guard *guard, unsigned char byte)
{
  if (guard->position > 0 && byte == ' ') return go(guard, GUARD_TARGET);
  if (!guard_is_token(byte)) return misplaced(guard, byte, &bad_method);
  if (guard->position == METHOD_BYTES_MAX) return refuse(guard, &long_method);
  guard->position++;
  return go(guard, GUARD_METHOD);
}

static enum guard_verdict read_target(struct guard *guard, unsigned char byte)
{
  if (byte == ' ' && guard->target_bytes > 0) {
    guard->position = 0;
    return go(guard, GUARD_VERSION);
  }
  if (!is_target(byte)) return misplaced(guard, byte, &bad_target);
  if (guard->target_bytes >= guard->limits->target_bytes) return refuse(guard, &long_target);
  guard->target_bytes++;
  return GUARD_MORE;
}

static enum guard_verdict read_version(struct guard *guard, unsigned char byte)
{
  size_t minor = sizeof version_text - 1;
  bool right = guard->position < minor ? byte == (unsigned char)version_text[guard->position]
                                       : byte == '0' || byte == '1';
  if (!right) return misplaced(guard, byte, &bad_version);
  return guard->position++ < minor ? GUARD_MORE : go(guard, GUARD_LINE_CR);
}

/* GUARD_START to GUARD_LINE_LF. RFC 9112 section 2.2 wants an empty line before the head to be let
 * pass. */
static enum guard_verdict request_line(struct guard *guard, unsigned char byte)
{
  switch (guard->state) {
  case GUARD_START:
    if (byte != '\r' || guard->blank > 0) return read_method(guard, byte);
    guard->blank = 2;
    return go(guard, GUARD_BLANK_LF);
  case GUARD_BLANK_LF:
    return line_feed(guard, byte, GUARD_START);
  case GUARD_METHOD:
    return read_method(guard, byte);
  case GUARD_TARGET:
    return read_target(guard, byte);
  case GUARD_VERSION:
    return read_version(guard, byte);
  case GUARD_LINE_CR:
    return byte == '\r' ? go(guard, GUARD_LINE_LF) : misplaced(guard, byte, &bad_version);
  default:
    return line_feed(guard, byte, GUARD_FIELD_START);
  }
}

static enum guard_verdict begin_field(struct guard *guard, unsigned char byte)
{
  if (byte == '\r') return go(guard, GUARD_FIELDS_LF);
  if (byte == ' ' || byte == '\t') return refuse(guard, &folded_line);
  if (byte == ':') return refuse(guard, &empty_name);
  if (!guard_is_token(byte)) return misplaced(guard, byte, &bad_name);
  if (guard->fields >= guard->limits->fields) return refuse(guard, &many_fields);
  guard->fields++;
  return go(guard, GUARD_FIELD_NAME);
}

/* GUARD_FIELD_START to GUARD_FIELDS_LF. */
static enum guard_verdict field_line(struct guard *guard, unsigned char byte)
{
  switch (guard->state) {
  case GUARD_FIELD_START:
    return begin_field(guard, byte);
  case GUARD_FIELD_NAME:
    if (byte == ':') return go(guard, GUARD_FIELD_VALUE);
    return guard_is_token(byte) ? GUARD_MORE : misplaced(guard, byte, &bad_name);
  case GUARD_FIELD_VALUE:
    if (byte == '\r') return go(guard, GUARD_FIELD_LF);
    return is_value(byte) ? GUARD_MORE : misplaced(guard, byte, &control_byte);
  case GUARD_FIELD_LF:
    return line_feed(guard, byte, GUARD_FIELD_START);
  default:
    if (byte != '\n') return refuse(guard, &bare_cr);
    return guard->trailers ? GUARD_END : GUARD_HEAD;
  }
}

static enum guard_verdict read_chunk_size(struct guard *guard, unsigned char byte)
{
  int digit = ascii_hex_value(byte);
  if (digit >= 0 && guard->position < CHUNK_SIZE_DIGITS_MAX) {
    guard->position++;
    guard->remaining = guard->remaining * 16 + (uint64_t)digit;
    return go(guard, GUARD_CHUNK_SIZE);
  }
  if (guard->position == 0 || digit >= 0) return misplaced(guard, byte, &bad_chunk_size);
  if (byte == '\r') return go(guard, GUARD_CHUNK_SIZE_LF);
  return misplaced(guard, byte, byte == ';' ? &chunk_extension : &bad_chunk_size);
}

/* GUARD_CHUNK_START to GUARD_CHUNK_LF, but for the data. */
static enum guard_verdict chunk_line(struct guard *guard, unsigned char byte)
{
  switch (guard->state) {
  case GUARD_CHUNK_START:
    guard->position = 0;
    guard->remaining = 0;
    return read_chunk_size(guard, byte);
  case GUARD_CHUNK_SIZE:
    return read_chunk_size(guard, byte);
  case GUARD_CHUNK_SIZE_LF:
    guard->trailers = guard->remaining == 0;
    return line_feed(guard, byte, guard->trailers ? GUARD_FIELD_START : GUARD_CHUNK_DATA);
  case GUARD_CHUNK_CR:
    return byte == '\r' ? go(guard, GUARD_CHUNK_LF) : refuse(guard, &bad_chunk_end);
  default:
    return line_feed(guard, byte, GUARD_CHUNK_START);
  }
}

/* One byte of a head, of a chunk's frame or of trailers. */
static enum guard_verdict step(struct guard *guard, unsigned char byte)
{
  if (guard->state > GUARD_BODY) return chunk_line(guard, byte);
  if (guard->bytes >= guard->limits->head_bytes) return refuse(guard, &long_head);
  guard->bytes++;
  return guard->state < GUARD_FIELD_START ? request_line(guard, byte) : field_line(guard, byte);
}

/* As much of a body or chunk as there is. */
static enum guard_verdict skip_data(struct guard *guard, size_t length, size_t *used)
{
  size_t bytes = guard->remaining < length ? (size_t)guard->remaining : length;
  guard->remaining -= bytes;
  *used += bytes;
  if (guard->remaining > 0) return GUARD_MORE;
  return guard->state == GUARD_BODY ? GUARD_END : go(guard, GUARD_CHUNK_CR);
}

void guard_init(struct guard *guard, const struct guard_limits *limits)
{
  *guard = (struct guard){.limits = limits};
}

enum guard_verdict guard_feed(struct guard *guard, const char *data, size_t length, size_t *used)
{
  enum guard_verdict verdict = GUARD_MORE;
  *used = 0;
  if (guard->state == GUARD_STATE_REFUSED) return GUARD_REFUSED;
  while (verdict == GUARD_MORE && *used < length) {
    if (guard->state == GUARD_BODY || guard->state == GUARD_CHUNK_DATA)
      verdict = skip_data(guard, length - *used, used);
    else
      verdict = step(guard, (unsigned char)data[(*used)++]);
  }
  return verdict;
}

void guard_expect_bytes(struct guard *guard, uint64_t bytes)
{
  guard->state = GUARD_BODY;
  guard->remaining = bytes;
}

void guard_expect_chunks(struct guard *guard)
{
  guard->state = GUARD_CHUNK_START;
  guard->bytes = 0;
  guard->fields = 0;
}
