/* The audit log: rows of writ_audit, chained by keyed hashes.
 *
 * Appending and verifying meet in one function, hash_row, over one struct: whatever a row holds is
 * in its hash, with its type and its length. The chain's head is read from the table inside the
 * transaction, so a rollback, of a savepoint or of everything, leaves nothing to put right. Rows
 * are numbered from 1 without a gap; the first one hashes 32 zero bytes as its predecessor.
 *
 * What the chain cannot tell by itself is that its newest rows were cut off: compare it with a head
 * that was kept elsewhere. */
#include "store/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "store/host_statement.h"

#define COLUMNS                                                                                    \
  "id, time_ms, action, outcome, reason, detail, principal_id, handler, contract_hash,"            \
  " handler_hash, resource, input, address, request_id, duration_us, count, hash"

static const char *const outcomes[] = {[AUDIT_OK] = "ok",
                                       [AUDIT_DENIED] = "denied",
                                       [AUDIT_FAILED] = "failed",
                                       [AUDIT_BREACH] = "breach"};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

struct row {
  int64_t id;
  struct audit_entry entry;
  unsigned char hash[HASH_BYTES];
};

/* --- The hash of a row --- */

enum { PARTS_MAX = 24 };

struct parts {
  struct crypto_hash_part list[PARTS_MAX];
  size_t count;
  unsigned char integers[PARTS_MAX][8];
};

static void add(struct parts *parts, const void *data, size_t length)
{
  parts->list[parts->count++] = (struct crypto_hash_part){data, length};
}

static void add_text(struct parts *parts, struct text text)
{
  add(parts, text.data, text.length);
}

static void add_integer(struct parts *parts, int64_t integer)
{
  unsigned char *bytes = parts->integers[parts->count];
  for (unsigned i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)integer >> (8 * i));
  add(parts, bytes, 8);
}

/* Its type first: the text '7' and the integer 7 are different principals. */
static void add_id(struct parts *parts, const struct json *id)
{
  add_text(parts, text_of(json_type_name(id->type)));
  if (id->type == JSON_INTEGER)
    add_integer(parts, id->integer);
  else
    add_text(parts, json_text(id));
}

static void hash_row(unsigned char out[HASH_BYTES], const unsigned char key[HASH_BYTES],
                     const unsigned char previous[HASH_BYTES], const struct row *row)
{
  const struct audit_entry *entry = &row->entry;
  struct parts parts = {.count = 0};
  add(&parts, previous, HASH_BYTES);
  add_integer(&parts, row->id);
  add_integer(&parts, entry->time_ms);
  add_text(&parts, entry->action);
  add_text(&parts, text_of(outcomes[entry->outcome]));
  add_text(&parts, entry->reason);
  add_text(&parts, entry->detail);
  add_id(&parts, &entry->principal_id);
  add_text(&parts, entry->handler);
  add(&parts, entry->contract_hash, HASH_BYTES);
  add(&parts, entry->handler_hash, HASH_BYTES);
  add_text(&parts, entry->resource);
  add_text(&parts, entry->input);
  add_text(&parts, entry->address);
  add_text(&parts, entry->request_id);
  add_integer(&parts, entry->duration_us);
  add_integer(&parts, entry->count);
  crypto_hash_parts(out, (struct text){(const char *)key, HASH_BYTES}, parts.list, parts.count);
}

/* --- Appending --- */

static int read_head(struct connection *connection, struct audit_head *head, struct error *error)
{
  *head = (struct audit_head){.id = 0};
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT id, hash FROM writ_audit ORDER BY id DESC LIMIT 1");
  bool damaged = host_statement_step(&statement) &&
                 (!host_statement_integer(&statement, 0, &head->id) || head->id < 1 ||
                  !host_statement_blob(&statement, 1, head->hash, HASH_BYTES));
  if (host_statement_close(&statement, "read the audit log", error) < 0) return -1;
  if (damaged) return error_set(error, "cannot append to the audit log: its last row is damaged");
  return 0;
}

static int insert(struct connection *connection, const struct row *row, struct error *error)
{
  const struct audit_entry *entry = &row->entry;
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO writ_audit (" COLUMNS ") VALUES"
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

int audit_append(struct connection *connection, const unsigned char key[HASH_BYTES],
                 const struct audit_entry *entry, struct error *error)
{
  struct audit_head head;
  struct row row = {.entry = *entry};
  if ((unsigned)entry->outcome >= OUTCOMES)
    return error_set(error, "cannot append to the audit log: unknown outcome");
  if (read_head(connection, &head, error) < 0) return -1;
  if (__builtin_add_overflow(head.id, 1, &row.id))
    return error_set(error, "cannot append to the audit log: it is full");
  hash_row(row.hash, key, head.hash, &row);
  return insert(connection, &row, error);
}

/* --- Verifying --- */

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

/* The present row, whose texts last until the next step; false if a column is not what Writ writes.
 */
static bool read_row(struct host_statement *statement, struct row *row)
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

/* Whether the present row follows the head; if so, it becomes the head. */
static int verify_row(struct host_statement *statement, const unsigned char key[HASH_BYTES],
                      struct audit_head *head, struct error *error)
{
  struct row row;
  unsigned char expected[HASH_BYTES];
  int64_t next = head->id + 1;
  if (!read_row(statement, &row))
    return error_set(error, "audit row %" PRId64 " is damaged: a column is not what Writ writes",
                     next);
  if (row.id != next)
    return error_set(error, "audit row %" PRId64 " is missing: row %" PRId64 " stands in its place",
                     next, row.id);
  hash_row(expected, key, head->hash, &row);
  if (!crypto_equal(expected, row.hash, HASH_BYTES))
    return error_set(error,
                     "audit row %" PRId64
                     " does not follow from the row before it: one of them was "
                     "changed, or the key is another",
                     next);
  head->id = row.id;
  memcpy(head->hash, row.hash, HASH_BYTES);
  return 0;
}

static int differs(const struct audit_head *kept, struct error *error)
{
  return error_set(error,
                   "audit row %" PRId64
                   " is another than when the checkpoint was made: the log was written anew",
                   kept->id);
}

int audit_verify(struct connection *connection, const unsigned char key[HASH_BYTES],
                 const struct audit_head *kept, struct audit_head *head, struct error *error)
{
  struct host_statement statement;
  int result = 0;
  *head = (struct audit_head){.id = 0};
  host_statement_open(&statement, connection, "SELECT " COLUMNS " FROM writ_audit ORDER BY id");
  while (result == 0 && host_statement_step(&statement)) {
    result = verify_row(&statement, key, head, error);
    if (result == 0 && kept && kept->id == head->id &&
        !crypto_equal(kept->hash, head->hash, HASH_BYTES))
      result = differs(kept, error);
  }
  if (host_statement_close(&statement, "read the audit log", error) < 0) result = -1;
  if (result == 0 && kept && kept->id > head->id)
    result = error_set(error,
                       "the audit log ends with row %" PRId64 ", and had %" PRId64
                       " when the checkpoint was made: its newest rows were cut off",
                       head->id, kept->id);
  return result;
}

/* --- Heads that are kept elsewhere --- */

static void head_mac(unsigned char mac[HASH_BYTES], const struct audit_head *head,
                     const unsigned char key[HASH_BYTES])
{
  struct parts parts = {.count = 0};
  add_text(&parts, TEXT("audit_head"));
  add_integer(&parts, head->id);
  add(&parts, head->hash, HASH_BYTES);
  crypto_hash_parts(mac, (struct text){(const char *)key, HASH_BYTES}, parts.list, parts.count);
}

void audit_head_print(const struct audit_head *head, const unsigned char key[HASH_BYTES],
                      char out[AUDIT_HEAD_CHARS])
{
  unsigned char mac[HASH_BYTES];
  char hash_hex[2 * HASH_BYTES + 1], mac_hex[2 * HASH_BYTES + 1];
  head_mac(mac, head, key);
  crypto_hex(hash_hex, head->hash, HASH_BYTES);
  crypto_hex(mac_hex, mac, HASH_BYTES);
  snprintf(out, AUDIT_HEAD_CHARS, "%" PRId64 " %s %s", head->id, hash_hex, mac_hex);
}

static bool read_hex(struct text hex, unsigned char out[HASH_BYTES])
{
  if (hex.length != 2 * HASH_BYTES) return false;
  for (size_t i = 0; i < HASH_BYTES; i++) {
    int high = ascii_hex_value(hex.data[2 * i]), low = ascii_hex_value(hex.data[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = (unsigned char)(high * 16 + low);
  }
  return true;
}

static bool read_count(struct text digits, int64_t *count)
{
  *count = 0;
  for (size_t i = 0; i < digits.length; i++)
    if (!ascii_is_digit(digits.data[i]) || __builtin_mul_overflow(*count, 10, count) ||
        __builtin_add_overflow(*count, digits.data[i] - '0', count))
      return false;
  return digits.length > 0;
}

int audit_head_read(struct text line, const unsigned char key[HASH_BYTES], struct audit_head *head,
                    struct error *error)
{
  unsigned char mac[HASH_BYTES], expected[HASH_BYTES];
  struct text rest = text_trim(line), id, hash;
  if (!text_split(&rest, ' ', &id) || !text_split(&rest, ' ', &hash) ||
      !read_count(id, &head->id) || !read_hex(hash, head->hash) || !read_hex(rest, mac))
    return error_set(error, "this is no checkpoint: it is a line of `writ audit checkpoint`");
  head_mac(expected, head, key);
  if (crypto_equal(expected, mac, HASH_BYTES)) return 0;
  return error_set(error, "this checkpoint was made with another key, or changed");
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
                      "SELECT " COLUMNS " FROM writ_audit"
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
    struct row row;
    damaged = !read_row(&statement, &row);
    if (!damaged) visit(context, row.id, &row.entry);
  }
  if (host_statement_close(&statement, "read the audit log", error) < 0) return -1;
  if (damaged) return error_set(error, "a row of the audit log is damaged; see writ audit verify");
  return 0;
}

const char *audit_outcome_name(enum audit_outcome outcome)
{
  return outcomes[outcome];
}

int audit_is_empty(struct connection *connection, bool *empty, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection, "SELECT 1 FROM writ_audit LIMIT 1");
  *empty = !host_statement_step(&statement);
  return host_statement_close(&statement, "read the audit log", error);
}
