-- name: {{action}} :one
{{created_optional}}
{{boolean}}
INSERT INTO {{table}} ({{insert_columns}})
VALUES ({{insert_values}})
RETURNING {{columns}};
