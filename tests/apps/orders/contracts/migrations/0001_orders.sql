CREATE TABLE users (
  id            TEXT NOT NULL PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL DEFAULT 'user',
  password_hash TEXT NOT NULL
) STRICT;

-- Money is whole cents.
CREATE TABLE products (
  id    TEXT NOT NULL PRIMARY KEY,
  name  TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  stock INTEGER NOT NULL CONSTRAINT in_stock CHECK (stock >= 0)
) STRICT;

CREATE TABLE orders (
  id          TEXT NOT NULL PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES users (id),
  placed_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX orders_by_customer ON orders (customer_id, placed_at);

CREATE TABLE lines (
  order_id   TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  product_id TEXT NOT NULL REFERENCES products (id),
  quantity   INTEGER NOT NULL CHECK (quantity > 0),
  price      INTEGER NOT NULL, -- of one, as it was when the order was placed
  PRIMARY KEY (order_id, product_id)
) STRICT, WITHOUT ROWID;
