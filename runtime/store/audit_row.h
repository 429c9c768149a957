/* A row of the audit log as the files of the log share it, and nobody else sees it. */
#ifndef WRIT_STORE_AUDIT_ROW_H
#define WRIT_STORE_AUDIT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "store/audit.h"
#include "store/host_statement.h"

#define AUDIT_COLUMNS                                                                              \
  "id, time_ms, action, outcome, reason, detail, principal_id, handler, contract_hash,"            \
  " handler_hash, resource, input, address, request_id, duration_us, count, hash"

struct audit_row {
  int64_t id;
  struct audit_entry entry;
  unsigned char hash[HASH_BYTES];
};

/* The keyed hash of `row`, whose predecessor's hash is `previous`. */
void audit_row_hash(unsigned char out[HASH_BYTES], const unsigned char key[HASH_BYTES],
                    const unsigned char previous[HASH_BYTES], const struct audit_row *row);

int audit_row_insert(struct connection *connection, const struct audit_row *row,
                     struct error *error);

/* The present row of a SELECT of AUDIT_COLUMNS, whose texts last until the next step; false if a
 * column is not what Writ writes. */
bool audit_row_read(struct host_statement *statement, struct audit_row *row);

/* Whether that row follows the head; if so, it becomes the head. *row is what was read. */
int audit_row_verify(struct host_statement *statement, const unsigned char key[HASH_BYTES],
                     struct audit_head *head, struct audit_row *row, struct error *error);

/* What is hashed, part by part: each with its length. */
enum { AUDIT_PARTS_MAX = 24 };
struct audit_parts {
  struct crypto_hash_part list[AUDIT_PARTS_MAX];
  size_t count;
  unsigned char integers[AUDIT_PARTS_MAX][8];
};
void audit_parts_add(struct audit_parts *parts, const void *data, size_t length);
void audit_parts_add_text(struct audit_parts *parts, struct text text);
void audit_parts_add_integer(struct audit_parts *parts, int64_t integer);
void audit_parts_hash(unsigned char out[HASH_BYTES], const unsigned char key[HASH_BYTES],
                      const struct audit_parts *parts);

#endif
