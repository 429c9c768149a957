-- principal: ada 00000000-0000-7000-8000-00000000000a ada-password
-- principal: bob 00000000-0000-7000-8000-00000000000b bob-password
INSERT INTO users (id, email, name, password_hash) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada',
   '$argon2id$v=19$m=64,t=1,p=1$caUQwf59pJiCLn7SStBT/A$9swelF5aZRtAfuyIk1hn1rmIyVL1uLXjbXTKSoPWz34'),
  ('00000000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob',
   '$argon2id$v=19$m=64,t=1,p=1$Hf68yTO0YdL7os5ZuVhMuw$GSfNsVQxFCMy8kXizcfdP/XQZZuBbSTpes4FekwHz6w');

INSERT INTO contacts (id, owner_id, name, phone, birthday, favourite) VALUES
  ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-00000000000a',
   'Charles', '+442071234567', '1791-12-26', 1),
  ('00000000-0000-7000-8000-0000000000a2', '00000000-0000-7000-8000-00000000000a', 'Mary', NULL, NULL, 0),
  ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-00000000000b', 'Isambard', NULL, NULL, 0);
