-- name: read :one
-- boolean: done
SELECT id, title, done, archived_at FROM notes WHERE id = :note_id;

-- name: own :one
SELECT id, title FROM notes WHERE id = :own_id;

-- name: newest_of_mine :one
SELECT id, title FROM notes WHERE owner_id = :principal_id ORDER BY id DESC LIMIT 1;

-- name: list :many
SELECT id, title FROM notes ORDER BY id LIMIT 100;

-- name: count :value
SELECT count(*) FROM notes;

-- name: is_done :value
SELECT done FROM notes WHERE id = :note_id;

-- name: create :one
INSERT INTO notes (id, owner_id, title, slug) VALUES (:new_id, :principal_id, :title, :slug)
RETURNING id, title;

-- name: insert :one
INSERT INTO notes (id, owner_id, title) VALUES (:new_id, :principal_id, :title)
RETURNING id, title;

-- name: rename :exec
UPDATE notes SET title = :title WHERE id = :note_id;

-- name: archive :exec
UPDATE notes SET archived_at = :now WHERE id = :note_id;

-- name: copy :exec
INSERT INTO notes (id, owner_id, title) VALUES (:copy_id, :principal_id, :title);

-- name: copy_once :one
INSERT INTO notes (id, owner_id, title) VALUES (:copy_id, :principal_id, :title)
ON CONFLICT (id) DO NOTHING RETURNING id, title;

-- name: created :one
SELECT id, title FROM notes WHERE id = :copy_id;

-- name: delete :exec
DELETE FROM notes WHERE id = :note_id;

-- name: owner :value
SELECT owner_id FROM notes WHERE id = :own_id;

-- name: page :many
SELECT id, title FROM notes WHERE id > (SELECT min(id) FROM notes LIMIT 5) ORDER BY id LIMIT 101 OFFSET 0;

-- name: all_of_mine :many
-- rows: 200
SELECT id, title FROM notes WHERE owner_id = :principal_id ORDER BY id;

-- name: recent :many
SELECT n.id, n.title, archived_at AS gone_at FROM notes n ORDER BY n.id LIMIT 100;

-- name: archived :many
SELECT id, archived_at FROM notes WHERE archived_at > 0 ORDER BY id LIMIT 100;
