/* Borrowed text: comparing, splitting, UTF-8, and guessing what was meant. Never allocates but for
 * the one row of text_distance. */
#include "base/text.h"

#include <stdint.h>

#include "base/memory.h"

struct text text_of(const char *string)
{
  return (struct text){string, string ? strlen(string) : 0};
}

bool text_equal(struct text a, struct text b)
{
  return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_is_among(struct text text, const struct text *items, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal(items[i], text)) return true;
  return false;
}

bool text_is(struct text text, const char *string)
{
  return text_equal(text, text_of(string));
}

static char lower(char byte)
{
  return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
  if (a.length != b.length) return false;
  for (size_t i = 0; i < a.length; i++)
    if (lower(a.data[i]) != lower(b.data[i])) return false;
  return true;
}

bool text_is_ignoring_case(struct text text, const char *string)
{
  return text_equal_ignoring_case(text, text_of(string));
}

bool text_starts_with(struct text text, const char *prefix)
{
  size_t length = strlen(prefix);
  return length == 0 || (text.length >= length && memcmp(text.data, prefix, length) == 0);
}

bool text_ends_with(struct text text, const char *suffix)
{
  size_t length = strlen(suffix);
  return length == 0 ||
         (text.length >= length && memcmp(text.data + text.length - length, suffix, length) == 0);
}

bool text_contains(struct text text, struct text part)
{
  return text.length > 0 && part.length > 0 &&
         memmem(text.data, text.length, part.data, part.length) != NULL;
}

int text_compare(struct text a, struct text b)
{
  size_t shared = a.length < b.length ? a.length : b.length;
  int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;
  return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static bool is_space(char byte)
{
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct text text_trim(struct text text)
{
  while (text.length > 0 && is_space(text.data[text.length - 1])) text.length--;
  while (text.length > 0 && is_space(text.data[0])) {
    text.data++;
    text.length--;
  }
  return text;
}

bool text_split(struct text *rest, char separator, struct text *part)
{
  if (!rest->data) return false;
  const char *found = rest->length > 0 ? memchr(rest->data, separator, rest->length) : NULL;
  if (!found) {
    *part = *rest;
    *rest = (struct text){NULL, 0};
    return true;
  }
  size_t before = (size_t)(found - rest->data);
  *part = (struct text){rest->data, before};
  *rest = (struct text){found + 1, rest->length - before - 1};
  return true;
}

size_t text_ascii_length(struct text text)
{
  size_t i = 0;
  for (uint64_t word; text.length - i >= sizeof word; i += sizeof word) {
    memcpy(&word, text.data + i, sizeof word);
    if (word & UINT64_C(0x8080808080808080)) break;
  }
  while (i < text.length && (unsigned char)text.data[i] < 0x80) i++;
  return i;
}

static bool is_continuation(unsigned char byte)
{
  return (byte & 0xC0) == 0x80;
}

/* The table of RFC 3629, section 4: only the second byte has a range of its own. */
size_t text_utf8_sequence(struct text text)
{
  const unsigned char *byte = (const unsigned char *)text.data;
  size_t length = text.length;
  if (length == 0) return 0;
  if (byte[0] < 0x80) return 1;
  if (length < 2 || byte[0] < 0xC2 || byte[0] > 0xF4) return 0;
  if (byte[0] < 0xE0) return is_continuation(byte[1]) ? 2 : 0;

  unsigned char lowest = byte[0] == 0xE0 ? 0xA0 : byte[0] == 0xF0 ? 0x90 : 0x80;
  unsigned char highest = byte[0] == 0xED ? 0x9F : byte[0] == 0xF4 ? 0x8F : 0xBF;
  if (byte[1] < lowest || byte[1] > highest) return 0;
  if (length < 3 || !is_continuation(byte[2])) return 0;
  if (byte[0] < 0xF0) return 3;
  return length >= 4 && is_continuation(byte[3]) ? 4 : 0;
}

uint32_t text_utf8_decode(struct text sequence)
{
  static const unsigned char marks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  uint32_t code_point = (unsigned char)sequence.data[0] & marks[sequence.length];
  for (size_t i = 1; i < sequence.length; i++)
    code_point = code_point << 6 | ((unsigned char)sequence.data[i] & 0x3F);
  return code_point;
}

bool text_is_utf8(struct text text)
{
  for (;;) {
    size_t ascii = text_ascii_length(text);
    if (ascii == text.length) return true;
    text.data += ascii;
    text.length -= ascii;
    size_t sequence = text_utf8_sequence(text);
    if (sequence == 0) return false;
    text.data += sequence;
    text.length -= sequence;
  }
}

static size_t least(size_t a, size_t b)
{
  return a < b ? a : b;
}

/* The usual table, of which one row is kept: row[j] is the distance between the first i bytes of
 * `a` and the first j of `b`. */
size_t text_distance(struct text a, struct text b, size_t limit)
{
  size_t difference = a.length > b.length ? a.length - b.length : b.length - a.length;
  if (difference > limit) return limit + 1;

  size_t *row = memory_new_array(b.length + 1, sizeof *row);
  for (size_t j = 0; j <= b.length; j++) row[j] = j;
  size_t closest = 0;
  for (size_t i = 0; i < a.length && closest <= limit; i++) {
    size_t diagonal = row[0];
    closest = row[0] = i + 1;
    for (size_t j = 0; j < b.length; j++) {
      size_t replaced = diagonal + (a.data[i] != b.data[j]);
      diagonal = row[j + 1];
      row[j + 1] = least(replaced, least(diagonal, row[j]) + 1);
      closest = least(closest, row[j + 1]);
    }
  }
  size_t distance = closest > limit ? closest : row[b.length];
  memory_free(row);
  return distance > limit ? limit + 1 : distance;
}

const char *text_suggestion(struct text text, const char *const *candidates, size_t count)
{
  const char *best = NULL;
  size_t limit = (text.length + 2) / 3;
  for (size_t i = 0; i < count; i++) {
    size_t distance = text_distance(text, text_of(candidates[i]), limit);
    if (distance > limit) continue;
    best = candidates[i];
    if (distance == 0) break;
    limit = distance - 1; /* from now on only what is closer */
  }
  return best;
}
