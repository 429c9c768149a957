/* The table is Unicode's property Default_Ignorable_Code_Point (15.0), the categories Cc, Zl and
 * Zp, the interlinear annotations, and what has a blank glyph or controls others without being
 * space. What is unassigned and reserved for such characters is in.
 */
#include "base/invisible.h"

static const struct {
  uint32_t first, last;
  const char *name;
} table[] = {
    {0x0000, 0x0000, "NULL"},
    {0x0001, 0x0007, "CONTROL CHARACTER"},
    {0x0008, 0x0008, "BACKSPACE"},
    {0x000B, 0x000B, "LINE TABULATION"},
    {0x000C, 0x000C, "FORM FEED"},
    {0x000D, 0x000D, "CARRIAGE RETURN"},
    {0x000E, 0x001A, "CONTROL CHARACTER"},
    {0x001B, 0x001B, "ESCAPE"},
    {0x001C, 0x001F, "CONTROL CHARACTER"},
    {0x007F, 0x007F, "DELETE"},
    {0x0080, 0x0084, "CONTROL CHARACTER"},
    {0x0085, 0x0085, "NEXT LINE"},
    {0x0086, 0x009A, "CONTROL CHARACTER"},
    {0x009B, 0x009B, "CONTROL SEQUENCE INTRODUCER"},
    {0x009C, 0x009F, "CONTROL CHARACTER"},
    {0x00AD, 0x00AD, "SOFT HYPHEN"},
    {0x034F, 0x034F, "COMBINING GRAPHEME JOINER"},
    {0x061C, 0x061C, "ARABIC LETTER MARK"},
    {0x115F, 0x115F, "HANGUL CHOSEONG FILLER"},
    {0x1160, 0x1160, "HANGUL JUNGSEONG FILLER"},
    {0x17B4, 0x17B5, "KHMER INHERENT VOWEL"},
    {0x180B, 0x180D, "MONGOLIAN FREE VARIATION SELECTOR"},
    {0x180E, 0x180E, "MONGOLIAN VOWEL SEPARATOR"},
    {0x180F, 0x180F, "MONGOLIAN FREE VARIATION SELECTOR"},
    {0x200B, 0x200B, "ZERO WIDTH SPACE"},
    {0x200C, 0x200C, "ZERO WIDTH NON-JOINER"},
    {0x200D, 0x200D, "ZERO WIDTH JOINER"},
    {0x200E, 0x200E, "LEFT-TO-RIGHT MARK"},
    {0x200F, 0x200F, "RIGHT-TO-LEFT MARK"},
    {0x2028, 0x2028, "LINE SEPARATOR"},
    {0x2029, 0x2029, "PARAGRAPH SEPARATOR"},
    {0x202A, 0x202A, "LEFT-TO-RIGHT EMBEDDING"},
    {0x202B, 0x202B, "RIGHT-TO-LEFT EMBEDDING"},
    {0x202C, 0x202C, "POP DIRECTIONAL FORMATTING"},
    {0x202D, 0x202D, "LEFT-TO-RIGHT OVERRIDE"},
    {0x202E, 0x202E, "RIGHT-TO-LEFT OVERRIDE"},
    {0x2060, 0x2060, "WORD JOINER"},
    {0x2061, 0x2064, "INVISIBLE OPERATOR"},
    {0x2065, 0x2065, "UNASSIGNED FORMAT CHARACTER"},
    {0x2066, 0x2066, "LEFT-TO-RIGHT ISOLATE"},
    {0x2067, 0x2067, "RIGHT-TO-LEFT ISOLATE"},
    {0x2068, 0x2068, "FIRST STRONG ISOLATE"},
    {0x2069, 0x2069, "POP DIRECTIONAL ISOLATE"},
    {0x206A, 0x206F, "DEPRECATED FORMAT CHARACTER"},
    {0x2800, 0x2800, "BRAILLE PATTERN BLANK"},
    {0x3164, 0x3164, "HANGUL FILLER"},
    {0xFE00, 0xFE0F, "VARIATION SELECTOR"},
    {0xFEFF, 0xFEFF, "BYTE ORDER MARK"},
    {0xFFA0, 0xFFA0, "HALFWIDTH HANGUL FILLER"},
    {0xFFF0, 0xFFF8, "UNASSIGNED FORMAT CHARACTER"},
    {0xFFF9, 0xFFFB, "INTERLINEAR ANNOTATION"},
    {0x13430, 0x1343F, "EGYPTIAN HIEROGLYPH FORMAT CONTROL"},
    {0x16FE4, 0x16FE4, "KHITAN SMALL SCRIPT FILLER"},
    {0x1BCA0, 0x1BCA3, "SHORTHAND FORMAT CHARACTER"},
    {0x1D159, 0x1D159, "MUSICAL SYMBOL NULL NOTEHEAD"},
    {0x1D173, 0x1D17A, "MUSICAL FORMAT CHARACTER"},
    {0xE0000, 0xE007F, "TAG CHARACTER"},
    {0xE0080, 0xE00FF, "UNASSIGNED FORMAT CHARACTER"},
    {0xE0100, 0xE01EF, "VARIATION SELECTOR"},
    {0xE01F0, 0xE0FFF, "UNASSIGNED FORMAT CHARACTER"},
};

const char *invisible_name(uint32_t code_point)
{
  size_t low = 0, high = sizeof table / sizeof *table;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (code_point > table[middle].last)
      low = middle + 1;
    else if (code_point < table[middle].first)
      high = middle;
    else
      return table[middle].name;
  }
  return NULL;
}

bool invisible_find(struct text text, size_t *at, int32_t *code_point)
{
  while (*at < text.length) {
    unsigned char byte = (unsigned char)text.data[*at];
    if (byte >= 0x20 && byte < 0x7F) {
      (*at)++;
      continue;
    }
    struct text rest = {text.data + *at, text.length - *at};
    size_t length = text_utf8_sequence(rest);
    *code_point = length > 0 ? (int32_t)text_utf8_decode((struct text){rest.data, length})
                             : INVISIBLE_NOT_UTF8;
    bool ends_line = *code_point == '\r' && text_starts_with(rest, "\r\n");
    if (length == 0 || (invisible_name((uint32_t)*code_point) && !ends_line)) return true;
    *at += length;
  }
  return false;
}
