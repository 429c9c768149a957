/* Random policies, templates and contracts: what each says, as numbers to compare with, and as the
 * JSON that says it. Contracts also carry random grants, all of which load by themselves. */
#ifndef WRIT_TESTS_RANDOM_LAYER_H
#define WRIT_TESTS_RANDOM_LAYER_H

#include "contract/denial.h"
#include "random_schema.h"

enum { ROLES = 4, SCOPES = 3, LIMITS = 4, RATE_LIMITS_MAX = 3 };

static const char *const random_roles[ROLES] = {"user", "editor", "admin", "auditor"};

static const char *const random_scopes[SCOPES] = {"notes:read", "notes:write", "audit"};

/* Limits in the order of their names here; in ms, or in KB. */
static const char *const random_limits[LIMITS] = {"time", "total", "memory", "body"};

struct said_rate {
  uint32_t limit;
  uint32_t per_s;
  bool by_ip, by_principal, by_name;
};

/* What one of those who compose says. */
struct said {
  bool public;             /* contracts only */
  bool any_role;           /* "*", or not a word */
  bool auth;               /* says who may call */
  unsigned roles;          /* mask, unless any_role */
  unsigned scopes;         /* mask */
  uint32_t limits[LIMITS]; /* 0: not a word */
  struct said_rate rates[RATE_LIMITS_MAX];
  size_t rate_count;
  int statuses[DENIAL_COUNT]; /* 0: not a word */
  struct buffer validates;    /* empty: not a word */
  struct buffer text;         /* the file */
};

static inline void said_deinit(struct said *said)
{
  buffer_deinit(&said->validates);
  buffer_deinit(&said->text);
}

/* --- What all three may say --- */

static inline void random_denials(struct buffer *out, struct dice *dice, struct said *said)
{
  random_key(out, "denials");
  buffer_print(out, "{");
  for (int i = 0; i < DENIAL_DECLARED; i++) {
    bool fixed = i == DENIAL_NONE || i == DENIAL_NO_ROUTE || i == DENIAL_METHOD_NOT_ALLOWED ||
                 denial_status((enum denial)i) >= 500;
    if (fixed || !dice_happens(dice, 15)) continue;
    said->statuses[i] = 400 + (int)dice_below(dice, 100);
    random_key(out, denial_code((enum denial)i));
    buffer_print(out, "%d", said->statuses[i]);
  }
  buffer_print(out, "}");
}

static inline void random_limits_object(struct buffer *out, struct dice *dice, struct said *said)
{
  random_key(out, "limits");
  buffer_print(out, "{");
  for (size_t i = 0; i < LIMITS; i++) {
    if (!dice_happens(dice, 50)) continue;
    bool bytes = i >= 2, large = dice_happens(dice, 30);
    uint32_t number = 1 + dice_below(dice, large ? 9 : 900), factor = bytes ? 1024 : 1000;
    said->limits[i] = large ? number * factor : number;
    random_key(out, random_limits[i]);
    buffer_print(out, "\"%u%s\"", (unsigned)number,
                 bytes   ? large ? "MB" : "KB"
                 : large ? "s"
                         : "ms");
  }
  buffer_print(out, "}");
}

static inline void random_rate_key(struct buffer *out, const struct said_rate *rate)
{
  const char *separator = "[";
  if (!rate->by_name && rate->by_ip != rate->by_principal) {
    buffer_print(out, "%s", rate->by_ip ? "\"ip\"" : "\"principal\"");
    return;
  }
  if (rate->by_ip) buffer_print(out, "%s\"ip\"", separator), separator = ", ";
  if (rate->by_principal) buffer_print(out, "%s\"principal\"", separator), separator = ", ";
  if (rate->by_name) buffer_print(out, "%s\"input.name\"", separator);
  buffer_print(out, "]");
}

/* By one thing only where many routes are counted together (`shared`); by no principal where there
 * is none. */
static inline void random_rates(struct buffer *out, struct dice *dice, size_t least, bool shared,
                                struct said *said)
{
  said->rate_count = least + dice_below(dice, (uint32_t)(RATE_LIMITS_MAX + 1 - least));
  random_key(out, "rate_limit");
  buffer_print(out, "[");
  for (size_t i = 0; i < said->rate_count; i++) {
    struct said_rate *rate = &said->rates[i];
    *rate =
        (struct said_rate){.limit = 1 + dice_below(dice, 1000000),
                           .per_s = 10 + dice_below(dice, 9990)}; /* less could not be counted */
    rate->by_principal = !said->public && dice_happens(dice, 40);
    rate->by_name = !shared && dice_happens(dice, 30);
    rate->by_ip = shared ? !rate->by_principal : dice_happens(dice, 40);
    if (!rate->by_principal && !rate->by_name) rate->by_ip = true;
    buffer_print(out, "%s{ \"limit\": %u, \"per\": \"%us\", \"by\": ", i == 0 ? "" : ", ",
                 (unsigned)rate->limit, (unsigned)rate->per_s);
    random_rate_key(out, rate);
    buffer_print(out, " }");
  }
  buffer_print(out, "]");
}

static inline void random_auth(struct buffer *out, struct dice *dice, struct said *said)
{
  said->auth = true;
  said->any_role = dice_happens(dice, 25);
  /* Rather many of them: what has no role in common does not load, and shows little. */
  for (unsigned i = 0; i < ROLES && !said->any_role; i++)
    if (dice_happens(dice, 65) || (i == ROLES - 1 && !said->roles)) said->roles |= 1U << i;
  random_key(out, "auth");
  const char *separator = "[";
  if (said->any_role) buffer_print(out, "[\"*\"");
  for (unsigned i = 0; i < ROLES; i++) {
    if (!(said->roles & 1U << i)) continue;
    buffer_print(out, "%s\"%s\"", separator, random_roles[i]);
    separator = ", ";
  }
  buffer_print(out, "]");
}

static inline void random_scope_list(struct buffer *out, struct dice *dice, struct said *said)
{
  said->scopes = 1 + dice_below(dice, (1U << SCOPES) - 1);
  random_key(out, "scopes");
  const char *separator = "[";
  for (unsigned i = 0; i < SCOPES; i++) {
    if (!(said->scopes & 1U << i)) continue;
    buffer_print(out, "%s\"%s\"", separator, random_scopes[i]);
    separator = ", ";
  }
  buffer_print(out, "]");
}

/* --- Policy --- */

/* The policy of all these apps; it restricts nothing unless `restricts`. */
static inline void random_policy(struct dice *dice, bool restricts, struct said *said)
{
  struct buffer *out = &said->text;
  *said = (struct said){.any_role = true};
  buffer_print(out, "{");
  random_key(out, "principal");
  buffer_print(out, "\"users.principal\", \"privileged\": [\"admin\", \"auditor\"],\n"
                    "\"unowned\": [\"notes.rename\"],\n"
                    "\"tables\": { \"users\": { \"owner\": \"id\", \"secret\": [\"hash\"], "
                    "\"guarded\": [\"role\"] },\n  \"notes\": { \"owner\": \"owner_id\" } }");
  if (restricts && dice_happens(dice, 80)) random_limits_object(out, dice, said);
  if (restricts && dice_happens(dice, 60)) random_rates(out, dice, 0, true, said);
  if (restricts && dice_happens(dice, 60)) random_denials(out, dice, said);
  buffer_print(out, "}\n");
}

/* --- Templates --- */

static inline void random_template(struct dice *dice, struct said *said)
{
  struct buffer *out = &said->text;
  *said = (struct said){.any_role = true};
  buffer_print(out, "{");
  random_key(out, "requires");
  buffer_print(out, "{");
  if (dice_happens(dice, 60)) random_auth(out, dice, said);
  if (dice_happens(dice, 25)) random_scope_list(out, dice, said);
  if (dice_happens(dice, 70)) {
    do {
      buffer_clear(&said->validates);
      random_schema(&said->validates, dice, KIND_OBJECT, 0);
    } while (said->validates.length == strlen("{}")); /* which says nothing, and is refused */
    random_key(out, "validates");
    buffer_append_text(out, buffer_text(&said->validates));
  }
  if (dice_happens(dice, 50)) random_rates(out, dice, 0, false, said);
  buffer_print(out, "}");
  if (dice_happens(dice, 50)) random_limits_object(out, dice, said);
  if (dice_happens(dice, 40)) random_denials(out, dice, said);
  buffer_print(out, "}\n");
}

/* --- Contracts --- */

static const struct {
  const char *path, *text;
} random_app[] = {
    {"contracts/migrations/0001_all.sql",
     "CREATE TABLE users (id TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL) STRICT;\n"
     "CREATE TABLE notes (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT) STRICT;\n"},
    {"contracts/defs/shared.json", random_shared_schemas},
    {"contracts/queries/users.sql",
     "-- name: principal :one\nSELECT id, role FROM users WHERE id = :principal_id;\n"
     "-- name: credentials :one\nSELECT id, hash FROM users WHERE id = :who;\n"
     "-- name: own_credentials :one\nSELECT id, hash FROM users WHERE id = :principal_id;\n"},
    {"contracts/queries/notes.sql",
     "-- name: mine :many\nSELECT id, title FROM notes;\n"
     "-- name: add :exec\nINSERT INTO notes (id, owner_id, title)\n"
     "VALUES (:new_id, :principal_id, :slug);\n"
     "-- name: rename :exec\nUPDATE notes SET title = 'x' WHERE id = :who;\n"
     "-- name: is_fine :value\nSELECT 1;\n"},
};

/* `who`, whom the contract's grants are about, and a password, beside the random fields. */
static inline void random_contract_validates(struct dice *dice, bool password, struct said *said)
{
  struct buffer *out = &said->validates;
  buffer_print(out, "{\"type\": \"object\"");
  random_properties(out, dice, 70, true, 0);
  out->length--; /* back into the properties */
  random_key(out, "who");
  buffer_print(out, "{\"type\": \"string\"}");
  if (password) {
    random_key(out, "password");
    buffer_print(out, "{\"type\": \"string\", \"format\": \"password\"}");
  }
  buffer_print(out, "}, \"required\": [\"who\"%s]", password ? ", \"password\"" : "");
  random_count(out, dice, 8, "minProperties", 0, 3);
  random_count(out, dice, 8, "maxProperties", 3, FIELDS + 2);
  random_applicators(out, dice, KIND_OBJECT, 0);
  buffer_print(out, "}");
}

static inline void random_uses(struct buffer *out, struct dice *dice, bool public, bool *writes)
{
  bool add = !public && dice_happens(dice, 40), rename = !public && dice_happens(dice, 30);
  bool unowned = rename && dice_happens(dice, 50);
  *writes |= add || rename;
  random_key(out, "uses");
  buffer_print(out, "{\"queries\": [\"notes.is_fine\"%s%s%s]",
               !public && dice_happens(dice, 50) ? ", \"notes.mine\"" : "",
               add ? ", {\"name\": \"notes.add\", \"calls\": 3}" : "",
               rename ? ", \"notes.rename\"" : "");
  if (add) buffer_print(out, ", \"computes\": {\"slug\": {\"type\": \"string\"}}");
  if (unowned) buffer_print(out, ", \"unowned\": {\"notes.rename\": \"for the test\"}");
  if (!*writes && dice_happens(dice, 30)) buffer_print(out, ", \"sleep\": true");
  buffer_print(out, "}");
}

static inline void random_ensures(struct buffer *out, struct dice *dice, const char *session)
{
  random_key(out, "ensures");
  buffer_print(out, "{\"returns\": {\"type\": \"object\", \"properties\": {}}");
  buffer_print(out, ", \"errors\": {\"odd\": {\"status\": 409}%s}",
               dice_happens(dice, 30) ? ", \"even\": {\"status\": 422, \"on_unique\": \"notes.id\"}"
                                      : "");
  if (dice_happens(dice, 30))
    buffer_print(out, ", \"holds\": [{\"query\": \"notes.is_fine\", \"error\": \"odd\"}]");
  buffer_print(out, ", \"audit\": \"something\"%s}", session);
}

/* What follows `summary`, `route` and `extends`. */
static inline void random_contract(struct dice *dice, struct said *said)
{
  struct buffer *out = &said->text;
  *said = (struct said){.public = dice_happens(dice, 15), .any_role = true};
  bool credentials = said->public && dice_happens(dice, 60);
  bool reauth = !said->public && dice_happens(dice, 20);
  bool ends = !said->public && dice_happens(dice, 20), writes = credentials || ends;
  random_contract_validates(dice, credentials || reauth, said);
  buffer_print(out, "{");
  random_key(out, "requires");
  buffer_print(out, "{");
  if (said->public)
    buffer_print(out, "\"auth\": \"public\", \"reason\": \"for the test\"");
  else
    random_auth(out, dice, said);
  if (!said->public && dice_happens(dice, 25)) random_scope_list(out, dice, said);
  random_key(out, "validates");
  buffer_append_text(out, buffer_text(&said->validates));
  random_rates(out, dice, credentials || reauth, false, said);
  if (credentials)
    buffer_print(out, ", \"credentials\": {\"query\": \"users.credentials\", "
                      "\"password\": \"password\"}");
  if (reauth)
    buffer_print(out, ", \"reauth\": {\"query\": \"users.own_credentials\", "
                      "\"password\": \"password\"}");
  if (!said->public && dice_happens(dice, 30)) buffer_print(out, ", \"or_role\": [\"admin\"]");
  if (!said->public && dice_happens(dice, 30)) buffer_print(out, ", \"owns\": {\"who\": \"self\"}");
  if (dice_happens(dice, 30))
    buffer_print(out, ", \"rules\": [{\"query\": \"notes.is_fine\", \"error\": \"odd\"}]");
  buffer_print(out, "}");
  random_uses(out, dice, said->public, &writes);
  random_ensures(out, dice,
                 credentials ? ", \"session\": {\"start\": \"credentials\", \"cookie\": true}"
                 : ends      ? ", \"session\": {\"end\": \"this\"}"
                             : "");
  if (dice_happens(dice, 50)) random_limits_object(out, dice, said);
  if (dice_happens(dice, 40)) random_denials(out, dice, said);
  buffer_print(out, "}\n");
}

#endif
