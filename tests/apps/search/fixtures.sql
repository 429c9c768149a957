INSERT INTO books (id, title, author, year, genre, price) VALUES
  (1, 'Frankenstein', 'Mary Shelley', 1818, 'novel', 900),
  (2, 'The Last Man', 'Mary Shelley', 1826, 'novel', 1100),
  (3, 'Don Juan', 'Lord Byron', 1819, 'poetry', NULL),
  (4, 'Ada', 'Vladimir Nabokov', 1969, 'novel', 1500),
  (5, 'Notes on the Engine', 'Ada Lovelace', 1843, 'science', NULL),
  (6, 'On Computable Numbers', 'Alan Turing', 1936, 'science', 2500),
  (7, 'Sonnets', 'William Shakespeare', 1609, 'poetry', 700),
  (8, 'Pale Fire', 'Vladimir Nabokov', 1962, 'novel', 1400);

-- A shelf of the same year, author and title: only the id tells them apart.
INSERT INTO books (id, title, author, year, genre)
SELECT value, 'Volume', 'Various', 1700, 'science'
FROM json_each('[101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130]');
