-- name: open :one
INSERT INTO accounts (id, owner_id, name) VALUES (:new_id, :principal_id, :name)
RETURNING id, name, balance;

-- name: list :many
SELECT id, name, balance FROM accounts WHERE owner_id = :principal_id ORDER BY name;

-- name: debit :exec
UPDATE accounts SET balance = balance - :amount WHERE id = :from_account;

-- name: credit :exec
UPDATE accounts SET balance = balance + :amount WHERE id = :to_account;
