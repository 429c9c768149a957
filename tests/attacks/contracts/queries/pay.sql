-- name: debit :exec
UPDATE accounts SET balance = balance - :amount WHERE owner_id = :principal_id;

-- name: credit :exec
UPDATE accounts SET balance = balance + :amount WHERE id = :to;

-- name: tip :exec
UPDATE accounts SET balance = balance - :tip WHERE owner_id = :principal_id;

-- name: conserved :value
SELECT sum(balance) = 200 AND min(balance) >= 0 FROM accounts;

-- name: covered :value
SELECT balance >= :amount FROM accounts WHERE owner_id = :principal_id;
