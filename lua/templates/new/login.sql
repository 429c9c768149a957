-- name: {{action}}_credentials :one
SELECT {{key_as_id}}, {{secret}} AS hash FROM {{table}} WHERE {{login}} = :{{login}};

-- name: {{action}} :one
SELECT {{key}} FROM {{table}} WHERE {{key}} = :principal_id;
