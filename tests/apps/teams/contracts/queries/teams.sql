-- Whose rows are whose, for policy.json.

-- name: owned :many
SELECT team_id FROM members WHERE user_id = :principal_id AND role = 'owner';

-- name: edited :many
SELECT team_id FROM members WHERE user_id = :principal_id AND role IN ('owner', 'editor');

-- What the host asks, before and after.

-- name: my_role :value
SELECT role FROM members WHERE team_id = :team_id AND user_id = :principal_id;

-- name: has_owner :value
SELECT EXISTS (SELECT 1 FROM members WHERE team_id = :team_id AND role = 'owner');

-- What handlers may be granted.

-- name: create :one
INSERT INTO teams (id, name) VALUES (:new_id, :name) RETURNING id, name;

-- name: list :many
SELECT t.id, t.name, m.role FROM teams AS t JOIN members AS m ON m.team_id = t.id
WHERE m.user_id = :principal_id ORDER BY t.name;
