-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: credentials :one
SELECT user_id AS id, password_hash AS hash FROM logins WHERE email = :email;

-- name: me :one
SELECT id, name FROM users WHERE id = :principal_id;
