-- What the host asks. A paper in the bin has no owner but for the routes of the bin: nothing else finds it.

-- name: owner :value
SELECT owner_id FROM papers WHERE id = :paper_id AND deleted_at IS NULL;

-- name: owner_in_bin :value
SELECT owner_id FROM papers WHERE id = :paper_id AND deleted_at IS NOT NULL;

-- Thirty days.
-- name: is_restorable :value
SELECT deleted_at > :now - 2592000000 FROM papers WHERE id = :paper_id;

-- What handlers may be granted.

-- name: create :one
INSERT INTO papers (id, owner_id, title) VALUES (:new_id, :principal_id, :title) RETURNING id, title;

-- name: list :many
SELECT id, title FROM papers WHERE deleted_at IS NULL ORDER BY title LIMIT 1000;

-- name: read :one
SELECT id, title FROM papers WHERE id = :paper_id AND deleted_at IS NULL;

-- name: delete :exec
UPDATE papers SET deleted_at = :now WHERE id = :paper_id;

-- name: list_bin :many
SELECT id, title, deleted_at FROM papers WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC LIMIT 1000;

-- name: restore :one
UPDATE papers SET deleted_at = NULL WHERE id = :paper_id RETURNING id, title;

-- name: purge :exec
DELETE FROM papers WHERE deleted_at <= :now - 2592000000;
