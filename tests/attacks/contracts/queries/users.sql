-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: credentials :one
SELECT id, password_hash AS hash FROM users WHERE email = :email;

-- name: own_credentials :one
SELECT id, password_hash AS hash FROM users WHERE id = :principal_id;

-- name: me :one
SELECT id, email, name, role FROM users WHERE id = :principal_id;

-- The essay's: whatever id it is given.
-- name: update_profile :one
UPDATE users SET email = :email, name = :name WHERE id = :user_id
RETURNING id, email, name, role;

-- name: promote :exec
UPDATE users SET role = :role WHERE id = :principal_id;

-- name: list :many
SELECT id, email, name, role FROM users;
