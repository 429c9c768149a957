/* Internationalized host names (RFC 5890 to 5892): labels in Unicode, and in ASCII as Punycode (RFC
 * 3492) behind "xn--". What a label may consist of is one pattern.
 *
 * Not checked, for it would take tables of our own: that a label is normalized (NFC), the direction
 * of its letters (RFC 5893), and compatibility characters beyond the blocks named here. Between
 * letters of scripts that join, a zero width non-joiner is taken. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "schema/program.h"

enum { LABEL_MAX = 63, HOST_MAX = 253, INITIAL = 128, BASE = 36 };

/* --- Punycode */

static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
  enum { T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700 };
  uint32_t rounds = 0;
  delta = first ? delta / DAMP : delta / 2;
  delta += delta / count;
  for (; delta > (BASE - T_MIN) * T_MAX / 2; rounds += BASE) delta /= BASE - T_MIN;
  return rounds + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t at, uint32_t bias)
{
  return at <= bias ? 1 : at >= bias + 26 ? 26 : at - bias;
}

static int digit_value(char c)
{
  if (c >= '0' && c <= '9') return c - '0' + 26;
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= 'A' && c <= 'Z') return c - 'A';
  return -1;
}

/* How many characters the code has, or 0 if it is none. */
static size_t decode(struct text code, uint32_t characters[LABEL_MAX])
{
  const char *dash = code.length > 0 ? memrchr(code.data, '-', code.length) : NULL;
  uint32_t basic = dash ? (uint32_t)(dash - code.data) : 0, count = basic;
  uint32_t next = INITIAL, index = 0, bias = 72;
  if (code.length > LABEL_MAX) return 0;
  for (uint32_t i = 0; i < basic; i++) characters[i] = (unsigned char)code.data[i];
  for (size_t at = dash ? basic + 1 : 0; at < code.length;) {
    uint32_t before = index, weight = 1;
    for (uint32_t k = BASE;; k += BASE) {
      int digit = at < code.length ? digit_value(code.data[at++]) : -1;
      if (digit < 0 || (uint32_t)digit > (UINT32_MAX - index) / weight) return 0;
      index += (uint32_t)digit * weight;
      uint32_t t = threshold(k, bias);
      if ((uint32_t)digit < t) break;
      if (weight > UINT32_MAX / (BASE - t)) return 0;
      weight *= BASE - t;
    }
    bias = adapt(index - before, ++count, before == 0);
    if (index / count > 0x10FFFF - next) return 0;
    next += index / count;
    index %= count;
    if (count > LABEL_MAX) return 0;
    memmove(&characters[index + 1], &characters[index], (count - 1 - index) * sizeof *characters);
    characters[index++] = next;
  }
  return count > basic ? count : 0;
}

/* How long the code for these characters is. */
static size_t encoded_length(const uint32_t *characters, uint32_t count)
{
  uint32_t done = 0, next = INITIAL, delta = 0, bias = 72;
  for (uint32_t i = 0; i < count; i++) done += characters[i] < INITIAL;
  uint32_t basic = done;
  size_t length = basic > 0 ? basic + 1 : 0;
  while (done < count) {
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++)
      if (characters[i] >= next && characters[i] < least) least = characters[i];
    delta += (least - next) * (done + 1); /* below 2^21 * 64 */
    next = least;
    for (uint32_t i = 0; i < count; i++) {
      if (characters[i] < next) delta++;
      if (characters[i] != next) continue;
      uint32_t rest = delta;
      for (uint32_t k = BASE;; k += BASE, length++) {
        uint32_t t = threshold(k, bias);
        if (rest < t) break;
        rest = (rest - t) / (BASE - t);
      }
      length++;
      bias = adapt(delta, done + 1, done == basic);
      delta = 0;
      done++;
    }
    delta++;
    next++;
  }
  return length;
}

/* --- UTF-8 */

static size_t characters_of(struct text text, uint32_t characters[LABEL_MAX])
{
  static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  size_t count = 0;
  while (text.length > 0) {
    size_t length = text_utf8_sequence(text);
    if (length == 0 || count == LABEL_MAX) return 0;
    uint32_t code = (unsigned char)text.data[0] & masks[length];
    for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)text.data[i] & 0x3F);
    characters[count++] = code;
    text = (struct text){text.data + length, text.length - length};
  }
  return count;
}

static void put_utf8(struct buffer *out, uint32_t code)
{
  if (code < 0x80) {
    buffer_append_byte(out, (char)code);
    return;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  buffer_append_byte(out, (char)((more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0) | code >> 6 * more));
  while (more-- > 0) buffer_append_byte(out, (char)(0x80 | (code >> 6 * more & 0x3F)));
}

/* --- labels */

/* Characters of combining class 9, and letters of the scripts whose letters join. */
#define VIRAMA                                                                                     \
  "["                                                                                              \
  "\\x{94d}\\x{9cd}\\x{a4d}\\x{acd}\\x{b4d}\\x{bcd}\\x{c4d}\\x{ccd}\\x{d4d}\\x{dca}"               \
  "\\x{e3a}\\x{eba}\\x{f84}\\x{1039}\\x{103a}\\x{1714}\\x{1734}\\x{17d2}\\x{1a60}"                 \
  "\\x{1b44}\\x{1baa}\\x{1bab}\\x{1bf2}\\x{1bf3}\\x{2d7f}\\x{a806}\\x{a82c}"                       \
  "\\x{a8c4}\\x{a953}\\x{a9c0}\\x{aaf6}\\x{abed}\\x{10a3f}\\x{11046}\\x{1107f}"                    \
  "\\x{110b9}\\x{11133}\\x{11134}\\x{111c0}\\x{11235}\\x{112ea}\\x{1134d}\\x{11442}"               \
  "\\x{114c2}\\x{115bf}\\x{1163f}\\x{116b6}\\x{1172b}\\x{11839}\\x{1193d}\\x{1193e}"               \
  "\\x{119e0}\\x{11a34}\\x{11a47}\\x{11a99}\\x{11c3f}\\x{11d44}\\x{11d45}\\x{11d97}"               \
  "]"
#define JOINING                                                                                    \
  "[\\p{sc:Arabic}\\p{sc:Syriac}\\p{sc:Mandaic}\\p{sc:Mongolian}\\p{sc:Nko}\\p{sc:Phags_Pa}"       \
  "\\p{sc:Adlam}]"

/* RFC 5892, 2 and appendix A. In extended syntax: white space means nothing. */
static const char label_pattern[] =
    "^ (?! -) (?! ..--) (?! .*- $) (?! \\p{M})"
    /* ideographic middle dots need a neighbour; two kinds of digits do not mix */
    "  (?: (?! .*\\x{30fb}) | (?= .*[\\p{sc:Hiragana}\\p{sc:Katakana}\\p{sc:Han}]))"
    "  (?! .*[\\x{660}-\\x{669}].*[\\x{6f0}-\\x{6f9}]) (?! "
    ".*[\\x{6f0}-\\x{6f9}].*[\\x{660}-\\x{669}])"
    "  (?: [\\xdf\\x{3c2}\\x{6fd}\\x{6fe}\\x{f0b}\\x{3007}\\x{30fb}]"
    /* neither exceptions, old Hangul, ligatures and mathematical letters, nor what folds away */
    "    | (?! [\\x{640}\\x{7fa}\\x{302e}\\x{302f}\\x{3031}-\\x{3035}\\x{303b}\\x{1100}-\\x{11ff}"
    "          \\x{a960}-\\x{a97f}\\x{d7b0}-\\x{d7ff}\\x{fb00}-\\x{fb06}\\x{ff00}-\\x{ffef}"
    "          \\x{1d400}-\\x{1d7ff}\\p{Default_Ignorable_Code_Point}])"
    "      [-\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}]"
    "    | (?<= l) \\xb7 (?= l)"
    "    | \\x{375} (?= \\p{sc:Greek})"
    "    | (?<= \\p{sc:Hebrew}) [\\x{5f3}\\x{5f4}]"
    "    | (?<= " VIRAMA ") [\\x{200c}\\x{200d}]"
    "    | (?<= " JOINING ") \\x{200c} (?= " JOINING ")"
    "  )+ $";

static bool is_unicode_label(struct text label)
{
  int number;
  PCRE2_SIZE offset;
  pcre2_code *code = pcre2_compile((PCRE2_SPTR)label_pattern, sizeof label_pattern - 1,
                                   PCRE2_UTF | PCRE2_EXTENDED | PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL,
                                   &number, &offset, NULL);
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  bool matches = code && data &&
                 pcre2_match(code, (PCRE2_SPTR)label.data, label.length, 0, 0, data, NULL) >= 0;
  pcre2_match_data_free(data);
  pcre2_code_free(code);
  return matches;
}

/* What "xn--" hides is a label in Unicode that needs it. */
static bool is_coded_label(struct text code)
{
  uint32_t characters[LABEL_MAX];
  struct buffer label = {0};
  size_t count = decode(code, characters);
  for (size_t i = 0; i < count; i++) {
    if (characters[i] >= 0xD800 && characters[i] <= 0xDFFF) count = 0;
    put_utf8(&label, characters[i]);
  }
  bool valid = count > 0 && is_unicode_label(buffer_text(&label));
  buffer_deinit(&label);
  return valid;
}

static bool is_ascii_label(struct text label)
{
  if (label.length > LABEL_MAX || label.data[0] == '-' || label.data[label.length - 1] == '-')
    return false;
  for (size_t i = 0; i < label.length; i++)
    if (digit_value(label.data[i]) < 0 && label.data[i] != '-') return false;
  struct text prefix = {label.data, label.length < 4 ? label.length : 4};
  if (!text_is_ignoring_case(prefix, "xn--")) return true;
  return is_coded_label((struct text){label.data + 4, label.length - 4});
}

/* Its length in ASCII; 0 if it is not valid. */
static size_t label_length(struct text label, bool ascii)
{
  if (label.length == 0) return 0;
  if (text_ascii_length(label) == label.length) return is_ascii_label(label) ? label.length : 0;
  uint32_t characters[LABEL_MAX];
  size_t count = ascii ? 0 : characters_of(label, characters);
  if (count == 0 || !is_unicode_label(label)) return 0;
  size_t length = strlen("xn--") + encoded_length(characters, (uint32_t)count);
  return length <= LABEL_MAX ? length : 0;
}

/* The length of the dot that the text begins with: a full stop, or one of those that stand for it
 * among ideographs. */
static size_t dot_length(struct text text)
{
  static const char *const dots[] = {".", "。", "．", "｡"};
  for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
    if (text_starts_with(text, dots[i])) return strlen(dots[i]);
  return 0;
}

static bool is_host(struct text text, bool ascii)
{
  size_t total = 0;
  for (;;) {
    struct text label = {text.data, 0};
    size_t dot = 0;
    while (text.length > 0 && (dot = dot_length(text)) == 0) {
      text = (struct text){text.data + 1, text.length - 1};
      label.length++;
    }
    size_t length = label_length(label, ascii);
    total += length + (dot > 0);
    if (length == 0 || total > HOST_MAX || (ascii && dot > 1)) return false;
    if (dot == 0) return true;
    text = (struct text){text.data + dot, text.length - dot};
  }
}

bool schema_format_hostname(struct text text)
{
  return is_host(text, true);
}

bool schema_format_idn_hostname(struct text text)
{
  return is_host(text, false);
}
