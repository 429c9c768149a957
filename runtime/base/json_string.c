/* JSON strings: checked while their end is looked for, eight plain bytes at a time, and copied
 * whole unless they contain escapes, which a second pass resolves. Never accepts what is not UTF-8,
 * nor half of a surrogate pair. */
#include "base/json_cursor.h"

#include "base/ascii.h"

/* Four hexadecimal digits; -1 if they are not there. */
static int32_t read_hex4(const char *at, const char *end)
{
  if (end - at < 4) return -1;
  int32_t code = 0;
  for (int i = 0; i < 4; i++) {
    int digit = ascii_hex_value(at[i]);
    if (digit < 0) return -1;
    code = code << 4 | digit;
  }
  return code;
}

/* The code point of the escape that begins (with its backslash) at *at, which moves behind it. On
 * an error it stays, and -1 is returned with *wrong set. */
static int32_t read_escape(const char **at, const char *end, const char **wrong)
{
  static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  *wrong = "one of \" \\ / b f n r t u must follow a backslash";
  if (end - *at < 2) return -1;
  char name = (*at)[1];
  if (name != 'u') {
    const char *found = name != '\0' ? strchr(names, name) : NULL;
    if (!found) return -1;
    *at += 2;
    return meanings[found - names];
  }

  *wrong = "four hexadecimal digits must follow \\u";
  int32_t code = read_hex4(*at + 2, end);
  if (code < 0) return -1;
  if (code < 0xD800 || code > 0xDFFF) {
    *at += 6;
    return code;
  }
  *wrong = "half of a surrogate pair stands alone";
  if (code > 0xDBFF || end - *at < 12 || (*at)[6] != '\\' || (*at)[7] != 'u') return -1;
  int32_t low = read_hex4(*at + 8, end);
  if (low < 0xDC00 || low > 0xDFFF) return -1;
  *at += 12;
  return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_utf8(char *out, int32_t code)
{
  if (code < 0x80) {
    *out++ = (char)code;
    return out;
  }
  if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *out++ = (char)(0xE0 | code >> 12);
    } else {
      *out++ = (char)(0xF0 | code >> 18);
      *out++ = (char)(0x80 | (code >> 12 & 0x3F));
    }
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
  }
  *out++ = (char)(0x80 | (code & 0x3F));
  return out;
}

/* A word's byte is zero after the exclusive or if it is the one looked for, and below 0x20 if the
 * subtraction borrows; a borrow may also mark later bytes, so a marked word is looked at again byte
 * by byte. */
const char *json_skip_plain(const char *at, const char *end)
{
  const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
  for (uint64_t word; (size_t)(end - at) >= sizeof word; at += sizeof word) {
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    uint64_t marks = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | word;
    if (marks & tops) break;
  }
  while (at < end) {
    unsigned char byte = (unsigned char)*at;
    if (byte == '"' || byte == '\\' || byte < 0x20 || byte >= 0x80) break;
    at++;
  }
  return at;
}

/* Copies [from, to), which has been checked, without its escapes; `length` is what that gives. */
static char *unescape(struct arena *arena, const char *from, const char *to, size_t length)
{
  char *string = arena_alloc(arena, length + 1), *out = string;
  while (from < to) {
    const char *backslash = memchr(from, '\\', (size_t)(to - from)), *wrong;
    size_t plain = (size_t)((backslash ? backslash : to) - from);
    memcpy(out, from, plain);
    out += plain;
    from += plain;
    if (backslash) out = put_utf8(out, read_escape(&from, to, &wrong));
  }
  *out = '\0';
  return string;
}

int json_read_string(struct json_cursor *cursor, struct json *value)
{
  const char *from = cursor->at + 1, *at = from;
  size_t saved = 0; /* bytes by which escapes are longer than what they mean */
  while (at = json_skip_plain(at, cursor->end), at < cursor->end && *at != '"') {
    unsigned char byte = (unsigned char)*at;
    if (byte < 0x20)
      return json_fail(cursor, at, "a control byte in a string must be written \\u%04x", byte);
    if (byte == '\\') {
      char encoded[4];
      const char *escape = at, *wrong;
      int32_t code = read_escape(&at, cursor->end, &wrong);
      if (code < 0) return json_fail(cursor, at, "%s", wrong);
      saved += (size_t)(at - escape) - (size_t)(put_utf8(encoded, code) - encoded);
    } else {
      size_t sequence = text_utf8_sequence((struct text){at, (size_t)(cursor->end - at)});
      if (sequence == 0) return json_fail(cursor, at, "the bytes from here on are not UTF-8");
      at += sequence;
    }
  }
  if (at == cursor->end) return json_fail(cursor, at, "the text ends within a string");

  size_t length = (size_t)(at - from) - saved;
  *value = (struct json){.type = JSON_STRING,
                         .offset = json_offset_of(cursor, cursor->at),
                         .length = (uint32_t)length};
  if (saved > 0)
    value->string = unescape(cursor->arena, from, at, length);
  else
    value->string = arena_copy(cursor->arena, (struct text){from, length}).data;
  cursor->at = at + 1;
  return 0;
}
