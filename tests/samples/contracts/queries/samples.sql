-- name: write :exec
INSERT INTO products (id) VALUES (:new_id);
