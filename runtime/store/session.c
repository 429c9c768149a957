/* Sessions: rows of writ_session, found by the hash of their token. The token itself exists in the
 * reply that carries it and in the requests of its owner, never in the database, an error or the
 * log. A hash without salt is right here: a token is 32 random bytes, which nobody can guess or
 * list beforehand. */
#include "store/session.h"

#include "store/host_statement.h"

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
  host_statement_open(&statement, connection,
                      "DELETE FROM writ_session WHERE id IN (SELECT id FROM writ_session"
                      " WHERE expires_ms <= ?1 LIMIT " SWEEP ")");
  host_statement_bind_integer(&statement, now_ms);
  return host_statement_finish(&statement, "remove expired sessions", error);
}

int session_start(struct connection *connection, const struct json *principal_id, int64_t now_ms,
                  int64_t lifetime_ms, char token[TOKEN_CHARS + 1], struct error *error)
{
  int64_t expires_ms;
  if (!can_own_sessions(principal_id))
    return error_set(error,
                     "cannot start a session: the principal's id is neither text nor integer");
  if (lifetime_ms <= 0 || __builtin_add_overflow(now_ms, lifetime_ms, &expires_ms))
    return error_set(error, "cannot start a session: its lifetime is out of range");
  if (sweep(connection, now_ms, error) < 0) return -1;

  unsigned char id[HASH_BYTES];
  crypto_token(token);
  crypto_hash_text(id, TEXT(""), text_of(token));
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "INSERT INTO writ_session (id, principal_id, started_ms, expires_ms)"
                      " VALUES (?1, ?2, ?3, ?4)");
  host_statement_bind_blob(&statement, id, sizeof id);
  host_statement_bind_id(&statement, principal_id);
  host_statement_bind_integer(&statement, now_ms);
  host_statement_bind_integer(&statement, expires_ms);
  if (host_statement_finish(&statement, "start a session", error) == 0) return 0;
  crypto_wipe(token, TOKEN_CHARS + 1);
  return -1;
}

/* NULL, or a JSON array of strings. */
static bool read_scopes(struct host_statement *row, int column, struct arena *arena,
                        struct json *scopes)
{
  struct json id;
  if (!host_statement_id(row, column, &id)) return false;
  *scopes = json_null();
  if (id.type == JSON_NULL) return true;
  return id.type == JSON_STRING &&
         json_read(arena, arena_copy(arena, json_text(&id)), NULL, scopes, NULL) == 0 &&
         scopes->type == JSON_ARRAY;
}

/* The present row as a session whose memory is the arena's. */
static bool read_session(struct host_statement *row, struct arena *arena, struct session *session)
{
  struct json id;
  if (!host_statement_id(row, 0, &id) || !can_own_sessions(&id) ||
      !host_statement_integer(row, 1, &session->expires_ms) ||
      !read_scopes(row, 2, arena, &session->scopes))
    return false;
  session->principal_id =
      id.type == JSON_STRING ? json_string(arena_copy(arena, json_text(&id))) : id;
  return true;
}

int session_find(struct connection *connection, struct text token, int64_t now_ms,
                 struct arena *arena, struct session *session, struct error *error)
{
  if (token.length != TOKEN_CHARS) return 0;
  crypto_hash_text(session->id, TEXT(""), token);
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT principal_id, expires_ms, scopes FROM writ_session"
                      " WHERE id = ?1 AND expires_ms > ?2");
  host_statement_bind_blob(&statement, session->id, HASH_BYTES);
  host_statement_bind_integer(&statement, now_ms);
  bool found = host_statement_step(&statement);
  bool damaged = found && !read_session(&statement, arena, session);
  if (host_statement_close(&statement, "look for a session", error) < 0) return -1;
  if (damaged) return error_set(error, "cannot read a session: its row is damaged");
  return found;
}

int session_still_there(struct connection *connection, const struct session *session,
                        int64_t now_ms, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT 1 FROM writ_session"
                      " WHERE id = ?1 AND expires_ms > ?2 AND principal_id = ?3");
  host_statement_bind_blob(&statement, session->id, HASH_BYTES);
  host_statement_bind_integer(&statement, now_ms);
  host_statement_bind_id(&statement, &session->principal_id);
  bool found = host_statement_step(&statement);
  if (host_statement_close(&statement, "look for a session again", error) < 0) return -1;
  return found;
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
                      "DELETE FROM writ_session WHERE principal_id = ?1 AND id <> ?2");
  host_statement_bind_id(&statement, &session->principal_id);
  host_statement_bind_blob(&statement, session->id, HASH_BYTES);
  return host_statement_finish(&statement, "end the other sessions", error);
}

int session_end_all(struct connection *connection, const struct json *principal_id,
                    struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection, "DELETE FROM writ_session WHERE principal_id = ?1");
  host_statement_bind_id(&statement, principal_id);
  return host_statement_finish(&statement, "end all sessions", error);
}
