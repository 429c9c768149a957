-- Every one of these forgot somebody.

-- name: mark :exec
UPDATE notes SET editor = :principal_id WHERE id = :note_id;

-- name: upsert :exec
INSERT INTO notes (id, owner_id, slug, body) VALUES (:note_id, :principal_id, :new_id, :body)
ON CONFLICT (id) DO UPDATE SET body = excluded.body;

-- name: replace_by_id :exec
INSERT OR REPLACE INTO notes (id, owner_id, slug, body) VALUES (:note_id, :principal_id, :new_id, :body);

-- name: replace_by_slug :exec
-- optional: slug
INSERT OR REPLACE INTO notes (id, owner_id, slug, body) VALUES (:new_id, :principal_id, :slug, :body);

-- name: steal :exec
UPDATE notes SET owner_id = :principal_id WHERE id = :note_id;

-- name: give_away :exec
UPDATE notes SET owner_id = 'bob' WHERE owner_id = :principal_id;

-- name: delete_all :exec
DELETE FROM notes;

-- name: list_all :many
SELECT id, body FROM notes;

-- name: count_all :value
SELECT count(*) AS n FROM notes;

-- name: search_all :many
SELECT n.id, n.body FROM notes AS n JOIN users AS u ON u.id = n.owner_id
UNION ALL SELECT id, body FROM notes WHERE body LIKE '%secret%';

-- These do what they should.

-- name: append :exec
UPDATE notes SET body = body || '+' WHERE id = 'a1' AND owner_id = :principal_id;

-- name: add :exec
INSERT INTO notes (id, owner_id, slug, body) VALUES (:new_id, :principal_id, :new_id, 'added');

-- name: own :many
SELECT id, body FROM notes WHERE owner_id = :principal_id;
