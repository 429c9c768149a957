-- What the host asks.

-- name: author :value
SELECT author_id FROM posts WHERE id = :post_id;

-- name: is_published :value
SELECT published_at IS NOT NULL FROM posts WHERE id = :post_id;

-- What handlers may be granted. A query sees what the policy lets its caller see, so none of them asks whether
-- a post is published: a public list never holds a draft.

-- name: list :many
-- optional: tag
-- json: tags
SELECT p.id, p.title, p.published_at, u.name AS author,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE post_id = p.id ORDER BY tag)) AS tags
FROM posts AS p JOIN users AS u ON u.id = p.author_id
WHERE :tag IS NULL OR p.id IN (SELECT post_id FROM tags WHERE tag = :tag)
ORDER BY p.published_at DESC, p.id DESC
LIMIT 11 OFFSET (:page - 1) * 10;

-- name: list_mine :many
SELECT id, title, published_at FROM posts WHERE author_id = :principal_id ORDER BY id DESC LIMIT 100;

-- name: read :one
-- json: tags
SELECT p.id, p.title, p.body, p.published_at, u.name AS author,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE post_id = p.id ORDER BY tag)) AS tags
FROM posts AS p JOIN users AS u ON u.id = p.author_id
WHERE p.id = :post_id;

-- name: create :value
INSERT INTO posts (id, author_id, title, body) VALUES (:new_id, :principal_id, :title, :body) RETURNING id;

-- name: update :exec
UPDATE posts SET title = :title, body = :body WHERE id = :post_id;

-- name: publish :exec
UPDATE posts SET published_at = coalesce(published_at, :now) WHERE id = :post_id;

-- name: delete :exec
DELETE FROM posts WHERE id = :post_id;

-- name: clear_tags :exec
DELETE FROM tags WHERE post_id = :post_id;

-- name: add_tags :exec
-- json: tags
INSERT INTO tags (post_id, tag) SELECT :post_id, value FROM json_each(:tags);
