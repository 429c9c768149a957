-- name: {{action}} :many
-- optional: after
{{boolean}}
SELECT {{columns}} FROM {{table}}
WHERE {{listed_where}}
ORDER BY {{key}} LIMIT 51;
