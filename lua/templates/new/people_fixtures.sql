-- What is there when a test begins. Tests call people by these names:
-- principal: ada 01890000-0000-7000-8000-00000000000a ada-loves-engines
-- principal: bob 01890000-0000-7000-8000-00000000000b bob-builds-bridges

-- The hashes are of the passwords above. They are cheap to compute, which no real one is.
INSERT INTO {{table}} (id, {{login}}, role, password_hash, created_at) VALUES
  ('01890000-0000-7000-8000-00000000000a', '{{ada}}', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$OJatsZnilucMBQWH8Uy/Rw$x5Hl8nRVkt/DfDYo1HTYrEuR2cbt8w9hrRL8Y8x7wfQ', 1767225600000),
  ('01890000-0000-7000-8000-00000000000b', '{{bob}}', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$ipaRTgnXaKZYyZayJxrh4g$ISDm+cuquR8GG5UxQFdPZssTwl1P069k3sgylgXs2cU', 1767225600000);
