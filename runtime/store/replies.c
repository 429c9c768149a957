/* Kept replies: rows of writ_reply. */
#include "store/replies.h"

#include "store/host_statement.h"

/* How many expired ones a new one sweeps: more than one, so that they never pile up. */
#define SWEEP "64"

int reply_find(struct connection *connection, const unsigned char id[HASH_BYTES], int64_t now_ms,
               struct arena *arena, struct kept_reply *reply, struct error *error)
{
  struct host_statement statement;
  struct text body = {"", 0};
  int64_t status = 0;
  host_statement_open(&statement, connection,
                      "SELECT input, status, body, expires_ms FROM writ_reply"
                      " WHERE id = ?1 AND expires_ms > ?2");
  host_statement_bind_blob(&statement, id, HASH_BYTES);
  host_statement_bind_integer(&statement, now_ms);
  bool found = host_statement_step(&statement);
  bool damaged = found && !(host_statement_blob(&statement, 0, reply->input, HASH_BYTES) &&
                            host_statement_integer(&statement, 1, &status) &&
                            host_statement_text(&statement, 2, &body) &&
                            host_statement_integer(&statement, 3, &reply->expires_ms));
  reply->status = (int)status;
  reply->body = arena_copy(arena, body);
  if (host_statement_close(&statement, "look for a kept reply", error) < 0) return -1;
  if (damaged || (found && (status < 200 || status > 299)))
    return error_set(error, "cannot read a kept reply: its row is damaged");
  return found;
}

static int sweep(struct connection *connection, int64_t now_ms, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "DELETE FROM writ_reply WHERE id IN (SELECT id FROM writ_reply"
                      " WHERE expires_ms <= ?1 LIMIT " SWEEP ")");
  host_statement_bind_integer(&statement, now_ms);
  return host_statement_finish(&statement, "remove expired replies", error);
}

int reply_keep(struct connection *connection, const struct kept_reply *reply, int64_t now_ms,
               struct error *error)
{
  struct host_statement statement;
  if (sweep(connection, now_ms, error) < 0) return -1;
  host_statement_open(&statement, connection,
                      "INSERT OR REPLACE INTO writ_reply (id, input, status, body, expires_ms)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)");
  host_statement_bind_blob(&statement, reply->id, HASH_BYTES);
  host_statement_bind_blob(&statement, reply->input, HASH_BYTES);
  host_statement_bind_integer(&statement, reply->status);
  host_statement_bind_text(&statement, reply->body);
  host_statement_bind_integer(&statement, reply->expires_ms);
  return host_statement_finish(&statement, "keep a reply", error);
}
