-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: credentials :one
SELECT id, password_hash AS hash FROM users WHERE email = :email;

-- name: me :one
SELECT id, name FROM users WHERE id = :principal_id;
