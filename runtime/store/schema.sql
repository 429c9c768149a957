-- Writ's own tables, made with a new database; no query of an app can reach them. STRICT, so that a
-- value comes back with the type it was written with: ids of principals may be text or integer.

-- Which migrations have been applied, in which order, and the hash of what they said.
CREATE TABLE IF NOT EXISTS writ_migration (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  applied_ms INTEGER NOT NULL
) STRICT;

-- A session is found by the hash of its token: who reads this table cannot use what is in it. `ends_ms` is when
-- it ends if it is not used again: the sooner of `expires_ms` and `used_ms` + `idle_ms`. What is said of roles and
-- scopes only narrows what the principal may do.
CREATE TABLE IF NOT EXISTS writ_session (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
  principal_id ANY NOT NULL CHECK (typeof(principal_id) IN ('text', 'integer')),
  started_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL, -- coarsely
  idle_ms INTEGER NOT NULL CHECK (idle_ms >= 0), -- 0: it does not end for being idle
  ends_ms INTEGER NOT NULL,
  label TEXT, -- of a machine's token (writ token); NULL: a person's own login
  roles TEXT, -- a JSON array; NULL: all of them
  scopes TEXT -- a JSON array; NULL: all of them
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS writ_session_principal ON writ_session (principal_id);
CREATE INDEX IF NOT EXISTS writ_session_ends ON writ_session (ends_ms);

-- Replies of calls that are idempotent, by the keyed hash of who called what with which key.
CREATE TABLE IF NOT EXISTS writ_reply (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
  input BLOB NOT NULL CHECK (length(input) = 32),
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS writ_reply_expires ON writ_reply (expires_ms);

-- One row for each call that its contract audits, and for each refusal. Ids have no gaps; `hash` is the
-- keyed hash of the row before and of this row's columns (store/audit.c). No CHECK has an IN of more than two
-- values: SQLite would make a table of them for each row that is written.
CREATE TABLE IF NOT EXISTS writ_audit (
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome = 'ok' OR outcome = 'denied' OR outcome = 'failed' OR outcome = 'breach'),
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  principal_id ANY CHECK (typeof(principal_id) <> 'real' AND typeof(principal_id) <> 'blob'),
  handler TEXT NOT NULL,
  contract_hash BLOB NOT NULL CHECK (length(contract_hash) = 32),
  handler_hash BLOB NOT NULL CHECK (length(handler_hash) = 32),
  resource TEXT NOT NULL,
  input TEXT NOT NULL,
  address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  duration_us INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Against mistakes, not against attackers: those the chain finds.
CREATE TRIGGER IF NOT EXISTS writ_audit_no_update BEFORE UPDATE ON writ_audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER IF NOT EXISTS writ_audit_no_delete BEFORE DELETE ON writ_audit
WHEN OLD.id > coalesce((SELECT id FROM writ_audit_base), 0) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- Where the chain begins once its oldest rows were pruned (store/audit_base.c): the last of them and its hash,
-- and which row tells of it. `mac` is the keyed hash of all this.
CREATE TABLE IF NOT EXISTS writ_audit_base (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  pruned_ms INTEGER NOT NULL,
  told_by INTEGER NOT NULL,
  mac BLOB NOT NULL CHECK (length(mac) = 32)
) STRICT;

-- Each manifest of signed contracts that was served (writ serve --trust): an older one is not served again.
CREATE TABLE IF NOT EXISTS writ_served (
  version INTEGER PRIMARY KEY CHECK (version > 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  served_ms INTEGER NOT NULL
) STRICT;
