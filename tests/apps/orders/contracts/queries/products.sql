-- name: list :many
SELECT id, name, price, stock FROM products ORDER BY name;

-- name: take :exec
-- json: lines
UPDATE products SET stock = stock - (ordered.value ->> 'quantity')
FROM json_each(:lines) AS ordered
WHERE products.id = ordered.value ->> 'product_id';
