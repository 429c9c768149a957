/* Lua's words. Bytes beyond ASCII are in no name; in strings and comments anything may stand. */
#include "advice/lexer.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/text.h"

enum { NUMBER_BYTES_MAX = 200 };

/* The byte so far ahead; -1 behind the end. */
static int peek(const struct lexer *lexer, size_t ahead)
{
  size_t left = lexer->source.length - lexer->at;
  return ahead < left ? (unsigned char)lexer->source.data[lexer->at + ahead] : -1;
}

static bool is_name_start(int c)
{
  return ascii_is_letter(c) || c == '_';
}

static bool is_space(int c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct text read_since(const struct lexer *lexer, size_t begin)
{
  return (struct text){lexer->source.data + begin, lexer->at - begin};
}

/* --- Long brackets, comments, white space. --- */

/* The level of the long bracket that opens here; -1 if none does. */
static long bracket_level(const struct lexer *lexer)
{
  size_t level = 0;
  if (peek(lexer, 0) != '[') return -1;
  while (peek(lexer, 1 + level) == '=') level++;
  return peek(lexer, 1 + level) == '[' ? (long)level : -1;
}

static bool closes(const struct lexer *lexer, long level)
{
  if (peek(lexer, 0) != ']' || peek(lexer, (size_t)level + 1) != ']') return false;
  for (long i = 1; i <= level; i++)
    if (peek(lexer, (size_t)i) != '=') return false;
  return true;
}

/* What is in the long bracket that opens here. False: it is not closed. */
static bool read_long(struct lexer *lexer, long level, struct text *text)
{
  lexer->at += (size_t)level + 2;
  size_t begin = lexer->at;
  while (peek(lexer, 0) >= 0 && !closes(lexer, level)) lexer->at++;
  *text = read_since(lexer, begin);
  if (peek(lexer, 0) < 0) return false;
  lexer->at += (size_t)level + 2;
  if (text->length > 0 && (text->data[0] == '\n' || text->data[0] == '\r')) {
    bool both = text->length > 1 && text->data[1] != text->data[0] &&
                (text->data[1] == '\n' || text->data[1] == '\r');
    size_t skipped = both ? 2 : 1;
    *text = (struct text){text->data + skipped, text->length - skipped};
  }
  return true;
}

static void skip_line(struct lexer *lexer)
{
  while (peek(lexer, 0) >= 0 && peek(lexer, 0) != '\n' && peek(lexer, 0) != '\r') lexer->at++;
}

/* False: a comment is not closed. */
static bool skip_blank(struct lexer *lexer)
{
  struct text comment;
  for (;;) {
    if (is_space(peek(lexer, 0))) {
      lexer->at++;
    } else if (peek(lexer, 0) == '-' && peek(lexer, 1) == '-') {
      lexer->at += 2;
      long level = bracket_level(lexer);
      if (level < 0)
        skip_line(lexer);
      else if (!read_long(lexer, level, &comment))
        return false;
    } else {
      return true;
    }
  }
}

/* --- Strings. --- */

/* UTF-8 as Lua writes it: up to 2^31, in up to six bytes. */
static void append_utf8(struct buffer *out, uint32_t code)
{
  char bytes[6];
  size_t count = 0;
  uint32_t most = 0x3F; /* of what fits into the first byte */
  if (code < 0x80) {
    buffer_append_byte(out, (char)code);
    return;
  }
  do {
    bytes[count++] = (char)(0x80 | (code & 0x3F));
    code >>= 6;
    most >>= 1;
  } while (code > most);
  buffer_append_byte(out, (char)((~most << 1) | code));
  while (count > 0) buffer_append_byte(out, bytes[--count]);
}

static bool read_hex_escape(struct lexer *lexer, struct buffer *out)
{
  int high = ascii_hex_value(peek(lexer, 0)), low = ascii_hex_value(peek(lexer, 1));
  if (high < 0 || low < 0) return false;
  buffer_append_byte(out, (char)(high * 16 + low));
  lexer->at += 2;
  return true;
}

static bool read_utf8_escape(struct lexer *lexer, struct buffer *out)
{
  uint32_t code = 0;
  size_t digits = 0;
  if (peek(lexer, 0) != '{') return false;
  lexer->at++;
  for (int digit; (digit = ascii_hex_value(peek(lexer, 0))) >= 0; lexer->at++, digits++) {
    if (code > 0x7FFFFFF) return false;
    code = code * 16 + (uint32_t)digit;
  }
  if (digits == 0 || peek(lexer, 0) != '}') return false;
  lexer->at++;
  append_utf8(out, code);
  return true;
}

static bool read_decimal_escape(struct lexer *lexer, struct buffer *out)
{
  int value = 0;
  for (int i = 0; i < 3 && ascii_is_digit(peek(lexer, 0)); i++, lexer->at++)
    value = value * 10 + (peek(lexer, 0) - '0');
  buffer_append_byte(out, (char)value);
  return value <= 255;
}

/* What follows a backslash. */
static bool read_escape(struct lexer *lexer, struct buffer *out)
{
  static const char letters[] = "abfnrtv", meant[] = "\a\b\f\n\r\t\v";
  int c = peek(lexer, 0);
  if (ascii_is_digit(c)) return read_decimal_escape(lexer, out);
  if (c < 0) return false;
  lexer->at++;
  const char *letter = c > 0 ? strchr(letters, c) : NULL;
  if (letter) {
    buffer_append_byte(out, meant[letter - letters]);
  } else if (c == 'x') {
    return read_hex_escape(lexer, out);
  } else if (c == 'u') {
    return read_utf8_escape(lexer, out);
  } else if (c == 'z') {
    while (is_space(peek(lexer, 0))) lexer->at++;
  } else if (c == '\n' || c == '\r') {
    int other = c == '\n' ? '\r' : '\n';
    if (peek(lexer, 0) == other) lexer->at++;
    buffer_append_byte(out, '\n');
  } else if (c == '\\' || c == '"' || c == '\'') {
    buffer_append_byte(out, (char)c);
  } else {
    return false;
  }
  return true;
}

/* The text up to the quote that ended it in the source, where it holds no escape. */
static bool read_string(struct lexer *lexer, struct text *text)
{
  struct buffer out = {0};
  int quote = peek(lexer, 0), c;
  bool escaped = false, good = true;
  lexer->at++;
  size_t begin = lexer->at;
  while (good && (c = peek(lexer, 0)) != quote) {
    if (c < 0 || c == '\n' || c == '\r') {
      good = false;
    } else if (c == '\\') {
      if (!escaped) buffer_append_text(&out, read_since(lexer, begin));
      escaped = true;
      lexer->at++;
      good = read_escape(lexer, &out);
    } else {
      if (escaped) buffer_append_byte(&out, (char)c);
      lexer->at++;
    }
  }
  *text = escaped ? arena_copy(lexer->arena, buffer_text(&out)) : read_since(lexer, begin);
  buffer_deinit(&out);
  if (good) lexer->at++;
  return good;
}

/* --- Numbers. --- */

/* Decimals that do not fit are no integers, hexadecimals wrap around. */
static bool read_integer(struct text text, int64_t *integer)
{
  uint64_t value = 0;
  bool hex = text.length > 2 && (text.data[1] == 'x' || text.data[1] == 'X');
  for (size_t i = hex ? 2 : 0; i < text.length; i++) {
    int digit = hex ? ascii_hex_value(text.data[i]) : text.data[i] - '0';
    if (digit < 0 || digit > (hex ? 15 : 9)) return false;
    if (!hex && value > ((uint64_t)INT64_MAX - (uint64_t)digit) / 10) return false;
    value = value * (hex ? 16 : 10) + (uint64_t)digit;
  }
  *integer = (int64_t)value;
  return true;
}

/* All that could belong to a number, as Lua takes it; strtod tells whether it is one. (Neither
 * "inf" nor "nan" begins with a digit.) */
static enum token_kind read_number(struct lexer *lexer, struct token *token)
{
  char digits[NUMBER_BYTES_MAX + 1];
  size_t begin = lexer->at;
  bool hex = peek(lexer, 0) == '0' && (peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X');
  if (hex) lexer->at += 2;
  for (int c; (c = peek(lexer, 0)) >= 0; lexer->at++) {
    bool exponent = hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
    if (exponent && (peek(lexer, 1) == '+' || peek(lexer, 1) == '-'))
      lexer->at++;
    else if (!is_name_start(c) && !ascii_is_digit(c) && c != '.')
      break;
  }
  token->text = read_since(lexer, begin);
  if (token->text.length >= sizeof digits) return TOKEN_BAD;
  memcpy(digits, token->text.data, token->text.length);
  digits[token->text.length] = '\0';
  if (read_integer(token->text, &token->integer)) return TOKEN_INTEGER;
  char *end;
  token->real = strtod(digits, &end);
  return *end == '\0' ? TOKEN_REAL : TOKEN_BAD;
}

/* --- Names and symbols. --- */

static enum token_kind keyword(struct text name)
{
  static const char *const words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                      "false", "for",   "function", "goto", "if",     "in",
                                      "local", "nil",   "not",      "or",   "repeat", "return",
                                      "then",  "true",  "until",    "while"};
  if (name.length > 8) return TOKEN_NAME;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (words[i][0] == name.data[0] && text_is(name, words[i]))
      return (enum token_kind)(TOKEN_AND + i);
  return TOKEN_NAME;
}

static enum token_kind symbol(struct lexer *lexer)
{
  /* the longest first */
  static const struct {
    char text[4];
    enum token_kind kind;
  } symbols[] = {{"...", TOKEN_ELLIPSIS},   {"..", TOKEN_DOTS},         {"//", TOKEN_SLASHES},
                 {"<<", TOKEN_SHIFT_LEFT},  {">>", TOKEN_SHIFT_RIGHT},  {"==", TOKEN_EQUAL},
                 {"~=", TOKEN_NOT_EQUAL},   {"<=", TOKEN_LESS_EQUAL},   {">=", TOKEN_GREATER_EQUAL},
                 {"::", TOKEN_LABEL},       {"+", TOKEN_PLUS},          {"-", TOKEN_MINUS},
                 {"*", TOKEN_STAR},         {"/", TOKEN_SLASH},         {"%", TOKEN_PERCENT},
                 {"^", TOKEN_CARET},        {"#", TOKEN_HASH},          {"&", TOKEN_AMPERSAND},
                 {"~", TOKEN_TILDE},        {"|", TOKEN_BAR},           {"<", TOKEN_LESS},
                 {">", TOKEN_GREATER},      {"=", TOKEN_ASSIGN},        {"(", TOKEN_OPEN_PAREN},
                 {")", TOKEN_CLOSE_PAREN},  {"{", TOKEN_OPEN_BRACE},    {"}", TOKEN_CLOSE_BRACE},
                 {"[", TOKEN_OPEN_BRACKET}, {"]", TOKEN_CLOSE_BRACKET}, {";", TOKEN_SEMICOLON},
                 {":", TOKEN_COLON},        {",", TOKEN_COMMA},         {".", TOKEN_DOT}};
  struct text rest = {lexer->source.data + lexer->at, lexer->source.length - lexer->at};
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    if (symbols[i].text[0] != rest.data[0] || !text_starts_with(rest, symbols[i].text)) continue;
    lexer->at += strlen(symbols[i].text);
    return symbols[i].kind;
  }
  return TOKEN_BAD;
}

static enum token_kind read(struct lexer *lexer, struct token *token)
{
  int c = peek(lexer, 0);
  long level;
  if (c < 0) return TOKEN_END;
  if (is_name_start(c)) {
    while (is_name_start(peek(lexer, 0)) || ascii_is_digit(peek(lexer, 0))) lexer->at++;
    token->text = read_since(lexer, token->offset);
    return keyword(token->text);
  }
  if (c == '"' || c == '\'') return read_string(lexer, &token->text) ? TOKEN_STRING : TOKEN_BAD;
  if ((level = bracket_level(lexer)) >= 0)
    return read_long(lexer, level, &token->text) ? TOKEN_STRING : TOKEN_BAD;
  if (ascii_is_digit(c) || (c == '.' && ascii_is_digit(peek(lexer, 1))))
    return read_number(lexer, token);
  return symbol(lexer);
}

void lexer_init(struct lexer *lexer, struct text source, struct arena *arena)
{
  *lexer = (struct lexer){.source = source, .arena = arena};
  if (peek(lexer, 0) == '#') skip_line(lexer);
}

struct token lexer_next(struct lexer *lexer)
{
  bool good = skip_blank(lexer);
  struct token token = {.offset = (uint32_t)lexer->at};
  token.kind = good ? read(lexer, &token) : TOKEN_BAD;
  token.end = (uint32_t)lexer->at;
  if (token.kind == TOKEN_BAD) lexer->at = lexer->source.length;
  return token;
}
