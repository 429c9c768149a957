-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: own_credentials :one
SELECT id, password_hash AS hash FROM users WHERE id = :principal_id;

-- name: update_profile :one
UPDATE users SET email = :email, name = :name WHERE id = :user_id RETURNING id, email, name, role;
