/* The table of an object schema's properties: an open hash table over their names, which the
 * contract fixes; names in a value cost one hash over at most 16 of their bytes, and mostly one
 * comparison. */
#include "schema/program.h"

static uint32_t hash_name(struct text name)
{
  uint32_t hash = (uint32_t)name.length * 0x9E3779B1U;
  size_t head = name.length < 8 ? name.length : 8;
  for (size_t i = 0; i < head; i++) hash = (hash ^ (unsigned char)name.data[i]) * 16777619U;
  for (size_t i = name.length < 16 ? head : name.length - 8; i < name.length; i++)
    hash = (hash ^ (unsigned char)name.data[i]) * 16777619U;
  return hash ^ hash >> 15;
}

/* The slot of the name, or the free one where it would go. */
static uint32_t find_slot(const struct schema_object *object, struct text name)
{
  uint32_t slot = hash_name(name) & object->slot_mask;
  while (object->slots[slot] != 0 &&
         !text_equal(object->properties[object->slots[slot] - 1].name, name))
    slot = (slot + 1) & object->slot_mask;
  return slot;
}

const struct schema_property *schema_property_find(const struct schema_object *object,
                                                   struct text name)
{
  if (object->length == 0) return NULL;
  uint32_t index = object->slots[find_slot(object, name)];
  return index > 0 ? &object->properties[index - 1] : NULL;
}

static struct schema_property *add(struct schema_object *object, struct text name)
{
  uint32_t slot = find_slot(object, name);
  if (object->slots[slot] == 0) {
    object->properties[object->length] = (struct schema_property){.name = name};
    object->slots[slot] = ++object->length;
  }
  return &object->properties[object->slots[slot] - 1];
}

void schema_object_build(struct schema_compiler *compiler, struct schema *schema)
{
  struct schema_object *object = schema->object;
  const struct json *properties = object->properties_source, *required = object->required_source;
  uint32_t most = (properties ? properties->length : 0) + (required ? required->length : 0);
  if (most == 0) return;

  struct arena *arena = compiler->set->arena;
  uint32_t slots = 4;
  while (slots < 2 * most) slots *= 2;
  object->slots = arena_new_array(arena, slots, sizeof *object->slots);
  object->slot_mask = slots - 1;
  object->properties = arena_new_array(arena, most, sizeof *object->properties);
  for (uint32_t i = 0; properties && i < properties->length; i++) {
    struct text name = json_text(&properties->members[i].key);
    add(object, name)->schema = schema_child(compiler, &properties->members[i].value, schema);
  }
  for (uint32_t i = 0; required && i < required->length; i++)
    add(object, json_text(&required->items[i]))->required = ++object->required;
}
