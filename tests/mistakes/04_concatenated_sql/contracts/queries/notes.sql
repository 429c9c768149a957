-- name: search :many
SELECT id, title FROM notes WHERE owner_id = :principal_id AND title LIKE '%' || :q || '%' ORDER BY id;
