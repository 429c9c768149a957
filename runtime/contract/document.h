/* The JSON that people review: contracts, templates, shared schemas, the policy, writ.json. */
#ifndef WRIT_CONTRACT_DOCUMENT_H
#define WRIT_CONTRACT_DOCUMENT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/report.h"
#include "contract/source_tree.h"

enum document_kind {
  DOCUMENT_CONTRACT,
  DOCUMENT_TEMPLATE,
  DOCUMENT_SCHEMA,
  DOCUMENT_POLICY,
  DOCUMENT_CONFIG /* writ.json */
};

struct document {
  const char *path; /* below contracts/: "users/update_profile.json"; or "writ.json" */
  enum document_kind kind;
  struct source source;
  const struct json *root; /* NULL: it is no JSON, or could not be read, which has been reported */
};

struct document_list {
  struct document *items; /* sorted by path */
  size_t count;
};

/* Parses one whose path and source are set. */
void document_parse(struct arena *arena, struct document *document, struct report *report);

/* Parses all below contracts/; findings go to the report, everything lies in the arena. */
void document_list_read(const struct source_tree *sources, struct arena *arena,
                        struct document_list *list, struct report *report);

/* NULL if there is none. */
const struct document *document_find(const struct document_list *list, struct text path);

/* What `$ref` may reach: defs/ only, so that nothing else changes what a contract means. A
 * schema_loader. */
const struct json *document_schema(void *list, struct text path, const struct source **source);

#endif
