-- name: mine :many
SELECT team_id FROM members WHERE user_id = :principal_id;

-- name: role_of :value
SELECT role FROM members WHERE team_id = :team_id AND user_id = :principal_id;
