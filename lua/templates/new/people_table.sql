CREATE TABLE {{table}} (
  id            TEXT NOT NULL PRIMARY KEY,
  {{login_padded}} TEXT NOT NULL UNIQUE,
  role          TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
  password_hash TEXT NOT NULL,
  created_at    INTEGER NOT NULL
) STRICT;
