/* Which of several alternatives (anyOf, oneOf) a value was meant to be: the one that it came
 * closest to speaks for all of them.
 *
 * Where each alternative lists what one and the same member may be, that member decides. Otherwise
 * type and listed values count first, then how many failures there are, then how deep they lie.
 * Runs only after all of them have failed. */
#include "schema/program.h"

/* --- the member that tells the alternatives apart */

/* The schema that lists what values there may be, looked for in what must hold as well. */
static const struct schema *choice_of(const struct schema *schema)
{
  const struct schema *found = schema->constant || schema->values ? schema : NULL;
  const struct schema_in_place *in = schema->in_place;
  if (!found && in && in->ref) found = choice_of(in->ref);
  for (uint32_t i = 0; !found && in && i < in->all_of.length; i++)
    found = choice_of(in->all_of.items[i]);
  return found;
}

/* What an alternative says of a member; *required: that it must be there. */
static const struct schema *member_choice(const struct schema *schema, struct text name,
                                          bool *required)
{
  const struct schema_property *property =
      schema->object ? schema_property_find(schema->object, name) : NULL;
  const struct schema *found = property && property->schema ? choice_of(property->schema) : NULL;
  if (property && property->required > 0) *required = true;
  const struct schema_in_place *in = schema->in_place;
  for (uint32_t i = 0; in && i <= in->all_of.length; i++) {
    const struct schema *inner = i > 0 ? in->all_of.items[i - 1] : in->ref;
    const struct schema *other = inner ? member_choice(inner, name, required) : NULL;
    if (!found) found = other;
  }
  return found;
}

/* The same of the value itself, if the name is empty. */
static const struct schema *listing(const struct schema *schema, struct text name, bool *required)
{
  return name.data ? member_choice(schema, name, required) : choice_of(schema);
}

static bool all_list(const struct schema_list *branches, struct text name, bool *required)
{
  *required = true;
  for (uint32_t i = 0; i < branches->length; i++) {
    bool own = false;
    if (!listing(branches->items[i], name, &own)) return false;
    *required = *required && own;
  }
  return branches->length > 1;
}

/* A name that every alternative lists values for; false if there is none. */
static bool find_discriminator(const struct schema *schema, const struct schema_list *branches,
                               struct text *name, bool *required)
{
  const struct schema_object *object = schema->object;
  for (uint32_t i = 0; object && i < object->length; i++) {
    *name = object->properties[i].name;
    if (object->properties[i].schema && all_list(branches, *name, required)) return true;
  }
  const struct schema_in_place *in = schema->in_place;
  for (uint32_t i = 0; in && i <= in->all_of.length; i++) {
    const struct schema *inner = i > 0 ? in->all_of.items[i - 1] : in->ref;
    if (inner && find_discriminator(inner, branches, name, required)) return true;
  }
  return false;
}

/* The values that the alternatives list, one after the other. */
static struct json all_listed(struct arena *arena, const struct schema_list *branches,
                              struct text name)
{
  struct json all = {.type = JSON_ARRAY};
  for (int pass = 0; pass < 2; pass++) { /* count, then copy */
    if (pass == 1) all.items = arena_new_array(arena, all.length, sizeof *all.items);
    all.length = 0;
    for (uint32_t i = 0; i < branches->length; i++) {
      bool required = false;
      const struct schema *choice = listing(branches->items[i], name, &required);
      const struct json *values = choice->constant ? choice->constant : choice->values->items;
      uint32_t count = choice->constant ? 1 : choice->values->length;
      if (pass == 1 && count > 0) memcpy(&all.items[all.length], values, count * sizeof *values);
      all.length += count;
    }
  }
  return all;
}

/* --- trying them */

/* What keeps one alternative from fitting. */
struct attempt {
  struct schema_problems problems;
  unsigned wrong_types, wrong_choices, depth;
};

static unsigned slashes(struct text text)
{
  unsigned count = 0;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == '/';
  return count;
}

static struct attempt *try_branch(struct schema_run *run, const struct schema *branch,
                                  const struct json *value, const struct schema_place *place)
{
  struct schema_problems *outer = run->problems;
  struct attempt *attempt = arena_new(outer->arena, sizeof *attempt);
  attempt->problems.arena = outer->arena;
  run->problems = &attempt->problems;
  (void)schema_run(run, branch, value, place, NULL);
  run->problems = outer;

  unsigned depth = 0;
  for (; place; place = place->up) depth++;
  for (size_t i = 0; i < attempt->problems.count; i++) {
    const struct schema_problem *problem = &attempt->problems.items[i];
    unsigned at = slashes(problem->instance);
    bool choice = text_is(problem->keyword, "const") || text_is(problem->keyword, "enum");
    if (at > attempt->depth) attempt->depth = at;
    if (text_is(problem->keyword, "type") && at == depth) attempt->wrong_types++;
    if (choice && at <= depth + 1) attempt->wrong_choices++;
  }
  return attempt;
}

static bool is_closer(const struct attempt *a, const struct attempt *b)
{
  if (a->wrong_types != b->wrong_types) return a->wrong_types < b->wrong_types;
  if (a->wrong_choices != b->wrong_choices) return a->wrong_choices < b->wrong_choices;
  if (a->problems.count != b->problems.count) return a->problems.count < b->problems.count;
  return a->depth > b->depth;
}

static void report(struct schema_problems *problems, const struct attempt *attempt)
{
  for (size_t i = 0; i < attempt->problems.count && problems->count < SCHEMA_PROBLEMS_MAX; i++)
    problems->items[problems->count++] = attempt->problems.items[i];
}

/* What decides between alternatives: the value itself or a member of it. */
struct decider {
  struct text name;         /* of the member */
  const struct json *value; /* NULL: nothing decides */
};

/* Tries those that admit what decides, and reports the closest one; false if there are none. */
static bool try_branches(struct schema_run *run, const struct schema *schema,
                         const struct schema_list *branches, const char *keyword,
                         const struct json *value, const struct schema_place *place,
                         struct decider decider)
{
  struct arena *arena = run->problems->arena;
  struct attempt *best = NULL;
  unsigned types = 0;
  bool wrong_type = true, required = false;
  for (uint32_t i = 0; i < branches->length && !run->exhausted; i++) {
    const struct schema *branch = branches->items[i];
    if (decider.value &&
        !schema_lists(run, listing(branch, decider.name, &required), decider.value))
      continue;
    struct arena_mark mark = arena_mark(arena);
    struct attempt *attempt = try_branch(run, branch, value, place);
    types |= schema_declared_types(branch);
    wrong_type = wrong_type && attempt->wrong_types > 0;
    if (!best || is_closer(attempt, best))
      best = attempt;
    else
      arena_rewind(arena, mark); /* within each other they may be tried very often */
  }
  if (best && wrong_type)
    schema_problem_type(run, schema, types, keyword, value, place);
  else if (best)
    report(run->problems, best);
  return best != NULL;
}

bool schema_problem_branches(struct schema_run *run, const struct schema *schema,
                             const struct schema_list *branches, const char *keyword,
                             const struct json *value, const struct schema_place *place)
{
  struct schema_problems *problems = run->problems;
  if (!problems || run->exhausted || problems->count >= SCHEMA_PROBLEMS_MAX) return false;

  struct decider decider = {{NULL, 0}, NULL};
  struct schema_place member = {.up = place};
  bool required = false;
  if (all_list(branches, decider.name, &required)) {
    decider.value = value;
  } else if (value->type == JSON_OBJECT &&
             find_discriminator(branches->items[0], branches, &member.name, &required)) {
    decider = (struct decider){member.name, json_get_text(value, member.name)};
    if (!decider.value && required)
      return schema_problem(run, schema, keyword, value, &member, "is required");
  }
  if (try_branches(run, schema, branches, keyword, value, place, decider) || !decider.value)
    return false;
  struct json all = all_listed(problems->arena, branches, decider.name);
  return schema_problem_choice(run, schema, keyword, all.items, all.length, decider.value,
                               decider.name.data ? &member : place);
}
