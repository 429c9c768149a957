-- Who may delete a comment: whoever wrote it, and whoever wrote the post.
-- name: moderator :value
SELECT :principal_id FROM comments AS c JOIN posts AS p ON p.id = c.post_id
WHERE c.id = :comment_id AND :principal_id IN (c.author_id, p.author_id);

-- name: of_post :many
SELECT c.id, c.body, c.created_at, u.name AS author
FROM comments AS c JOIN users AS u ON u.id = c.author_id
WHERE c.post_id = :post_id ORDER BY c.id LIMIT 200;

-- name: create :one
INSERT INTO comments (id, post_id, author_id, body, created_at)
VALUES (:new_id, :post_id, :principal_id, :body, :now)
RETURNING id, body, created_at;

-- name: delete :exec
DELETE FROM comments WHERE id = :comment_id;
