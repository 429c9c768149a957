#include "process/openapi_part.h"

#include <sys/stat.h>

#include "base/memory.h"
#include "describe/openapi.h"

static const char document_part[] = "openapi/document", key_part[] = "openapi/key";

struct parts {
  struct crypto_hash_part *items;
  size_t count;
};

static void add(struct parts *parts, struct text text)
{
  parts->items[parts->count++] = (struct crypto_hash_part){text.data, text.length};
}

static void add_info(struct parts *parts, const struct openapi_info *info)
{
  add(parts, info->title);
  add(parts, info->version);
  add(parts, info->description);
  add(parts, info->server);
  add(parts, info->cookie);
  for (size_t i = 0; i < info->signer_count; i++) {
    add(parts, info->signers[i].name);
    add(parts, text_of(info->signers[i].header));
  }
  add(parts, (struct text){"", 0}); /* between the lists */
  for (size_t i = 0; i < info->issuer_count; i++) add(parts, info->issuers[i]);
}

/* Which program writes it: another one may have other words. False if that cannot be told. */
static bool add_program(struct parts *parts, struct stat *status)
{
  if (stat("/proc/self/exe", status)) return false;
  add(parts, (struct text){(const char *)&status->st_dev, sizeof status->st_dev});
  add(parts, (struct text){(const char *)&status->st_ino, sizeof status->st_ino});
  add(parts, (struct text){(const char *)&status->st_size, sizeof status->st_size});
  add(parts, (struct text){(const char *)&status->st_mtim, sizeof status->st_mtim});
  return true;
}

/* Of all that the document is made of. A contract's hash counts everything of it, but not its
 * name. */
static bool make_key(const struct generation *generation, const struct openapi_info *info,
                     unsigned char key[HASH_BYTES])
{
  enum { OTHERS = 16 + 2 * OPENAPI_SIGNERS_MAX + OPENAPI_ISSUERS_MAX };
  struct stat program;
  struct parts parts = {
      .items = memory_new_array(2 * generation->contract_count + OTHERS, sizeof *parts.items)};
  bool known = add_program(&parts, &program);
  add_info(&parts, info);
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    add(&parts, text_of(contract->name));
    add(&parts, (struct text){(const char *)contract->hash, HASH_BYTES});
  }
  crypto_hash_parts(key, TEXT("openapi"), parts.items, parts.count);
  memory_free(parts.items);
  return known;
}

static bool find_former(const struct bundle *before, struct text key, struct text *document)
{
  struct text former;
  return before && bundle_find(before, key_part, &former) && text_equal(former, key) &&
         bundle_find(before, document_part, document);
}

void openapi_pack(const struct config *config, const struct generation *generation,
                  const struct bundle *before, struct bundle_writer *writer)
{
  unsigned char key[HASH_BYTES];
  struct text document, key_text = {(const char *)key, HASH_BYTES};
  struct openapi_info info = config_openapi(config);
  if (!config->openapi) return;
  bool known = make_key(generation, &info, key);
  if (known) bundle_add_copy(writer, key_part, key_text);
  if (known && find_former(before, key_text, &document)) {
    bundle_add(writer, document_part, document);
    return;
  }
  struct buffer written = {0};
  openapi_write(&written, generation, &info);
  bundle_add_copy(writer, document_part, buffer_text(&written));
  buffer_deinit(&written);
}

struct text openapi_unpack(const struct bundle *bundle)
{
  struct text document;
  return bundle_find(bundle, document_part, &document) ? document : TEXT("");
}
