-- What is there when a test begins, and in `writ dev`. Tests call people by these names:
-- principal: ada 01890000-0000-7000-8000-00000000000a ada-loves-engines
-- principal: bob 01890000-0000-7000-8000-00000000000b bob-builds-bridges
-- principal: root 01890000-0000-7000-8000-00000000000f root-reads-audits

-- The hashes are of the passwords above. They are cheap to compute, which no real one is.
INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES
  ('01890000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$OJatsZnilucMBQWH8Uy/Rw$x5Hl8nRVkt/DfDYo1HTYrEuR2cbt8w9hrRL8Y8x7wfQ', 1767225600000),
  ('01890000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$ipaRTgnXaKZYyZayJxrh4g$ISDm+cuquR8GG5UxQFdPZssTwl1P069k3sgylgXs2cU', 1767225600000),
  ('01890000-0000-7000-8000-00000000000f', 'root@example.com', 'Root', 'admin',
   '$argon2id$v=19$m=64,t=1,p=1$miSIYqiSN+6yku0hPF/JxA$YsIes/OZ6ZRq7ZOVXqy6qV+D4nfSVsMAJ+NITVIvBtc', 1767225600000);

INSERT INTO tasks (id, owner_id, title, due, done, created_at) VALUES
  ('01890000-0000-7000-8000-0000000000a1', '01890000-0000-7000-8000-00000000000a', 'Oil the engine', NULL, 1, 1767225600000),
  ('01890000-0000-7000-8000-0000000000a2', '01890000-0000-7000-8000-00000000000a', 'Write Note G', '2026-05-01', 0, 1767225601000),
  ('01890000-0000-7000-8000-0000000000b1', '01890000-0000-7000-8000-00000000000b', 'Cross the strait', NULL, 0, 1767225602000);
