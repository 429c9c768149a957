-- name: create :one
-- boolean: paid
INSERT INTO invoices (id, owner_id, amount) VALUES (:new_id, :principal_id, :amount)
RETURNING id, amount, paid_at IS NOT NULL AS paid;

-- name: list :many
-- boolean: paid
SELECT id, amount, paid_at IS NOT NULL AS paid FROM invoices ORDER BY id DESC LIMIT 100;

-- What the provider says. The event is read here, not in Lua: an event of another kind pays nothing.

-- name: record_payment :exec
-- json: event
INSERT INTO payments (id, invoice_id, amount)
SELECT :event ->> '$.data.object.id', i.id, :event ->> '$.data.object.amount'
FROM invoices AS i
WHERE i.id = :event ->> '$.data.object.metadata.invoice_id' AND :event ->> 'type' = 'payment_intent.succeeded'
ON CONFLICT (id) DO NOTHING;

-- name: settle :exec
-- json: event
UPDATE invoices SET paid_at = :now
WHERE id = :event ->> '$.data.object.metadata.invoice_id' AND paid_at IS NULL
  AND amount <= (SELECT sum(p.amount) FROM payments AS p WHERE p.invoice_id = invoices.id);
