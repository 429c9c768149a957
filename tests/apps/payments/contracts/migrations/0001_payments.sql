CREATE TABLE users (
  id            TEXT NOT NULL PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL DEFAULT 'user',
  password_hash TEXT NOT NULL
) STRICT;

CREATE TABLE invoices (
  id       TEXT NOT NULL PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES users (id),
  amount   INTEGER NOT NULL CHECK (amount > 0), -- cents
  paid_at  INTEGER
) STRICT;

CREATE INDEX invoices_by_owner ON invoices (owner_id, id);

CREATE TABLE payments (
  id         TEXT NOT NULL PRIMARY KEY, -- the provider's
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  amount     INTEGER NOT NULL CHECK (amount > 0)
) STRICT;

CREATE INDEX payments_by_invoice ON payments (invoice_id, amount);
