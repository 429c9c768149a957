/* The app that the tests of dispatch/ run: notes with owners, sessions, passwords, and a handler
 * that misbehaves as the title tells it. */
#ifndef WRIT_TESTS_DISPATCH_APP_H
#define WRIT_TESTS_DISPATCH_APP_H

#include "dispatch_fixture.h"

/* What the handler does is in the title; the host's own checks look at it, too. */
static const struct app_file app_files[] = {
    {"contracts/migrations/0001_all.sql",
     "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL DEFAULT 'user',\n"
     "  password_hash TEXT) STRICT;\n"
     "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, owner_id TEXT NOT NULL,\n"
     "  title TEXT NOT NULL CONSTRAINT short CHECK (length(title) < 20), parent TEXT\n"
     "  REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED) STRICT;\n"
     "CREATE UNIQUE INDEX notes_title ON notes (title);\n"
     "CREATE TRIGGER lose AFTER UPDATE ON notes WHEN NEW.title = 'lose'\n"
     "  BEGIN SELECT RAISE(ROLLBACK, 'lost'); END;\n"},
    {"contracts/policy.json",
     "{\"principal\": \"q.principal\", \"identity\": \"q.identity\", \"privileged\": [\"admin\"], "
     "\"tables\": {\n"
     "  \"users\": {\"owner\": \"id\", \"secret\": [\"password_hash\"], \"guarded\": [\"role\"]},\n"
     "  \"notes\": {\"owner\": \"owner_id\"}}}"},
    {"contracts/queries/q.sql",
     "-- name: principal :one\nSELECT id, role FROM users WHERE id = :principal_id;\n"
     "-- name: identity :one\n"
     "SELECT id, role FROM users WHERE :issuer = 'https://id.example' AND\n"
     "  id = coalesce((SELECT owner_id FROM notes WHERE title = 'of ' || :subject), :subject);\n"
     "-- name: credentials :one\n"
     "SELECT id, password_hash AS hash FROM users WHERE id = :name;\n"
     "-- name: own_credentials :one\n"
     "SELECT id, password_hash AS hash FROM users WHERE id = :principal_id;\n"
     "-- name: owner :value\nSELECT owner_id FROM notes WHERE id = :id;\n"
     "-- name: ruled :value\nSELECT :title <> 'unruly';\n"
     "-- name: held :value\nSELECT title <> 'unheld' FROM notes WHERE id = :id;\n"
     "-- name: update :one\n-- optional: parent\n"
     "UPDATE notes SET title = :title, parent = (SELECT :parent) WHERE id = :id RETURNING id, "
     "title;\n"
     "-- name: untouched :value\nSELECT title <> 'touched' FROM notes WHERE id = :id;\n"
     "-- name: titles :many\nSELECT title FROM notes ORDER BY title;\n"
     "-- name: give :exec\nUPDATE notes SET owner_id = :to WHERE id = :id;\n"
     "-- name: set_role :exec\nUPDATE users SET role = :role WHERE id = :id;\n"
     "-- name: remove :exec\nDELETE FROM users WHERE id = :id;\n"
     "-- name: set_password :exec\n"
     "UPDATE users SET password_hash = :fresh WHERE id = :principal_id;\n"},

    {"contracts/update.json",
     "{\"summary\": \"It is tested\", \"route\": \"PATCH /notes/{id}\",\n"
     " \"requires\": {\"auth\": [\"user\"], \"owns\": {\"id\": \"q.owner\"},\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\n"
     "   \"id\": {\"type\": \"string\"}, \"title\": {\"type\": \"string\", \"maxLength\": 40},\n"
     "   \"parent\": {\"type\": \"string\"}}, \"required\": [\"id\", \"title\"]},\n"
     "  \"rules\": [{\"query\": \"q.ruled\", \"error\": \"against_rules\"}]},\n"
     " \"uses\": {\"queries\": [\"q.update\"]},\n"
     " \"ensures\": {\"returns\": {\"type\": \"object\", \"properties\": {\n"
     "   \"id\": {\"type\": \"string\"}, \"title\": {\"type\": \"string\"}}},\n"
     "  \"errors\": {\"against_rules\": {\"status\": 409}, \"not_held\": {\"status\": 409},\n"
     "   \"no_parent\": {\"status\": 409, \"on_foreign_key\": true},\n"
     "   \"too_long\": {\"status\": 409, \"on_check\": \"short\"},\n"
     "   \"taken\": {\"status\": 409, \"on_unique\": \"notes.title\"},\n"
     "   \"unwilling\": {\"status\": 418}},\n"
     "  \"holds\": [{\"query\": \"q.held\", \"error\": \"not_held\"}],\n"
     "  \"audit\": {\"action\": \"note_updated\", \"record\": [\"title\"]}},\n"
     " \"limits\": {\"memory\": \"1MB\"}}"},
    {"app/handlers/update.lua",
     "return function(input, ctx)\n"
     "  local title = input.title\n"
     "  if title == 'idle' then return { id = 'x', title = 'x' } end\n"
     "  local row = ctx.db.q.update()\n"
     "  if title == 'raise' then error 'raised' end\n"
     "  if title == 'loop' then while true do end end\n"
     "  if title == 'eat' then local t = {} while true do t[#t + 1] = { #t } end end\n"
     "  if title == 'refuse' then ctx.fail 'unwilling' end\n"
     "  if title == 'invent' then ctx.fail 'invented' end\n"
     "  if title == 'twice' then ctx.db.q.update() end\n"
     "  if title == 'pass' then ctx.db.q.update { id = 'b1' } end\n"
     "  if title == 'break' then return { id = 1 } end\n"
     "  if title == 'tell' then row.secret = 1 end\n"
     "  if title == 'status' then return row, 201 end\n"
     "  return row\n"
     "end\n"},

    {"contracts/titles.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /titles\", \"requires\": {\"auth\": "
     "[\"*\"],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {}}},\n"
     " \"uses\": {\"queries\": [\"q.titles\"]},\n"
     " \"ensures\": {\"returns\": {\"type\": \"array\", \"items\": {\"type\": \"object\",\n"
     "  \"properties\": {\"title\": {\"type\": \"string\"}}}}, \"audit\": \"titles_read\"}}"},
    {"app/handlers/titles.lua", "return function(_, ctx) return ctx.db.q.titles() end"},

    {"contracts/nap.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /notes/{id}/nap\",\n"
     " \"requires\": {\"auth\": [\"user\"], \"owns\": {\"id\": \"q.owner\"},\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\n"
     "   \"id\": {\"type\": \"string\"}, \"ms\": {\"type\": \"integer\"}}, \"required\": [\"id\", "
     "\"ms\"]},\n"
     "  \"rules\": [{\"query\": \"q.untouched\", \"error\": \"touched\"}]},\n"
     " \"uses\": {\"queries\": [\"q.titles\"], \"sleep\": true},\n"
     " \"ensures\": {\"returns\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}},\n"
     "  \"errors\": {\"touched\": {\"status\": 409}}},\n"
     " \"limits\": {\"total\": \"10s\"}}"},
    {"app/handlers/nap.lua", "return function(input, ctx)\n"
                             "  local seen = { ctx.db.q.titles()[1].title }\n"
                             "  ctx.sleep(input.ms)\n"
                             "  seen[2] = ctx.db.q.titles()[1].title\n"
                             "  return seen\n"
                             "end\n"},

    {"contracts/doze.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /doze\",\n"
     " \"requires\": {\"auth\": [\"*\"], \"validates\": {\"type\": \"object\", \"properties\": {\n"
     "   \"ms\": {\"type\": \"integer\"}}, \"required\": [\"ms\"]}},\n"
     " \"uses\": {\"sleep\": true},\n"
     " \"ensures\": {\"returns\": {\"type\": \"boolean\"}}, \"limits\": {\"total\": \"30ms\"}}"},
    {"app/handlers/doze.lua",
     "return function(input, ctx) while true do ctx.sleep(input.ms) end end"},

    {"contracts/give.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /notes/{id}/give\", \"requires\": "
     "{\"auth\": [\"admin\"],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"string\"},\n"
     "   \"to\": {\"type\": \"string\"}}, \"required\": [\"id\", \"to\"]}},\n"
     " \"uses\": {\"queries\": [\"q.give\"]},\n"
     " \"ensures\": {\"returns\": {\"204\": null}, \"audit\": \"note_given\"}}"},
    {"app/handlers/give.lua", "return function(_, ctx) ctx.db.q.give() return nil, 204 end"},

    {"contracts/set_role.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /users/{id}/role\", \"requires\": "
     "{\"auth\": [\"admin\"],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"string\"},\n"
     "   \"role\": {\"type\": \"string\"}}, \"required\": [\"id\", \"role\"]}},\n"
     " \"uses\": {\"queries\": [\"q.set_role\"]},\n"
     " \"ensures\": {\"returns\": {\"204\": null}, \"audit\": \"role_set\"}}"},
    {"app/handlers/set_role.lua",
     "return function(_, ctx) ctx.db.q.set_role() return nil, 204 end"},

    {"contracts/remove.json",
     "{\"summary\": \"It is tested\", \"route\": \"DELETE /users/{id}\", \"requires\": {\"auth\": "
     "[\"admin\"],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"string\"}},\n"
     "   \"required\": [\"id\"]}},\n"
     " \"uses\": {\"queries\": [\"q.remove\"]},\n"
     " \"ensures\": {\"returns\": {\"204\": null}, \"audit\": \"user_removed\"}}"},
    {"app/handlers/remove.lua", "return function(_, ctx) ctx.db.q.remove() return nil, 204 end"},

    {"contracts/logout.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /logout\", \"requires\": {\"auth\": "
     "[\"*\"],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {}}},\n"
     " \"ensures\": {\"returns\": {\"204\": null}, \"session\": {\"end\": \"this\"},\n"
     "  \"audit\": \"logout\"}}"},
    {"app/handlers/logout.lua", "return function() return nil, 204 end"},

    {"contracts/login.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /login\", \"requires\": {\"auth\": "
     "\"public\", \"reason\": \"to begin\",\n"
     "  \"rate_limit\": [{\"limit\": 100, \"per\": \"1m\", \"by\": \"ip\"},\n"
     "   {\"limit\": 2, \"per\": \"1m\", \"by\": [\"input.name\"]}],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\"},\n"
     "   \"password\": {\"type\": \"string\", \"format\": \"password\"}},\n"
     "   \"required\": [\"name\", \"password\"]},\n"
     "  \"credentials\": {\"query\": \"q.credentials\", \"password\": \"password\"}},\n"
     " \"ensures\": {\"returns\": {\"type\": \"object\", \"properties\": {\n"
     "   \"seen\": {\"type\": \"boolean\"}}},\n"
     "  \"session\": {\"start\": \"credentials\", \"field\": \"token\", \"cookie\": true},\n"
     "  \"audit\": {\"action\": \"login\", \"record\": [\"name\"]}}}"},
    {"app/handlers/login.lua",
     "return function(input) return { seen = input.password ~= nil } end"},

    {"contracts/password.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /password\", \"requires\": {\"auth\": "
     "[\"*\"],\n"
     "  \"rate_limit\": [{\"limit\": 100, \"per\": \"1m\", \"by\": \"principal\"}],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\n"
     "   \"present\": {\"type\": \"string\", \"format\": \"password\"},\n"
     "   \"fresh\": {\"type\": \"string\", \"format\": \"password\"}},\n"
     "   \"required\": [\"present\", \"fresh\"]},\n"
     "  \"reauth\": {\"query\": \"q.own_credentials\", \"password\": \"present\"}},\n"
     " \"uses\": {\"queries\": [\"q.set_password\"]},\n"
     " \"ensures\": {\"returns\": {\"204\": null}, \"audit\": \"password_set\"}}"},
    {"app/handlers/password.lua",
     "return function(_, ctx) ctx.db.q.set_password() return nil, 204 end"},

    {"contracts/confirm.json",
     "{\"summary\": \"It is tested\", \"route\": \"POST /confirm\", \"requires\": {\"auth\": "
     "[\"*\"],\n"
     "  \"rate_limit\": [{\"limit\": 100, \"per\": \"1m\", \"by\": \"principal\"}],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {\n"
     "   \"present\": {\"type\": \"string\", \"format\": \"password\"}},\n"
     "   \"required\": [\"present\"]},\n"
     "  \"reauth\": {\"query\": \"q.own_credentials\", \"password\": \"present\"}},\n"
     " \"ensures\": {\"returns\": {\"type\": \"boolean\"}}}"},
    {"app/handlers/confirm.lua", "return function() return true end"},

    {"contracts/limited.json",
     "{\"summary\": \"It is tested\", \"route\": \"GET /limited\", \"requires\": {\"auth\": "
     "[\"*\"],\n"
     "  \"rate_limit\": [{\"limit\": 2, \"per\": \"1m\", \"by\": \"principal\"}],\n"
     "  \"validates\": {\"type\": \"object\", \"properties\": {}}},\n"
     " \"ensures\": {\"returns\": {\"type\": \"boolean\"}}}"},
    {"app/handlers/limited.lua", "return function() return true end"},
};

static const char app_rows[] =
    "INSERT INTO users (id, role) VALUES ('ada', 'user'), ('bob', 'user'), ('root', 'admin'),\n"
    "  ('eve', 'user');\n"
    "INSERT INTO notes (id, owner_id, title) VALUES ('a1', 'ada', 'One'), ('a2', 'ada', 'Two'),\n"
    "  ('b1', 'bob', 'Three');\n";

static inline int app_set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  fixture_open(fixture, app_files, sizeof app_files / sizeof app_files[0], app_rows);
  *state = fixture;
  return 0;
}

#endif
