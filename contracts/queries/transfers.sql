-- What the host asks before and after a transfer, of the rows it touches only.

-- name: source_owner :value
SELECT owner_id FROM accounts WHERE id = :from_account;

-- name: target_exists :value
SELECT EXISTS (SELECT 1 FROM accounts WHERE id = :to_account) AND :to_account <> :from_account;

-- name: covered :value
SELECT balance >= :amount FROM accounts WHERE id = :from_account;

-- name: entries_sum_to_zero :value
SELECT count(*) = 2 AND sum(amount) = 0 AND max(amount) = :amount
FROM entries WHERE transfer_id = :new_id;

-- name: balances_match_entries :value
SELECT count(*) = 2 AND min(balance >= 0) AND
  min(balance = (SELECT sum(amount) FROM entries WHERE account_id = accounts.id))
FROM accounts WHERE id IN (:from_account, :to_account);

-- What the handler may do.

-- name: create :one
INSERT INTO transfers (id, sender_id, from_account, to_account, amount, created_at)
VALUES (:new_id, :principal_id, :from_account, :to_account, :amount, :now)
RETURNING id, from_account, to_account, amount, created_at;

-- name: enter :exec
INSERT INTO entries (transfer_id, account_id, amount)
VALUES (:new_id, :from_account, -:amount), (:new_id, :to_account, :amount);

-- name: list :many
SELECT id, from_account, to_account, amount, created_at FROM transfers
WHERE sender_id = :principal_id ORDER BY id DESC LIMIT 50;
