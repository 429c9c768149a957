-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;

-- name: create :one
INSERT INTO notes (id, owner_id, title, body, updated_at)
VALUES (:new_id, :principal_id, :title, :body, :now)
RETURNING id, title, body, updated_at;

-- name: read :one
SELECT id, title, body, updated_at FROM notes WHERE id = :note_id;

-- name: update :one
UPDATE notes SET title = :title, body = :body, updated_at = :now WHERE id = :note_id
RETURNING id, title, body, updated_at;
