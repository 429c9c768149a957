-- principal: ada ada ada-password
-- principal: bob bob bob-password
-- principal: carl carl root-password
-- principal: root root root-password
INSERT INTO users (id, email, name, role, password_hash) VALUES
  ('ada', 'ada@example.com', 'Ada', 'user', '$argon2id$v=19$m=64,t=1,p=1$caUQwf59pJiCLn7SStBT/A$9swelF5aZRtAfuyIk1hn1rmIyVL1uLXjbXTKSoPWz34'),
  ('bob', 'bob@example.com', 'Bob', 'user', '$argon2id$v=19$m=64,t=1,p=1$Hf68yTO0YdL7os5ZuVhMuw$GSfNsVQxFCMy8kXizcfdP/XQZZuBbSTpes4FekwHz6w'),
  ('carl', 'carl@example.com', 'Carl', 'admin', '$argon2id$v=19$m=64,t=1,p=1$qJyhp9YjRN8gmR9dHoNWLA$bGeWATeY490q6gkVmVWvwFNvkiezDpGP3DLA87Gw3Mk'),
  ('root', 'root@example.com', 'Root', 'admin', '$argon2id$v=19$m=64,t=1,p=1$qJyhp9YjRN8gmR9dHoNWLA$bGeWATeY490q6gkVmVWvwFNvkiezDpGP3DLA87Gw3Mk');
INSERT INTO notes (id, owner_id, slug, body) VALUES
  ('a1', 'ada', 'ada-1', 'ada writes'), ('b1', 'bob', 'bob-1', 'bob''s secret');
INSERT INTO accounts (id, owner_id, balance) VALUES ('aa', 'ada', 100), ('bb', 'bob', 100);
