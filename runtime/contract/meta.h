/* Holding files against the description of the language: contract.schema.json,
 * policy.schema.json and writ.schema.json, all embedded in the binary. Everything about structure
 * is found here; what the words mean together is for contract_read.h. */
#ifndef WRIT_CONTRACT_META_H
#define WRIT_CONTRACT_META_H

#include "base/arena.h"
#include "base/report.h"
#include "contract/document.h"
#include "schema/schema.h"

struct meta_schema {
  const struct json *root;  /* of its file */
  const struct json *start; /* the schema within it */
  const struct schema *compiled;
};

struct meta {
  struct meta_schema of[DOCUMENT_CONFIG + 1]; /* by kind; DOCUMENT_SCHEMA has none */
};

/* Compiles them. */
void meta_init(struct meta *meta, struct schema_set *schemas, struct arena *arena,
               struct report *report);

/* Checks a document; what is wrong goes to the report. */
void meta_check(const struct meta *meta, const struct document *document, struct report *report);

#endif
