-- Double-entry: a transfer has one entry for each account it touches, and they sum to zero.
CREATE TABLE accounts (
  id       TEXT NOT NULL PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  name     TEXT NOT NULL,
  balance  INTEGER NOT NULL DEFAULT 0,
  UNIQUE (owner_id, name)
) STRICT;

CREATE TABLE transfers (
  id           TEXT NOT NULL PRIMARY KEY,
  sender_id    TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  from_account TEXT NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
  to_account   TEXT NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
  amount       INTEGER NOT NULL CHECK (amount > 0),
  created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX transfers_by_sender ON transfers (sender_id, id);

CREATE TABLE entries (
  transfer_id TEXT NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
  account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,
  amount      INTEGER NOT NULL,
  PRIMARY KEY (transfer_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX entries_by_account ON entries (account_id, amount);
