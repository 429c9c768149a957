-- What the host asks: whose a task is.

-- name: owner :value
SELECT owner_id FROM tasks WHERE id = :task_id;

-- What handlers may be granted.

-- name: create :one
-- optional: due
-- boolean: done
INSERT INTO tasks (id, owner_id, title, due, created_at)
VALUES (:new_id, :principal_id, :title, :due, :now)
RETURNING id, title, due, done, created_at;

-- name: list :many
-- optional: done, after
-- boolean: done
SELECT id, title, due, done, created_at FROM tasks
WHERE owner_id = :principal_id
  AND (:done IS NULL OR done = :done)
  AND (:after IS NULL OR id > :after)
ORDER BY id LIMIT 51;

-- name: read :one
-- boolean: done
SELECT id, title, due, done, created_at FROM tasks WHERE id = :task_id;

-- name: update :one
-- optional: title, due, done
-- boolean: done
UPDATE tasks SET
  title = iif(:has_title, :title, title),
  due = iif(:has_due, :due, due),
  done = iif(:has_done, :done, done)
WHERE id = :task_id
RETURNING id, title, due, done, created_at;

-- name: delete :exec
DELETE FROM tasks WHERE id = :task_id;
