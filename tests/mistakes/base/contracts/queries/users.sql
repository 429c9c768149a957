-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;
