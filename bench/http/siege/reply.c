#include "reply.h"

#include <stdlib.h>
#include <string.h>

void reply_reset(struct reply *reply)
{
  reply->length = 0;
  reply->head[0] = '\0';
  reply->in_body = false;
  reply->body_left = 0;
  reply->status = 0;
  reply->close = false;
}

bool reply_has_begun(const struct reply *reply)
{
  return reply->length > 0;
}

/* The value of a field, or NULL. */
static const char *find_field(const struct reply *reply, const char *line)
{
  const char *found = strcasestr(reply->head, line);
  return found ? found + strlen(line) : NULL;
}

/* The head is complete. */
static enum reply_state read_head(struct reply *reply)
{
  if (strncmp(reply->head, "HTTP/1.", 7) != 0) return REPLY_MALFORMED;
  reply->status = atoi(reply->head + 9);
  if (reply->status >= 100 && reply->status < 200) { /* the reply itself follows */
    reply_reset(reply);
    return REPLY_MORE;
  }
  reply->close = find_field(reply, "\r\nconnection: close") != NULL;
  const char *length = find_field(reply, "\r\ncontent-length:");
  bool bodyless = reply->status == 204 || reply->status == 304;
  if (reply->status < 200 || (!length && !bodyless)) return REPLY_MALFORMED;
  reply->body_left = bodyless ? 0 : strtoull(length, NULL, 10);
  reply->in_body = true;
  return reply->body_left == 0 ? REPLY_DONE : REPLY_MORE;
}

/* Up to and with the empty line that ends the head. */
static enum reply_state feed_head(struct reply *reply, const char *bytes, size_t length,
                                  size_t *used)
{
  while (*used < length) {
    if (reply->length == REPLY_HEAD_MAX) return REPLY_MALFORMED;
    reply->head[reply->length++] = bytes[(*used)++];
    if (reply->length < 4 || memcmp(reply->head + reply->length - 4, "\r\n\r\n", 4) != 0) continue;
    reply->head[reply->length] = '\0';
    enum reply_state state = read_head(reply);
    if (state != REPLY_MORE || reply->in_body) return state;
  }
  return REPLY_MORE;
}

enum reply_state reply_feed(struct reply *reply, const char *bytes, size_t length, size_t *used)
{
  *used = 0;
  if (!reply->in_body) {
    enum reply_state state = feed_head(reply, bytes, length, used);
    if (state != REPLY_MORE || !reply->in_body) return state;
  }
  size_t left = length - *used;
  size_t taken = left < reply->body_left ? left : (size_t)reply->body_left;
  *used += taken;
  reply->body_left -= taken;
  return reply->body_left == 0 ? REPLY_DONE : REPLY_MORE;
}
