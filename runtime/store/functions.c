/* The two functions that Writ adds to SQL. Both are innocuous in SQLite's sense: the views and an
 * app's schema may use them; who may use writ_principal() is the authorizer's to say. */
#include "base/clock.h"
#include "base/crypto.h"
#include "store/store_internal.h"

/* writ_principal(): the id for whom the present statement runs, or NULL. */
static void principal(sqlite3_context *context, int count, sqlite3_value **values)
{
  (void)count, (void)values;
  const struct connection *connection = sqlite3_user_data(context);
  const struct json *owner = connection->owner;
  if (owner != NULL && owner->type == JSON_STRING)
    sqlite3_result_text64(context, owner->string, owner->length, SQLITE_STATIC, SQLITE_UTF8);
  else if (owner != NULL && owner->type == JSON_INTEGER)
    sqlite3_result_int64(context, owner->integer);
  else
    sqlite3_result_null(context);
}

/* new_id(): a new UUIDv7 each time it is called, by the clock of the call. */
static void new_id(sqlite3_context *context, int count, sqlite3_value **values)
{
  (void)count, (void)values;
  const struct connection *connection = sqlite3_user_data(context);
  char id[UUID_CHARS + 1];
  crypto_uuid7(id, connection->now_ms != 0 ? connection->now_ms : clock_wall_ms());
  sqlite3_result_text(context, id, UUID_CHARS, SQLITE_TRANSIENT);
}

int connection_add_functions(struct connection *connection)
{
  int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
  int code = sqlite3_create_function_v2(connection->handle, "writ_principal", 0,
                                        flags | SQLITE_DETERMINISTIC, connection, principal, NULL,
                                        NULL, NULL);
  if (code != SQLITE_OK) return code;
  return sqlite3_create_function_v2(connection->handle, "new_id", 0, flags, connection, new_id,
                                    NULL, NULL, NULL);
}
