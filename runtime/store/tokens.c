/* Machines' tokens: rows of writ_session with a label. */
#include "store/tokens.h"

#include <string.h>

#include "base/clock.h"
#include "store/audit.h"
#include "store/host_statement.h"
#include "store/session.h"

#define COLUMNS "id, label, principal_id, roles, scopes, started_ms, used_ms, expires_ms"
#define WHERE                                                                                      \
  " FROM writ_session WHERE label IS NOT NULL"                                                     \
  " AND (?1 = '' OR CAST(principal_id AS TEXT) = ?1)"                                              \
  " AND substr(lower(hex(id)), 1, length(?2)) = ?2"

static void bind_filter(struct host_statement *statement, const struct token_filter *filter)
{
  host_statement_bind_text(statement, filter->principal);
  host_statement_bind_text(statement, filter->id);
}

/* Text, or empty for NULL. */
static bool read_text(struct host_statement *row, int column, struct text *text)
{
  struct json value;
  if (!host_statement_id(row, column, &value) || value.type == JSON_INTEGER) return false;
  *text = json_text(&value);
  return true;
}

static bool read_token(struct host_statement *row, struct token *token)
{
  unsigned char id[HASH_BYTES];
  bool whole = host_statement_blob(row, 0, id, sizeof id) && read_text(row, 1, &token->label) &&
               host_statement_id(row, 2, &token->principal_id) &&
               read_text(row, 3, &token->roles) && read_text(row, 4, &token->scopes) &&
               host_statement_integer(row, 5, &token->started_ms) &&
               host_statement_integer(row, 6, &token->used_ms) &&
               host_statement_integer(row, 7, &token->expires_ms);
  if (whole) crypto_hex(token->id, id, sizeof id);
  return whole;
}

/* Visits all that a statement gives. */
static int visit_all(struct host_statement *statement, token_visitor visit, void *context,
                     struct error *error)
{
  struct token token;
  bool damaged = false;
  while (!damaged && host_statement_step(statement)) {
    damaged = !read_token(statement, &token);
    if (!damaged) visit(context, &token);
  }
  if (host_statement_close(statement, "list the tokens", error) < 0) return -1;
  return damaged ? error_set(error, "cannot read a token: its row is damaged") : 0;
}

int token_list(struct connection *connection, const struct token_filter *filter, int64_t now_ms,
               token_visitor visit, void *context, struct error *error)
{
  struct host_statement statement;
  host_statement_open(&statement, connection,
                      "SELECT " COLUMNS WHERE " AND ends_ms > ?3 ORDER BY started_ms, id");
  bind_filter(&statement, filter);
  host_statement_bind_integer(&statement, now_ms);
  return visit_all(&statement, visit, context, error);
}

/* --- Changes --- */

/* Whose token it is and what it is called: never what it is. */
static int append_row(struct connection *connection, const struct token_audit *audit,
                      struct text action, const struct token *token, struct error *error)
{
  struct buffer resource = {0};
  struct arena arena;
  struct json_builder builder = {0};
  arena_init(&arena, 1024);
  json_builder_add(&builder, &arena, TEXT("token"),
                   json_string((struct text){token->id, TOKEN_ID_CHARS}));
  json_builder_add(&builder, &arena, TEXT("principal"), token->principal_id);
  json_builder_add(&builder, &arena, TEXT("label"), json_string(token->label));
  struct json object = json_builder_object(&builder);
  json_write(&resource, &object);
  struct audit_entry entry =
      audit_host_entry(audit->now_ms, action, TEXT("writ token"), buffer_text(&resource));
  int result = audit_append(connection, audit->key, &entry, error);
  buffer_deinit(&resource);
  arena_deinit(&arena);
  return result;
}

/* How long the policy's query may take to say whose the token is, in wall time. */
enum { FIND_MS = 1000 };

static bool is_late(void *until_ns)
{
  return clock_monotonic_ns() > *(const uint64_t *)until_ns;
}

static int create(struct connection *connection, const struct token_terms *terms,
                  const struct token_audit *audit, token_principal find, void *context,
                  char token[TOKEN_CHARS + 1], struct error *error)
{
  const struct session_terms session = {.lifetime_ms = terms->lifetime_ms,
                                        .machine = true,
                                        .label = terms->label,
                                        .roles = terms->roles,
                                        .scopes = terms->scopes};
  struct token made = {.label = terms->label};
  unsigned char id[HASH_BYTES];
  uint64_t until_ns = clock_monotonic_ns() + FIND_MS * UINT64_C(1000000);
  connection_set_interrupt(connection, is_late, &until_ns); /* everybody waits for this turn */
  int found = find(context, connection, &made.principal_id, error);
  connection_set_interrupt(connection, NULL, NULL);
  if (found < 0 ||
      session_start(connection, &made.principal_id, audit->now_ms, &session, token, error) < 0)
    return -1;
  crypto_hash_text(id, TEXT(""), text_of(token));
  crypto_hex(made.id, id, sizeof id);
  return append_row(connection, audit, TEXT("token_created"), &made, error);
}

int token_create(struct store *store, const struct token_terms *terms,
                 const struct token_audit *audit, token_principal find, void *context,
                 char token[TOKEN_CHARS + 1], struct error *error)
{
  struct connection *connection = store_writer(store);
  token[0] = 0;
  if (connection_begin_write(connection, error) < 0) return -1;
  int result = create(connection, terms, audit, find, context, token, error);
  result = connection_end_write(connection, result, error);
  if (result < 0) crypto_wipe(token, TOKEN_CHARS + 1);
  return result;
}

struct revocation {
  struct connection *connection;
  const struct token_audit *audit;
  size_t count;
  int result;
  struct error *error;
};

static void audit_revoked(void *context, const struct token *token)
{
  struct revocation *revocation = context;
  revocation->count++;
  if (revocation->result == 0)
    revocation->result = append_row(revocation->connection, revocation->audit,
                                    TEXT("token_revoked"), token, revocation->error);
}

static int revoke(struct connection *connection, const struct token_filter *filter,
                  const struct token_audit *audit, size_t *count, struct error *error)
{
  struct revocation revocation = {.connection = connection, .audit = audit, .error = error};
  struct host_statement statement;
  host_statement_open(&statement, connection, "SELECT " COLUMNS WHERE " ORDER BY started_ms, id");
  bind_filter(&statement, filter);
  if (visit_all(&statement, audit_revoked, &revocation, error) < 0 || revocation.result < 0)
    return -1;
  *count = revocation.count;
  if (*count == 0) return error_set(error, "there is no such token: see writ token list");
  if (filter->id.length > 0 && *count > 1)
    return error_set(error, "%zu tokens have ids that begin with %.*s: give more of it", *count,
                     TEXT_ARGS(filter->id));
  host_statement_open(&statement, connection, "DELETE" WHERE);
  bind_filter(&statement, filter);
  return host_statement_finish(&statement, "revoke tokens", error);
}

int token_revoke(struct store *store, const struct token_filter *filter,
                 const struct token_audit *audit, size_t *count, struct error *error)
{
  struct connection *connection = store_writer(store);
  *count = 0;
  if (connection_begin_write(connection, error) < 0) return -1;
  return connection_end_write(connection, revoke(connection, filter, audit, count, error), error);
}
