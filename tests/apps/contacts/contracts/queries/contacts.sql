-- What the host asks.

-- name: owner :value
SELECT owner_id FROM contacts WHERE id = :contact_id;

-- name: is_unchanged :value
-- optional: version
SELECT NOT :has_version OR version = :version FROM contacts WHERE id = :contact_id;

-- What handlers may be granted.

-- name: create :one
-- optional: phone, birthday
-- boolean: favourite
INSERT INTO contacts (id, owner_id, name, phone, birthday, favourite)
VALUES (:new_id, :principal_id, :name, :phone, :birthday, :favourite)
RETURNING id, name, phone, birthday, favourite, version;

-- name: list :many
-- boolean: favourite
SELECT id, name, phone, birthday, favourite, version FROM contacts ORDER BY favourite DESC, name LIMIT 500;

-- A field that was sent is stored, null as well; one that was not sent stays.
-- name: update :one
-- optional: name, phone, birthday, favourite
-- boolean: favourite
UPDATE contacts SET
  name      = iif(:has_name, :name, name),
  phone     = iif(:has_phone, :phone, phone),
  birthday  = iif(:has_birthday, :birthday, birthday),
  favourite = iif(:has_favourite, :favourite, favourite),
  version   = version + 1
WHERE id = :contact_id
RETURNING id, name, phone, birthday, favourite, version;
