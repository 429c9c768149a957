/* Requests that cannot be read: bytes that are no text, names that come twice or from a place where
 * they do not belong. These are made of a valid request, by changing its bytes. */
#include "base/ascii.h"
#include "testing/mutation_parts.h"

static struct text replaced(struct arena *arena, struct text text, struct text part,
                            struct text other)
{
  const char *at = part.length > 0 ? memmem(text.data, text.length, part.data, part.length) : NULL;
  if (!at) return (struct text){0};
  return arena_print(arena, "%.*s%.*s%s", (int)(at - text.data), text.data, TEXT_ARGS(other),
                     at + part.length);
}

/* --- Path and query --- */

/* As RFC 3629 and docs/contract.md refuse them, percent-encoded. */
static const struct {
  const char *encoded, *what;
} no_texts[] = {
    {"%FF", "a byte that no UTF-8 has"},       {"%C0%AF", "a slash in too many bytes"},
    {"%ED%A0%80", "half of a surrogate pair"}, {"%F5%80%80%80", "a code point beyond the last"},
    {"%E2%82", "a character that is cut off"}, {"%00", "a NUL"},
};

static void break_path(struct mutating *m, const struct json *input, const struct parts *parts,
                       const struct field *field)
{
  struct json marked = *input;
  marked.members = arena_new_array(m->values->arena, input->length, sizeof *marked.members);
  memcpy(marked.members, input->members, input->length * sizeof *marked.members);
  for (uint32_t i = 0; i < marked.length; i++)
    if (text_equal(json_text(&marked.members[i].key), field->schema.name))
      marked.members[i].value = json_string(TEXT("writ-mark"));
  struct parts with_mark;
  parts_of_input(m->contract, &marked, m->values->arena, &with_mark);
  for (size_t i = 0; i < sizeof no_texts / sizeof *no_texts; i++) {
    struct parts broken = *parts;
    broken.path =
        replaced(m->values->arena, with_mark.path, TEXT("writ-mark"), text_of(no_texts[i].encoded));
    if (broken.path.data) mutate_malformed(m, field->schema.name, &broken, "%s", no_texts[i].what);
  }
}

static struct text with_pair(struct mutating *m, struct text query, struct text name,
                             const char *value)
{
  return arena_print(m->values->arena, "%.*s%s%.*s=%s", TEXT_ARGS(query),
                     query.length > 0 ? "&" : "", TEXT_ARGS(name), value);
}

static void break_query(struct mutating *m, const struct parts *parts)
{
  static const struct text name = TEXT_INITIALIZER("writ_any");
  struct parts broken = *parts;
  for (size_t i = 0; i < sizeof no_texts / sizeof *no_texts; i++) {
    broken.query = with_pair(m, parts->query, name, no_texts[i].encoded);
    mutate_malformed(m, TEXT(""), &broken, "%s in the query string", no_texts[i].what);
  }
  broken.query = with_pair(m, parts->query, name, "%zz");
  mutate_malformed(m, TEXT(""), &broken, "a percent sign of nothing in the query string");
  broken.query = with_pair(m, with_pair(m, parts->query, name, "1"), name, "2");
  mutate_malformed(m, TEXT(""), &broken, "a name twice in the query string");
  struct text query = parts->query;
  for (unsigned i = 0; i < 65; i++)
    query = with_pair(m, query, arena_print(m->values->arena, "writ_%u", i), "1");
  broken.query = query;
  mutate_malformed(m, TEXT(""), &broken, "a query string of more than 64 fields");
}

/* A name that needs no escape anywhere. */
static bool is_plain(struct text name)
{
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '_') return false;
  }
  return true;
}

/* A field that comes from somewhere else as well. */
static void misplace(struct mutating *m, const struct parts *parts, const struct field *field)
{
  struct parts broken = *parts;
  bool in_text = field->origin == FIELD_PATH || field->origin == FIELD_QUERY;
  bool array = in_text && field->schema.types & 1U << JSON_ARRAY; /* each name is one element */
  if (!is_plain(field->schema.name)) return;
  if (!array) {
    broken.query = with_pair(m, parts->query, field->schema.name, "1");
    bool already = field->origin == FIELD_BODY || field->origin == FIELD_WHOLE_BODY;
    if (field->origin == FIELD_QUERY)
      broken.query = with_pair(m, broken.query, field->schema.name, "1");
    mutate_malformed(m, field->schema.name, &broken,
                     already ? "in the query string, not in the body" : "twice");
  }
  bool object = parts->body.length > 0 && parts->body.data[0] == '{';
  if (!object || field->origin == FIELD_WHOLE_BODY) return;
  for (size_t i = 0; i < m->contract->field_count; i++)
    if (m->contract->fields[i].origin == FIELD_WHOLE_BODY) return;
  broken = *parts;
  bool empty = text_is(parts->body, "{}");
  broken.body = arena_print(m->values->arena, "{\"%.*s\":1%s%s", TEXT_ARGS(field->schema.name),
                            empty ? "" : ",", parts->body.data + 1);
  bool there = field->origin != FIELD_BODY;
  if (field->origin == FIELD_BODY) { /* the same name once more */
    struct buffer key = {0};
    json_write_string(&key, field->schema.name);
    buffer_append_byte(&key, ':');
    there = text_contains(parts->body, buffer_text(&key));
    buffer_deinit(&key);
  }
  if (there)
    mutate_malformed(m, field->schema.name, &broken,
                     field->origin == FIELD_BODY ? "twice in the body"
                                                 : "in the body, where it does not belong");
}

/* --- Bodies --- */

/* In the place of a string's first character; RFC 8259, section 7 and 8.1. */
static const struct {
  const char *bytes, *what;
} no_strings[] = {
    {"\xFF", "a byte that no UTF-8 has"},
    {"\xC0\xAF", "a slash in too many bytes"},
    {"\xED\xA0\x80", "half of a surrogate pair, in three bytes"},
    {"\\ud800", "half of a surrogate pair"},
    {"\\udc00\\ud800", "a surrogate pair the wrong way round"},
    {"\\x41", "an escape that JSON does not have"},
    {"\\u12g", "an escape of what is no digit"},
    {"\n", "a new line without its escape"},
    {"\x01", "a control character without its escape"},
};

static void break_strings(struct mutating *m, const struct parts *parts, const struct json *input)
{
  for (uint32_t i = 0; i < input->length; i++) {
    struct text name = json_text(&input->members[i].key);
    if (input->members[i].value.type != JSON_STRING) continue;
    struct buffer member = {0};
    json_write_string(&member, name);
    buffer_append_text(&member, TEXT(":\""));
    for (size_t k = 0; k < sizeof no_strings / sizeof *no_strings; k++) {
      struct parts broken = *parts;
      struct text text = arena_print(m->values->arena, "%.*s%s", TEXT_ARGS(buffer_text(&member)),
                                     no_strings[k].bytes);
      broken.body = replaced(m->values->arena, parts->body, buffer_text(&member), text);
      if (broken.body.data) mutate_malformed(m, name, &broken, "%s", no_strings[k].what);
    }
    buffer_deinit(&member);
    return; /* the reader is the same for all strings */
  }
}

static void break_body(struct mutating *m, const struct parts *parts)
{
  struct arena *arena = m->values->arena;
  struct text body = parts->body;
  struct parts broken = *parts;
  const struct {
    struct text body;
    const char *what;
  } all[] = {
      {{body.data, body.length - 1}, "a body that is cut off"},
      {arena_print(arena, "%s{}", body.data), "something behind the body"},
      {arena_print(arena, "\xEF\xBB\xBF%s", body.data), "a byte order mark before the body"},
      {arena_print(arena, "%s//", body.data), "a comment"},
      {arena_print(arena, "[%s,]", body.data), "a comma behind the last element"},
      {TEXT("{'a':1}"), "single quotes"},
      {TEXT("{a:1}"), "a name without quotes"},
      {TEXT("{\"a\":NaN}"), "NaN, which JSON does not have"},
      {TEXT("{\"a\":Infinity}"), "Infinity, which JSON does not have"},
      {TEXT("{\"a\":01}"), "a number with a leading zero"},
      {TEXT("{\"a\":+1}"), "a number with a plus sign"},
      {TEXT("{\"a\":.5}"), "a number without its zero"},
      {TEXT("{\"a\":1e999}"), "a number beyond all others"},
      {TEXT("{\"a\":1,\"a\":2}"), "a name twice in an object"},
      {TEXT("{\"\\u0061\":1,\"a\":2}"), "a name twice, once as an escape"},
      {TEXT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
       "more nesting than is read"},
  };
  bool closed = body.data[body.length - 1] == '}' || body.data[body.length - 1] == ']';
  for (size_t i = !closed; i < sizeof all / sizeof *all; i++) { /* "12" may be cut off */
    broken.body = all[i].body;
    mutate_malformed(m, TEXT(""), &broken, "%s", all[i].what);
  }
}

void mutate_raw(struct mutating *m, const struct json *input)
{
  struct arena_mark mark = arena_mark(m->values->arena);
  struct parts parts;
  bool whole = false;
  parts_of_input(m->contract, input, m->values->arena, &parts);
  for (size_t i = 0; i < m->contract->field_count; i++) {
    const struct field *field = &m->contract->fields[i];
    struct arena_mark each = arena_mark(m->values->arena);
    if (field->origin == FIELD_PATH) break_path(m, input, &parts, field);
    misplace(m, &parts, field);
    arena_rewind(m->values->arena, each);
    whole |= field->origin == FIELD_WHOLE_BODY;
  }
  break_query(m, &parts);
  if (parts.body.length > 0) {
    break_strings(m, &parts, input);
    break_body(m, &parts);
  }
  if (parts.body.length > 0 && !whole) {
    parts.body = TEXT("[]");
    mutate_malformed(m, TEXT(""), &parts, "a body that is no object");
  }
  arena_rewind(m->values->arena, mark);
}
