/* The audit log: rows of writ_audit, chained by keyed hashes.
 *
 * The chain's head is read from the table inside the transaction, so a rollback, of a savepoint or
 * of everything, leaves nothing to put right. Rows are numbered from 1 without a gap; the first one
 * hashes 32 zero bytes as its predecessor. Where the oldest were pruned, store/audit_base.c says
 * where it begins.
 *
 * What the chain cannot tell by itself is that its newest rows were cut off: compare it with a head
 * that was kept elsewhere. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/audit_base.h"
#include "store/audit_row.h"

/* --- Appending --- */

int audit_read_head(struct connection *connection, struct audit_head *head, struct error *error)
{
  *head = (struct audit_head){.id = 0};
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT id, hash FROM writ_audit ORDER BY id DESC LIMIT 1");
  bool damaged = host_statement_step(&statement) &&
                 (!host_statement_integer(&statement, 0, &head->id) || head->id < 1 ||
                  !host_statement_blob(&statement, 1, head->hash, HASH_BYTES));
  if (host_statement_close(&statement, "read the audit log", error) < 0) return -1;
  if (damaged) return error_set(error, "the last row of the audit log is damaged");
  return 0;
}

int audit_append(struct connection *connection, const unsigned char key[HASH_BYTES],
                 const struct audit_entry *entry, struct error *error)
{
  struct audit_head head;
  struct audit_row row = {.entry = *entry};
  if (!audit_outcome_name(entry->outcome))
    return error_set(error, "cannot append to the audit log: unknown outcome");
  if (audit_read_head(connection, &head, error) < 0) return -1;
  if (__builtin_add_overflow(head.id, 1, &row.id))
    return error_set(error, "cannot append to the audit log: it is full");
  audit_row_hash(row.hash, key, head.hash, &row);
  return audit_row_insert(connection, &row, error);
}

struct audit_entry audit_host_entry(int64_t now_ms, struct text action, struct text detail,
                                    struct text resource)
{
  return (struct audit_entry){.time_ms = now_ms,
                              .action = action,
                              .outcome = AUDIT_OK,
                              .detail = detail,
                              .principal_id = json_null(),
                              .resource = resource,
                              .count = 1};
}

void audit_host_user(char out[AUDIT_USER_CHARS])
{
  unsigned id = (unsigned)getuid();
  const struct passwd *user = getpwuid(getuid());
  snprintf(out, AUDIT_USER_CHARS, "%.40s (user %u)", user ? user->pw_name : "nobody known", id);
}

/* --- Verifying --- */

static int cut_off(int64_t last, int64_t missing, const char *since, struct error *error)
{
  return error_set(error,
                   "the audit log ends with row %" PRId64 ", and had %" PRId64
                   " when %s: its newest rows were cut off",
                   last, missing, since);
}

/* At the head: whether it is as the checkpoint says. */
static int compare(const struct audit_head *kept, const struct audit_head *head,
                   struct error *error)
{
  if (kept == NULL || kept->id != head->id || crypto_equal(kept->hash, head->hash, HASH_BYTES))
    return 0;
  return error_set(error,
                   "audit row %" PRId64
                   " is another than when the checkpoint was made: the log was written anew",
                   kept->id);
}

/* Before the first row. */
static int verify_base(struct connection *connection, const unsigned char key[HASH_BYTES],
                       const struct audit_head *kept, struct audit_chain *chain,
                       struct error *error)
{
  if (audit_base_read(connection, key, &chain->base, error) < 0) return -1;
  chain->head = chain->base.last;
  return compare(kept, &chain->head, error);
}

static int verify_rows(struct connection *connection, const unsigned char key[HASH_BYTES],
                       const struct audit_head *kept, struct audit_chain *chain,
                       struct error *error)
{
  struct host_statement statement;
  struct audit_row row;
  int result = 0;
  host_statement_open(&statement, connection,
                      "SELECT " AUDIT_COLUMNS " FROM writ_audit ORDER BY id");
  while (result == 0 && host_statement_step(&statement)) {
    result = audit_row_verify(&statement, key, &chain->head, &row, error);
    if (result == 0) result = audit_base_verify_row(&chain->base, &row, error);
    if (result == 0) result = compare(kept, &chain->head, error);
  }
  if (host_statement_close(&statement, "read the audit log", error) < 0) result = -1;
  return result;
}

static int verify(struct connection *connection, const unsigned char key[HASH_BYTES],
                  const struct audit_head *kept, struct audit_chain *chain, struct error *error)
{
  const struct audit_head *head = &chain->head;
  if (verify_base(connection, key, kept, chain, error) < 0 ||
      verify_rows(connection, key, kept, chain, error) < 0)
    return -1;
  if (head->id < chain->base.told_by)
    return cut_off(head->id, chain->base.told_by, "it was pruned", error);
  if (kept != NULL && kept->id > head->id)
    return cut_off(head->id, kept->id, "the checkpoint was made", error);
  if (kept != NULL && kept->id < chain->base.last.id)
    return error_set(error,
                     "the log is intact, but the checkpoint is of row %" PRId64
                     ", and the rows up to %" PRId64 " were pruned since: compare with a newer one",
                     kept->id, chain->base.last.id);
  return 0;
}

int audit_verify(struct connection *connection, const unsigned char key[HASH_BYTES],
                 const struct audit_head *kept, struct audit_chain *chain, struct error *error)
{
  bool own = !connection_in_transaction(connection);
  *chain = (struct audit_chain){.head.id = 0};
  if (own && connection_begin_read(connection, error) < 0) return -1;
  int result = verify(connection, key, kept, chain, error);
  if (own) connection_end_read(connection);
  return result;
}

/* --- Listing --- */

static void bind_filter(struct host_statement *statement, struct text text)
{
  struct json value = text.length ? json_string(text) : json_null();
  host_statement_bind_id(statement, &value);
}

int audit_list(struct connection *connection, const struct audit_filter *filter,
               audit_visitor visit, void *context, struct error *error)
{
  struct host_statement statement;
  bool damaged = false;
  host_statement_open(&statement, connection,
                      "SELECT " AUDIT_COLUMNS " FROM writ_audit"
                      " WHERE (?1 IS NULL OR CAST(principal_id AS TEXT) = ?1)"
                      " AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR outcome = ?3)"
                      " AND (?4 IS NULL OR reason = ?4) AND (?5 IS NULL OR handler = ?5)"
                      " AND (?6 IS NULL OR address = ?6)"
                      " AND (?7 IS NULL OR instr(resource, ?7) > 0)"
                      " AND time_ms >= ?8 AND time_ms < ?9 ORDER BY id DESC LIMIT ?10");
  const struct text texts[] = {filter->principal, filter->action,  filter->outcome, filter->reason,
                               filter->handler,   filter->address, filter->resource};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) bind_filter(&statement, texts[i]);
  host_statement_bind_integer(&statement, filter->since_ms);
  host_statement_bind_integer(&statement, filter->until_ms ? filter->until_ms : INT64_MAX);
  host_statement_bind_integer(&statement, filter->limit ? filter->limit : INT64_MAX);
  while (!damaged && host_statement_step(&statement)) {
    struct audit_row row;
    damaged = !audit_row_read(&statement, &row);
    if (!damaged) visit(context, row.id, &row.entry);
  }
  if (host_statement_close(&statement, "read the audit log", error) < 0) return -1;
  if (damaged) return error_set(error, "a row of the audit log is damaged; see writ audit verify");
  return 0;
}

int audit_is_empty(struct connection *connection, bool *empty, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection, "SELECT 1 FROM writ_audit LIMIT 1");
  *empty = !host_statement_step(&statement);
  return host_statement_close(&statement, "read the audit log", error);
}
