/* All checks work on the file's text, so that what they name is where people find it. */
#include "contract/characters.h"

#include <stdint.h>

#include "base/invisible.h"

bool characters_check(const struct source *source, struct report *report)
{
  size_t at = 0;
  int32_t code_point;
  if (!invisible_find(source->text, &at, &code_point)) return true;
  if (code_point == INVISIBLE_NOT_UTF8)
    report_error(report, FINDING_NOT_UTF8, source, at, "save the file as UTF-8",
                 "the bytes from here on are not UTF-8");
  else
    report_error(report, FINDING_HIDDEN_CHARACTER, source, at,
                 "remove it; where a JSON value needs it, write its \\u escape",
                 "U+%04X %s: nobody who reviews this can see it", (unsigned)code_point,
                 invisible_name((uint32_t)code_point));
  return false;
}

/* Of Unicode's category Zs; its Zl and Zp are invisible. */
static bool is_space(uint32_t code_point)
{
  return code_point == 0xA0 || code_point == 0x1680 ||
         (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x202F ||
         code_point == 0x205F || code_point == 0x3000;
}

bool characters_check_spaces(const struct source *source, struct report *report)
{
  struct text rest = source->text;
  while (rest.length > 0) {
    struct text sequence = {rest.data, text_utf8_sequence(rest)};
    uint32_t code_point = text_utf8_decode(sequence);
    if (is_space(code_point)) {
      report_error(
          report, FINDING_HIDDEN_CHARACTER, source, (size_t)(rest.data - source->text.data),
          "write a space; where a string needs this one, use char()",
          "U+%04X looks like white space, but is part of a name in SQL", (unsigned)code_point);
      return false;
    }
    rest.data += sequence.length;
    rest.length -= sequence.length;
  }
  return true;
}

/* ---- escapes ---- */

/* The code point of the \u escape at a backslash; one that is none gives 0, for the parser to
 * refuse.
 */
static uint32_t code_point_of(const char *escape, const char *end)
{
  static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
  uint32_t value = 0;
  if (end - escape < 6) return 0;
  for (int i = 2; i < 6; i++) {
    const char *found = memchr(digits, escape[i], sizeof digits - 1);
    if (!found) return 0;
    value = value << 4 | (uint32_t)(found - digits) / 2;
  }
  return value;
}

/* One string of the document: what follows it, and its first \u escape and first needless one. */
struct literal {
  const char *end;
  const char *escape, *needless; /* NULL: none */
};

static bool is_needless(uint32_t code_point)
{
  return code_point >= 0x20 && code_point < 0x7F && code_point != '"' && code_point != '\\';
}

/* From behind an opening quote. */
static struct literal read_literal(const char *at, const char *end)
{
  struct literal literal = {0};
  for (; at < end && *at != '"'; at++) {
    if (*at != '\\' || end - at < 2) continue;
    if (at[1] == 'u' && !literal.escape) literal.escape = at;
    if (at[1] == 'u' && !literal.needless && is_needless(code_point_of(at, end)))
      literal.needless = at;
    at++;
  }
  literal.end = at < end ? at + 1 : end;
  return literal;
}

static bool is_name(const char *behind, const char *end)
{
  while (behind < end && strchr(" \t\r\n", *behind)) behind++;
  return behind < end && *behind == ':';
}

bool characters_check_escapes(const struct source *source, struct report *report)
{
  const char *begin = source->text.data, *end = begin + source->text.length;
  for (const char *at = begin; (at = memchr(at, '"', (size_t)(end - at))) != NULL;) {
    struct literal literal = read_literal(at + 1, end);
    const char *wrong = is_name(literal.end, end) ? literal.escape : literal.needless;
    if (wrong) {
      report_error(report, FINDING_NEEDLESS_ESCAPE, source, (size_t)(wrong - begin),
                   "write the character itself",
                   wrong == literal.needless ? "an escape hides a character that can be seen"
                                             : "a member's name has no \\u escapes");
      return false;
    }
    at = literal.end;
  }
  return true;
}
