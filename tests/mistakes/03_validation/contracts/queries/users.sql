-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: update_profile :one
-- optional: name, role
UPDATE users SET name = coalesce(:name, name), role = coalesce(:role, role) WHERE id = :user_id
RETURNING id, name, role;
