/* What differs between two explanations.
 *
 * A grant must have been there before, or something wider; a restriction must still be there, or
 * something as tight. Several facts of one key all apply: then any of the others will do. What is
 * part of a grant that comes or goes is not mentioned: the grant is. */
#include "describe/explain.h"

#include "base/memory.h"
#include "describe/sql_diff.h"

struct comparison {
  struct arena *arena;
  const struct explanation *before, *after;
  struct change *changes;
  size_t count, capacity;
};

/* --- Values. --- */

static double number_of(const struct json *value)
{
  return value->type == JSON_INTEGER ? (double)value->integer
         : value->type == JSON_REAL  ? value->real
                                     : 0;
}

static bool is_number(const struct json *value)
{
  return value->type == JSON_INTEGER || value->type == JSON_REAL;
}

static bool contains(const struct json *list, const struct json *value)
{
  if (list->type != JSON_ARRAY) return json_equal(list, value);
  for (uint32_t i = 0; i < list->length; i++)
    if (json_equal(&list->items[i], value)) return true;
  return false;
}

static bool is_subset(const struct json *a, const struct json *b)
{
  if (a->type != JSON_ARRAY) return contains(b, a);
  for (uint32_t i = 0; i < a->length; i++)
    if (!contains(b, &a->items[i])) return false;
  return true;
}

/* limit / per: fewer in the long run, and no more at once. */
static bool is_slower(const struct json *a, const struct json *b)
{
  double limit_a = number_of(&a->items[0]), limit_b = number_of(&b->items[0]);
  return limit_a <= limit_b &&
         limit_a * number_of(&b->items[1]) <= limit_b * number_of(&a->items[1]);
}

/* Whether `a` is as tight as `b`, or tighter. */
static bool is_as_tight(const struct fact *a, const struct fact *b)
{
  if (json_equal(&a->value, &b->value)) return true;
  if (a->order != b->order) return false;
  bool numbers = is_number(&a->value) && is_number(&b->value);
  switch (a->order) {
  case ORDER_LESS:
    return numbers && number_of(&a->value) < number_of(&b->value);
  case ORDER_MORE:
    return numbers && number_of(&a->value) > number_of(&b->value);
  case ORDER_SUBSET:
    return is_subset(&a->value, &b->value);
  case ORDER_RATE:
    return is_slower(&a->value, &b->value);
  default:
    return false;
  }
}

/* --- Finding. --- */

static const struct fact *find_key(const struct explanation *all, struct text key,
                                   enum fact_direction direction)
{
  for (size_t i = 0; i < all->count; i++)
    if (all->facts[i].direction == direction && text_equal(all->facts[i].key, key))
      return &all->facts[i];
  return NULL;
}

/* A fact of the same key that is as tight (or, for a grant, as wide) as this one. */
static const struct fact *find_cover(const struct explanation *all, const struct fact *fact)
{
  for (size_t i = 0; i < all->count; i++) {
    const struct fact *other = &all->facts[i];
    if (other->direction != fact->direction || !text_equal(other->key, fact->key)) continue;
    bool covers =
        fact->direction != FACT_RESTRICTION ? is_as_tight(fact, other) : is_as_tight(other, fact);
    if (covers) return other;
  }
  return NULL;
}

static bool has_wider(const struct explanation *all, const struct fact *grant)
{
  for (size_t i = 0; i < 2 && grant->wider[i] != NULL; i++)
    if (find_key(all, text_of(grant->wider[i]), FACT_GRANT)) return true;
  return false;
}

/* Whether what it is part of is missing there. */
static bool is_part_of_more(const struct explanation *all, const struct fact *fact)
{
  return fact->part_of.length > 0 && !find_key(all, fact->part_of, FACT_GRANT) &&
         !find_key(all, fact->part_of, FACT_EITHER);
}

/* --- Sentences. --- */

static struct text insert(struct arena *arena, struct text sentence, const char *word,
                          const char *instead)
{
  size_t length = strlen(word);
  for (size_t i = 0; i + length <= sentence.length; i++) {
    if (memcmp(sentence.data + i, word, length) != 0) continue;
    struct text rest = {sentence.data + i + length, sentence.length - i - length};
    return arena_print(arena, "%.*s%s%.*s", (int)i, sentence.data, instead, TEXT_ARGS(rest));
  }
  return (struct text){NULL, 0};
}

static struct text appeared(struct arena *arena, struct text sentence)
{
  static const char *const words[][2] = {
      {" may ", " may now "}, {" can be ", " can now be "}, {" must ", " must now "}};
  for (size_t i = 0; i < 3; i++) {
    struct text made = insert(arena, sentence, words[i][0], words[i][1]);
    if (made.data != NULL) return made;
  }
  return arena_print(arena, "now: %.*s", TEXT_ARGS(sentence));
}

static struct text disappeared(struct arena *arena, struct text sentence)
{
  static const char *const words[][2] = {{" may ", " may no longer "},
                                         {" can be ", " can no longer be "}};
  for (size_t i = 0; i < 2; i++) {
    struct text made = insert(arena, sentence, words[i][0], words[i][1]);
    if (made.data != NULL) return made;
  }
  return arena_print(arena, "no longer: %.*s", TEXT_ARGS(sentence));
}

/* A grant with all that describes it. */
static struct text with_parts(struct arena *arena, const struct explanation *all,
                              const struct fact *grant, struct text sentence)
{
  const char *separator = ": ";
  for (size_t i = 0; i < all->count; i++) {
    const struct fact *part = &all->facts[i];
    if (part->phrase.length == 0 || part->direction != FACT_RESTRICTION ||
        !text_equal(part->part_of, grant->key))
      continue;
    sentence =
        arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(sentence), separator, TEXT_ARGS(part->phrase));
    separator = ", ";
  }
  return sentence;
}

static struct text changed(struct arena *arena, const struct fact *before, const struct fact *after)
{
  struct text was = before->phrase.length > 0 ? before->phrase : before->sentence;
  if (text_equal(before->sentence, after->sentence))
    return arena_print(arena, "%.*s: what stands behind it changed", TEXT_ARGS(after->sentence));
  return arena_print(arena, "%.*s (it was: %.*s)", TEXT_ARGS(after->sentence), TEXT_ARGS(was));
}

/* --- Comparing. --- */

static void add(struct comparison *comparison, enum change_kind kind, struct text key,
                struct text sentence)
{
  for (size_t i = 0; i < comparison->count; i++) {
    const struct change *other = &comparison->changes[i];
    if (other->kind == kind && text_equal(other->key, key)) return;
  }
  if (comparison->count == comparison->capacity) {
    comparison->capacity = comparison->capacity > 0 ? 2 * comparison->capacity : 16;
    comparison->changes =
        memory_resize(comparison->changes, comparison->capacity * sizeof *comparison->changes);
  }
  struct change change = {.kind = kind, .key = key, .sentence = sentence};
  comparison->changes[comparison->count++] = change;
}

/* The same key on both sides, with other values. */
static void compare_values(struct comparison *comparison, const struct fact *before,
                           const struct fact *after)
{
  enum change_kind kind = CHANGE_UNORDERED;
  if (is_as_tight(after, before))
    kind = CHANGE_TIGHTENED;
  else if (is_as_tight(before, after))
    kind = CHANGE_LOOSENED;
  add(comparison, kind, after->key, changed(comparison->arena, before, after));
}

/* How many facts of this key there are; *equal: one of them has this value. */
static size_t count_key(const struct explanation *all, const struct fact *fact, bool *equal)
{
  size_t count = 0;
  *equal = false;
  for (size_t i = 0; i < all->count; i++) {
    const struct fact *other = &all->facts[i];
    if (other->direction != fact->direction || !text_equal(other->key, fact->key)) continue;
    *equal = *equal || json_equal(&other->value, &fact->value);
    count++;
  }
  return count;
}

static void compare_after(struct comparison *comparison, const struct fact *fact)
{
  struct arena *arena = comparison->arena;
  bool known, equal;
  size_t before = count_key(comparison->before, fact, &known);
  bool more = count_key(comparison->after, fact, &equal) > before && !known;
  if (before > 0 && !(more && fact->direction == FACT_RESTRICTION))
    return; /* compared from the other side */
  if (is_part_of_more(comparison->before, fact)) return;
  if (fact->direction == FACT_RESTRICTION) {
    add(comparison, CHANGE_TIGHTENED, fact->key, appeared(arena, fact->sentence));
    return;
  }
  struct text sentence = appeared(arena, fact->sentence);
  sentence = with_parts(arena, comparison->after, fact, sentence);
  if (has_wider(comparison->before, fact)) return;
  add(comparison, CHANGE_LOOSENED, fact->key, sentence);
}

static void compare_before(struct comparison *comparison, const struct fact *fact)
{
  struct arena *arena = comparison->arena;
  const struct fact *same = find_key(comparison->after, fact->key, fact->direction);
  bool grant = fact->direction == FACT_GRANT;
  if (!same) {
    if (is_part_of_more(comparison->after, fact)) return;
    if (grant && has_wider(comparison->after, fact)) return;
    enum change_kind kind = grant                                 ? CHANGE_TIGHTENED
                            : fact->direction == FACT_RESTRICTION ? CHANGE_LOOSENED
                                                                  : CHANGE_UNORDERED;
    add(comparison, kind, fact->key, disappeared(arena, fact->sentence));
    return;
  }
  /* All that it allows now must have been allowed; all that it asked must still be asked. */
  const struct fact *cover = find_cover(comparison->after, fact);
  if (grant || !cover || !json_equal(&cover->value, &fact->value)) {
    if (grant && json_equal(&same->value, &fact->value)) return;
    compare_values(comparison, fact, cover ? cover : same);
  }
}

static bool is_effect(struct text key)
{
  return text_starts_with(key, "read:") || text_starts_with(key, "insert:") ||
         text_starts_with(key, "write:") || text_starts_with(key, "delete:");
}

/* SQL that changed without another effect may still pick other rows or write other values. */
static void describe_sql(struct comparison *comparison)
{
  bool effects = false;
  for (size_t i = 0; i < comparison->count; i++)
    effects = effects || is_effect(comparison->changes[i].key);
  for (size_t i = 0; i < comparison->count; i++) {
    struct change *change = &comparison->changes[i];
    if (!text_starts_with(change->key, "sql:")) continue;
    struct text name = {change->key.data + 4, change->key.length - 4};
    change->sentence = arena_print(comparison->arena, "the SQL of %.*s changed%s", TEXT_ARGS(name),
                                   effects ? "" : "; it reads and writes the same columns");
  }
}

static struct text sql_of(const struct explanation *all, struct text key)
{
  const struct fact *fact = find_key(all, key, FACT_EITHER);
  return fact ? fact->sql : TEXT("");
}

static void add_diffs(struct comparison *comparison)
{
  for (size_t i = 0; i < comparison->count; i++) {
    struct change *change = &comparison->changes[i];
    struct text before = sql_of(comparison->before, change->key);
    struct text after = sql_of(comparison->after, change->key);
    change->diff = sql_diff(comparison->arena, before, after);
  }
}

/* Of several facts of one key, the tightest counts: that another one is tighter says nothing. */
static void drop_outweighed(struct comparison *comparison)
{
  size_t kept = 0;
  for (size_t i = 0; i < comparison->count; i++) {
    struct change change = comparison->changes[i];
    bool outweighed = false;
    for (size_t k = 0; k < comparison->count; k++)
      outweighed = outweighed || (change.kind == CHANGE_TIGHTENED &&
                                  comparison->changes[k].kind != CHANGE_TIGHTENED &&
                                  text_equal(comparison->changes[k].key, change.key));
    if (!outweighed) comparison->changes[kept++] = change;
  }
  comparison->count = kept;
}

void explanation_compare(const struct explanation *before, const struct explanation *after,
                         struct arena *arena, struct change **changes, size_t *count)
{
  struct comparison comparison = {.arena = arena, .before = before, .after = after};
  for (size_t i = 0; i < after->count; i++)
    if (after->facts[i].direction != FACT_NOTE && !after->facts[i].of_app)
      compare_after(&comparison, &after->facts[i]);
  for (size_t i = 0; i < before->count; i++)
    if (before->facts[i].direction != FACT_NOTE && !before->facts[i].of_app)
      compare_before(&comparison, &before->facts[i]);
  drop_outweighed(&comparison);
  describe_sql(&comparison);
  add_diffs(&comparison);
  *changes = arena_new_array(arena, comparison.count, sizeof **changes);
  if (comparison.count > 0)
    memcpy(*changes, comparison.changes, comparison.count * sizeof **changes);
  *count = comparison.count;
  memory_free(comparison.changes);
}
