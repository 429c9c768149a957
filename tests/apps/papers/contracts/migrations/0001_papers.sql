CREATE TABLE users (
  id            TEXT NOT NULL PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL DEFAULT 'user',
  password_hash TEXT NOT NULL
) STRICT;

CREATE TABLE papers (
  id         TEXT NOT NULL PRIMARY KEY,
  owner_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title      TEXT NOT NULL,
  deleted_at INTEGER -- NULL: it is there; otherwise in the bin since then
) STRICT;

-- What is in the bin takes no title away.
CREATE UNIQUE INDEX papers_by_title ON papers (owner_id, title) WHERE deleted_at IS NULL;
CREATE INDEX papers_in_bin ON papers (deleted_at) WHERE deleted_at IS NOT NULL;
