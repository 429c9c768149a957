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
