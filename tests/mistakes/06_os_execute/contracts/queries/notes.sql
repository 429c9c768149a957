-- name: create :one
INSERT INTO notes (id, owner_id, title) VALUES (:new_id, :principal_id, :title) RETURNING id, title;
