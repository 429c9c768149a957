-- name: owner :value
SELECT user_id FROM folders WHERE id = :folder_id;
