-- What the host asks, before and after.

-- name: owner :value
SELECT customer_id FROM orders WHERE id = :order_id;

-- name: products_exist :value
-- json: lines
SELECT NOT EXISTS (
  SELECT 1 FROM json_each(:lines) WHERE value ->> 'product_id' NOT IN (SELECT id FROM products)
);

-- name: is_complete :value
-- json: lines
SELECT count(*) = json_array_length(:lines) FROM lines WHERE order_id = :order_id;

-- What handlers may be granted.

-- name: place :exec
INSERT INTO orders (id, customer_id, placed_at) VALUES (:order_id, :principal_id, :now);

-- name: add_lines :exec
-- json: lines
INSERT INTO lines (order_id, product_id, quantity, price)
SELECT :order_id, p.id, ordered.value ->> 'quantity', p.price
FROM json_each(:lines) AS ordered JOIN products AS p ON p.id = ordered.value ->> 'product_id';

-- name: list :many
SELECT o.id, o.placed_at, sum(l.quantity * l.price) AS total
FROM orders AS o JOIN lines AS l ON l.order_id = o.id
GROUP BY o.id ORDER BY o.placed_at DESC, o.id LIMIT 100;

-- name: read :one
SELECT o.id, o.placed_at, sum(l.quantity * l.price) AS total
FROM orders AS o JOIN lines AS l ON l.order_id = o.id
WHERE o.id = :order_id GROUP BY o.id;

-- name: lines :many
SELECT l.product_id, p.name, l.quantity, l.price
FROM lines AS l JOIN products AS p ON p.id = l.product_id
WHERE l.order_id = :order_id ORDER BY p.name;
