
INSERT INTO {{table}} ({{fixture_columns}}) VALUES
  ('01890000-0000-7000-8000-0000000000e1', {{fixture_first}}),
  ('01890000-0000-7000-8000-0000000000e2', {{fixture_second}});
