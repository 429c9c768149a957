/* Who there is: the people whom the fixtures name, with the roles that the policy's query gives
 * them; the roles of the app; its tables. */
#include "contract/document.h"
#include "contract/policy.h"
#include "testing/attack_parts.h"

static void add_role(struct attack_run *run, struct text role, size_t *capacity)
{
  if (text_is_among(role, run->roles, run->role_count)) return;
  if (run->role_count == *capacity) {
    size_t larger = *capacity * 2 + 16;
    struct text *roles = arena_new_array(&run->arena, larger, sizeof *roles);
    for (size_t i = 0; i < run->role_count; i++) roles[i] = run->roles[i];
    run->roles = roles;
    *capacity = larger;
  }
  run->roles[run->role_count++] = arena_copy(&run->arena, role);
}

/* `role` is one, `roles` an array or, without the note, its text. */
static void read_roles(struct attack_run *run, const struct json *row, struct person *person)
{
  const struct json *one = json_get(row, "role"), *many = json_get(row, "roles");
  struct json parsed;
  if (many && many->type == JSON_STRING &&
      json_read(&run->arena, json_text(many), NULL, &parsed, NULL) == 0)
    many = &parsed;
  size_t count = many && many->type == JSON_ARRAY ? many->length : 0;
  person->roles = arena_new_array(&run->arena, count + 1, sizeof *person->roles);
  if (one && one->type == JSON_STRING) person->roles[person->role_count++] = json_text(one);
  for (size_t i = 0; i < count && !one; i++)
    if (many->items[i].type == JSON_STRING)
      person->roles[person->role_count++] = json_text(&many->items[i]);
}

/* The principal query, asked of an id as text and as a number. */
static int find_row(struct attack_run *run, struct person *person, struct error *error)
{
  const struct query *query = run->generation->principal_query;
  struct json number, rows, tries[2] = {json_string(person->principal->id)};
  size_t count = 1;
  person->id = tries[0];
  if (json_read(&run->arena, person->principal->id, NULL, &number, NULL) == 0 &&
      number.type == JSON_INTEGER)
    tries[count++] = number;
  for (size_t i = 0; i < count && query && !person->found; i++) {
    struct json values = {.type = JSON_ARRAY, .items = &tries[i], .length = 1};
    if (query->parameter_count != 1) return 0; /* it looks at the time as well */
    if (scratch_rows(run->scratch, query->sql, &values, &run->arena, &rows, error)) return -1;
    if (rows.length != 1) continue;
    person->found = true;
    person->id = tries[i];
    read_roles(run, &rows.items[0], person);
  }
  return 0;
}

static int find_people(struct attack_run *run, struct error *error)
{
  size_t count;
  const struct scratch_principal *principals = scratch_principals(run->scratch, &count);
  run->people = arena_new_array(&run->arena, count + 1, sizeof *run->people);
  for (size_t i = 0; i < count; i++) {
    struct person *person = &run->people[run->people_count++];
    person->principal = &principals[i];
    if (find_row(run, person, error)) return -1;
  }
  return 0;
}

static void find_roles(struct attack_run *run)
{
  const struct generation *generation = run->generation;
  size_t capacity = 0;
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    for (size_t k = 0; k < contract->role_count && !contract->anonymous; k++)
      add_role(run, contract->roles[k], &capacity);
  }
  for (size_t i = 0; i < run->people_count; i++)
    for (size_t k = 0; k < run->people[i].role_count; k++)
      add_role(run, run->people[i].roles[k], &capacity);
}

static int find_tables(struct attack_run *run, struct error *error)
{
  struct json rows;
  if (scratch_rows(run->scratch,
                   TEXT("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                        "'writ\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                        "ORDER BY name"),
                   NULL, &run->arena, &rows, error))
    return -1;
  run->tables = arena_new_array(&run->arena, rows.length + 1, sizeof *run->tables);
  for (uint32_t i = 0; i < rows.length; i++)
    run->tables[run->table_count++].name = json_text(json_get(&rows.items[i], "name"));
  return 0;
}

int people_find(struct attack_run *run, struct error *error)
{
  if (find_people(run, error) || find_tables(run, error)) return -1;
  find_roles(run);
  return 0;
}

/* --- What they may. --- */

bool person_has(const struct person *person, struct text role)
{
  return text_is_among(role, person->roles, person->role_count);
}

static bool has_any(const struct person *person, const struct text *roles, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (person_has(person, roles[i])) return true;
  return false;
}

bool person_may(const struct person *person, const struct contract *contract)
{
  return person->found &&
         (contract->role_count == 0 || has_any(person, contract->roles, contract->role_count));
}

bool person_is_exempt(const struct attack_run *run, const struct person *person,
                      const struct contract *contract)
{
  const struct generation *generation = run->generation;
  if (has_any(person, contract->or_roles, contract->or_role_count)) return true;
  for (size_t i = 0; i < contract->role_count && contract->names_roles; i++)
    if (person_has(person, contract->roles[i]) &&
        text_is_among(contract->roles[i], generation->privileged_roles,
                      generation->privileged_role_count))
      return true;
  return false;
}

bool principal_column(struct attack *attack, const char *name, struct text *table,
                      struct text *column)
{
  struct statement_description description;
  const struct query_statements *principal = attack->run->generation->principal;
  if (!principal || query_describe(principal, &attack->arena, &description, NULL)) return false;
  for (size_t i = 0; i < description.column_count; i++) {
    const struct result_column *at = &description.columns[i];
    if (!text_is(at->name, name) || at->table.length == 0) continue;
    *table = at->table;
    *column = at->column;
    return true;
  }
  return false;
}
