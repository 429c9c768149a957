#include "contract/handler_part.h"

#include <stdio.h>

#include "base/memory.h"
#include "sandbox/sandbox.h"

enum { NAME_MAX_BYTES = 4096 };

/* "image/users.list". A path below contracts/ is bounded by the kernel, and so is a name. */
static const char *part_name(char name[NAME_MAX_BYTES], const char *kind, const char *contract)
{
  int length = snprintf(name, NAME_MAX_BYTES, "%s/%s", kind, contract);
  return length > 0 && length < NAME_MAX_BYTES ? name : NULL;
}

static void hash_grants(unsigned char hash[HASH_BYTES], const struct contract *contract)
{
  unsigned char sleeps = contract->sleeps;
  struct crypto_hash_part *parts = memory_new_array(contract->use_count + 1, sizeof *parts);
  parts[0] = (struct crypto_hash_part){&sleeps, sizeof sleeps};
  for (size_t i = 0; i < contract->use_count; i++) {
    const char *name = contract->uses[i].query->name;
    parts[i + 1] = (struct crypto_hash_part){name, strlen(name)};
  }
  crypto_hash_parts(hash, TEXT("grants"), parts, contract->use_count + 1);
  memory_free(parts);
}

void handler_part_add(struct bundle_writer *writer, const struct contract *contract)
{
  char name[NAME_MAX_BYTES];
  struct handler_part part = {.state = contract->handler_state};
  memcpy(part.handler_hash, contract->handler_hash, HASH_BYTES);
  memcpy(part.image_key, contract->image_key, HASH_BYTES);
  hash_grants(part.grants, contract);
  if (!part_name(name, "handler", contract->name)) return;
  bundle_add_copy(writer, name, (struct text){(const char *)&part, sizeof part});
  if (contract->image && part_name(name, "image", contract->name))
    bundle_add(writer, name, image_text(contract->image));
}

bool handler_part_find(const struct bundle *bundle, const char *name, struct handler_part *part)
{
  char path[NAME_MAX_BYTES];
  struct text bytes;
  if (!part_name(path, "handler", name) || !bundle_find(bundle, path, &bytes) ||
      bytes.length != sizeof *part)
    return false;
  memcpy(part, bytes.data, sizeof *part);
  return part->state == HANDLER_CURRENT || part->state == HANDLER_STALE ||
         part->state == HANDLER_UNAVAILABLE;
}

int handler_part_take(const struct bundle *bundle, const struct handler_part *part,
                      enum handler_state state, struct contract *contract, struct error *error)
{
  char path[NAME_MAX_BYTES];
  struct text bytes;
  struct image *image;
  if (!part_name(path, "image", contract->name) || !bundle_find(bundle, path, &bytes))
    return error_set(error, "there is no image of %s", contract->name);
  if (image_read(bytes, &image, error)) return -1;
  if (!image_fits(image, contract->use_count, contract->sleeps)) {
    image_free(image);
    return error_set(error, "the image of %s is for other queries", contract->name);
  }
  contract->image = image;
  contract->handler_state = state;
  memcpy(contract->handler_hash, part->handler_hash, HASH_BYTES);
  memcpy(contract->image_key, part->image_key, HASH_BYTES);
  return 0;
}

bool handler_part_fits(const struct handler_part *part, const struct contract *contract)
{
  unsigned char grants[HASH_BYTES];
  hash_grants(grants, contract);
  return memcmp(grants, part->grants, HASH_BYTES) == 0;
}
