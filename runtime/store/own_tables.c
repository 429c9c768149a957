/* Writ's own tables, and whose a database is.
 *
 * A database of Writ's says so in its header (PRAGMA application_id), and for which version of
 * schema.sql (user_version): a hash of what that says, so that no change of it can be forgotten
 * there. Whatever else a file holds, nothing of it is touched. */
#include <stdio.h>

#include "base/crypto.h"
#include "store/host_statement.h"
#include "store/store_internal.h"

extern const char store_schema[];

enum { APPLICATION_ID = 0x57726974 }; /* "Writ" */

/* Comments and white space do not count. */
static int32_t version(void)
{
  unsigned char hash[HASH_BYTES] = {0};
  struct text rest = text_of(store_schema);
  struct sql_token token;
  while ((token = sql_next(&rest)).type != SQL_END) {
    const struct crypto_hash_part parts[] = {{hash, HASH_BYTES},
                                             {token.text.data, token.text.length}};
    crypto_hash_parts(hash, TEXT(""), parts, 2);
  }
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
  return 0;
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
