-- principal: ada 00000000-0000-7000-8000-00000000000a ada-password
-- principal: bob 00000000-0000-7000-8000-00000000000b bob-password
-- principal: carl 00000000-0000-7000-8000-00000000000c carl-password
-- principal: dora 00000000-0000-7000-8000-00000000000d dora-password
INSERT INTO users (id, email, name, password_hash) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada',
   '$argon2id$v=19$m=64,t=1,p=1$caUQwf59pJiCLn7SStBT/A$9swelF5aZRtAfuyIk1hn1rmIyVL1uLXjbXTKSoPWz34'),
  ('00000000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob',
   '$argon2id$v=19$m=64,t=1,p=1$Hf68yTO0YdL7os5ZuVhMuw$GSfNsVQxFCMy8kXizcfdP/XQZZuBbSTpes4FekwHz6w'),
  ('00000000-0000-7000-8000-00000000000c', 'carl@example.com', 'Carl',
   '$argon2id$v=19$m=64,t=1,p=1$cHiQqH4FDfTseLpEaozM4g$vHqpmi169ERnmGV7r41GavbJuDxtjPGMpBo1PIQSd18'),
  ('00000000-0000-7000-8000-00000000000d', 'dora@example.com', 'Dora',
   '$argon2id$v=19$m=64,t=1,p=1$72XRUPRQckhq4LMITQ0aiw$FRSGp4mIcZpFb3RlnoUJ/wim9Vy25apWixXFqDhdMWc');

-- Ada owns the Engine, Bob edits, Carl reads; Dora is in another team.
INSERT INTO teams (id, name) VALUES
  ('00000000-0000-7000-8000-0000000000e1', 'Engine'), ('00000000-0000-7000-8000-0000000000e2', 'Bridge');

INSERT INTO members (team_id, user_id, role) VALUES
  ('00000000-0000-7000-8000-0000000000e1', '00000000-0000-7000-8000-00000000000a', 'owner'),
  ('00000000-0000-7000-8000-0000000000e1', '00000000-0000-7000-8000-00000000000b', 'editor'),
  ('00000000-0000-7000-8000-0000000000e1', '00000000-0000-7000-8000-00000000000c', 'reader'),
  ('00000000-0000-7000-8000-0000000000e2', '00000000-0000-7000-8000-00000000000d', 'owner');

INSERT INTO documents (id, team_id, title, body, changed_by, changed_at) VALUES
  ('00000000-0000-7000-8000-0000000000d1', '00000000-0000-7000-8000-0000000000e1', 'Plan', 'Weave.', '00000000-0000-7000-8000-00000000000a', 1735689600000),
  ('00000000-0000-7000-8000-0000000000d2', '00000000-0000-7000-8000-0000000000e2', 'Tubes', 'Secret.', '00000000-0000-7000-8000-00000000000d', 1735689600000);
