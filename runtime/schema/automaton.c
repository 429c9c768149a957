/* From a pattern to its automaton, by recursive descent over ECMA-262's syntax.
 *
 * Which characters a class reads is found by asking PCRE2 about samples: ASCII, characters of each
 * category and of many scripts, and those that the pattern itself names. Counted repetitions are
 * written out up to COPIES_MAX times and have no end beyond that. An assertion is a state with a
 * character of its own, so is a back reference; a negative assertion is nothing. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/memory.h"

#include "base/ascii.h"
#include "schema/automaton.h"

enum {
  COPIES_MAX = 8,
  ATOMS_MAX = 4096, /* bounds the work for what has no states but many copies */
  ASCII = 128,
  SAMPLE_ASSERTION = AUTOMATON_MAX - 1,
  SAMPLE_REFERENCE = AUTOMATON_MAX - 2,
};

/* One of each category, and of scripts and blocks that people name. */
static const char foreign[] =
    "\u00a0ª«²µ¿Äß×éöǅʰ\u0301\u0345\u0378ΑαωАяא\u0600\u0627\u0661\u0903अ\u0951०กกँႠᄀ\u1680ẞ"
    "\u2003\u200d‐’‚‿\u2028\u2029€\u20ddⅠ←∀☃\u3000、あア中\u9fff가\ue000\ufeff０Ａ\ufffd😀\U0001f3fd"
    "\U00020000\U000e0001\U0010ffff";

struct parser {
  struct automaton *automaton;
  size_t at;
  struct text samples[AUTOMATON_MAX];
  unsigned sample_count;
  unsigned atoms;
  bool too_large;
  size_t from[AUTOMATON_MAX];       /* where each state stands in the pattern */
  struct bits reads[AUTOMATON_MAX]; /* and which samples it reads */
};

/* A piece of the pattern: where it may begin and end. */
struct part {
  struct bits first, last, states;
  bool nullable;
};

static struct part parse_alternatives(struct parser *p);

static int peek(const struct parser *p, size_t ahead)
{
  struct text text = p->automaton->pattern;
  return p->at + ahead < text.length ? (unsigned char)text.data[p->at + ahead] : -1;
}

static struct text rest_of(const struct parser *p)
{
  struct text text = p->automaton->pattern;
  return (struct text){text.data + p->at, text.length - p->at};
}

static bool take(struct parser *p, const char *word)
{
  if (!text_starts_with(rest_of(p), word)) return false;
  p->at += strlen(word);
  return true;
}

/* --- edges */

static void connect(struct parser *p, struct bits last, struct bits first)
{
  for (EACH_BIT(from, &last))
    for (EACH_BIT(to, &first)) {
      struct automaton *a = p->automaton;
      if (bits_have(&a->next[from], to)) bits_add(&a->twice[from], to);
      bits_add(&a->next[from], to);
      bits_add(&a->previous[to], from);
    }
}

static struct part nothing(void)
{
  return (struct part){.nullable = true};
}

static struct part follow(struct parser *p, struct part one, struct part two)
{
  connect(p, one.last, two.first);
  if (one.nullable) one.first = bits_union(one.first, two.first);
  one.last = two.nullable ? bits_union(one.last, two.last) : two.last;
  one.states = bits_union(one.states, two.states);
  one.nullable = one.nullable && two.nullable;
  return one;
}

/* --- one character */

/* Those of the samples that are the character, or in the class. */
static struct bits ask(const struct parser *p, struct text atom)
{
  struct bits found = {{0}};
  struct buffer translated = {0};
  int number;
  PCRE2_SIZE offset;
  if (schema_pattern_translate(&translated, atom, NULL) == 0) {
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)translated.data, translated.length,
                      PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &number, &offset, NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    for (unsigned i = 0; code && data && i < p->sample_count; i++)
      if (pcre2_match(code, (PCRE2_SPTR)p->samples[i].data, p->samples[i].length, 0, 0, data,
                      NULL) >= 0)
        bits_add(&found, i);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
  }
  buffer_deinit(&translated);
  return found;
}

/* A state for what stands from `from` to here; `sample` stands for it, if that is not negative. */
static struct part state(struct parser *p, size_t from, int sample)
{
  struct automaton *a = p->automaton;
  struct part part = {.nullable = false};
  if (a->count == AUTOMATON_MAX) {
    p->too_large = true;
    return part;
  }
  unsigned copy = 0; /* of a state that was made before */
  while (copy < a->count && p->from[copy] != from) copy++;
  unsigned index = a->count++;
  p->from[index] = from;
  if (copy < index)
    p->reads[index] = p->reads[copy];
  else if (sample >= 0)
    bits_add(&p->reads[index], (unsigned)sample);
  else
    p->reads[index] = ask(p, (struct text){a->pattern.data + from, p->at - from});
  bits_add(&part.states, index);
  part.first = part.last = part.states;
  return part;
}

static void skip_class(struct parser *p)
{
  while (peek(p, 0) >= 0 && peek(p, 0) != ']') p->at += peek(p, 0) == '\\' ? 2 : 1;
  p->at++;
}

static void skip_past(struct parser *p, char end)
{
  while (peek(p, 0) >= 0 && peek(p, 0) != end) p->at++;
  p->at++;
}

static struct part parse_escape(struct parser *p)
{
  size_t from = p->at;
  int c = peek(p, 1);
  p->at += 2;
  if (c == 'b' || c == 'B') return state(p, from, SAMPLE_ASSERTION);
  if (c == 'k') skip_past(p, '>');
  if (c >= '1' && c <= '9')
    while (peek(p, 0) >= '0' && peek(p, 0) <= '9') p->at++;
  if (c == 'k' || (c >= '1' && c <= '9')) return state(p, from, SAMPLE_REFERENCE);
  if (c == 'p' || c == 'P' || (c == 'u' && peek(p, 0) == '{')) {
    skip_past(p, '}');
  } else if (c == 'u') {
    bool high = (peek(p, 0) | 32) == 'd' && strchr("89abAB", peek(p, 1));
    p->at += 4;
    if (high && take(p, "\\u")) p->at += 4;
  } else if (c == 'x' || c == 'c') {
    p->at += c == 'x' ? 2 : 1;
  }
  return state(p, from, -1);
}

/* --- groups and repetition */

static struct part parse_group(struct parser *p)
{
  size_t from = p->at;
  bool positive = take(p, "(?=") || take(p, "(?<=");
  bool negative = !positive && (take(p, "(?!") || take(p, "(?<!"));
  bool named = !positive && !negative && !take(p, "(?:") && take(p, "(?<");
  if (named) skip_past(p, '>');
  if (p->at == from) p->at++;
  struct part inner = parse_alternatives(p);
  p->at++; /* ) */
  if (!positive && !negative) return inner;
  p->automaton->ends = bits_union(p->automaton->ends, inner.last);
  return positive ? state(p, from, SAMPLE_ASSERTION) : nothing();
}

static struct part parse_atom(struct parser *p)
{
  size_t from = p->at;
  int c = peek(p, 0);
  if (++p->atoms > ATOMS_MAX) p->too_large = true;
  if (c == '(') return parse_group(p);
  if (c == '\\') return parse_escape(p);
  if (c == '[') {
    p->at++;
    skip_class(p);
    return state(p, from, -1);
  }
  p->at += c < ASCII ? 1 : text_utf8_sequence(rest_of(p));
  if (c == '^' || c == '$') return state(p, from, SAMPLE_ASSERTION);
  return state(p, from, c < ASCII && c != '.' ? c : -1);
}

static uint32_t take_count(struct parser *p)
{
  uint32_t count = 0;
  for (; ascii_is_digit(peek(p, 0)); p->at++)
    if (count < ATOMS_MAX) count = count * 10 + (uint32_t)(peek(p, 0) - '0');
  return count;
}

/* False, and nothing is read, if there is none. */
static bool take_quantifier(struct parser *p, uint32_t *least, uint32_t *most)
{
  size_t from = p->at;
  *least = 0;
  *most = NO_LIMIT;
  if (take(p, "+")) {
    *least = 1;
  } else if (take(p, "?")) {
    *most = 1;
  } else if (!take(p, "*")) {
    if (!take(p, "{") || !ascii_is_digit(peek(p, 0))) return p->at = from, false;
    *least = *most = take_count(p);
    if (take(p, ",")) *most = ascii_is_digit(peek(p, 0)) ? take_count(p) : NO_LIMIT;
    if (!take(p, "}")) return p->at = from, false;
  }
  take(p, "?"); /* lazy: the same ways in another order */
  return true;
}

static void add_loop(struct parser *p, size_t from, struct part part)
{
  struct automaton *a = p->automaton;
  connect(p, part.last, part.first);
  if (a->loop_count < AUTOMATON_LOOPS_MAX)
    a->loops[a->loop_count++] = (struct automaton_loop){from, p->at, part.states};
}

/* x{2,4} as xx(x(x)?)?, x{2,} as xx(x)*. Each copy is read from the pattern again. */
static struct part parse_term(struct parser *p)
{
  size_t from = p->at;
  struct part copy = parse_atom(p), all = copy;
  uint32_t least, most;
  if (!take_quantifier(p, &least, &most)) return all;
  size_t end = p->at;
  if (most > COPIES_MAX && most > least) most = NO_LIMIT;
  if (least > COPIES_MAX) least = COPIES_MAX;
  uint32_t copies = most <= COPIES_MAX ? most : least;
  if (most == 0) return nothing();

  bool nullable = copy.nullable || least == 0;
  if (least > 1 && !copy.nullable) all.last = (struct bits){{0}};
  for (uint32_t i = 2; i <= copies && !p->too_large; i++) {
    p->at = from;
    struct part next = parse_atom(p);
    connect(p, copy.last, next.first);
    if (copy.nullable) all.first = bits_union(all.first, next.first);
    if (i >= least || copy.nullable) all.last = bits_union(all.last, next.last);
    all.states = bits_union(all.states, next.states);
    copy = next;
  }
  p->at = end;
  all.nullable = nullable;
  if (most == NO_LIMIT) add_loop(p, from, copy);
  return all;
}

static struct part parse_sequence(struct parser *p)
{
  struct part all = nothing();
  while (!p->too_large && peek(p, 0) >= 0 && peek(p, 0) != '|' && peek(p, 0) != ')')
    all = follow(p, all, parse_term(p));
  return all;
}

static struct part parse_alternatives(struct parser *p)
{
  struct part all = parse_sequence(p);
  while (!p->too_large && take(p, "|")) {
    struct part other = parse_sequence(p);
    all.first = bits_union(all.first, other.first);
    all.last = bits_union(all.last, other.last);
    all.states = bits_union(all.states, other.states);
    all.nullable = all.nullable || other.nullable;
  }
  return all;
}

/* --- all of it */

static void add_samples(struct parser *p, struct text text)
{
  while (text.length > 0 && p->sample_count < SAMPLE_REFERENCE) {
    size_t length = text_utf8_sequence(text);
    if (length == 0) return;
    if (length > 1) p->samples[p->sample_count++] = (struct text){text.data, length};
    text = (struct text){text.data + length, text.length - length};
  }
}

struct automaton *automaton_new(struct text pattern)
{
  char ascii[ASCII];
  struct parser *p = memory_new(sizeof *p);
  struct automaton *a = memory_new(sizeof *a);
  *p = (struct parser){.automaton = a};
  *a = (struct automaton){.pattern = pattern};
  for (unsigned i = 0; i < ASCII; i++) {
    ascii[i] = (char)i;
    p->samples[p->sample_count++] = (struct text){&ascii[i], 1};
  }
  add_samples(p, text_of(foreign));
  add_samples(p, pattern);

  struct part all = parse_alternatives(p);
  a->ends = bits_union(a->ends, all.last);
  for (unsigned i = 0; i < a->count; i++)
    for (unsigned k = 0; k < a->count; k++)
      if (!bits_empty(bits_both(p->reads[i], p->reads[k]))) bits_add(&a->overlaps[i], k);
  bool too_large = p->too_large;
  memory_free(p);
  if (!too_large) return a;
  memory_free(a);
  return NULL;
}
