-- What the host asks about principals and credentials.

-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: credentials :one
SELECT id, password_hash AS hash FROM users WHERE email = :email;

-- name: own_credentials :one
SELECT id, password_hash AS hash FROM users WHERE id = :principal_id;

-- name: is_somebody_else :value
SELECT :user_id <> :principal_id;

-- What handlers may be granted.

-- name: register :one
INSERT INTO users (id, email, name, password_hash, created_at)
VALUES (:new_id, :email, :name, :password, :now)
RETURNING id, email, name, role;

-- name: me :one
SELECT id, email, name, role FROM users WHERE id = :principal_id;

-- name: update_profile :one
UPDATE users SET email = :email, name = :name WHERE id = :user_id
RETURNING id, email, name, role;

-- name: set_password :exec
UPDATE users SET password_hash = :new_password WHERE id = :principal_id;

-- name: list :many
-- optional: after
SELECT id, email, name, role FROM users
WHERE :after IS NULL OR id > :after
ORDER BY id LIMIT 51;

-- name: set_role :one
UPDATE users SET role = :role WHERE id = :user_id
RETURNING id, email, name, role;

-- name: delete :exec
DELETE FROM users WHERE id = :user_id;
