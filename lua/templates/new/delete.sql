-- name: {{action}} :exec
DELETE FROM {{table}} WHERE {{key}} = :{{key_field}};
