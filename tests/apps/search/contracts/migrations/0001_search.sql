CREATE TABLE books (
  id     INTEGER NOT NULL PRIMARY KEY,
  title  TEXT NOT NULL,
  author TEXT NOT NULL,
  year   INTEGER NOT NULL,
  genre  TEXT NOT NULL,
  price  INTEGER -- cents; NULL: not for sale
) STRICT;

CREATE INDEX books_by_title ON books (title, id);
CREATE INDEX books_by_year ON books (-year, id);
