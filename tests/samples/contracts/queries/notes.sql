-- name: owner :value
SELECT owner_id FROM notes WHERE id = :note_id;

-- name: get :one
SELECT id, title FROM notes WHERE id = :note_id;

-- name: tag :exec
UPDATE notes SET tags = json_insert(tags, '$[#]', :tag) WHERE id = :note_id AND owner_id = :principal_id;

-- name: create :one
INSERT INTO notes (id, owner_id, title, slug) VALUES (:new_id, :principal_id, :title, :slug) RETURNING id;

-- name: update :one
UPDATE notes SET title = :title WHERE id = :note_id AND owner_id = :principal_id RETURNING id, title;
