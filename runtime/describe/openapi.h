/* An OpenAPI 3.1 document of everything a generation's contracts offer.
 *
 * It is made of what was loaded, so it says what the host enforces: schemas are closed where the
 * host closes them, a status stands in it if and only if this contract can end in it, under the
 * number that policy and contract gave it. The order is that of the files, so a change of one
 * contract changes one place of the document.
 *
 * - openapi.c: the document
 * - openapi_operation.c: one contract
 * - openapi_input.c: its input, as parameters and body
 * - openapi_response.c: its replies
 * - openapi_refusals.c: which refusals are among them
 * - openapi_schema.c: schemas, as they stand in the document, and the components they refer to */
#ifndef WRIT_DESCRIBE_OPENAPI_H
#define WRIT_DESCRIBE_OPENAPI_H

#include "base/text.h"

struct generation;
struct report;

/* Where a server offers the document. */
#define OPENAPI_PATH "/openapi.json"

enum { OPENAPI_SIGNERS_MAX = 16, OPENAPI_ISSUERS_MAX = 16 };

/* What contracts do not say, from writ.json. */
struct openapi_info {
  struct text title, version;
  struct text description; /* empty: none */
  struct text server;      /* URL */
  struct text cookie;      /* name of the session's cookie */
  struct openapi_signer {  /* a sender of webhooks */
    struct text name;
    const char *header; /* that has its signature */
  } signers[OPENAPI_SIGNERS_MAX];
  size_t signer_count;
  struct text issuers[OPENAPI_ISSUERS_MAX]; /* of JSON Web Tokens */
  size_t issuer_count;
};

/* Appends the document, indented and with a line feed at its end. */
void openapi_write(struct buffer *out, const struct generation *generation,
                   const struct openapi_info *info);

/* Reports a contract that has the document's own path. */
void openapi_check_route(const struct generation *generation, struct report *report);

#endif
