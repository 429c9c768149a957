/* Objects and arrays: what is missing, what nobody declared, too few, too many, twice. */
#include "base/ascii.h"
#include "testing/mutation_parts.h"

/* --- Objects --- */

static bool has_name(const struct text *names, uint32_t count, struct text name)
{
  for (uint32_t i = 0; i < count; i++)
    if (text_equal(names[i], name)) return true;
  return false;
}

static bool is_fixed(const struct mutating *m, const struct spot *spot, struct text name)
{
  return spot->fixed || (!spot->up && json_get_text(m->fixed, name));
}

static void mutate_absences(struct mutating *m, const struct spot *spot,
                            const struct says_limits *limits, enum certainty certainty)
{
  uint32_t required_count, all_count;
  struct text *required = says_required(&spot->says, certainty == CERTAIN, &required_count);
  struct text *all = says_required(&spot->says, false, &all_count);
  for (uint32_t i = 0; i < required_count; i++)
    if (json_get_text(&spot->value, required[i]))
      mutate_missing(m, spot, certainty, required[i], true);
  bool sure = spot->plain && certainty == CERTAIN && !limits->listed &&
              limits->members_min < spot->value.length;
  for (uint32_t i = 0; i < spot->value.length; i++) {
    struct text name = json_text(&spot->value.members[i].key);
    if (!has_name(all, all_count, name) && !is_fixed(m, spot, name))
      mutate_missing(m, spot, sure ? CERTAIN : ASK, name, false);
  }
}

/* What one member brings along, and another that it must not lack. */
static void mutate_dependents(struct mutating *m, const struct spot *spot, enum certainty certainty)
{
  for (uint32_t i = 0; i < spot->says.count; i++) {
    const struct says_part *part = &spot->says.parts[i];
    const struct json *all = json_get(part->source, "dependentRequired");
    if (!all || all->type != JSON_OBJECT || (certainty == CERTAIN && !part->sure)) continue;
    for (uint32_t k = 0; k < all->length; k++) {
      const struct json *wanted = &all->members[k].value;
      if (!json_get_text(&spot->value, json_text(&all->members[k].key))) continue;
      for (uint32_t n = 0; wanted->type == JSON_ARRAY && n < wanted->length; n++)
        if (json_get_text(&spot->value, json_text(&wanted->items[n])) &&
            !text_equal(json_text(&wanted->items[n]), json_text(&all->members[k].key)))
          mutate_missing(m, spot, certainty, json_text(&wanted->items[n]), true);
    }
  }
}

/* Its name with the first letter in the other case. */
static struct text recased(struct mutating *m, struct text name)
{
  struct text copy = arena_copy(m->values->arena, name);
  char *first = arena_alloc(m->values->arena, name.length + 1);
  memcpy(first, copy.data, name.length + 1);
  if (ascii_is_letter(first[0])) first[0] ^= 32;
  return (struct text){first, name.length};
}

static void mutate_unknowns(struct mutating *m, const struct spot *spot, enum certainty certainty)
{
  if (certainty == CERTAIN && !says_refuses_unknown(&spot->says)) certainty = ASK;
  if (certainty == ASK && !spot->says.closed) return; /* an open object takes them */
  struct json_builder members = {0};
  json_builder_add(&members, m->values->arena, TEXT("is_admin"), json_boolean(true));
  struct text names[] = {TEXT("writ_unknown"), TEXT("__proto__"),    TEXT("constructor"),
                         TEXT("role"),         TEXT("principal_id"), TEXT(""),
                         TEXT("owner_id"),     TEXT("writ_recased")};
  enum { NAMES = sizeof names / sizeof *names };
  if (spot->value.length > 0) names[NAMES - 1] = recased(m, json_text(&spot->value.members[0].key));
  for (size_t i = 0; i < NAMES; i++) {
    bool taken = json_get_text(&spot->value, names[i]) || says_declares(&spot->says, names[i]);
    struct json value = i == 1 ? json_builder_object(&members) : json_boolean(true);
    if (!spot->up && i == 1) value = json_boolean(true); /* it may come in the query string */
    if (!taken) mutate_unknown(m, spot, certainty, names[i], value);
  }
}

/* Fields of the path cannot be left away: they come first. */
static bool is_of_path(const struct mutating *m, const struct spot *spot, struct text name)
{
  const struct field *field = spot->up ? NULL : contract_field(m->contract, name);
  return field && field->origin == FIELD_PATH;
}

static void mutate_few(struct mutating *m, const struct spot *spot,
                       const struct says_limits *limits, enum certainty certainty)
{
  struct json value = spot->value;
  uint32_t wanted = limits->members_min - (limits->members_min > 0);
  if (limits->members_min == 0 || value.length < limits->members_min) return;
  value.members = arena_new_array(m->values->arena, value.length + 1, sizeof *value.members);
  value.length = 0;
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < spot->value.length; i++) {
      const struct json_member *member = &spot->value.members[i];
      bool of_path = is_of_path(m, spot, json_text(&member->key));
      if (of_path == (pass == 0) && (of_path || value.length < wanted))
        value.members[value.length++] = *member;
    }
  if (value.length == wanted)
    mutate_refused(m, spot, certainty, value, "%u fields, at least %u are asked for", wanted,
                   limits->members_min);
}

void mutate_object(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                   enum certainty certainty)
{
  mutate_absences(m, spot, limits, certainty);
  mutate_dependents(m, spot, certainty);
  mutate_unknowns(m, spot, certainty);
  mutate_few(m, spot, limits, certainty);
}

/* --- Arrays --- */

enum { ITEMS_TRIED = 2000 };

/* So many elements: those that are there, and copies of the first. */
static struct json repeated(struct mutating *m, const struct spot *spot, uint32_t count)
{
  struct json value = spot->value;
  value.items = arena_new_array(m->values->arena, count + 1, sizeof *value.items);
  value.length = count;
  for (uint32_t i = 0; i < count; i++)
    value.items[i] = i < spot->value.length   ? spot->value.items[i]
                     : spot->value.length > 0 ? spot->value.items[0]
                     : spot->textual          ? json_string(TEXT("a"))
                                              : json_null();
  return value;
}

static void refuse_counts(struct mutating *m, const struct spot *spot,
                          const struct says_limits *limits, enum certainty certainty)
{
  uint32_t low = limits->items_min, high = limits->items_max;
  if (low > 0 && low < ITEMS_TRIED)
    mutate_refused(m, spot, certainty, repeated(m, spot, low - 1),
                   "%u elements, where at least %u are asked for", low - 1, low);
  if (high < ITEMS_TRIED)
    mutate_refused(m, spot, certainty, repeated(m, spot, high + 1),
                   "%u elements, where at most %u are allowed", high + 1, high);
}

static void refuse_twice(struct mutating *m, const struct spot *spot,
                         const struct says_limits *limits, enum certainty certainty)
{
  if (!limits->unique || spot->value.length == 0) return;
  uint32_t count =
      spot->value.length < limits->items_max ? spot->value.length + 1 : spot->value.length;
  struct json value = repeated(m, spot, count);
  if (count < 2) return;
  value.items[count - 1] = value.items[0];
  mutate_refused(m, spot, certainty, value, "the same element twice");
}

static void admit_count(struct mutating *m, const struct spot *spot,
                        const struct says_limits *limits, enum certainty certainty, uint32_t count,
                        const char *bound)
{
  struct making making = {.values = m->values, .full = false, .examples = true, .depth = 1};
  struct json value;
  m->values->steps = MAKE_STEPS + 20 * count;
  if (spot->fixed) {
    /* Others might not be the caller's: so many of those that are there. */
    struct spot loose = *spot;
    loose.fixed = false;
    if (spot->value.length == 0 || (limits->unique && count > spot->value.length)) return;
    mutate_admitted(m, &loose, certainty, repeated(m, spot, count), "%u elements, the %s", count,
                    bound);
    return;
  }
  if (!make_elements(&making, &spot->says, limits->unique, count, &value)) return;
  mutate_admitted(m, spot, certainty, value, "%u elements, the %s", count, bound);
}

static void admit_counts(struct mutating *m, const struct spot *spot,
                         const struct says_limits *limits, enum certainty certainty)
{
  if (limits->listed) return;
  if (limits->items_min < ITEMS_TRIED)
    admit_count(m, spot, limits, certainty, limits->items_min, "least that are allowed");
  if (limits->items_max < ITEMS_TRIED)
    admit_count(m, spot, limits, certainty, limits->items_max, "most that are allowed");
}

void mutate_filled(struct mutating *m, const struct spot *spot, const struct says_limits *limits)
{
  struct making making = {.values = m->values, .full = true, .examples = true, .depth = 1};
  struct json value;
  if (spot->value.length > 0 || limits->items_max == 0) return;
  m->values->steps = MAKE_STEPS;
  uint32_t count = limits->prefix_length > 0 ? limits->prefix_length : 1;
  if (count > limits->items_max) count = limits->items_max;
  if (!make_elements(&making, &spot->says, limits->unique, count, &value)) return;
  struct json input = spot_input(m, spot, value);
  if (!values_admit(m->contract, &input, m->values->arena, NULL)) return;
  struct spot filled = *spot;
  filled.value = value;
  mutate_spot(m, &filled);
}

void mutate_array(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                  enum certainty certainty)
{
  refuse_counts(m, spot, limits, certainty);
  refuse_twice(m, spot, limits, certainty);
  struct says beyond;
  says_element(&spot->says, limits->prefix_length, &beyond);
  if (beyond.never && spot->value.length >= limits->prefix_length)
    mutate_refused(m, spot, ASK, repeated(m, spot, limits->prefix_length + 1),
                   "an element more than are described");
  admit_counts(m, spot, limits, spot->plain && certainty == CERTAIN ? CERTAIN : ASK);
}
