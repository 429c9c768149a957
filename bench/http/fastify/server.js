// The peer: Fastify and better-sqlite3, doing what Writ does for the app in bench/http/app, as one would write it
// by hand and well: prepared statements, one query for session and principal, schemas compiled for input and output.
// It lacks the chain over the audit rows, and looks at session and owner once, before the write.
//
//   node server.js DATABASE FULL|NORMAL
"use strict";
const { createHash, randomBytes, randomUUID } = require("node:crypto");
const Database = require("better-sqlite3");

const [path, synchronous] = process.argv.slice(2);
const db = new Database(path);
db.pragma("journal_mode = WAL");
db.pragma(`synchronous = ${synchronous}`);
db.pragma("foreign_keys = ON");
db.exec(`
  CREATE TABLE users (
    id   TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL DEFAULT 'user'
  ) STRICT;
  CREATE TABLE notes (
    id         TEXT NOT NULL PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sessions (
    id           BLOB NOT NULL PRIMARY KEY,
    principal_id TEXT NOT NULL REFERENCES users (id),
    expires_ms   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    id           INTEGER PRIMARY KEY,
    time_ms      INTEGER NOT NULL,
    action       TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    resource     TEXT NOT NULL,
    address      TEXT NOT NULL,
    request_id   TEXT NOT NULL
  ) STRICT;`);

const findPrincipal = db.prepare(
  "SELECT u.id, u.role FROM sessions s JOIN users u ON u.id = s.principal_id WHERE s.id = ? AND s.expires_ms > ?");
const addUser = db.prepare("INSERT INTO users (id) VALUES (?)");
const addSession = db.prepare("INSERT INTO sessions VALUES (?, ?, ?)");
const owner = db.prepare("SELECT owner_id FROM notes WHERE id = ?").pluck();
const readNote = db.prepare("SELECT id, title, body, updated_at FROM notes WHERE id = ?");
const addNote = db.prepare("INSERT INTO notes VALUES (?, ?, ?, ?, ?) RETURNING id, title, body, updated_at");
const changeNote = db.prepare(
  "UPDATE notes SET title = ?, body = ?, updated_at = ? WHERE id = ? RETURNING id, title, body, updated_at");
const addAudit = db.prepare(
  "INSERT INTO audit (time_ms, action, principal_id, resource, address, request_id) VALUES (?, ?, ?, ?, ?, ?)");

const hash = (token) => createHash("sha256").update(token).digest();
const audit = (request, action, now, resource) =>
  addAudit.run(now, action, request.principal.id, resource, request.ip, request.id);

const createInTransaction = db.transaction((request, now) => {
  const note = addNote.get(randomUUID(), request.principal.id, request.body.title, request.body.body, now);
  audit(request, "note_created", now, note.id);
  return note;
});
const changeInTransaction = db.transaction((request, now) => {
  const note = changeNote.get(request.body.title, request.body.body, now, request.params.note_id);
  audit(request, "note_updated", now, note.id);
  return note;
});

const refuse = (status, message) => Object.assign(new Error(message), { statusCode: status });

// A generic cell rate limit for each principal, in memory.
const LIMIT = 1000000, PER_MS = 60000;
const arrivals = new Map();
function limitRate(id, now) {
  const due = Math.max(arrivals.get(id) ?? 0, now) + PER_MS / LIMIT;
  if (due - now > PER_MS) throw refuse(429, "too many requests");
  arrivals.set(id, due);
}

async function authenticate(request) {
  const now = Date.now();
  const match = /^bearer (\S+)$/i.exec(request.headers.authorization ?? "");
  request.principal = match && findPrincipal.get(hash(match[1]), now);
  if (!request.principal || request.principal.role !== "user") throw refuse(401, "unauthenticated");
  limitRate(request.principal.id, now);
}
async function own(request) {
  if (owner.get(request.params.note_id) !== request.principal.id) throw refuse(404, "not found");
}

const title = { type: "string", minLength: 1, maxLength: 100 };
const body = { type: "string", maxLength: 10000 };
const input = { type: "object", properties: { title, body }, required: ["title", "body"], additionalProperties: false };
const params = { type: "object", properties: { note_id: { type: "string", format: "uuid" } }, required: ["note_id"] };
const note = {
  type: "object",
  properties: { id: { type: "string" }, title, body, updated_at: { type: "integer" } },
  required: ["id", "title", "body", "updated_at"],
};

const server = require("fastify")({ genReqId: () => randomUUID() });
server.decorateRequest("principal", null);
server.post("/users", async (request, reply) => {
  const id = randomUUID(), token = randomBytes(32).toString("base64url");
  addUser.run(id);
  addSession.run(hash(token), id, Date.now() + 86400000);
  reply.code(201);
  return { id, token };
});
server.post("/notes", { onRequest: authenticate, schema: { body: input, response: { 201: note } } },
  async (request, reply) => {
    reply.code(201);
    return createInTransaction(request, Date.now());
  });
server.patch("/notes/:note_id",
  { onRequest: authenticate, preHandler: own, schema: { params, body: input, response: { 200: note } } },
  async (request) => changeInTransaction(request, Date.now()));
server.get("/notes/:note_id",
  { onRequest: authenticate, preHandler: own, schema: { params, response: { 200: note } } },
  async (request) => readNote.get(request.params.note_id));

server.listen({ host: "127.0.0.1", port: 0 }).then((address) => console.log(`listening on ${address}`));
process.on("SIGTERM", () => process.exit(0));
