/* Writes texts that match a pattern. How many characters the text is to have decides how often is
 * repeated what may be: each node takes its least, and what is left over is given away. */
#include "testing/pattern_text.h"

enum { TRIES = 12, WRITTEN_MAX = 1 << 20, STEPS_MAX = 1 << 20 };

struct writing {
  struct dice *dice;
  struct buffer out;
  uint32_t spare; /* characters beyond the least that are still to be written */
  uint32_t steps; /* taken: empty parts can be repeated as often as any */
  bool greedy;
  struct {
    size_t start, length;
  } groups[PATTERN_GROUPS_MAX];
};

static void write_node(struct writing *w, const struct pattern_node *node);

static void write_character(struct writing *w, const struct pattern_node *node)
{
  uint32_t among = node->plain > 0 && dice_happens(w->dice, 90) ? node->plain : node->count;
  buffer_append_text(&w->out, node->characters[dice_below(w->dice, among)]);
}

/* One of the alternatives that there is room for. */
static void write_choice(struct writing *w, const struct pattern_node *node)
{
  uint32_t count = 0;
  const struct pattern_node *chosen = node->first;
  for (const struct pattern_node *one = node->first; one; one = one->next)
    if (one->least - node->least <= w->spare && dice_below(w->dice, ++count) == 0) chosen = one;
  uint32_t beyond = chosen->least - node->least;
  w->spare -= beyond < w->spare ? beyond : w->spare;
  write_node(w, chosen);
}

static void write_repeat(struct writing *w, const struct pattern_node *node)
{
  uint32_t cost = node->first->least > 0 ? node->first->least : 1;
  uint32_t most = node->repeat_max - node->repeat_min, extra = w->spare / cost;
  if (extra > most) extra = most;
  if (!w->greedy && extra > 0) extra = dice_below(w->dice, extra + 1);
  w->spare -= extra * node->first->least;
  for (uint32_t i = 0; i < node->repeat_min + extra && w->steps <= STEPS_MAX; i++) {
    if (node->first->least == 0 && i >= node->repeat_min && w->spare == 0) break;
    write_node(w, node->first);
  }
}

static void write_group(struct writing *w, const struct pattern_node *node)
{
  size_t start = w->out.length;
  write_node(w, node->first);
  if (node->group == 0 || node->group >= PATTERN_GROUPS_MAX) return;
  w->groups[node->group].start = start;
  w->groups[node->group].length = w->out.length - start;
}

static void write_back(struct writing *w, const struct pattern_node *node)
{
  if (node->group >= PATTERN_GROUPS_MAX) return;
  size_t start = w->groups[node->group].start, length = w->groups[node->group].length;
  char *out = buffer_reserve(&w->out, length); /* may move what is copied */
  if (length > 0) memcpy(out, w->out.data + start, length);
  w->out.length += length;
}

static void write_node(struct writing *w, const struct pattern_node *node)
{
  if (w->out.length > WRITTEN_MAX || ++w->steps > STEPS_MAX) return;
  switch (node->kind) {
  case PATTERN_EMPTY:
    break;
  case PATTERN_CHARACTERS:
    write_character(w, node);
    break;
  case PATTERN_SEQUENCE:
    for (const struct pattern_node *child = node->first; child; child = child->next)
      write_node(w, child);
    break;
  case PATTERN_CHOICE:
    write_choice(w, node);
    break;
  case PATTERN_REPEAT:
    write_repeat(w, node);
    break;
  case PATTERN_GROUP:
    write_group(w, node);
    break;
  case PATTERN_BACK:
    write_back(w, node);
    break;
  }
}

static uint32_t count_characters(struct text text)
{
  uint32_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return count;
}

/* What is not anchored may have anything around it. */
static void pad(struct writing *w, const struct pattern_text *pattern, uint32_t wanted)
{
  uint32_t has = count_characters(buffer_text(&w->out));
  if (has >= wanted || (pattern->anchored_start && pattern->anchored_end)) return;
  size_t missing = wanted - has, length = w->out.length;
  char *room = buffer_reserve(&w->out, missing);
  if (pattern->anchored_end) {
    memmove(w->out.data + missing, w->out.data, length);
    room = w->out.data;
  }
  memset(room, 'a', missing);
  w->out.length += missing;
}

bool pattern_text_make(struct values *values, const struct pattern_text *pattern, uint32_t least,
                       uint32_t most, struct text *text)
{
  bool found = false;
  struct writing w = {.dice = &values->dice};
  if (pattern->root->least > most) return false;
  buffer_reserve(&w.out, 64); /* so that nothing has an address, too */
  for (uint32_t i = 0; i < TRIES && !found; i++) {
    uint32_t wanted = i % 3 == 2 ? least : most;
    buffer_clear(&w.out);
    memset(w.groups, 0, sizeof w.groups);
    w.greedy = i % 2 == 0;
    w.steps = 0;
    w.spare = wanted > pattern->root->least ? wanted - pattern->root->least : 0;
    write_node(&w, pattern->root);
    pad(&w, pattern, least);
    uint32_t has = count_characters(buffer_text(&w.out));
    found = has >= least && has <= most && pattern_text_matches(pattern, buffer_text(&w.out));
  }
  if (found) *text = arena_copy(values->arena, buffer_text(&w.out));
  buffer_deinit(&w.out);
  return found;
}
