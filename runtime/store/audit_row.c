/* Rows of writ_audit: their columns, and their hashes. Appending and verifying meet in one
 * function, audit_row_hash, over one struct: whatever a row holds is in its hash, with its type and
 * its length. */
#include "store/audit_row.h"

#include <inttypes.h>
#include <string.h>

static const char *const outcomes[] = {[AUDIT_OK] = "ok",
                                       [AUDIT_DENIED] = "denied",
                                       [AUDIT_FAILED] = "failed",
                                       [AUDIT_BREACH] = "breach"};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

void audit_parts_add(struct audit_parts *parts, const void *data, size_t length)
{
  parts->list[parts->count++] = (struct crypto_hash_part){data, length};
}

void audit_parts_add_text(struct audit_parts *parts, struct text text)
{
  audit_parts_add(parts, text.data, text.length);
}

void audit_parts_add_integer(struct audit_parts *parts, int64_t integer)
{
  unsigned char *bytes = parts->integers[parts->count];
  for (unsigned i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)integer >> (8 * i));
  audit_parts_add(parts, bytes, 8);
}

void audit_parts_hash(unsigned char out[HASH_BYTES], const unsigned char key[HASH_BYTES],
                      const struct audit_parts *parts)
{
  crypto_hash_parts(out, (struct text){(const char *)key, HASH_BYTES}, parts->list, parts->count);
}

/* Its type first: the text '7' and the integer 7 are different principals. */
static void add_id(struct audit_parts *parts, const struct json *id)
{
  audit_parts_add_text(parts, text_of(json_type_name(id->type)));
  if (id->type == JSON_INTEGER)
    audit_parts_add_integer(parts, id->integer);
  else
    audit_parts_add_text(parts, json_text(id));
}

void audit_row_hash(unsigned char out[HASH_BYTES], const unsigned char key[HASH_BYTES],
                    const unsigned char previous[HASH_BYTES], const struct audit_row *row)
{
  const struct audit_entry *entry = &row->entry;
  struct audit_parts parts = {.count = 0};
  audit_parts_add(&parts, previous, HASH_BYTES);
  audit_parts_add_integer(&parts, row->id);
  audit_parts_add_integer(&parts, entry->time_ms);
  audit_parts_add_text(&parts, entry->action);
  audit_parts_add_text(&parts, text_of(outcomes[entry->outcome]));
  audit_parts_add_text(&parts, entry->reason);
  audit_parts_add_text(&parts, entry->detail);
  add_id(&parts, &entry->principal_id);
  audit_parts_add_text(&parts, entry->handler);
  audit_parts_add(&parts, entry->contract_hash, HASH_BYTES);
  audit_parts_add(&parts, entry->handler_hash, HASH_BYTES);
  audit_parts_add_text(&parts, entry->resource);
  audit_parts_add_text(&parts, entry->input);
  audit_parts_add_text(&parts, entry->address);
  audit_parts_add_text(&parts, entry->request_id);
  audit_parts_add_integer(&parts, entry->duration_us);
  audit_parts_add_integer(&parts, entry->count);
  audit_parts_hash(out, key, &parts);
}

int audit_row_insert(struct connection *connection, const struct audit_row *row,
                     struct error *error)
{
  const struct audit_entry *entry = &row->entry;
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO writ_audit (" AUDIT_COLUMNS ") VALUES"
                      " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  host_statement_bind_integer(&statement, row->id);
  host_statement_bind_integer(&statement, entry->time_ms);
  host_statement_bind_text(&statement, entry->action);
  host_statement_bind_text(&statement, text_of(outcomes[entry->outcome]));
  host_statement_bind_text(&statement, entry->reason);
  host_statement_bind_text(&statement, entry->detail);
  host_statement_bind_id(&statement, &entry->principal_id);
  host_statement_bind_text(&statement, entry->handler);
  host_statement_bind_blob(&statement, entry->contract_hash, HASH_BYTES);
  host_statement_bind_blob(&statement, entry->handler_hash, HASH_BYTES);
  host_statement_bind_text(&statement, entry->resource);
  host_statement_bind_text(&statement, entry->input);
  host_statement_bind_text(&statement, entry->address);
  host_statement_bind_text(&statement, entry->request_id);
  host_statement_bind_integer(&statement, entry->duration_us);
  host_statement_bind_integer(&statement, entry->count);
  host_statement_bind_blob(&statement, row->hash, HASH_BYTES);
  return host_statement_finish(&statement, "append to the audit log", error);
}

static bool read_outcome(struct host_statement *statement, int column, enum audit_outcome *outcome)
{
  struct text text;
  if (!host_statement_text(statement, column, &text)) return false;
  for (unsigned i = 0; i < OUTCOMES; i++) {
    if (!text_is(text, outcomes[i])) continue;
    *outcome = (enum audit_outcome)i;
    return true;
  }
  return false;
}

bool audit_row_read(struct host_statement *statement, struct audit_row *row)
{
  struct audit_entry *entry = &row->entry;
  return host_statement_integer(statement, 0, &row->id) &&
         host_statement_integer(statement, 1, &entry->time_ms) &&
         host_statement_text(statement, 2, &entry->action) &&
         read_outcome(statement, 3, &entry->outcome) &&
         host_statement_text(statement, 4, &entry->reason) &&
         host_statement_text(statement, 5, &entry->detail) &&
         host_statement_id(statement, 6, &entry->principal_id) &&
         host_statement_text(statement, 7, &entry->handler) &&
         host_statement_blob(statement, 8, entry->contract_hash, HASH_BYTES) &&
         host_statement_blob(statement, 9, entry->handler_hash, HASH_BYTES) &&
         host_statement_text(statement, 10, &entry->resource) &&
         host_statement_text(statement, 11, &entry->input) &&
         host_statement_text(statement, 12, &entry->address) &&
         host_statement_text(statement, 13, &entry->request_id) &&
         host_statement_integer(statement, 14, &entry->duration_us) &&
         host_statement_integer(statement, 15, &entry->count) &&
         host_statement_blob(statement, 16, row->hash, HASH_BYTES);
}

int audit_row_verify(struct host_statement *statement, const unsigned char key[HASH_BYTES],
                     struct audit_head *head, struct audit_row *row, struct error *error)
{
  unsigned char expected[HASH_BYTES];
  int64_t next = head->id + 1;
  if (!audit_row_read(statement, row))
    return error_set(error, "audit row %" PRId64 " is damaged: a column is not what Writ writes",
                     next);
  if (row->id != next)
    return error_set(error, "audit row %" PRId64 " is missing: row %" PRId64 " stands in its place",
                     next, row->id);
  audit_row_hash(expected, key, head->hash, row);
  if (!crypto_equal(expected, row->hash, HASH_BYTES))
    return error_set(error,
                     "audit row %" PRId64
                     " does not follow from the row before it: one of them was "
                     "changed, or the key is another",
                     next);
  head->id = row->id;
  memcpy(head->hash, row->hash, HASH_BYTES);
  return 0;
}

const char *audit_outcome_name(enum audit_outcome outcome)
{
  return (unsigned)outcome < OUTCOMES ? outcomes[outcome] : NULL;
}
