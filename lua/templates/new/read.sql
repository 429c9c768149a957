-- name: {{action}} :one
{{boolean}}
SELECT {{columns}} FROM {{table}}
WHERE {{key}} = :{{key_field}};
