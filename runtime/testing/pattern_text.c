/* Reads a pattern that is valid (the schema with it has been compiled) into a tree. */
#include "testing/pattern_text.h"

#include "base/ascii.h"

enum { NODES_MAX = 2000, NESTING_MAX = 40 };

struct reader {
  struct values *values;
  struct pattern_text *pattern;
  struct text text;
  size_t at;
  uint32_t nodes, nesting, groups;
  bool failed;
};

/* --- The tree --- */

static struct pattern_node *node_new(struct reader *r, enum pattern_kind kind)
{
  struct pattern_node *node = arena_new(&r->values->own, sizeof *node);
  node->kind = kind;
  if (++r->nodes > NODES_MAX) r->failed = true;
  return node;
}

static void node_add(struct pattern_node *parent, struct pattern_node *child)
{
  if (parent->last)
    parent->last->next = child;
  else
    parent->first = child;
  parent->last = child;
}

static struct pattern_node *characters(struct reader *r, struct text slice)
{
  struct pattern_node *node = node_new(r, PATTERN_CHARACTERS);
  pattern_text_sample(r->values, slice, node);
  if (node->count == 0) r->failed = true;
  node->least = 1;
  return node;
}

static int peek(const struct reader *r, size_t ahead)
{
  return r->at + ahead < r->text.length ? (unsigned char)r->text.data[r->at + ahead] : -1;
}

static struct text slice_from(const struct reader *r, size_t start)
{
  return (struct text){r->text.data + start, r->at - start};
}

static struct pattern_node *read_choice(struct reader *r);

/* Assertions are read, and forgotten. */
static struct pattern_node *read_group(struct reader *r)
{
  bool special = peek(r, 1) == '?', look = false;
  struct pattern_node *group = node_new(r, PATTERN_GROUP);
  r->at++;
  if (special && (peek(r, 1) == '=' || peek(r, 1) == '!')) {
    look = true, r->at += 2;
  } else if (special && peek(r, 1) == '<' && (peek(r, 2) == '=' || peek(r, 2) == '!')) {
    look = true, r->at += 3;
  } else if (special && peek(r, 1) == ':') {
    r->at += 2;
  } else {
    group->group = ++r->groups;
    if (special)
      while (peek(r, 0) >= 0 && r->text.data[r->at++] != '>') continue;
  }
  struct pattern_node *inner = read_choice(r);
  r->at++; /* ) */
  if (look) return node_new(r, PATTERN_EMPTY);
  node_add(group, inner);
  group->least = inner->least;
  return group;
}

static struct pattern_node *read_class(struct reader *r)
{
  size_t start = r->at++;
  while (peek(r, 0) >= 0 && peek(r, 0) != ']') r->at += peek(r, 0) == '\\' ? 2 : 1;
  r->at++;
  if (r->at > r->text.length) r->at = r->text.length;
  return characters(r, slice_from(r, start));
}

static struct pattern_node *read_escape(struct reader *r)
{
  size_t start = r->at++;
  int c = peek(r, 0);
  if (c == 'b' || c == 'B' || c == 'k') {
    r->at++;
    while (c == 'k' && peek(r, 0) >= 0 && r->text.data[r->at++] != '>') continue;
    if (c == 'k') r->failed = true; /* seldom enough */
    return node_new(r, PATTERN_EMPTY);
  }
  if (c >= '1' && c <= '9') {
    struct pattern_node *back = node_new(r, PATTERN_BACK);
    for (; ascii_is_digit(peek(r, 0)) && back->group < 1000; r->at++)
      back->group = back->group * 10 + (uint32_t)(peek(r, 0) - '0');
    return back;
  }
  struct text rest = {r->text.data + r->at, r->text.length - r->at};
  r->at += text_utf8_sequence(rest);
  bool braced = (c == 'p' || c == 'P' || c == 'u') && peek(r, 0) == '{';
  if (braced)
    while (peek(r, 0) >= 0 && r->text.data[r->at++] != '}') continue;
  else if (c == 'u' || c == 'x' || c == 'c')
    r->at += c == 'u' ? 4 : c == 'x' ? 2 : 1;
  if (c == 'u' && !braced && peek(r, 0) == '\\' && peek(r, 1) == 'u' && strchr("dD", peek(r, 2)) &&
      strchr("cdefCDEF", peek(r, 3)))
    r->at += 6; /* the other half of a pair */
  return characters(r, slice_from(r, start));
}

static uint32_t read_count(struct reader *r)
{
  uint32_t count = 0;
  for (; ascii_is_digit(peek(r, 0)); r->at++)
    if (count < PATTERN_MANY) count = count * 10 + (uint32_t)(peek(r, 0) - '0');
  return count < PATTERN_MANY ? count : PATTERN_MANY;
}

/* Whether {n}, {n,} or {n,m} follows; any other brace is a character. */
static bool has_braces(const struct reader *r)
{
  size_t at = 1;
  if (peek(r, 0) != '{' || !ascii_is_digit(peek(r, 1))) return false;
  while (ascii_is_digit(peek(r, at))) at++;
  if (peek(r, at) == ',') at++;
  while (ascii_is_digit(peek(r, at))) at++;
  return peek(r, at) == '}';
}

/* What follows a term, if it is a quantifier. */
static struct pattern_node *read_quantifier(struct reader *r, struct pattern_node *term)
{
  int c = peek(r, 0);
  bool braces = has_braces(r);
  if (c != '*' && c != '+' && c != '?' && !braces) return term;
  struct pattern_node *repeat = node_new(r, PATTERN_REPEAT);
  r->at++;
  repeat->repeat_min = braces ? read_count(r) : c == '+';
  repeat->repeat_max = braces ? repeat->repeat_min : c == '?' ? 1 : PATTERN_MANY;
  if (braces && peek(r, 0) == ',') {
    r->at++;
    repeat->repeat_max = ascii_is_digit(peek(r, 0)) ? read_count(r) : PATTERN_MANY;
  }
  if (braces) r->at++;
  if (peek(r, 0) == '?') r->at++;
  node_add(repeat, term);
  uint64_t least = (uint64_t)repeat->repeat_min * term->least;
  if (least > PATTERN_MANY) r->failed = true;
  repeat->least = (uint32_t)least;
  return repeat;
}

static struct pattern_node *read_term(struct reader *r)
{
  int c = peek(r, 0);
  size_t start = r->at;
  if (c == '(') return read_group(r);
  if (c == '[') return read_class(r);
  if (c == '\\') return read_escape(r);
  if (c == '^' || c == '$') {
    r->at++;
    *(c == '^' ? &r->pattern->anchored_start : &r->pattern->anchored_end) = true;
    return node_new(r, PATTERN_EMPTY);
  }
  size_t length = text_utf8_sequence((struct text){r->text.data + r->at, r->text.length - r->at});
  r->at += length > 0 ? length : 1;
  return characters(r, c == '{' || c == '}' || c == ']' ? arena_print(&r->values->own, "\\%c", c)
                                                        : slice_from(r, start));
}

static struct pattern_node *read_sequence(struct reader *r)
{
  struct pattern_node *sequence = node_new(r, PATTERN_SEQUENCE);
  while (!r->failed && peek(r, 0) >= 0 && peek(r, 0) != '|' && peek(r, 0) != ')') {
    struct pattern_node *term = read_quantifier(r, read_term(r));
    node_add(sequence, term);
    sequence->least += term->least;
    if (sequence->least > PATTERN_MANY) r->failed = true;
  }
  return sequence;
}

static struct pattern_node *read_choice(struct reader *r)
{
  struct pattern_node *choice = node_new(r, PATTERN_CHOICE);
  if (++r->nesting > NESTING_MAX) r->failed = true;
  for (bool more = !r->failed; more;) {
    struct pattern_node *sequence = read_sequence(r);
    choice->least =
        !choice->first || sequence->least < choice->least ? sequence->least : choice->least;
    node_add(choice, sequence);
    more = !r->failed && peek(r, 0) == '|';
    r->at += more;
  }
  r->nesting--;
  return choice;
}

struct pattern_text *pattern_text_of(struct values *values, struct text pattern)
{
  for (struct pattern_text *known = values->patterns; known; known = known->next)
    if (text_equal(known->pattern, pattern)) return known->root ? known : NULL;
  struct pattern_text *read = arena_new(&values->own, sizeof *read);
  read->pattern = arena_copy(&values->own, pattern);
  read->schema = pattern_text_probe(values, pattern);
  read->next = values->patterns;
  values->patterns = read;
  if (!read->schema) return NULL;
  struct reader reader = {.values = values, .pattern = read, .text = read->pattern};
  struct pattern_node *root = read_choice(&reader);
  bool whole = !reader.failed && reader.at == read->pattern.length;
  if (whole) read->root = root;
  return whole ? read : NULL;
}
