/* From a changed value to a request: what was asked of whom, whether it can be sent, whether it has
 * been sent already, and the sentence about it. */
#include <stdarg.h>
#include <stdio.h>

#include "testing/mutation_parts.h"

/* --- Places --- */

struct json spot_input(struct mutating *m, const struct spot *spot, struct json value)
{
  for (; spot->up; spot = spot->up) {
    struct json copy = spot->up->value;
    if (copy.type == JSON_ARRAY) {
      copy.items = arena_new_array(m->values->arena, copy.length + 1, sizeof *copy.items);
      memcpy(copy.items, spot->up->value.items, copy.length * sizeof *copy.items);
      copy.items[spot->index] = value;
    } else {
      copy.members = arena_new_array(m->values->arena, copy.length + 1, sizeof *copy.members);
      memcpy(copy.members, spot->up->value.members, copy.length * sizeof *copy.members);
      for (uint32_t i = 0; i < copy.length; i++)
        if (text_equal(json_text(&copy.members[i].key), spot->name)) copy.members[i].value = value;
    }
    value = copy;
  }
  return value;
}

static void append_pointer(struct buffer *out, const struct spot *spot)
{
  if (!spot->up) return;
  append_pointer(out, spot->up);
  buffer_append_byte(out, '/');
  if (!spot->name.data) buffer_print(out, "%u", spot->index);
  for (size_t i = 0; spot->name.data && i < spot->name.length; i++) {
    char c = spot->name.data[i];
    if (c == '~' || c == '/')
      buffer_append_text(out, c == '~' ? TEXT("~0") : TEXT("~1"));
    else
      buffer_append_byte(out, c);
  }
}

static struct text field_of(const struct spot *spot)
{
  if (!spot->up) return TEXT("");
  while (spot->up->up) spot = spot->up;
  return spot->name;
}

/* --- Giving out --- */

static uint64_t hash_of(enum mutation_kind kind, const struct parts *parts)
{
  uint64_t hash = UINT64_C(14695981039346656037) ^ (kind == MUTATION_REFUSED); /* FNV-1a */
  const struct text texts[] = {parts->path, parts->query, parts->body};
  for (size_t i = 0; i < 3; i++) {
    for (size_t k = 0; k < texts[i].length; k++)
      hash = (hash ^ (unsigned char)texts[i].data[k]) * UINT64_C(1099511628211);
    hash = (hash ^ 0x1FF) * UINT64_C(1099511628211);
  }
  return hash;
}

static bool is_new(struct mutating *m, enum mutation_kind kind, const struct parts *parts)
{
  uint64_t hash = hash_of(kind, parts), known;
  for (size_t at = 0; at < m->seen.length; at += sizeof hash) {
    memcpy(&known, m->seen.data + at, sizeof known);
    if (known == hash) return false;
  }
  buffer_append(&m->seen, &hash, sizeof hash);
  return true;
}

static void give(struct mutating *m, struct mutation *mutation)
{
  if (!is_new(m, mutation->kind, &mutation->parts)) return;
  struct mutation_counts *counts = m->counts;
  size_t *const kinds[] = {&counts->refused, &counts->admitted, &counts->payloads};
  ++*kinds[mutation->kind];
  m->take(m->context, mutation);
}

static struct text print_label(struct mutating *m, struct text pointer, const char *format,
                               va_list arguments)
{
  struct text place =
      pointer.length > 0 ? (struct text){pointer.data + 1, pointer.length - 1} : TEXT("input");
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *words = arena_alloc(m->values->arena, (size_t)length + 1);
  vsnprintf(words, (size_t)length + 1, format, arguments);
  struct buffer label = {0};
  buffer_append_text(&label, place);
  buffer_append_text(&label, TEXT(": "));
  buffer_append_visible(&label, (struct text){words, (size_t)length});
  struct text text = arena_copy(m->values->arena, buffer_text(&label));
  buffer_deinit(&label);
  return text;
}

struct text mutation_written(struct mutating *m, const struct json *value)
{
  enum { SHOWN = 60 };
  struct buffer out = {0};
  json_write(&out, value);
  struct text text = arena_copy(m->values->arena, buffer_text(&out));
  if (text.length > SHOWN) text = arena_print(m->values->arena, "%.*s…", SHOWN, text.data);
  buffer_deinit(&out);
  return text;
}

/* Whether the mutation is given out; what is not is counted. *settled: what the handler gets. */
static bool counts(struct mutating *m, enum certainty certainty, const struct mutation *mutation,
                   struct json *settled)
{
  const char *why;
  bool passes = mutation->kind != MUTATION_REFUSED;
  if (!parts_fit(m->contract, &mutation->input, &mutation->parts, &why)) {
    m->counts->unsendable++;
    return false;
  }
  if (certainty == CERTAIN && mutation->kind != MUTATION_PAYLOAD) return true;
  bool admitted = values_admit(m->contract, &mutation->input, m->values->arena, settled);
  if (certainty == ASK && admitted != passes) {
    m->counts->undecided += mutation->kind != MUTATION_PAYLOAD; /* of those many cannot fit */
    return false;
  }
  return true;
}

/* What an alternative refuses may be said of something around it. */
static bool is_told(struct mutating *m, const struct json *settled, struct text pointer)
{
  struct schema_problems problems = {.arena = m->values->arena};
  if (settled->type != JSON_OBJECT) return true;
  schema_valid(m->contract->input, settled, &problems);
  for (size_t i = 0; i < problems.count; i++)
    if (text_equal(problems.items[i].instance, pointer)) return true;
  return false;
}

static struct text pointer_below(struct mutating *m, const struct spot *spot, struct text name)
{
  struct spot below = {.up = spot, .name = name};
  struct buffer pointer = {0};
  append_pointer(&pointer, name.data ? &below : spot);
  struct text text = arena_copy(m->values->arena, buffer_text(&pointer));
  buffer_deinit(&pointer);
  return text;
}

/* const and enum speak of a whole value: what is wrong within it is not told. */
static bool is_within_listed(const struct spot *spot, struct text below)
{
  struct says_limits limits;
  says_limits(&spot->says, false, &limits);
  return spot->listed || (below.data && limits.listed);
}

/* Whether the next one of a lot is to be made. */
static bool is_chosen(struct mutating *m, size_t lot)
{
  if (!m->counting) return sample_takes(&m->chosen[lot]);
  m->offered[lot]++;
  return false;
}

/* `below`: the problem is about this member of the value; its data may be NULL. */
static void offer(struct mutating *m, const struct spot *spot, enum certainty certainty,
                  enum mutation_kind kind, struct json value, struct text below, const char *format,
                  va_list arguments)
{
  if (!is_chosen(m, kind)) return;
  struct arena_mark mark = arena_mark(m->values->arena);
  struct json settled = json_null();
  struct mutation mutation = {.kind = kind,
                              .denial =
                                  kind == MUTATION_REFUSED ? DENIAL_INVALID_INPUT : DENIAL_NONE,
                              .field = spot->up     ? field_of(spot)
                                       : below.data ? below
                                                    : TEXT(""),
                              .pointer = pointer_below(m, spot, below),
                              .input = spot_input(m, spot, value)};
  parts_of_input(m->contract, &mutation.input, m->values->arena, &mutation.parts);
  mutation.label = print_label(m, mutation.pointer, format, arguments);
  if (counts(m, certainty, &mutation, &settled)) {
    if (kind == MUTATION_PAYLOAD)
      mutation.payload = json_text(json_at_pointer(&settled, mutation.pointer));
    else if (is_within_listed(spot, below) || !is_told(m, &settled, mutation.pointer))
      mutation.pointer = TEXT("");
    give(m, &mutation);
  }
  arena_rewind(m->values->arena, mark);
}

void mutate_refused(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct json value, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  offer(m, spot, certainty, MUTATION_REFUSED, value, (struct text){0}, format, arguments);
  va_end(arguments);
}

void mutate_admitted(struct mutating *m, const struct spot *spot, enum certainty certainty,
                     struct json value, const char *format, ...)
{
  va_list arguments;
  if (spot->fixed) return;
  va_start(arguments, format);
  offer(m, spot, certainty, MUTATION_ADMITTED, value, (struct text){0}, format, arguments);
  va_end(arguments);
}

/* offer() with what stands behind the format. */
static void offer_member(struct mutating *m, const struct spot *spot, enum certainty certainty,
                         enum mutation_kind kind, struct json value, struct text below,
                         const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  offer(m, spot, certainty, kind, value, below, format, arguments);
  va_end(arguments);
}

void mutate_payload(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct text payload)
{
  offer_member(m, spot, certainty, MUTATION_PAYLOAD, json_string(payload), (struct text){0},
               "the text %.60s", payload.data);
}

void mutate_missing(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct text name, bool refused)
{
  struct arena_mark mark = arena_mark(m->values->arena); /* of thousands of fields each is missed */
  struct json value = spot->value;
  value.members = arena_new_array(m->values->arena, value.length + 1, sizeof *value.members);
  value.length = 0;
  for (uint32_t i = 0; i < spot->value.length; i++)
    if (!text_equal(json_text(&spot->value.members[i].key), name))
      value.members[value.length++] = spot->value.members[i];
  offer_member(m, spot, certainty, refused ? MUTATION_REFUSED : MUTATION_ADMITTED, value, name,
               refused ? "is missing, and is required" : "is missing, and may be");
  arena_rewind(m->values->arena, mark);
}

void mutate_unknown(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct text name, struct json added)
{
  struct json value = spot->value;
  value.members = arena_new_array(m->values->arena, value.length + 1, sizeof *value.members);
  if (value.length > 0)
    memcpy(value.members, spot->value.members, value.length * sizeof *value.members);
  value.members[value.length++] = (struct json_member){json_string(name), added};
  offer_member(m, spot, certainty, MUTATION_REFUSED, value, name, "a field that is not declared");
}

void mutate_malformed(struct mutating *m, struct text field, const struct parts *parts,
                      const char *format, ...)
{
  if (!is_chosen(m, MALFORMED)) return;
  struct arena_mark mark = arena_mark(m->values->arena);
  struct mutation mutation = {
      .kind = MUTATION_REFUSED, .denial = DENIAL_MALFORMED, .field = field, .parts = *parts};
  struct text place =
      field.length > 0 ? arena_print(m->values->arena, "/%.*s", TEXT_ARGS(field)) : TEXT("");
  va_list arguments;
  va_start(arguments, format);
  mutation.label = print_label(m, place, format, arguments);
  va_end(arguments);
  mutation.pointer = TEXT("");
  give(m, &mutation);
  arena_rewind(m->values->arena, mark);
}
