-- name: principal :one
SELECT id, role FROM {{table}} WHERE id = :principal_id;

-- name: register :one
INSERT INTO {{table}} (id, {{login}}, password_hash, created_at)
VALUES (:new_id, :{{login}}, :password, :now)
RETURNING id;
