-- name: my_role :value
SELECT m.role FROM documents AS d JOIN members AS m ON m.team_id = d.team_id
WHERE d.id = :document_id AND m.user_id = :principal_id;

-- name: create :one
INSERT INTO documents (id, team_id, title, body, changed_by, changed_at)
VALUES (:new_id, :team_id, :title, :body, :principal_id, :now)
RETURNING id, title, body, changed_by, changed_at;

-- name: list :many
SELECT id, title, changed_at FROM documents WHERE team_id = :team_id ORDER BY title LIMIT 1000;

-- name: read :one
SELECT id, title, body, changed_by, changed_at FROM documents WHERE id = :document_id;

-- name: update :one
UPDATE documents SET title = :title, body = :body, changed_by = :principal_id, changed_at = :now
WHERE id = :document_id
RETURNING id, title, body, changed_by, changed_at;
