/* Sessions: rows of writ_session, found by the hash of their token. The token itself exists in the
 * reply that carries it and in the requests of its owner, never in the database, an error or the
 * log. A hash without salt is right here: a token is 32 random bytes, which nobody can guess or
 * list beforehand. */
#include "store/session.h"

#include "store/host_statement.h"
#include "store/store_internal.h"

/* How many expired sessions a new one sweeps: more than one, so that they never pile up, and few,
 * so that no login waits for them. */
#define SWEEP "64"

static bool can_own_sessions(const struct json *principal_id)
{
  return principal_id->type == JSON_STRING || principal_id->type == JSON_INTEGER;
}

static int sweep(struct connection *connection, int64_t now_ms, struct error *error)
{
  struct host_statement statement;
  bool changes = connection->changes_identities; /* nobody relies on what has expired */
  host_statement_open(&statement, connection,
                      "DELETE FROM writ_session WHERE id IN (SELECT id FROM writ_session"
                      " WHERE ends_ms <= ?1 LIMIT " SWEEP ")");
  host_statement_bind_integer(&statement, now_ms);
  int result = host_statement_finish(&statement, "remove expired sessions", error);
  connection->changes_identities = changes;
  return result;
}

/* As JSON, or null. */
static void bind_words(struct host_statement *statement, const struct json *words,
                       struct buffer *written)
{
  const struct json nothing = json_null();
  if (!words) {
    host_statement_bind_id(statement, &nothing);
    return;
  }
  json_write(written, words);
  host_statement_bind_text(statement, buffer_text(written));
}

static int insert(struct connection *connection, const unsigned char id[HASH_BYTES],
                  const struct json *principal_id, int64_t now_ms, int64_t expires_ms,
                  const struct session_terms *terms, struct error *error)
{
  struct buffer roles = {0}, scopes = {0};
  const struct json label = terms->machine ? json_string(terms->label) : json_null();
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO writ_session (id, principal_id, started_ms, used_ms, expires_ms,"
                      " idle_ms, ends_ms, label, roles, scopes) VALUES (?1, ?2, ?3, ?3, ?4, ?5,"
                      " iif(?5 = 0, ?4, min(?4, ?3 + ?5)), ?6, ?7, ?8)");
  host_statement_bind_blob(&statement, id, HASH_BYTES);
  host_statement_bind_id(&statement, principal_id);
  host_statement_bind_integer(&statement, now_ms);
  host_statement_bind_integer(&statement, expires_ms);
  host_statement_bind_integer(&statement, terms->idle_ms);
  host_statement_bind_id(&statement, &label);
  bind_words(&statement, terms->roles, &roles);
  bind_words(&statement, terms->scopes, &scopes);
  int result = host_statement_finish(&statement, "start a session", error);
  buffer_deinit(&roles);
  buffer_deinit(&scopes);
  return result;
}

int session_start(struct connection *connection, const struct json *principal_id, int64_t now_ms,
                  const struct session_terms *terms, char token[TOKEN_CHARS + 1],
                  struct error *error)
{
  int64_t expires_ms, idle_ms;
  unsigned char id[HASH_BYTES];
  if (!can_own_sessions(principal_id))
    return error_set(error,
                     "cannot start a session: the principal's id is neither text nor integer");
  if (terms->lifetime_ms <= 0 || terms->idle_ms < 0 ||
      __builtin_add_overflow(now_ms, terms->lifetime_ms, &expires_ms) ||
      __builtin_add_overflow(now_ms, terms->idle_ms, &idle_ms))
    return error_set(error, "cannot start a session: its lifetime is out of range");
  if (sweep(connection, now_ms, error) < 0) return -1;
  crypto_token(token);
  crypto_hash_text(id, TEXT(""), text_of(token));
  if (insert(connection, id, principal_id, now_ms, expires_ms, terms, error) == 0) return 0;
  crypto_wipe(token, TOKEN_CHARS + 1);
  return -1;
}

/* NULL, or a JSON array of strings. */
static bool read_words(struct host_statement *row, int column, struct arena *arena,
                       struct json *words)
{
  struct json value;
  if (!host_statement_id(row, column, &value)) return false;
  *words = json_null();
  if (value.type == JSON_NULL) return true;
  return value.type == JSON_STRING &&
         json_read(arena, arena_copy(arena, json_text(&value)), NULL, words, NULL) == 0 &&
         words->type == JSON_ARRAY;
}

#define COLUMNS "principal_id, ends_ms, used_ms, idle_ms, roles, scopes"

/* The present row as a session whose memory is the arena's. */
static bool read_session(struct host_statement *row, struct arena *arena, struct session *session)
{
  struct json id;
  if (!host_statement_id(row, 0, &id) || !can_own_sessions(&id) ||
      !host_statement_integer(row, 1, &session->ends_ms) ||
      !host_statement_integer(row, 2, &session->used_ms) ||
      !host_statement_integer(row, 3, &session->idle_ms) ||
      !read_words(row, 4, arena, &session->roles) || !read_words(row, 5, arena, &session->scopes))
    return false;
  session->principal_id =
      id.type == JSON_STRING ? json_string(arena_copy(arena, json_text(&id))) : id;
  return true;
}

/* Its id is set; the rest is read. */
static int find(struct connection *connection, struct session *session, int64_t now_ms,
                struct arena *arena, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT " COLUMNS " FROM writ_session WHERE id = ?1 AND ends_ms > ?2");
  host_statement_bind_blob(&statement, session->id, HASH_BYTES);
  host_statement_bind_integer(&statement, now_ms);
  bool found = host_statement_step(&statement);
  bool damaged = found && !read_session(&statement, arena, session);
  if (host_statement_close(&statement, "look for a session", error) < 0) return -1;
  if (damaged) return error_set(error, "cannot read a session: its row is damaged");
  return found;
}

int session_find(struct connection *connection, struct text token, int64_t now_ms,
                 struct arena *arena, struct session *session, struct error *error)
{
  if (token.length != TOKEN_CHARS) return 0;
  crypto_hash_text(session->id, TEXT(""), token);
  return find(connection, session, now_ms, arena, error);
}

int session_find_again(struct connection *connection, struct session *session, int64_t now_ms,
                       struct arena *arena, struct error *error)
{
  const struct json before = session->principal_id;
  int found = find(connection, session, now_ms, arena, error);
  return found == 1 ? json_equal(&session->principal_id, &before) : found;
}

enum { USED_EVERY_MS = 60 * 1000, USED_TIMES = 10 /* while it may be idle, if that is sooner */ };

bool session_is_stale(const struct session *session, int64_t now_ms)
{
  int64_t every_ms = USED_EVERY_MS;
  if (session->idle_ms > 0 && session->idle_ms / USED_TIMES < every_ms)
    every_ms = session->idle_ms / USED_TIMES;
  return now_ms - session->used_ms > every_ms;
}

int session_used(struct connection *connection, const unsigned char id[HASH_BYTES], int64_t now_ms,
                 struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "UPDATE writ_session SET used_ms = ?2,"
                      " ends_ms = iif(idle_ms = 0, expires_ms, min(expires_ms, ?2 + idle_ms))"
                      " WHERE id = ?1 AND used_ms < ?2 AND ends_ms > ?2");
  host_statement_bind_blob(&statement, id, HASH_BYTES);
  host_statement_bind_integer(&statement, now_ms);
  return host_statement_finish(&statement, "note the use of a session", error);
}

int session_end(struct connection *connection, const struct session *session, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection, "DELETE FROM writ_session WHERE id = ?1");
  host_statement_bind_blob(&statement, session->id, HASH_BYTES);
  return host_statement_finish(&statement, "end a session", error);
}

int session_end_others(struct connection *connection, const struct session *session,
                       struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "DELETE FROM writ_session"
                      " WHERE principal_id = ?1 AND id <> ?2 AND label IS NULL");
  host_statement_bind_id(&statement, &session->principal_id);
  host_statement_bind_blob(&statement, session->id, HASH_BYTES);
  return host_statement_finish(&statement, "end the other sessions", error);
}

int session_end_all(struct connection *connection, const struct json *principal_id,
                    struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "DELETE FROM writ_session WHERE principal_id = ?1 AND label IS NULL");
  host_statement_bind_id(&statement, principal_id);
  return host_statement_finish(&statement, "end all sessions", error);
}
