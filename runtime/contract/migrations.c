/* Reading contracts/migrations/NNNN_name.sql. */
#include "base/file.h"
#include "contract/generation.h"
#include "contract/name.h"

enum { MIGRATION_MAX_BYTES = 4 * 1024 * 1024, MIGRATION_DIGITS = 4 };

static bool is_migration_name(struct text name)
{
  const size_t suffix = strlen(".sql");
  for (size_t i = 0; i < MIGRATION_DIGITS; i++)
    if (i >= name.length || name.data[i] < '0' || name.data[i] > '9') return false;
  if (name.length < MIGRATION_DIGITS + 1 + suffix || name.data[MIGRATION_DIGITS] != '_')
    return false;
  return name_is_lower(
      (struct text){name.data + MIGRATION_DIGITS + 1, name.length - MIGRATION_DIGITS - 1 - suffix});
}

int migrations_read(const char *app_folder, struct arena *arena, struct migration **migrations,
                    size_t *count, struct error *error)
{
  const char *folder = file_join(arena, app_folder, "contracts/migrations");
  struct text *names;
  if (file_list(arena, folder, ".sql", &names, count, error)) return -1;
  *migrations = arena_new_array(arena, *count + 1, sizeof **migrations);
  for (size_t i = 0; i < *count; i++) {
    struct migration *migration = &(*migrations)[i];
    migration->name = arena_copy(arena, names[i]).data;
    if (!is_migration_name(names[i]))
      return error_set(error,
                       "contracts/migrations/%s: name it like 0001_users.sql: four digits, "
                       "then lower-case letters, digits and underscores",
                       migration->name);
    if (i > 0 && memcmp(names[i - 1].data, names[i].data, MIGRATION_DIGITS) == 0)
      return error_set(error, "contracts/migrations/%s: there are two migrations with this number",
                       migration->name);
    if (file_read(arena, file_join(arena, folder, migration->name), MIGRATION_MAX_BYTES,
                  &migration->sql, error))
      return -1;
  }
  return 0;
}
