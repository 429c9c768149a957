-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: me :one
SELECT id, email, name, password_hash FROM users WHERE id = :principal_id;
