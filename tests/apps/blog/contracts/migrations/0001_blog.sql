-- What others may see of a user, and what nobody else may: two tables, because `readable` opens rows.
CREATE TABLE users (
  id   TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'user'
) STRICT;

CREATE TABLE logins (
  user_id       TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  email         TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL
) STRICT;

CREATE TABLE posts (
  id           TEXT NOT NULL PRIMARY KEY,
  author_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title        TEXT NOT NULL,
  body         TEXT NOT NULL,
  published_at INTEGER -- NULL: a draft
) STRICT;

CREATE INDEX posts_by_author ON posts (author_id, id);
CREATE INDEX posts_by_date ON posts (published_at);

CREATE TABLE tags (
  post_id TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  tag     TEXT NOT NULL,
  PRIMARY KEY (post_id, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_tag ON tags (tag, post_id);

CREATE TABLE comments (
  id         TEXT NOT NULL PRIMARY KEY,
  post_id    TEXT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  author_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX comments_by_post ON comments (post_id, id);
