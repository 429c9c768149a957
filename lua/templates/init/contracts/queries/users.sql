-- What the host asks about principals and credentials.

-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: credentials :one
SELECT id, password_hash AS hash FROM users WHERE email = :email;

-- What handlers may be granted.

-- name: register :one
INSERT INTO users (id, email, name, password_hash, created_at)
VALUES (:new_id, :email, :name, :password, :now)
RETURNING id, email, name, role;

-- name: me :one
SELECT id, email, name, role FROM users WHERE id = :principal_id;
