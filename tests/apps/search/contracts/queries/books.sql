-- What `sort` chooses is the key by which books stand in order: it is compared with the key of the last book
-- that the client has seen, so a page goes on where the one before ended, even if books came in between.

-- name: search :many
-- optional: q, author, genre, from_year, to_year, for_sale, after
-- choice: sort = newest: -b.year | title: b.title | author: b.author
-- rows: 51
SELECT b.id, b.title, b.author, b.year, b.genre, b.price
FROM books AS b
WHERE (:q IS NULL OR instr(lower(b.title || ' ' || b.author), lower(:q)) > 0)
  AND (:author IS NULL OR b.author = :author)
  AND (:genre IS NULL OR b.genre = :genre)
  AND (:from_year IS NULL OR b.year >= :from_year)
  AND (:to_year IS NULL OR b.year <= :to_year)
  AND (:for_sale IS NULL OR (b.price IS NOT NULL) = :for_sale)
  AND (:after IS NULL OR (:sort, b.id) > (SELECT :sort, b.id FROM books AS b WHERE b.id = :after))
ORDER BY :sort, b.id
LIMIT :size + 1;
