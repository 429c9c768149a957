-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: me :one
SELECT id, email, role FROM users WHERE id = :principal_id;

-- name: all_of_me :one
SELECT id, email, role, reset_code FROM users WHERE id = :principal_id;

-- name: everybody :many
SELECT id, email, reset_code FROM users ORDER BY id LIMIT 100;

-- name: register :one
INSERT INTO users (id, email, password_hash) VALUES (:new_id, :email, :password)
RETURNING id, email;
