-- The example's data. Who is who, for tests: name, id, password. Their hashes cost little, as tests make many sessions.
-- principal: ada 01890000-0000-7000-8000-00000000000a ada-loves-engines
-- principal: bob 01890000-0000-7000-8000-00000000000b bob-builds-bridges
-- principal: root 01890000-0000-7000-8000-00000000000f root-reads-audits
INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES
  ('01890000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada Lovelace', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$pyQccokvbN6Pxr3K1UBZfQ$7D7/8PZ8eTDwMpGYYPXNKIVJDbelpvZFQO2LvSMR/X0', 1735689600000),
  ('01890000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob Stephenson', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$+Fx8JGIVru/lJ9/Hi4IJDg$3plAhXK+EL4re68kcexPfrqRviKyyxC3zXDC28fv7Wo', 1735689600000),
  ('01890000-0000-7000-8000-00000000000f', 'root@example.com', 'Root', 'admin',
   '$argon2id$v=19$m=64,t=1,p=1$cuQ22ArcN8jCgaHOHLcG4w$L6FSnjvY78gi/n9ZiUMQaW8PAwHE/XSKFe1rLl7bfIk', 1735689600000),
  -- Has nothing yet, and so can be deleted. Password: carl-password.
  ('01890000-0000-7000-8000-00000000000c', 'carl@example.com', 'Carl', 'user',
   '$argon2id$v=19$m=64,t=1,p=1$cHiQqH4FDfTseLpEaozM4g$vHqpmi169ERnmGV7r41GavbJuDxtjPGMpBo1PIQSd18', 1735689600000);

INSERT INTO notes (id, owner_id, title, body, created_at, updated_at) VALUES
  ('01890000-0000-7000-8000-0000000000a1', '01890000-0000-7000-8000-00000000000a',
   'Analytical engine', 'It weaves algebraic patterns.', 1735689600000, 1735689600000),
  ('01890000-0000-7000-8000-0000000000a2', '01890000-0000-7000-8000-00000000000a',
   'Bernoulli numbers', 'Note G.', 1735689601000, 1735689601000),
  ('01890000-0000-7000-8000-0000000000b1', '01890000-0000-7000-8000-00000000000b',
   'Bridge', 'Tubular, over the strait.', 1735689602000, 1735689602000);

-- Money enters through the bank, the only account that may be negative: the host holds transfers to that.
INSERT INTO accounts (id, owner_id, name, balance) VALUES
  ('01890000-0000-7000-8000-0000000000f1', '01890000-0000-7000-8000-00000000000f', 'Bank', -150000),
  ('01890000-0000-7000-8000-0000000000a3', '01890000-0000-7000-8000-00000000000a', 'Everyday', 100000),
  ('01890000-0000-7000-8000-0000000000a4', '01890000-0000-7000-8000-00000000000a', 'Savings', 0),
  ('01890000-0000-7000-8000-0000000000b3', '01890000-0000-7000-8000-00000000000b', 'Everyday', 50000);

INSERT INTO transfers (id, sender_id, from_account, to_account, amount, created_at) VALUES
  ('01890000-0000-7000-8000-0000000000f2', '01890000-0000-7000-8000-00000000000f',
   '01890000-0000-7000-8000-0000000000f1', '01890000-0000-7000-8000-0000000000a3', 100000, 1735689600000),
  ('01890000-0000-7000-8000-0000000000f3', '01890000-0000-7000-8000-00000000000f',
   '01890000-0000-7000-8000-0000000000f1', '01890000-0000-7000-8000-0000000000b3', 50000, 1735689600000);

INSERT INTO entries (transfer_id, account_id, amount) VALUES
  ('01890000-0000-7000-8000-0000000000f2', '01890000-0000-7000-8000-0000000000f1', -100000),
  ('01890000-0000-7000-8000-0000000000f2', '01890000-0000-7000-8000-0000000000a3', 100000),
  ('01890000-0000-7000-8000-0000000000f3', '01890000-0000-7000-8000-0000000000f1', -50000),
  ('01890000-0000-7000-8000-0000000000f3', '01890000-0000-7000-8000-0000000000b3', 50000);
