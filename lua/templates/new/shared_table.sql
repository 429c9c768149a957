CREATE TABLE {{table}} (
  {{id_column}},
  {{column_definitions}},
  {{created_column}}
) STRICT;
