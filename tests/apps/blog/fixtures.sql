-- Passwords: ada-password, bob-password.
INSERT INTO users (id, name) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'Ada'),
  ('00000000-0000-7000-8000-00000000000b', 'Bob');

INSERT INTO logins (user_id, email, password_hash) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'ada@example.com',
   '$argon2id$v=19$m=64,t=1,p=1$caUQwf59pJiCLn7SStBT/A$9swelF5aZRtAfuyIk1hn1rmIyVL1uLXjbXTKSoPWz34'),
  ('00000000-0000-7000-8000-00000000000b', 'bob@example.com',
   '$argon2id$v=19$m=64,t=1,p=1$Hf68yTO0YdL7os5ZuVhMuw$GSfNsVQxFCMy8kXizcfdP/XQZZuBbSTpes4FekwHz6w');

INSERT INTO posts (id, author_id, title, body, published_at) VALUES
  ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-00000000000a', 'Engines', 'They weave.', 1735689600000),
  ('00000000-0000-7000-8000-0000000000a2', '00000000-0000-7000-8000-00000000000a', 'Bernoulli', 'Note G, not finished.', NULL),
  ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-00000000000b', 'Bridges', 'They carry.', 1735689601000);

INSERT INTO tags (post_id, tag) VALUES
  ('00000000-0000-7000-8000-0000000000a1', 'engines'), ('00000000-0000-7000-8000-0000000000a2', 'numbers'), ('00000000-0000-7000-8000-0000000000b1', 'iron');

INSERT INTO comments (id, post_id, author_id, body, created_at) VALUES
  ('00000000-0000-7000-8000-0000000000c1', '00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-00000000000b', 'Splendid.', 1735689602000);
