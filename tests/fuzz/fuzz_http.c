/* Requests from arbitrary bytes: the same verdicts, after the same number of bytes, however they
 * are cut into reads (by the input's script, cuts.h, and in other ways). What follows a complete
 * request is read as the next one. What was taken for a request is looked at once more, by rules
 * that leave no two ways to read it. */
#include "cuts.h"

#include "http/message.h"

enum { BODY_MAX = 64, CUTTINGS = 5 };

static const struct guard_limits limits = {.head_bytes = 1024, .fields = 16, .target_bytes = 256};

/* How the bytes are cut: by the script if there is one, by `step`, or by random lengths if it is 0.
 */
struct cutting {
  struct cuts cuts;
  size_t step;
  uint64_t random;
};

static size_t next_cut(struct cutting *cutting, size_t left)
{
  size_t step = cutting->step;
  if (cutting->cuts.script.length > 0) {
    step = 1U + cuts_next(&cutting->cuts);
  } else if (step == 0) {
    cutting->random = cutting->random * 6364136223846793005ULL + 1442695040888963407ULL;
    step = 1 + (cutting->random >> 33) % (cutting->random >> 63 ? 128 : 7);
  }
  return step < left ? step : left;
}

static void describe(struct buffer *out, const struct message *message)
{
  const struct request *r = &message->request;
  PROMISE(r->body.length <= BODY_MAX, "a body of %zu bytes", r->body.length);
  PROMISE(r->path.length > 0, "no path");
  buffer_print(out, "%d %.*s %.*s|%.*s|%.*s|%.*s|%.*s|%d%d%d\n", (int)r->method, TEXT_ARGS(r->path),
               TEXT_ARGS(r->query), TEXT_ARGS(r->authorization), TEXT_ARGS(r->cookie),
               TEXT_ARGS(r->content_type), TEXT_ARGS(r->body), message->keep_alive,
               message->minor_version_0, message->expects_continue);
}

/* Lines that begin so. */
static size_t count_lines(struct text head, const char *begin)
{
  size_t length = strlen(begin), count = 0;
  for (size_t i = 0; i + 2 + length <= head.length; i++)
    if (head.data[i] == '\r' &&
        text_is_ignoring_case((struct text){head.data + i + 2, length}, begin))
      count++;
  return count;
}

/* The head of a request that was taken: one way to read its lines, one host, one framing. */
static void check_head(struct text head, const struct message *message)
{
  size_t hosts = count_lines(head, "Host:");
  size_t lengths = count_lines(head, "Content-Length:");
  size_t codings = count_lines(head, "Transfer-Encoding:");
  for (size_t i = 0; i < head.length; i++) {
    unsigned char byte = (unsigned char)head.data[i];
    if (byte == '\r')
      PROMISE(i + 1 < head.length && head.data[i + 1] == '\n', "a bare CR at %zu", i);
    else if (byte == '\n')
      PROMISE(i > 0 && head.data[i - 1] == '\r', "a bare LF at %zu", i);
    else
      PROMISE((byte >= 0x20 && byte != 0x7f) || byte == '\t', "a control byte at %zu", i);
    if (byte == '\n' && i + 1 < head.length)
      PROMISE(head.data[i + 1] != ' ' && head.data[i + 1] != '\t', "a folded line at %zu", i);
  }
  PROMISE(hosts == 1 || (hosts == 0 && message->minor_version_0), "%zu hosts", hosts);
  PROMISE(lengths + codings <= 1, "%zu lengths, %zu codings", lengths, codings);
  PROMISE(codings == 0 || !message->minor_version_0, "a coding in HTTP/1.0");
  PROMISE(lengths + codings == 1 || message->request.body.length == 0, "a body out of nothing");
}

/* Feeds one piece, from a block of its own that is overwritten afterwards, as a read buffer is. */
static enum message_state feed(struct message *message, struct text piece, size_t *used)
{
  struct text copy = fuzz_copy((const uint8_t *)piece.data, piece.length);
  char *bytes = (char *)(uintptr_t)copy.data;
  enum message_state state = message_feed(message, bytes, copy.length, used);
  PROMISE(*used <= copy.length, "%zu of %zu bytes used", *used, copy.length);
  PROMISE(state != MESSAGE_MORE || *used == copy.length, "it wants more, and left some");
  memset(bytes, 'x', copy.length);
  free(bytes);
  return state;
}

/* Reads everything; what came of it stands in `out`. */
static void read_all(struct text bytes, struct cutting cutting, struct buffer *out)
{
  struct message message;
  size_t at = 0, used;
  message_init(&message, &limits);
  while (at < bytes.length) {
    struct text piece = {bytes.data + at, next_cut(&cutting, bytes.length - at)};
    enum message_state state = feed(&message, piece, &used);
    at += used;
    if (state == MESSAGE_BODY && message_expect_body(&message, BODY_MAX) < 0)
      state = MESSAGE_REFUSED;
    if (state == MESSAGE_REFUSED) {
      PROMISE(message.fault != NULL, "refused without a fault");
      PROMISE(message_feed(&message, "GET", 3, &used) == MESSAGE_REFUSED, "refused, then not");
      buffer_print(out, "refused: %d %s %s\n", message.fault->status, message.fault->code,
                   message.fault->detail);
      break;
    }
    if (state != MESSAGE_DONE) continue;
    check_head(buffer_text(&message.head), &message);
    buffer_print(out, "after %zu: ", at);
    describe(out, &message);
    message_reset(&message);
    if (at % 3 == 0) message_trim(&message);
  }
  buffer_print(out, "%s\n", message.begun ? "open" : "between");
  message_deinit(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text script, bytes = cuts_split(data, size, &script);
  struct buffer whole = {0}, cut = {0};
  uint64_t hash = 14695981039346656037ULL;
  for (size_t i = 0; i < size; i++) hash = (hash ^ data[i]) * 1099511628211ULL;
  read_all(bytes, (struct cutting){.step = SIZE_MAX}, &whole);
  for (uint64_t i = 0; i < CUTTINGS; i++) {
    struct cutting cutting = {.step = i == 0 ? 1 : 0, .random = hash + i};
    if (i == 1) cutting.cuts.script = script;
    buffer_clear(&cut);
    read_all(bytes, cutting, &cut);
    PROMISE(text_equal(buffer_text(&whole), buffer_text(&cut)), "whole:\n%.*scut:\n%.*s",
            TEXT_ARGS(buffer_text(&whole)), TEXT_ARGS(buffer_text(&cut)));
  }
  buffer_deinit(&whole);
  buffer_deinit(&cut);
  return 0;
}
