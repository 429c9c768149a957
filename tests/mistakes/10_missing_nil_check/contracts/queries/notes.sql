-- name: one :one
SELECT id, title, pages FROM notes WHERE id = :note_id AND owner_id = :principal_id;
