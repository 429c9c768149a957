/* Who there is to be: two principals for each role that a contract names. */
#include "contract/document.h"
#include "testing/rows_parts.h"

/* --- Which columns --- */

static void find_columns(struct rows_maker *maker)
{
  struct statement_description description;
  const struct query_statements *principal = maker->generation->principal;
  if (!principal || query_describe(principal, maker->arena, &description, NULL)) return;
  for (size_t i = 0; i < description.column_count; i++) {
    const struct result_column *column = &description.columns[i];
    if (column->table.length == 0) continue;
    if (text_is(column->name, "id"))
      maker->id_table = column->table, maker->id_column = column->column;
    if (text_is(column->name, "role"))
      maker->role_table = column->table, maker->role_column = column->column;
  }
}

static const struct json *policy_of(const struct rows_maker *maker, struct text table)
{
  const struct document_list *documents = maker->generation->documents;
  for (size_t i = 0; i < documents->count; i++)
    if (documents->items[i].kind == DOCUMENT_POLICY)
      return json_get_text(json_get(documents->items[i].root, "tables"), table);
  return NULL;
}

static void mark_columns(struct rows_maker *maker, struct rows_table *table)
{
  const struct json *policy = policy_of(maker, table->name);
  const struct json *owner = json_get(policy, "owner"), *secrets = json_get(policy, "secret");
  struct rows_column *column;
  table->principals = text_equal_ignoring_case(table->name, maker->id_table);
  if (owner && !json_get(policy, "in") && (column = rows_column_find(table, json_text(owner))))
    column->owner = !table->principals;
  for (uint32_t i = 0; secrets && i < secrets->length; i++)
    if ((column = rows_column_find(table, json_text(&secrets->items[i])))) column->secret = true;
  bool has_role = text_equal_ignoring_case(table->name, maker->role_table);
  if (has_role && (column = rows_column_find(table, maker->role_column))) column->role = true;
}

/* Where the query puts roles together itself, they are in a table that refers to the principals. */
static void guess_role_column(struct rows_maker *maker)
{
  for (uint32_t i = 0; i < maker->table_count && maker->role_table.length == 0; i++) {
    const struct rows_table *table = &maker->tables[i];
    const struct rows_column *column = rows_column_find(table, TEXT("role"));
    bool refers = table->principals;
    for (uint32_t k = 0; k < table->reference_count; k++)
      refers |= text_equal_ignoring_case(table->references[k].table, maker->id_table);
    if (!column || !refers) continue;
    maker->role_table = table->name;
    maker->role_column = column->name;
  }
}

/* --- Which roles --- */

static bool is_known(const struct text *roles, size_t count, struct text role)
{
  return role.length == 0 || text_is_among(role, roles, count) ||
         text_starts_with(role, "webhook:");
}

static void add_roles(const struct text *more, size_t more_count, struct text *roles, size_t max,
                      size_t *count)
{
  for (size_t i = 0; i < more_count && *count < max; i++)
    if (!is_known(roles, *count, more[i])) roles[(*count)++] = more[i];
}

static size_t find_roles(const struct rows_maker *maker, struct text *roles, size_t max)
{
  const struct generation *generation = maker->generation;
  size_t count = 0;
  for (size_t i = 0; i < generation->contract_count; i++) {
    const struct contract *contract = generation->contracts[i];
    if (contract->anonymous) continue;
    add_roles(contract->roles, contract->role_count, roles, max, &count);
    add_roles(contract->or_roles, contract->or_role_count, roles, max, &count);
  }
  add_roles(generation->privileged_roles, generation->privileged_role_count, roles, max, &count);
  return count;
}

void rows_plan_people(struct rows_maker *maker)
{
  enum { ROLES_MAX = 16 };
  struct text roles[ROLES_MAX] = {{0}};
  find_columns(maker);
  for (uint32_t i = 0; i < maker->table_count; i++) mark_columns(maker, &maker->tables[i]);
  if (maker->role_table.length == 0) guess_role_column(maker);
  for (uint32_t i = 0; i < maker->table_count; i++) mark_columns(maker, &maker->tables[i]);
  size_t count = find_roles(maker, roles, ROLES_MAX);
  if (!maker->generation->principal) return;
  if (maker->id_table.length == 0) {
    rows_miss(maker, "principals: their query does not say which column has their id");
    return;
  }
  if (count == 0) roles[count++] = TEXT("");
  maker->principals =
      arena_new_array(maker->arena, ROWS_OF_EACH * count, sizeof *maker->principals);
  for (size_t i = 0; i < ROWS_OF_EACH * count; i++) {
    struct text role = roles[i / ROWS_OF_EACH];
    maker->principals[maker->principal_count++] = (struct rows_principal){
        .name =
            arena_print(maker->arena, "%.*s%zu",
                        TEXT_ARGS(role.length > 0 ? role : TEXT("somebody")), i % ROWS_OF_EACH + 1),
        .role = role};
  }
}

/* --- What came of it --- */

static bool has_role(const struct json *row, struct text role)
{
  const struct json *one = json_get(row, "role"), *many = json_get(row, "roles");
  if (role.length == 0) return true;
  if (one) return text_equal(json_text(one), role);
  if (many && many->type == JSON_STRING) /* an array as JSON text */
    return text_contains(json_text(many), role);
  return false;
}

void rows_check_people(struct rows_maker *maker)
{
  const struct query *query = maker->generation->principal_query;
  for (uint32_t i = 0; query && query->parameter_count == 1 && i < maker->principal_count; i++) {
    struct rows_principal *principal = &maker->principals[i];
    struct json values = {.type = JSON_ARRAY, .items = &principal->id, .length = 1}, rows;
    struct error error = {0};
    if (principal->id.type == JSON_NULL) continue; /* has been said */
    if (scratch_rows(maker->scratch, query->sql, &values, maker->arena, &rows, &error))
      rows_miss(maker, "%.*s: %s", TEXT_ARGS(principal->name), error.message);
    else if (rows.length != 1)
      rows_miss(maker, "%.*s: the principal query does not find the row that was made",
                TEXT_ARGS(principal->name));
    else if (!has_role(&rows.items[0], principal->role))
      rows_miss(maker, "%.*s: the principal query does not give the role '%.*s'",
                TEXT_ARGS(principal->name), TEXT_ARGS(principal->role));
  }
}
