-- name: credit :exec
UPDATE accounts SET balance = balance + :amount WHERE id = :to;

-- name: total :value
SELECT sum(balance) FROM accounts;
