/* Tokens of SQLite's SQL: exactly SQLite's own rules (tokenize.c) for where a token ends, because
 * two readers that disagree on that are a hole. Whatever SQLite accepts and Writ has no use for
 * (`?1`, `@x`, Tcl's `$x(y)`, an unterminated comment, NUL) is SQL_BAD. */
#include "store/sql.h"

#include <sqlite3.h>
#include <stdint.h>

#include "base/ascii.h"

static bool is_space(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static bool is_identifier(char c)
{
  return is_letter(c) || ascii_is_digit(c) || c == '$';
}

/* The byte at an index, or NUL at the end. */
static char at(struct text text, size_t index)
{
  return index < text.length ? text.data[index] : '\0';
}

/* Moves past white space and comments; false if a comment does not end. */
static bool skip_blank(struct text *rest)
{
  size_t i = 0;
  for (;;) {
    while (i < rest->length && is_space(rest->data[i])) i++;
    if (at(*rest, i) == '-' && at(*rest, i + 1) == '-') {
      while (i < rest->length && rest->data[i] != '\n') {
        if (rest->data[i] == '\0') return false;
        i++;
      }
    } else if (at(*rest, i) == '/' && at(*rest, i + 1) == '*') {
      size_t end = i + 2;
      while (end + 1 < rest->length && !(rest->data[end] == '*' && rest->data[end + 1] == '/')) {
        if (rest->data[end] == '\0') return false;
        end++;
      }
      if (end + 1 >= rest->length) return false;
      i = end + 2;
    } else {
      break;
    }
  }
  *rest = (struct text){rest->data == NULL ? NULL : rest->data + i, rest->length - i};
  return true;
}

/* Length of what stands in quotes at the start, or 0 if it does not end. A doubled quote is one. */
static size_t quoted_length(struct text text, size_t start, char end, bool doubled)
{
  for (size_t i = start + 1; i < text.length && text.data[i] != '\0'; i++) {
    if (text.data[i] != end) continue;
    if (!doubled || at(text, i + 1) != end) return i + 1;
    i++;
  }
  return 0;
}

static size_t digits(struct text text, size_t i)
{
  while (ascii_is_digit(at(text, i))) i++;
  return i;
}

/* Length of a number, or 0 if letters follow it. */
static size_t number_length(struct text text)
{
  size_t i;
  if (text.data[0] == '0' && (at(text, 1) == 'x' || at(text, 1) == 'X')) {
    i = 2;
    while (is_identifier(at(text, i))) i++;
    return i > 2 ? i : 0;
  }
  i = digits(text, 0);
  if (at(text, i) == '.') i = digits(text, i + 1);
  if (at(text, i) == 'e' || at(text, i) == 'E') {
    size_t exponent = i + 1;
    if (at(text, exponent) == '+' || at(text, exponent) == '-') exponent++;
    if (!ascii_is_digit(at(text, exponent))) return 0;
    i = digits(text, exponent);
  }
  return is_identifier(at(text, i)) ? 0 : i;
}

/* Length of `:name`, or 0 for the other spellings that SQLite knows. */
static size_t parameter_length(struct text text)
{
  char first = at(text, 1);
  if (!is_letter(first) || (first & 0x80) != 0) return 0;
  size_t i = 1;
  while (is_identifier(at(text, i))) {
    if ((text.data[i] & 0x80) != 0 || text.data[i] == '$') return 0;
    i++;
  }
  bool tcl = at(text, i) == '(' || (at(text, i) == ':' && at(text, i + 1) == ':');
  return tcl ? 0 : i;
}

static struct sql_token take(struct text *rest, enum sql_token_type type, size_t length)
{
  if (length == 0) {
    type = SQL_BAD;
    length = 1;
  }
  struct sql_token token = {type, {rest->data, length}};
  *rest = (struct text){rest->data + length, rest->length - length};
  return token;
}

struct sql_token sql_next(struct text *rest)
{
  if (!skip_blank(rest)) return take(rest, SQL_BAD, 1);
  if (rest->length == 0) return (struct sql_token){SQL_END, *rest};
  char c = rest->data[0];
  if ((c == 'x' || c == 'X') && at(*rest, 1) == '\'')
    return take(rest, SQL_STRING, quoted_length(*rest, 1, '\'', false));
  if (is_letter(c)) {
    size_t i = 1;
    while (is_identifier(at(*rest, i))) i++;
    return take(rest, SQL_WORD, i);
  }
  if (ascii_is_digit(c) || (c == '.' && ascii_is_digit(at(*rest, 1))))
    return take(rest, SQL_NUMBER, number_length(*rest));
  switch (c) {
  case '\'':
    return take(rest, SQL_STRING, quoted_length(*rest, 0, c, true));
  case '"':
  case '`':
    return take(rest, SQL_QUOTED, quoted_length(*rest, 0, c, true));
  case '[':
    return take(rest, SQL_QUOTED, quoted_length(*rest, 0, ']', false));
  case ':':
    return take(rest, SQL_PARAMETER, parameter_length(*rest));
  default:
    return take(rest, SQL_SYMBOL, c != '\0' && strchr("()+-*/%,.;<>=!|&~", c) != NULL ? 1 : 0);
  }
}

bool sql_is(struct sql_token token, const char *keyword)
{
  return token.type == SQL_WORD && text_is_ignoring_case(token.text, keyword);
}

bool sql_is_symbol(struct sql_token token, char symbol)
{
  return token.type == SQL_SYMBOL && token.text.data[0] == symbol;
}

struct text sql_name(struct sql_token token, struct arena *arena)
{
  if (token.type != SQL_QUOTED && token.type != SQL_STRING) return token.text;
  if (token.text.length < 2 || token.text.data[token.text.length - 1] == '\0') return token.text;
  char quote = token.text.data[token.text.length - 1];
  size_t first = token.text.data[0] == 'x' || token.text.data[0] == 'X' ? 2 : 1;
  char *name = arena_alloc(arena, token.text.length);
  size_t length = 0;
  for (size_t i = first; i + 1 < token.text.length; i++) {
    name[length++] = token.text.data[i];
    if (token.text.data[i] == quote) i++;
  }
  name[length] = '\0';
  return (struct text){name, length};
}

bool sql_is_aggregate(struct sql_token name)
{
  static const char *const names[] = {
      "avg", "count",      "group_concat", "json_group_array",  "max",
      "min", "string_agg", "sum",          "json_group_object", "total"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (sql_is(name, names[i])) return true;
  return false;
}

void sql_append_quoted(struct buffer *out, struct text name)
{
  buffer_append_byte(out, '"');
  for (size_t i = 0; i < name.length; i++) {
    if (name.data[i] == '"') buffer_append_byte(out, '"');
    buffer_append_byte(out, name.data[i]);
  }
  buffer_append_byte(out, '"');
}

struct text sql_quoted(struct text name, struct arena *arena)
{
  struct buffer quoted = {0};
  sql_append_quoted(&quoted, name);
  struct text text = arena_copy(arena, buffer_text(&quoted));
  buffer_deinit(&quoted);
  return text;
}

bool sql_is_plain_name(struct text name)
{
  struct text rest = name;
  struct sql_token token = sql_next(&rest);
  return token.type == SQL_WORD && token.text.length == name.length &&
         !sqlite3_keyword_check(name.data, (int)name.length);
}

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool sql_same_name(struct text a, struct text b)
{
  if (a.length != b.length) return false;
  for (size_t i = 0; i < a.length; i++)
    if (lower(a.data[i]) != lower(b.data[i])) return false;
  return true;
}
