-- principal: ada 00000000-0000-7000-8000-00000000000a
-- principal: bob 00000000-0000-7000-8000-00000000000b
-- principal: root 00000000-0000-7000-8000-00000000000f
INSERT INTO users (id, email, name, role, password_hash) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada', 'user', '-'),
  ('00000000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob', 'user', '-'),
  ('00000000-0000-7000-8000-00000000000f', 'root@example.com', 'Root', 'admin', '-');

INSERT INTO notes (id, owner_id, title, pages) VALUES
  ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-00000000000a', 'Engines', 3),
  ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-00000000000b', 'Bridges', NULL);
