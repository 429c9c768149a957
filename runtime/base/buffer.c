/* The growing byte buffer of base/text.h. Doubles when full; its bytes are not NUL-terminated. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/invisible.h"
#include "base/memory.h"
#include "base/text.h"

void buffer_deinit(struct buffer *buffer)
{
  memory_free(buffer->data);
  *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
  buffer->length = 0;
}

char *buffer_reserve(struct buffer *buffer, size_t bytes)
{
  if (!buffer->data || bytes > buffer->capacity - buffer->length) {
    size_t needed, capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    if (__builtin_add_overflow(buffer->length, bytes, &needed)) needed = SIZE_MAX;
    while (capacity < needed) capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
    buffer->data = memory_resize(buffer->data, capacity);
    buffer->capacity = capacity;
  }
  return buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *data, size_t bytes)
{
  if (bytes == 0) return;
  memcpy(buffer_reserve(buffer, bytes), data, bytes);
  buffer->length += bytes;
}

void buffer_append_text(struct buffer *buffer, struct text text)
{
  buffer_append(buffer, text.data, text.length);
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
  *buffer_reserve(buffer, 1) = byte;
  buffer->length++;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length <= 0) return;

  size_t bytes = (size_t)length + 1; /* with the NUL that vsnprintf insists on */
  char *out = buffer_reserve(buffer, bytes);
  va_start(arguments, format);
  vsnprintf(out, bytes, format, arguments);
  va_end(arguments);
  buffer->length += (size_t)length;
}

/* What a terminal obeys, or does not show where it stands. */
static bool is_command(struct text sequence)
{
  size_t at = 0;
  int32_t code_point;
  return (unsigned char)sequence.data[0] < 0x20 || invisible_find(sequence, &at, &code_point);
}

void buffer_append_visible(struct buffer *buffer, struct text text)
{
  while (text.length > 0) {
    size_t length = text_utf8_sequence(text);
    size_t step = length > 0 ? length : 1;
    struct text sequence = {text.data, step};
    if (length == 0)
      buffer_append_text(buffer, TEXT("\xEF\xBF\xBD"));
    else if (is_command(sequence))
      buffer_append_byte(buffer, '?');
    else
      buffer_append_text(buffer, sequence);
    text.data += step;
    text.length -= step;
  }
}

struct text buffer_text(const struct buffer *buffer)
{
  return (struct text){buffer->data, buffer->length};
}
