/* What is wrong with people of the fixtures, although the SQL runs: attacks would pass without
 * them, or not be tried. */
#include <inttypes.h>

#include "contract/generation.h"
#include "store/sql.h"
#include "testing/scratch_internal.h"

/* Their note: what they are called stands in it. */
static size_t offset_of(const struct scratch *scratch, const struct scratch_principal *principal)
{
  return (size_t)(principal->name.data - scratch->fixtures.text.data);
}

/* The policy's query, asked of an id as text and as a number. */
static int has_row(struct scratch *scratch, const struct query *query, struct text id,
                   struct arena *arena, bool *found, struct error *error)
{
  struct json rows, tries[2] = {json_string(id)};
  size_t count =
      json_read(arena, id, NULL, &tries[1], NULL) == 0 && tries[1].type == JSON_INTEGER ? 2 : 1;
  *found = false;
  for (size_t i = 0; i < count && !*found; i++) {
    struct json values = {.type = JSON_ARRAY, .items = &tries[i], .length = 1};
    if (scratch_rows(scratch, query->sql, &values, arena, &rows, error)) return -1;
    *found = rows.length > 0;
  }
  return 0;
}

int scratch_check_people(struct scratch *scratch, struct report *report, struct error *error)
{
  const struct query *query = scratch->app.generation->principal_query;
  struct arena arena;
  int result = 0;
  if (!query || query->parameter_count != 1) return 0; /* it looks at the time as well */
  arena_init(&arena, 4096);
  for (size_t i = 0; i < scratch->principal_count && result == 0; i++) {
    const struct scratch_principal *principal = &scratch->principals[i];
    bool found = false;
    result = has_row(scratch, query, principal->id, &arena, &found, error);
    if (result == 0 && !found)
      report_warning(report, FINDING_FIXTURE_NO_ROW, &scratch->fixtures,
                     offset_of(scratch, principal), "insert a row with this id, or correct the id",
                     "no row makes %.*s a principal: %s finds nothing for the id %.*s",
                     TEXT_ARGS(principal->name), query->name, TEXT_ARGS(principal->id));
  }
  arena_deinit(&arena);
  return result;
}

/* --- Passwords. --- */

/* Whether rows with somebody's id have hashes, and whether one is that of their password. */
enum fit { FIT_UNKNOWN, FIT_NONE, FIT_ONE };

static bool is_id(const struct json *value, struct text id, struct arena *arena)
{
  if (value->type == JSON_INTEGER)
    return text_equal(arena_print(arena, "%" PRId64, value->integer), id);
  return value->type == JSON_STRING && text_equal(json_text(value), id);
}

static bool has_id(const struct json *row, struct text id, struct arena *arena)
{
  for (uint32_t i = 0; i < row->length; i++)
    if (is_id(&row->members[i].value, id, arena)) return true;
  return false;
}

static void try_row(const struct json *row, struct text password, struct arena *arena,
                    enum fit *fit)
{
  for (uint32_t i = 0; i < row->length && *fit != FIT_ONE; i++) {
    const struct json *value = &row->members[i].value;
    if (value->type != JSON_STRING || !text_starts_with(json_text(value), "$argon2")) continue;
    const char *hash = arena_copy(arena, json_text(value)).data;
    *fit = crypto_password_verify(hash, password) ? FIT_ONE : FIT_NONE;
  }
}

static int try_tables(struct scratch *scratch, enum fit *fits, struct arena *arena,
                      struct error *error)
{
  static const char names[] = "SELECT name FROM sqlite_schema WHERE type = 'table'"
                              " AND name NOT LIKE 'writ\\_%' ESCAPE '\\'"
                              " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
  struct json tables, rows;
  if (scratch_rows(scratch, text_of(names), NULL, arena, &tables, error)) return -1;
  for (uint32_t t = 0; t < tables.length; t++) {
    struct text name = json_text(json_get(&tables.items[t], "name"));
    struct text sql = arena_print(arena, "SELECT * FROM %.*s", TEXT_ARGS(sql_quoted(name, arena)));
    if (scratch_rows(scratch, sql, NULL, arena, &rows, error)) return -1;
    for (uint32_t i = 0; i < rows.length; i++)
      for (size_t p = 0; p < scratch->principal_count; p++) {
        const struct scratch_principal *principal = &scratch->principals[p];
        if (principal->password.length > 0 && has_id(&rows.items[i], principal->id, arena))
          try_row(&rows.items[i], principal->password, arena, &fits[p]);
      }
  }
  return 0;
}

int scratch_check_passwords(struct scratch *scratch, struct report *report, struct error *error)
{
  struct arena arena;
  arena_init(&arena, 16 * 1024);
  enum fit *fits = arena_new_array(&arena, scratch->principal_count + 1, sizeof *fits);
  int result = try_tables(scratch, fits, &arena, error);
  for (size_t i = 0; i < scratch->principal_count && result == 0; i++) {
    const struct scratch_principal *principal = &scratch->principals[i];
    if (fits[i] == FIT_NONE)
      report_warning(report, FINDING_FIXTURE_PASSWORD, &scratch->fixtures,
                     offset_of(scratch, principal),
                     "write the password whose hash stands in their row, or another hash",
                     "the password of %.*s is not that of their row: nobody can log in with it",
                     TEXT_ARGS(principal->name));
  }
  arena_deinit(&arena);
  return result;
}
