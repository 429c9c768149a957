-- name: principal :one
SELECT id, role FROM users WHERE id = :principal_id;

-- name: create :one
INSERT INTO users (id) VALUES (:new_id) RETURNING id;
