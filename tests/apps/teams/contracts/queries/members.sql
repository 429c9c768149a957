-- name: list :many
SELECT m.user_id, u.name, m.role FROM members AS m JOIN users AS u ON u.id = m.user_id
WHERE m.team_id = :team_id ORDER BY u.name;

-- name: add_founder :exec
INSERT INTO members (team_id, user_id, role) VALUES (:new_id, :principal_id, 'owner');

-- name: set :exec
INSERT INTO members (team_id, user_id, role) VALUES (:team_id, :user_id, :role)
ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role;

-- name: remove :exec
DELETE FROM members WHERE team_id = :team_id AND user_id = :user_id;

-- name: leave :exec
DELETE FROM members WHERE team_id = :team_id AND user_id = :principal_id;
