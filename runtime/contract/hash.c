/* The hash of a contract: of everything it is made of, so that the audit log can say which contract
 * a call ran under. A query counts where it is bound, so that none is forgotten. Shared schemas
 * count whole, whether referred to or not: a hash that changes too often is only a nuisance, one
 * that changes too seldom a lie. */
#include "base/memory.h"
#include "contract/load.h"

struct parts {
  struct crypto_hash_part *items;
  size_t count, capacity;
};

static void add(struct parts *parts, const void *data, size_t length)
{
  if (parts->count == parts->capacity) {
    parts->capacity = parts->capacity ? 2 * parts->capacity : 64;
    parts->items = memory_resize(parts->items, parts->capacity * sizeof *parts->items);
  }
  parts->items[parts->count++] = (struct crypto_hash_part){data, length};
}

static void add_text(struct parts *parts, struct text text)
{
  add(parts, text.data, text.length);
}

static void add_document(struct parts *parts, const struct document *document)
{
  add_text(parts, text_of(document->path));
  add_text(parts, document->source.text);
}

/* Makes the hash one of what it was and the parts, which are used up. */
static void fold(unsigned char hash[HASH_BYTES], struct parts *parts)
{
  add(parts, hash, HASH_BYTES);
  crypto_hash_parts(hash, TEXT("contract"), parts->items, parts->count);
  memory_free(parts->items);
}

void hash_query(unsigned char hash[HASH_BYTES], const struct query *query)
{
  struct parts parts = {0};
  add_text(&parts, text_of(query->name));
  add(&parts, &query->rows, sizeof query->rows);
  add(&parts, &query->rows_max, sizeof query->rows_max);
  for (size_t i = 0; i < query->optional_count; i++) add_text(&parts, query->optional[i]);
  add(&parts, "", 0); /* between the lists */
  for (size_t i = 0; i < query->json_count; i++) add_text(&parts, query->json[i]);
  add(&parts, "", 0);
  for (size_t i = 0; i < query->boolean_count; i++) add_text(&parts, query->boolean[i]);
  add(&parts, "", 0);
  for (size_t i = 0; i < query->choice_count; i++)
    for (size_t k = 0; k < query->choices[i].count; k++) {
      add_text(&parts, query->choices[i].parameter);
      add_text(&parts, query->choices[i].labels[k]);
      add_text(&parts, query->choices[i].fragments[k]);
    }
  add_text(&parts, query->sql);
  fold(hash, &parts);
}

void hash_shared(struct loading *loading)
{
  struct parts parts = {0};
  if (loading->policy.document) add_document(&parts, loading->policy.document);
  for (size_t i = 0; i < loading->documents.count; i++)
    if (loading->documents.items[i].kind == DOCUMENT_SCHEMA)
      add_document(&parts, &loading->documents.items[i]);
  fold(loading->shared_hash, &parts);
}

void hash_contract(const struct reading *reading)
{
  struct parts parts = {0};
  add_document(&parts, reading->document);
  for (size_t i = 0; i < reading->template_count; i++)
    add_document(&parts, reading->templates[i]->document);
  add(&parts, reading->loading->shared_hash, HASH_BYTES);
  fold(reading->contract->hash, &parts);
}
