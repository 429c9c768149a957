CREATE TABLE users (
  id            TEXT NOT NULL PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL DEFAULT 'user',
  password_hash TEXT NOT NULL
) STRICT;

CREATE TABLE contacts (
  id        TEXT NOT NULL PRIMARY KEY,
  owner_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name      TEXT NOT NULL,
  phone     TEXT,
  birthday  TEXT,
  favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1)),
  version   INTEGER NOT NULL DEFAULT 1,
  UNIQUE (owner_id, name)
) STRICT;
