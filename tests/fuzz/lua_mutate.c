/* Works on units: a token, an expression from its first name to its last bracket, a block from its
 * keyword to its `end`, or a line. Need never be right, only useful: what it takes for an
 * expression may be none. */
#include "lua_mutate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>

#include "fuzz.h"

enum { TOKENS_MAX = 4096, ROUNDS_MAX = 4, SEARCHES = 12 };

enum kind { NAME, KEYWORD, NUMBER, STRING, OPEN, CLOSE, SIGN };

struct token {
  enum kind kind;
  size_t at, length;
};

struct script {
  uint8_t *data;
  size_t size, size_max;
  struct token tokens[TOKENS_MAX]; /* without white space and comments */
  size_t count;
};

struct range {
  size_t at, length;
};

static size_t below(unsigned *seed, size_t limit)
{
  *seed = *seed * 1664525U + 1013904223U;
  return limit == 0 ? 0 : (*seed >> 8) % limit;
}

/* --- Tokens. --- */

static bool is_one_of(struct text token, const char *const *words)
{
  for (; *words; words++) {
    if (text_is(token, *words)) return true;
  }
  return false;
}

static size_t skip_to(struct text text, size_t at, char end)
{
  while (at < text.length && text.data[at] != end) at += text.data[at] == '\\' ? 2 : 1;
  return at < text.length ? at + 1 : text.length;
}

static struct token word(struct text text, size_t at)
{
  static const char *const keywords[] = {"and",   "break", "do",    "else",     "elseif", "end",
                                         "false", "for",   "goto",  "function", "if",     "in",
                                         "local", "nil",   "not",   "or",       "repeat", "return",
                                         "then",  "true",  "until", "while",    NULL};
  bool number = isdigit((unsigned char)text.data[at]);
  size_t end = at + 1;
  while (end < text.length && (isalnum((unsigned char)text.data[end]) || text.data[end] == '_' ||
                               (number && text.data[end] == '.')))
    end++;
  struct token token = {number ? NUMBER : NAME, at, end - at};
  if (is_one_of((struct text){text.data + at, token.length}, keywords)) token.kind = KEYWORD;
  return token;
}

static struct token sign(struct text text, size_t at)
{
  static const char *const doubled[] = {"..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::", NULL};
  char first = text.data[at];
  if (strchr("([{", first)) return (struct token){OPEN, at, 1};
  if (strchr(")]}", first)) return (struct token){CLOSE, at, 1};
  if (text.length - at >= 3 && memcmp(text.data + at, "...", 3) == 0)
    return (struct token){SIGN, at, 3};
  bool two = text.length - at >= 2 && is_one_of((struct text){text.data + at, 2}, doubled);
  return (struct token){SIGN, at, two ? 2 : 1};
}

static struct token next_token(struct text text, size_t at)
{
  char first = text.data[at];
  if (first == '"' || first == '\'')
    return (struct token){STRING, at, skip_to(text, at + 1, first) - at};
  if (isalnum((unsigned char)first) || first == '_') return word(text, at);
  return sign(text, at);
}

static void scan(struct script *script)
{
  struct text text = {(const char *)script->data, script->size};
  script->count = 0;
  for (size_t at = 0; at < text.length && script->count < TOKENS_MAX;) {
    if (text.data[at] == '-' && at + 1 < text.length && text.data[at + 1] == '-') {
      const char *end = memchr(text.data + at, '\n', text.length - at);
      at = end ? (size_t)(end - text.data) : text.length;
    } else if (isspace((unsigned char)text.data[at]) || text.data[at] == 0) {
      at++;
    } else {
      struct token token = next_token(text, at);
      script->tokens[script->count++] = token;
      at = token.at + token.length;
    }
  }
}

static struct text token_text(const struct script *script, size_t index)
{
  const struct token *token = &script->tokens[index];
  return (struct text){(const char *)script->data + token->at, token->length};
}

/* --- Units. --- */

static int nesting(const struct script *script, size_t index, bool brackets)
{
  static const char *const openers[] = {"function", "if", "do", "repeat", NULL};
  static const char *const closers[] = {"end", "until", NULL};
  enum kind kind = script->tokens[index].kind;
  if (brackets) return kind == OPEN ? 1 : kind == CLOSE ? -1 : 0;
  struct text text = token_text(script, index);
  return kind != KEYWORD ? 0 : is_one_of(text, openers) ? 1 : is_one_of(text, closers) ? -1 : 0;
}

/* The token that closes what opens at or behind `first`; `first` itself if nothing does. */
static size_t closing(const struct script *script, size_t first, bool brackets)
{
  int depth = 0;
  for (size_t i = first; i < script->count; i++) {
    int change = nesting(script, i, brackets);
    depth += change;
    if (change < 0 && depth <= 0) return i;
  }
  return first;
}

/* The last token of the name, fields, indices and calls that begin at `first`; not always all. */
static size_t chain_end(const struct script *script, size_t first, unsigned *seed)
{
  size_t last = first;
  while (last + 2 < script->count && below(seed, 6) > 0) {
    struct text text = token_text(script, last + 1);
    enum kind kind = script->tokens[last + 1].kind;
    if ((text_is(text, ".") || text_is(text, ":")) && script->tokens[last + 2].kind == NAME)
      last += 2;
    else if (kind == OPEN)
      last = closing(script, last + 1, true);
    else if (kind == STRING)
      last++;
    else
      break;
  }
  return last;
}

static size_t unit_end(const struct script *script, size_t first, unsigned *seed)
{
  static const char *const blocks[] = {"function", "if", "do", "repeat", "for", "while", NULL};
  switch (script->tokens[first].kind) {
  case OPEN:
    return closing(script, first, true);
  case NAME:
    return chain_end(script, first, seed);
  case KEYWORD:
    return is_one_of(token_text(script, first), blocks) ? closing(script, first, false) : first;
  default:
    return first;
  }
}

static struct range unit(const struct script *script, size_t first, unsigned *seed)
{
  const struct token *last = &script->tokens[unit_end(script, first, seed)];
  size_t at = script->tokens[first].at;
  return (struct range){at, last->at + last->length - at};
}

/* Some unit that begins with a token of the kind, if there is one soon. */
static struct range unit_like(const struct script *script, enum kind kind, unsigned *seed)
{
  size_t first = below(seed, script->count);
  for (int i = 0; i < SEARCHES && script->tokens[first].kind != kind; i++)
    first = below(seed, script->count);
  return unit(script, first, seed);
}

/* A whole line, with its end. */
static struct range line(struct text text, unsigned *seed)
{
  size_t at = below(seed, text.length), end = at;
  while (at > 0 && text.data[at - 1] != '\n') at--;
  while (end < text.length && text.data[end] != '\n') end++;
  return (struct range){at, (end < text.length ? end + 1 : end) - at};
}

/* --- Changes. --- */

/* Replaces the range by `with`, if that fits. */
static void splice(struct script *script, struct range range, struct text with)
{
  size_t size = script->size - range.length + with.length, end = range.at + range.length;
  if (size > script->size_max) return;
  char *copy = malloc(with.length + 1); /* it may lie within what moves */
  if (!copy) abort();
  memcpy(copy, with.data, with.length);
  memmove(script->data + range.at + with.length, script->data + end, script->size - end);
  memcpy(script->data + range.at, copy, with.length);
  free(copy);
  script->size = size;
}

static struct text in(const struct script *script, struct range range)
{
  return (struct text){(const char *)script->data + range.at, range.length};
}

/* Some line of a list that ends with a line's end; the short ones are not rarer. */
static struct text a_word(const char *list, size_t length, unsigned *seed)
{
  size_t count = 0, at = 0;
  for (size_t i = 0; i < length; i++) count += list[i] == '\n';
  for (size_t left = below(seed, count); left > 0; at++) left -= list[at] == '\n';
  const char *end = memchr(list + at, '\n', length - at);
  return (struct text){list + at, (size_t)(end - (list + at))};
}

static struct text an_expression(unsigned *seed)
{
  return a_word(lua_expressions, lua_expressions_length, seed);
}

static struct text a_statement(unsigned *seed)
{
  return a_word(lua_statements, lua_statements_length, seed);
}

/* A number for a number and so on, as far as one is found. */
static struct text an_expression_like(char first, unsigned *seed)
{
  struct text found = an_expression(seed);
  bool digit = isdigit((unsigned char)first);
  for (int i = 0; i < SEARCHES; i++) {
    if (digit ? isdigit((unsigned char)found.data[0]) != 0 : found.data[0] == first) break;
    found = an_expression(seed);
  }
  return found;
}

static void change_lines(struct script *script, unsigned *seed)
{
  struct text text = {(const char *)script->data, script->size};
  struct range here = line(text, seed), there = line(text, seed), before = {here.at, 0};
  switch (below(seed, 5)) {
  case 0:
    splice(script, here, TEXT(""));
    return;
  case 1:
    splice(script, before, in(script, there));
    return;
  case 2:
    splice(script, here, in(script, there));
    return;
  default:
    splice(script, before, TEXT("\n"));
    splice(script, before, a_statement(seed));
  }
}

static void change_units(struct script *script, unsigned *seed)
{
  size_t first = below(seed, script->count);
  const struct token *token = &script->tokens[first];
  struct range here = unit(script, first, seed);
  switch (below(seed, 8)) {
  case 0:
    splice(script, here, TEXT(""));
    return;
  case 1:
    splice(script, here, an_expression(seed));
    return;
  case 2:
    splice(script, (struct range){token->at, 0}, in(script, unit_like(script, token->kind, seed)));
    return;
  case 3:
  case 4:
    splice(script, here, an_expression_like((char)script->data[token->at], seed));
    return;
  default:
    splice(script, here, in(script, unit_like(script, token->kind, seed)));
  }
}

static struct script *open_script(uint8_t *data, size_t size, size_t size_max)
{
  static struct script script;
  script.data = data;
  script.size = size;
  script.size_max = size_max;
  return &script;
}

size_t lua_mutate(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
  struct script *script = open_script(data, size, size_max);
  seed = seed * 2654435761U + 1;
  if (below(&seed, 8) == 0) return LLVMFuzzerMutate(data, size, size_max);
  for (size_t left = 1 + below(&seed, ROUNDS_MAX); left > 0; left--) {
    scan(script);
    if (script->count == 0 || below(&seed, 3) == 0)
      change_lines(script, &seed);
    else
      change_units(script, &seed);
  }
  return script->size;
}

/* Puts lines of `b` into `a`: the beginning of one and the end of the other would be two halves of
 * nothing. */
size_t lua_cross(struct text a, struct text b, uint8_t *out, size_t out_max, unsigned seed)
{
  if (a.length > out_max) a.length = out_max;
  struct script *script = open_script(out, a.length, out_max);
  memcpy(out, a.data, a.length);
  seed = seed * 2654435761U + 1;
  for (size_t left = 1 + below(&seed, ROUNDS_MAX); left > 0; left--) {
    struct range from = line(b, &seed), to = line((struct text){(char *)out, script->size}, &seed);
    if (below(&seed, 2) == 0) to.length = 0;
    splice(script, to, (struct text){b.data + from.at, from.length});
  }
  return script->size;
}
