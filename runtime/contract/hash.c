/* The hash of a contract: of everything it is made of, so that the audit log can say which contract
 * a call ran under. Shared schemas count whole, whether referred to or not: a hash that changes too
 * often is only a nuisance, one that changes too seldom a lie. */
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

static void add_query(struct parts *parts, const struct query *query)
{
  if (!query) return;
  add_text(parts, text_of(query->name));
  add(parts, &query->rows, sizeof query->rows);
  add(parts, &query->rows_max, sizeof query->rows_max);
  for (size_t i = 0; i < query->optional_count; i++) add_text(parts, query->optional[i]);
  add(parts, "", 0); /* between the lists */
  for (size_t i = 0; i < query->json_count; i++) add_text(parts, query->json[i]);
  add(parts, "", 0);
  for (size_t i = 0; i < query->boolean_count; i++) add_text(parts, query->boolean[i]);
  add(parts, "", 0);
  for (size_t i = 0; i < query->choice_count; i++)
    for (size_t k = 0; k < query->choices[i].count; k++) {
      add_text(parts, query->choices[i].parameter);
      add_text(parts, query->choices[i].labels[k]);
      add_text(parts, query->choices[i].fragments[k]);
    }
  add_text(parts, query->sql);
}

static void add_queries(struct parts *parts, const struct contract *contract)
{
  add_query(parts, contract->credentials.use.query);
  add_query(parts, contract->reauth.use.query);
  for (size_t i = 0; i < contract->use_count; i++) add_query(parts, contract->uses[i].query);
  for (size_t i = 0; i < contract->owns_count; i++) add_query(parts, contract->owns[i].use.query);
  for (size_t i = 0; i < contract->rule_count; i++) add_query(parts, contract->rules[i].use.query);
  for (size_t i = 0; i < contract->hold_count; i++) add_query(parts, contract->holds[i].use.query);
}

void hash_contract(const struct reading *reading)
{
  const struct loading *loading = reading->loading;
  struct contract *contract = reading->contract;
  struct parts parts = {0};
  add_document(&parts, reading->document);
  for (size_t i = 0; i < reading->template_count; i++)
    add_document(&parts, reading->templates[i]->document);
  if (loading->policy.document) add_document(&parts, loading->policy.document);
  add_query(&parts, loading->policy.principal_query);
  for (size_t i = 0; i < loading->documents.count; i++)
    if (loading->documents.items[i].kind == DOCUMENT_SCHEMA)
      add_document(&parts, &loading->documents.items[i]);
  add_queries(&parts, contract);
  crypto_hash_parts(contract->hash, TEXT("contract"), parts.items, parts.count);
  memory_free(parts.items);
}
