CREATE TABLE {{table}} (
  {{id_column}},
  {{owner_column}},
  {{column_definitions}},
  {{created_column}}
) STRICT;

CREATE INDEX {{table}}_by_owner ON {{table}} (owner_id, id);
