-- name: {{action}} :exec
-- json: {{table}}
INSERT INTO {{table}} ({{insert_columns}})
SELECT {{batch_values}}
FROM json_each(:{{table}}) AS item;
