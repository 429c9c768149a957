/* Writ's own tables, and whose a database is.
 *
 * A database of Writ's says so in its header (PRAGMA application_id), and for which version of
 * schema.sql (user_version): a hash of what that says, so that no change of it can be forgotten
 * there. Whatever else a file holds, nothing of it is touched.
 *
 * Nothing else may bear Writ's prefix or stand on its tables: a trigger that another program added
 * could take rows out of the audit log before the next is chained to them, or let sessions live
 * that were ended. One that is missing is missed soon enough, or was a trigger against mistakes. */
#include <stdio.h>

#include "base/crypto.h"
#include "store/host_statement.h"
#include "store/store_internal.h"

extern const char store_schema[];

enum { APPLICATION_ID = 0x57726974 }; /* "Writ" */

/* Hashes the text after what has been hashed. Comments and white space do not count. */
static void hash_sql(unsigned char hash[HASH_BYTES], struct text sql)
{
  struct sql_token token;
  while ((token = sql_next(&sql)).type != SQL_END) {
    const struct crypto_hash_part parts[] = {{hash, HASH_BYTES},
                                             {token.text.data, token.text.length}};
    crypto_hash_parts(hash, TEXT(""), parts, 2);
  }
}

static int32_t version(void)
{
  unsigned char hash[HASH_BYTES] = {0};
  hash_sql(hash, text_of(store_schema));
  return (int32_t)(hash[0] << 16 | hash[1] << 8 | hash[2]) + 1;
}

struct header {
  int64_t application, version, objects;
};

static int read_header(struct connection *connection, struct header *header, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
                      " FROM pragma_application_id, pragma_user_version");
  if (host_statement_step(&statement)) {
    host_statement_integer(&statement, 0, &header->application);
    host_statement_integer(&statement, 1, &header->version);
    host_statement_integer(&statement, 2, &header->objects);
  }
  return host_statement_close(&statement, "read whose it is", error);
}

/* --- Whether they are as they were made --- */

enum { NAME_BYTES = 64 };

static const char own_objects[] =
    "SELECT name, type, tbl_name, coalesce(sql, '') FROM main.sqlite_schema"
    " WHERE substr(lower(name), 1, 5) = 'writ_' OR substr(lower(tbl_name), 1, 5) = 'writ_'";
static const char one_object[] = "SELECT coalesce(sql, '') FROM main.sqlite_schema"
                                 " WHERE name = ?1 AND type = ?2 AND tbl_name = ?3";

static bool is_same_sql(sqlite3_value *a, sqlite3_value *b)
{
  unsigned char hash[2][HASH_BYTES] = {{0}, {0}};
  hash_sql(hash[0], text_of((const char *)sqlite3_value_text(a)));
  hash_sql(hash[1], text_of((const char *)sqlite3_value_text(b)));
  return crypto_equal(hash[0], hash[1], HASH_BYTES);
}

/* One of Writ's objects here that the other database lacks or has otherwise. */
static int find_strange(sqlite3 *here, sqlite3 *there, bool *found, char name[NAME_BYTES])
{
  sqlite3_stmt *own = NULL, *other = NULL;
  int code = sqlite3_prepare_v2(here, own_objects, -1, &own, NULL);
  if (code == SQLITE_OK) code = sqlite3_prepare_v2(there, one_object, -1, &other, NULL);
  while (code == SQLITE_OK && !*found && (code = sqlite3_step(own)) == SQLITE_ROW) {
    for (int i = 0; i < 3; i++) sqlite3_bind_value(other, i + 1, sqlite3_column_value(own, i));
    *found = sqlite3_step(other) != SQLITE_ROW ||
             !is_same_sql(sqlite3_column_value(own, 3), sqlite3_column_value(other, 0));
    if (*found) snprintf(name, NAME_BYTES, "%s", (const char *)sqlite3_column_text(own, 0));
    code = sqlite3_reset(other);
  }
  sqlite3_finalize(own);
  sqlite3_finalize(other);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* With what a new database has; unless `whole`, something may be missing. */
static int compare(struct connection *connection, bool whole, struct error *error)
{
  char name[NAME_BYTES] = "";
  bool found = false;
  sqlite3 *handle = connection_handle(connection), *fresh = NULL;
  int code = sqlite3_open(":memory:", &fresh);
  if (code == SQLITE_OK) code = sqlite3_exec(fresh, store_schema, NULL, NULL, NULL);
  if (code == SQLITE_OK) code = find_strange(handle, fresh, &found, name);
  if (code == SQLITE_OK && !found && whole) code = find_strange(fresh, handle, &found, name);
  sqlite3_close(fresh);
  if (code != SQLITE_OK) return error_set(error, "%s", sqlite3_errstr(code));
  if (!found) return 0;
  return error_set(error,
                   "Writ's own tables, or triggers on them, are not as Writ makes them (%s): "
                   "somebody has changed them",
                   name);
}

int own_tables_check(struct connection *connection, bool *made, struct error *error)
{
  struct header header = {0};
  if (read_header(connection, &header, error) < 0) return -1;
  *made = header.application == APPLICATION_ID;
  if (*made && header.version != version())
    return error_set(error, "it was made by another version of Writ, whose own tables differ: use "
                            "that one, or begin a new database");
  if (!*made && (header.application != 0 || header.objects != 0))
    return error_set(error, "it is not Writ's, but another program's: name another folder");
  return *made ? compare(connection, false, error) : 0;
}

int own_tables_make(struct connection *connection, struct error *error)
{
  char marks[100];
  bool made;
  if (connection_execute(connection, "BEGIN IMMEDIATE", error) < 0) return -1;
  snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
           APPLICATION_ID, version());
  int result =
      own_tables_check(connection, &made, error); /* another process may have been faster */
  if (result == 0 && !made) result = connection_execute(connection, store_schema, error);
  if (result == 0 && !made) result = connection_execute(connection, marks, error);
  if (result == 0) result = connection_execute(connection, "COMMIT", error);
  if (result < 0) connection_execute(connection, "ROLLBACK", NULL);
  return result;
}

int own_tables_compare(struct connection *connection, struct error *error)
{
  return compare(connection, true, error);
}
