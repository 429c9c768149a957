/* Writ's own tables, and whose a database is.
 *
 * A database of Writ's says so in its header (PRAGMA application_id), and for which version of
 * schema.sql (user_version): a hash of what that says, so that no change of it can be forgotten
 * there. Whatever else a file holds, nothing of it is touched.
 *
 * Nothing else may bear Writ's prefix or stand on its tables: a trigger that another program added
 * could take rows out of the audit log before the next is chained to them, or let sessions live
 * that were ended. */
#include <stdio.h>
#include <string.h>

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

/* *name: of an object that Writ did not make, in the arena; NULL: there is none. */
static int find_strange(sqlite3_stmt *found, sqlite3_stmt *known, struct arena *arena,
                        const char **name)
{
  int code;
  *name = NULL;
  while (*name == NULL && (code = sqlite3_step(found)) == SQLITE_ROW) {
    for (int i = 0; i < 4; i++) sqlite3_bind_value(known, i + 1, sqlite3_column_value(found, i));
    bool strange = sqlite3_step(known) != SQLITE_ROW;
    sqlite3_reset(known);
    if (strange) *name = arena_copy(arena, text_of((char *)sqlite3_column_text(found, 0))).data;
  }
  return *name != NULL || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* One that is missing is missed soon enough, or was a trigger against mistakes. */
static int check_objects(struct connection *connection, struct error *error)
{
  static const char all[] =
      "SELECT name, type, tbl_name, sql FROM main.sqlite_schema"
      " WHERE lower(substr(name, 1, 5)) = 'writ_' OR lower(substr(tbl_name, 1, 5)) = 'writ_'";
  static const char one[] = "SELECT 1 FROM sqlite_schema WHERE name = ?1 AND type = ?2"
                            " AND tbl_name = ?3 AND sql IS ?4";
  sqlite3_stmt *found = connection_prepare(connection, all, error), *known = NULL;
  sqlite3 *model = NULL;
  const char *strange = NULL;
  struct arena arena;
  if (found == NULL) return -1;
  arena_init(&arena, 256);
  int code = sqlite3_open(":memory:", &model);
  if (code == SQLITE_OK) code = sqlite3_exec(model, store_schema, NULL, NULL, NULL);
  if (code == SQLITE_OK) code = sqlite3_prepare_v2(model, one, -1, &known, NULL);
  if (code == SQLITE_OK) code = find_strange(found, known, &arena, &strange);
  if (code != SQLITE_OK) error_set(error, "%s", sqlite3_errstr(code));
  if (strange != NULL)
    error_set(error,
              "%s in it is not what Writ made: another program changed Writ's own tables; "
              "put back a backup",
              strange);
  sqlite3_finalize(found);
  sqlite3_finalize(known);
  sqlite3_close(model);
  arena_deinit(&arena);
  return code == SQLITE_OK && strange == NULL ? 0 : -1;
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
  return *made ? check_objects(connection, error) : 0;
}

int own_tables_make(struct connection *connection, struct error *error)
{
  char marks[100];
  bool made;
  if (own_tables_check(connection, &made, error) < 0) return -1;
  if (made) return 0;
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

/* Of all that bears Writ's prefix or stands on its tables. */
static int hash_own(struct connection *connection, unsigned char hash[HASH_BYTES],
                    struct error *error)
{
  struct host_statement statement;
  struct text text;
  memset(hash, 0, HASH_BYTES);
  host_statement_open(&statement, connection,
                      "SELECT name || ' ' || tbl_name || ' ' || coalesce(sql, '')"
                      " FROM sqlite_schema WHERE substr(lower(name), 1, 5) = 'writ_'"
                      " OR substr(lower(tbl_name), 1, 5) = 'writ_' ORDER BY name");
  while (host_statement_step(&statement))
    if (host_statement_text(&statement, 0, &text)) hash_sql(hash, text);
  return host_statement_close(&statement, "read how Writ's own tables were made", error);
}

int own_tables_compare(struct connection *connection, struct error *error)
{
  unsigned char expected[HASH_BYTES], found[HASH_BYTES];
  struct store *fresh;
  if (store_open(&(struct store_config){.path = NULL}, &fresh, error) < 0) return -1;
  int result = hash_own(store_reader(fresh), expected, error);
  if (result == 0) result = hash_own(connection, found, error);
  store_close(fresh);
  if (result < 0 || crypto_equal(expected, found, HASH_BYTES)) return result;
  return error_set(error, "Writ's own tables, or triggers on them, are not as Writ makes them: "
                          "somebody has changed them");
}
