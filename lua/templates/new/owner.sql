-- name: {{owner_query}} :value
SELECT {{owner}} FROM {{table}} WHERE {{key}} = :{{key_field}};
