-- name: {{action}} :one
-- optional: {{updated_names}}
{{boolean}}
UPDATE {{table}} SET
  {{sets}}
WHERE {{key}} = :{{key_field}}
RETURNING {{columns}};
