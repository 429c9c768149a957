-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;

-- name: create :one
INSERT INTO notes (id, owner_id, title, body, created_at, updated_at)
VALUES (:new_id, :principal_id, :title, :body, :now, :now)
RETURNING id, title, body, created_at, updated_at;

-- name: read :one
SELECT id, title, body, created_at, updated_at FROM notes WHERE id = :note_id;

-- name: list :many
-- optional: q, page, sort
-- choice: sort = newest: id DESC | title: title, id
SELECT id, title, updated_at FROM notes
WHERE owner_id = :principal_id
  AND (:q IS NULL OR instr(lower(title || ' ' || body), lower(:q)) > 0)
ORDER BY :sort
LIMIT 21 OFFSET (coalesce(:page, 1) - 1) * 20;

-- name: update :one
-- optional: title, body
UPDATE notes SET
  title = iif(:has_title, :title, title),
  body = iif(:has_body, :body, body),
  updated_at = :now
WHERE id = :note_id
RETURNING id, title, body, created_at, updated_at;

-- name: delete :exec
DELETE FROM notes WHERE id = :note_id;
