-- name: is_balanced :value
SELECT total(amount) >= 0 FROM transfers WHERE id = :new_id;
