/* Pruning: the oldest rows go, and the chain stays provable.
 *
 * What verifying needs of the rows that went is the last one's hash. It stands in writ_audit_base,
 * under a keyed hash, so that nobody without the key makes or moves a base. A base that was made
 * elsewhere, of a copy, or earlier, must not do either: so the base and the row that tells of it
 * point at each other, and no later row tells of pruning. Whoever takes the base away leaves a log
 * that does not begin with row 1. */
#include "store/audit_base.h"

#include <inttypes.h>
#include <stdio.h>

/* Rows of one transaction: the others on the database wait for it. */
enum { BATCH_ROWS = 1000, RESOURCE_CHARS = 40 };

static const char action[] = "audit_pruned";

static struct text resource_of(int64_t last, char out[RESOURCE_CHARS])
{
  snprintf(out, RESOURCE_CHARS, "{\"up_to\":%" PRId64 "}", last);
  return text_of(out);
}

/* --- The base --- */

static void base_mac(unsigned char mac[HASH_BYTES], const struct audit_base *base,
                     const unsigned char key[HASH_BYTES])
{
  struct audit_parts parts = {.count = 0};
  audit_parts_add_text(&parts, TEXT("audit_base"));
  audit_parts_add_integer(&parts, base->last.id);
  audit_parts_add(&parts, base->last.hash, HASH_BYTES);
  audit_parts_add_integer(&parts, base->pruned_ms);
  audit_parts_add_integer(&parts, base->told_by);
  audit_parts_hash(mac, key, &parts);
}

static bool read_columns(struct host_statement *row, struct audit_base *base,
                         unsigned char mac[HASH_BYTES])
{
  return host_statement_integer(row, 0, &base->last.id) &&
         host_statement_blob(row, 1, base->last.hash, HASH_BYTES) &&
         host_statement_integer(row, 2, &base->pruned_ms) &&
         host_statement_integer(row, 3, &base->told_by) &&
         host_statement_blob(row, 4, mac, HASH_BYTES);
}

int audit_base_read(struct connection *connection, const unsigned char key[HASH_BYTES],
                    struct audit_base *base, struct error *error)
{
  unsigned char mac[HASH_BYTES], expected[HASH_BYTES];
  struct host_statement statement;
  *base = (struct audit_base){.told_by = 0};
  host_statement_open(&statement, connection,
                      "SELECT id, hash, pruned_ms, told_by, mac FROM writ_audit_base");
  bool found = host_statement_step(&statement);
  bool whole = found && read_columns(&statement, base, mac);
  if (host_statement_close(&statement, "read where the audit log begins", error) < 0) return -1;
  if (!found) return 0;
  base_mac(expected, base, key);
  if (whole && crypto_equal(expected, mac, HASH_BYTES)) return 0;
  *base = (struct audit_base){.told_by = 0};
  return error_set(error, "where the audit log begins (writ_audit_base) was changed since it was "
                          "pruned, or the key is another");
}

static int write_base(struct connection *connection, const struct audit_base *base,
                      const unsigned char key[HASH_BYTES], struct error *error)
{
  unsigned char mac[HASH_BYTES];
  struct host_statement statement;
  base_mac(mac, base, key);
  host_statement_open(&statement, connection,
                      "INSERT INTO writ_audit_base VALUES (1, ?1, ?2, ?3, ?4, ?5)"
                      " ON CONFLICT (one) DO UPDATE SET id = ?1, hash = ?2, pruned_ms = ?3,"
                      " told_by = ?4, mac = ?5");
  host_statement_bind_integer(&statement, base->last.id);
  host_statement_bind_blob(&statement, base->last.hash, HASH_BYTES);
  host_statement_bind_integer(&statement, base->pruned_ms);
  host_statement_bind_integer(&statement, base->told_by);
  host_statement_bind_blob(&statement, mac, HASH_BYTES);
  return host_statement_finish(&statement, "write where the audit log begins", error);
}

int audit_base_verify_row(const struct audit_base *base, const struct audit_row *row,
                          struct error *error)
{
  char resource[RESOURCE_CHARS];
  bool tells = row->entry.handler.length == 0 && text_is(row->entry.action, action);
  if (row->id < base->told_by || (!tells && row->id > base->told_by)) return 0;
  if (row->id > base->told_by)
    return error_set(error,
                     "audit row %" PRId64 " tells of pruning (%.*s), but the log begins after row "
                     "%" PRId64 ": what had been pruned was put back",
                     row->id, TEXT_ARGS(row->entry.resource), base->last.id);
  if (tells && text_equal(row->entry.resource, resource_of(base->last.id, resource))) return 0;
  return error_set(error,
                   "the audit rows up to %" PRId64 " are missing, and row %" PRId64
                   " does not tell that they were pruned",
                   base->last.id, row->id);
}

/* --- Pruning --- */

/* The row before the first that is to stay. */
static int find_last(struct connection *connection, int64_t before_ms, int64_t *last,
                     struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT coalesce((SELECT id - 1 FROM writ_audit WHERE time_ms >= ?1"
                      " ORDER BY id LIMIT 1), (SELECT max(id) FROM writ_audit), 0)");
  host_statement_bind_integer(&statement, before_ms);
  bool found = host_statement_step(&statement) && host_statement_integer(&statement, 0, last);
  if (host_statement_close(&statement, "look for the rows to prune", error) < 0) return -1;
  return found ? 0 : error_set(error, "cannot look for the rows to prune");
}

/* Goes from the head as far as `last`, and at most so many rows. */
static int pass_rows(struct connection *connection, const unsigned char key[HASH_BYTES],
                     int64_t last, struct audit_head *head, struct error *error)
{
  struct host_statement statement;
  struct audit_row row;
  int result = 0;
  host_statement_open(&statement, connection,
                      "SELECT " AUDIT_COLUMNS " FROM writ_audit WHERE id <= ?1"
                      " ORDER BY id LIMIT ?2");
  host_statement_bind_integer(&statement, last);
  host_statement_bind_integer(&statement, BATCH_ROWS);
  while (result == 0 && host_statement_step(&statement))
    result = audit_row_verify(&statement, key, head, &row, error);
  if (host_statement_close(&statement, "read the audit log", error) < 0) result = -1;
  return result;
}

static int tell(struct connection *connection, const unsigned char key[HASH_BYTES], int64_t rows,
                struct audit_base *base, struct error *error)
{
  char resource[RESOURCE_CHARS], user[AUDIT_USER_CHARS], detail[200];
  struct audit_head head;
  audit_host_user(user);
  snprintf(detail, sizeof detail, "%" PRId64 " rows, up to row %" PRId64 "; by %s", rows,
           base->last.id, user);
  struct audit_entry entry = audit_host_entry(base->pruned_ms, text_of(action), text_of(detail),
                                              resource_of(base->last.id, resource));
  if (audit_append(connection, key, &entry, error) < 0 ||
      audit_read_head(connection, &head, error) < 0)
    return -1;
  base->told_by = head.id;
  return 0;
}

static int delete_rows(struct connection *connection, int64_t last, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection, "DELETE FROM writ_audit WHERE id <= ?1");
  host_statement_bind_integer(&statement, last);
  return host_statement_finish(&statement, "prune the audit log", error);
}

/* Within a transaction. *rows: how many; 0: there are none left to prune. */
static int prune_some(struct connection *connection, const unsigned char key[HASH_BYTES],
                      int64_t last, int64_t now_ms, int64_t *rows, struct error *error)
{
  struct audit_base base;
  if (audit_base_read(connection, key, &base, error) < 0) return -1;
  int64_t first = base.last.id;
  if (pass_rows(connection, key, last, &base.last, error) < 0) return -1;
  *rows = base.last.id - first;
  if (*rows == 0) return 0;
  base.pruned_ms = now_ms;
  if (tell(connection, key, *rows, &base, error) < 0 ||
      write_base(connection, &base, key, error) < 0)
    return -1;
  return delete_rows(connection, base.last.id, error);
}

int audit_prune(struct store *store, const unsigned char key[HASH_BYTES], int64_t before_ms,
                int64_t now_ms, int64_t *pruned, struct error *error)
{
  struct connection *writer = store_writer(store);
  struct audit_chain chain;
  int64_t last, rows = 0;
  *pruned = 0;
  if (audit_verify(store_reader(store), key, NULL, &chain, error) < 0 ||
      find_last(store_reader(store), before_ms, &last, error) < 0)
    return -1;
  do {
    if (connection_begin_write(writer, error) < 0) return -1;
    int result = prune_some(writer, key, last, now_ms, &rows, error);
    if (connection_end_write(writer, result, error) < 0) return -1;
    *pruned += rows;
  } while (rows > 0);
  return 0;
}
