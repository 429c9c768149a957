/* The words that findings have in common: names in lists, places in what people review. */
#include "advice/advising.h"
#include "contract/document.h"

enum { LISTED_MAX = 6 };

static const char *place_of(const struct advising *advising, const struct source *source,
                            size_t offset)
{
  unsigned line, column;
  source_locate(source, offset, &line, &column);
  return arena_print(advising->arena, "%s:%u", source->path, line).data;
}

/* The member's own place: its key. */
static const struct json_member *member_of(const struct json *object, const char *key)
{
  for (uint32_t i = 0; object && object->type == JSON_OBJECT && i < object->length; i++)
    if (json_is_string(&object->members[i].key, key)) return &object->members[i];
  return NULL;
}

const char *place_in_contract(const struct advising *advising, const char *const *path)
{
  static const char folder[] = "contracts/";
  const struct source *source = advising->contract->source;
  struct text below = text_of(source->path);
  if (text_starts_with(below, folder))
    below = (struct text){below.data + strlen(folder), below.length - strlen(folder)};
  const struct document *document = document_find(advising->generation->documents, below);
  const struct json *at = document ? document->root : NULL;
  size_t offset = 0;
  for (const struct json_member *member; *path && (member = member_of(at, *path)); path++) {
    offset = member->key.offset;
    at = &member->value;
  }
  return place_of(advising, source, offset);
}

const char *place_of_query(const struct advising *advising, const struct query *query)
{
  return place_of(advising, query->source, query->offset);
}

const char *list_names(const struct advising *advising, const struct text *names, size_t count)
{
  struct buffer list = {0};
  size_t shown = count <= LISTED_MAX ? count : LISTED_MAX;
  for (size_t i = 0; i < shown; i++) {
    if (i > 0) buffer_append_text(&list, i + 1 == count ? TEXT(" and ") : TEXT(", "));
    buffer_append_text(&list, names[i]);
  }
  if (shown < count) buffer_append_text(&list, TEXT(", …"));
  const char *copy = arena_copy(advising->arena, buffer_text(&list)).data;
  buffer_deinit(&list);
  return copy;
}

const struct text *granted_names(const struct advising *advising, size_t *count)
{
  const struct contract *contract = advising->contract;
  struct text *names = arena_new_array(advising->arena, contract->use_count, sizeof *names);
  for (size_t i = 0; i < contract->use_count; i++)
    names[i] = text_of(contract->uses[i].query->name);
  *count = contract->use_count;
  return names;
}

const struct text *computed_names(const struct advising *advising, const struct use *use,
                                  size_t *count)
{
  const struct query *query = use->query;
  struct text *names = arena_new_array(advising->arena, query->parameter_count, sizeof *names);
  *count = 0;
  for (size_t i = 0; i < query->parameter_count; i++)
    if (use->bindings[i].source == BIND_COMPUTED) names[(*count)++] = query->parameters[i];
  return names;
}

const char *did_you_mean(const struct advising *advising, struct text name,
                         const struct text *candidates, size_t count)
{
  const char **strings = arena_new_array(advising->arena, count, sizeof *strings);
  for (size_t i = 0; i < count; i++) strings[i] = arena_copy(advising->arena, candidates[i]).data;
  const char *meant = text_suggestion(name, strings, count);
  return meant ? arena_print(advising->arena, "did you mean '%s'?", meant).data : NULL;
}
