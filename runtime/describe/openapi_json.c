/* JSON under construction. */
#include <stdlib.h>

#include "describe/openapi_internal.h"

void openapi_push(struct openapi *api, struct json_list *list, struct json item)
{
  if (list->length == list->capacity) {
    uint32_t capacity = list->capacity > 0 ? list->capacity * 2 : 8;
    struct json *items = arena_new_array(api->arena, capacity, sizeof *items);
    if (list->length > 0) memcpy(items, list->items, list->length * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->length++] = item;
}

struct json openapi_array(const struct json_list *list)
{
  return (struct json){.type = JSON_ARRAY, .items = list->items, .length = list->length};
}

void openapi_add(struct openapi *api, struct json_builder *object, const char *key,
                 struct json value)
{
  json_builder_add(object, api->arena, text_of(key), value);
}

void openapi_add_text(struct openapi *api, struct json_builder *object, const char *key,
                      struct text text)
{
  if (text.length) openapi_add(api, object, key, json_string(text));
}

static int by_key(const void *a, const void *b)
{
  const struct json_member *x = a, *y = b;
  return text_compare(json_text(&x->key), json_text(&y->key));
}

void openapi_sort(struct json_builder *object)
{
  if (object->length > 0) qsort(object->members, object->length, sizeof *object->members, by_key);
}

struct json openapi_object(struct openapi *api, const char *key, struct json value)
{
  struct json_builder object = {0};
  openapi_add(api, &object, key, value);
  return json_builder_object(&object);
}

struct json openapi_ref(struct openapi *api, const char *kind, struct text name)
{
  struct text ref = arena_print(api->arena, "#/components/%s/%.*s", kind, TEXT_ARGS(name));
  return openapi_object(api, "$ref", json_string(ref));
}
