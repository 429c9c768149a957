-- principal: ada 00000000-0000-7000-8000-00000000000a ada-password
-- principal: bob 00000000-0000-7000-8000-00000000000b bob-password
-- principal: root 00000000-0000-7000-8000-00000000000f root-password
INSERT INTO users (id, email, name, role, password_hash) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$caUQwf59pJiCLn7SStBT/A$9swelF5aZRtAfuyIk1hn1rmIyVL1uLXjbXTKSoPWz34'),
  ('00000000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$Hf68yTO0YdL7os5ZuVhMuw$GSfNsVQxFCMy8kXizcfdP/XQZZuBbSTpes4FekwHz6w'),
  ('00000000-0000-7000-8000-00000000000f', 'root@example.com', 'Root', 'admin',
   '$argon2id$v=19$m=64,t=1,p=1$qJyhp9YjRN8gmR9dHoNWLA$bGeWATeY490q6gkVmVWvwFNvkiezDpGP3DLA87Gw3Mk');

-- a2 has been in the bin for too long to come back, b2 has not.
INSERT INTO papers (id, owner_id, title, deleted_at) VALUES
  ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-00000000000a', 'Essay', NULL),
  ('00000000-0000-7000-8000-0000000000a2', '00000000-0000-7000-8000-00000000000a', 'Draft', unixepoch('now', '-31 days') * 1000),
  ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-00000000000b', 'Report', NULL),
  ('00000000-0000-7000-8000-0000000000b2', '00000000-0000-7000-8000-00000000000b', 'Memo', unixepoch('now', '-29 days') * 1000);
