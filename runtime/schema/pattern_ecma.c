/* From ECMA-262 to PCRE2: the same pattern in the other spelling.
 *
 * The two agree on most of their syntax. What they do not agree on is rewritten (., \s, \v, \uXXXX,
 * [] and [^], long names of properties, a [ within a class, a { that is no quantifier), and what
 * only PCRE2 has (possessive quantifiers, atomic groups, verbs, recursion, \A, \h, \K, …) is
 * refused. Escapes of punctuation that need none are accepted, as people write them. */
#include "schema/program.h"

#include "base/ascii.h"

struct scanner {
  struct text text;
  size_t at;
  struct buffer *out;
  struct error *error;
  bool repeatable; /* what stands before may take a quantifier */
};

/* White space of ECMA-262, and all that is not, as they stand in a class. */
#define SPACE                                                                                      \
  "\\t-\\r "                                                                                       \
  "\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NO_SPACE                                                                                   \
  "\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"    \
  "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"                   \
  "\\x{ff00}-\\x{10ffff}"

static int peek(const struct scanner *s, size_t ahead)
{
  return s->at + ahead < s->text.length ? (unsigned char)s->text.data[s->at + ahead] : -1;
}

static void put(struct scanner *s, const char *text)
{
  buffer_append_text(s->out, text_of(text));
}

static int put_code(struct scanner *s, uint32_t code)
{
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return error_set(s->error, "U+%X is not a character", code);
  buffer_print(s->out, "\\x{%x}", code);
  return 0;
}

/* Reads `digits` hexadecimal digits; false, and nothing is read, if they are not there. */
static bool take_hex(struct scanner *s, size_t digits, uint32_t *code)
{
  uint32_t value = 0;
  for (size_t i = 0; i < digits; i++) {
    int digit = ascii_hex_value(peek(s, i));
    if (digit < 0) return false;
    value = value << 4 | (uint32_t)digit;
  }
  s->at += digits;
  *code = value;
  return true;
}

/* After "\u": XXXX, a pair of surrogates, or {X…}. */
static int take_unicode(struct scanner *s)
{
  uint32_t code = 0, low = 0;
  if (peek(s, 0) == '{') {
    size_t digits = 0;
    while (ascii_hex_value(peek(s, 1 + digits)) >= 0) digits++;
    s->at++;
    if (digits == 0 || digits > 6 || peek(s, digits) != '}' || !take_hex(s, digits, &code))
      return error_set(s->error, "\\u{…} needs one to six hexadecimal digits");
    s->at++;
    return put_code(s, code);
  }
  if (!take_hex(s, 4, &code)) return error_set(s->error, "\\u needs four hexadecimal digits");
  if (code >= 0xD800 && code <= 0xDBFF && peek(s, 0) == '\\' && peek(s, 1) == 'u') {
    size_t mark = s->at;
    s->at += 2;
    if (take_hex(s, 4, &low) && low >= 0xDC00 && low <= 0xDFFF)
      return put_code(s, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
    s->at = mark;
  }
  return put_code(s, code);
}

/* General categories, which PCRE2 knows only by their short names. */
static const char *short_category(struct text name)
{
  static const char *const names[][2] = {{"Cased_Letter", "L&"},
                                         {"Close_Punctuation", "Pe"},
                                         {"Combining_Mark", "M"},
                                         {"Connector_Punctuation", "Pc"},
                                         {"Control", "Cc"},
                                         {"Currency_Symbol", "Sc"},
                                         {"Dash_Punctuation", "Pd"},
                                         {"Decimal_Number", "Nd"},
                                         {"Enclosing_Mark", "Me"},
                                         {"Final_Punctuation", "Pf"},
                                         {"Format", "Cf"},
                                         {"Initial_Punctuation", "Pi"},
                                         {"LC", "L&"},
                                         {"Letter", "L"},
                                         {"Letter_Number", "Nl"},
                                         {"Line_Separator", "Zl"},
                                         {"Lowercase_Letter", "Ll"},
                                         {"Mark", "M"},
                                         {"Math_Symbol", "Sm"},
                                         {"Modifier_Letter", "Lm"},
                                         {"Modifier_Symbol", "Sk"},
                                         {"Nonspacing_Mark", "Mn"},
                                         {"Number", "N"},
                                         {"Open_Punctuation", "Ps"},
                                         {"Other", "C"},
                                         {"Other_Letter", "Lo"},
                                         {"Other_Number", "No"},
                                         {"Other_Punctuation", "Po"},
                                         {"Other_Symbol", "So"},
                                         {"Paragraph_Separator", "Zp"},
                                         {"Private_Use", "Co"},
                                         {"Punctuation", "P"},
                                         {"Separator", "Z"},
                                         {"Space_Separator", "Zs"},
                                         {"Spacing_Mark", "Mc"},
                                         {"Surrogate", "Cs"},
                                         {"Symbol", "S"},
                                         {"Titlecase_Letter", "Lt"},
                                         {"Unassigned", "Cn"},
                                         {"Uppercase_Letter", "Lu"},
                                         {"cntrl", "Cc"},
                                         {"digit", "Nd"},
                                         {"punct", "P"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (text_is(name, names[i][0]) || text_is(name, names[i][1])) return names[i][1];
  return NULL;
}

/* After "\p" or "\P": {Name} or {Key=Name}. Binary properties and scripts are left to PCRE2, which
 * knows those of its version of Unicode by their long and short names, but for
 * Changes_When_NFKC_Casefolded; it also takes a script without a key. */
static int take_property(struct scanner *s, char letter)
{
  size_t length = 0;
  for (int c;
       c = peek(s, 1 + length), ascii_is_letter(c) || ascii_is_digit(c) || c == '_' || c == '=';)
    length++;
  if (peek(s, 0) != '{' || length == 0 || peek(s, 1 + length) != '}')
    return error_set(s->error, "\\%c needs the name of a property in braces", letter);
  struct text name = {s->text.data + s->at + 1, length}, key;
  s->at += length + 2;

  const char *prefix = "", *category = NULL;
  if (memchr(name.data, '=', name.length)) {
    text_split(&name, '=', &key);
    if (text_is(key, "Script") || text_is(key, "sc"))
      prefix = "sc:";
    else if (text_is(key, "Script_Extensions") || text_is(key, "scx"))
      prefix = "scx:";
    else if (!text_is(key, "General_Category") && !text_is(key, "gc"))
      return error_set(s->error, "\\%c{%.*s=…} is not a property", letter, TEXT_ARGS(key));
    else if (!(category = short_category(name)))
      return error_set(s->error, "'%.*s' is not a general category", TEXT_ARGS(name));
  } else if (text_is(name, "Assigned")) {
    buffer_print(s->out, "\\%c{Cn}", letter == 'p' ? 'P' : 'p');
    return 0;
  } else {
    category = short_category(name);
  }
  if (category)
    buffer_print(s->out, "\\%c{%s}", letter, category);
  else
    buffer_print(s->out, "\\%c{%s%.*s}", letter, prefix, TEXT_ARGS(name));
  return 0;
}

/* Escapes that mean one character, within a class or not. 1: it was none of them. */
static int take_character_escape(struct scanner *s, int c)
{
  uint32_t code = 0;
  switch (c) {
  case 't':
    return put_code(s, '\t');
  case 'n':
    return put_code(s, '\n');
  case 'v':
    return put_code(s, '\v');
  case 'f':
    return put_code(s, '\f');
  case 'r':
    return put_code(s, '\r');
  case 'u':
    return take_unicode(s);
  case 'x':
    if (!take_hex(s, 2, &code)) return error_set(s->error, "\\x needs two hexadecimal digits");
    return put_code(s, code);
  case 'c':
    if (!ascii_is_letter(peek(s, 0))) return error_set(s->error, "\\c needs a letter");
    return put_code(s, (uint32_t)(unsigned char)s->text.data[s->at++] & 31);
  case '0':
    if (ascii_is_digit(peek(s, 0))) return error_set(s->error, "octal escapes are not allowed");
    return put_code(s, 0);
  default:
    break;
  }
  if (c < 0) return error_set(s->error, "it ends in a lone \\");
  if (ascii_is_letter(c) || ascii_is_digit(c) || c >= 0x80 || c < ' ') return 1;
  if (c == '_') return error_set(s->error, "\\_ is not an escape");
  return put_code(s, (uint32_t)c);
}

/* What stands before `at` is no escape. */
static int refuse_escape(struct scanner *s, const char *where)
{
  struct text rest = {s->text.data + s->at - 1, s->text.length - s->at + 1};
  size_t sequence = text_utf8_sequence(rest);
  return error_set(s->error, "\\%.*s is not an escape%s", (int)sequence, rest.data, where);
}

static int take_escape(struct scanner *s)
{
  s->at++;
  int c = peek(s, 0);
  if (c >= 0) s->at++;
  s->repeatable = true;
  switch (c) {
  case 'b':
  case 'B':
    s->repeatable = false; /* fall through */
  case 'd':
  case 'D':
  case 'w':
  case 'W':
    buffer_print(s->out, "\\%c", c);
    return 0;
  case 's':
    put(s, "[" SPACE "]");
    return 0;
  case 'S':
    put(s, "[^" SPACE "]");
    return 0;
  case 'p':
  case 'P':
    return take_property(s, (char)c);
  case 'k':
    if (peek(s, 0) != '<') return error_set(s->error, "\\k needs the name of a group");
    put(s, "\\k");
    return 0;
  default:
    break;
  }
  if (c >= '1' && c <= '9') {
    buffer_print(s->out, "\\g{%c", c);
    while (ascii_is_digit(peek(s, 0))) buffer_append_byte(s->out, s->text.data[s->at++]);
    put(s, "}");
    return 0;
  }
  int result = take_character_escape(s, c);
  return result == 1 ? refuse_escape(s, "") : result;
}

static int take_class_escape(struct scanner *s)
{
  s->at++;
  int c = peek(s, 0);
  if (c >= 0) s->at++;
  switch (c) {
  case 'd':
  case 'D':
  case 'w':
  case 'W':
    buffer_print(s->out, "\\%c", c);
    return 0;
  case 'b':
    return put_code(s, '\b');
  case 's':
    put(s, SPACE);
    return 0;
  case 'S':
    put(s, NO_SPACE);
    return 0;
  case 'p':
  case 'P':
    return take_property(s, (char)c);
  default:
    break;
  }
  int result = take_character_escape(s, c);
  return result == 1 ? refuse_escape(s, " within [ ]") : result;
}

static int take_class(struct scanner *s)
{
  bool negated = peek(s, 1) == '^';
  s->at += negated ? 2 : 1;
  s->repeatable = true;
  if (peek(s, 0) == ']') {
    s->at++;
    put(s, negated ? "(?s:.)" : "(?!)");
    return 0;
  }
  put(s, negated ? "[^" : "[");
  for (int c; (c = peek(s, 0)) != ']';) {
    if (c < 0) return error_set(s->error, "a ] is missing");
    if (c == '\\') {
      if (take_class_escape(s)) return -1;
      continue;
    }
    if (c == '[') buffer_append_byte(s->out, '\\');
    buffer_append_byte(s->out, (char)c);
    s->at++;
  }
  s->at++;
  put(s, "]");
  return 0;
}

static int take_group(struct scanner *s)
{
  static const char *const openings[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};
  struct text rest = {s->text.data + s->at, s->text.length - s->at};
  s->repeatable = false;
  for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
    if (!text_starts_with(rest, openings[i])) continue;
    put(s, openings[i]);
    s->at += strlen(openings[i]);
    return 0;
  }
  bool named =
      peek(s, 1) == '?' && peek(s, 2) == '<' && (ascii_is_letter(peek(s, 3)) || peek(s, 3) == '_');
  if (peek(s, 1) == '*' || (peek(s, 1) == '?' && !named))
    return error_set(s->error, "(%c%s is not ECMA-262", peek(s, 1), peek(s, 1) == '?' ? "…" : "");
  put(s, named ? "(?<" : "(");
  s->at += named ? 3 : 1;
  return 0;
}

/* The length of {n}, {n,} or {n,m}; 0 if the brace begins none of them. */
static size_t braces_length(const struct scanner *s)
{
  size_t length = 1;
  while (ascii_is_digit(peek(s, length))) length++;
  if (length == 1) return 0;
  if (peek(s, length) == ',') {
    length++;
    while (ascii_is_digit(peek(s, length))) length++;
  }
  return peek(s, length) == '}' ? length + 1 : 0;
}

static int take_quantifier(struct scanner *s, size_t length)
{
  if (!s->repeatable)
    return error_set(s->error, "there is nothing before %c to repeat", peek(s, 0));
  buffer_append(s->out, s->text.data + s->at, length);
  s->at += length;
  if (peek(s, 0) == '?') {
    put(s, "?");
    s->at++;
  }
  s->repeatable = false;
  return 0;
}

static int take_term(struct scanner *s)
{
  int c = peek(s, 0);
  size_t braces = c == '{' ? braces_length(s) : 0;
  if (c == '\\') return take_escape(s);
  if (c == '[') return take_class(s);
  if (c == '(') return take_group(s);
  if (c == '*' || c == '+' || c == '?' || braces > 0)
    return take_quantifier(s, braces > 0 ? braces : 1);

  s->at++;
  s->repeatable = c != '^' && c != '$' && c != '|';
  if (c == '.')
    put(s, "[^\\n\\r\\x{2028}\\x{2029}]");
  else if (c == '{' || c == '}' || c == ']')
    buffer_print(s->out, "\\%c", c);
  else
    buffer_append_byte(s->out, (char)c);
  return 0;
}

int schema_pattern_translate(struct buffer *out, struct text pattern, struct error *error)
{
  struct scanner scanner = {.text = pattern, .out = out, .error = error};
  while (scanner.at < pattern.length)
    if (take_term(&scanner)) return -1;
  return 0;
}
