-- principal: ada 00000000-0000-7000-8000-00000000000a ada-password
-- principal: bob 00000000-0000-7000-8000-00000000000b bob-password
INSERT INTO users (id, email, name, password_hash) VALUES
  ('00000000-0000-7000-8000-00000000000a', 'ada@example.com', 'Ada',
   '$argon2id$v=19$m=64,t=1,p=1$caUQwf59pJiCLn7SStBT/A$9swelF5aZRtAfuyIk1hn1rmIyVL1uLXjbXTKSoPWz34'),
  ('00000000-0000-7000-8000-00000000000b', 'bob@example.com', 'Bob',
   '$argon2id$v=19$m=64,t=1,p=1$Hf68yTO0YdL7os5ZuVhMuw$GSfNsVQxFCMy8kXizcfdP/XQZZuBbSTpes4FekwHz6w');

INSERT INTO products (id, name, price, stock) VALUES
  ('gear', 'Gear wheel', 250, 100), ('crank', 'Crank', 1200, 3), ('card', 'Punched card', 5, 5000);

INSERT INTO orders (id, customer_id, placed_at) VALUES
  ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-00000000000b', 1735689600000);

INSERT INTO lines (order_id, product_id, quantity, price) VALUES
  ('00000000-0000-7000-8000-0000000000b1', 'gear', 4, 200);
