/* Finding contracts/migrations/NNNN_name.sql. */
#include "contract/generation.h"
#include "contract/name.h"
#include "contract/place.h"

enum { MIGRATION_DIGITS = 4 };

#define FOLDER "contracts/migrations/"

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

static int check_name(const char *name, const char *before, struct error *error)
{
  if (!is_migration_name(text_of(name)))
    return error_set(error,
                     FOLDER "%s: name it like 0001_users.sql: four digits, "
                            "then lower-case letters, digits and underscores",
                     name);
  if (before && memcmp(before, name, MIGRATION_DIGITS) == 0)
    return error_set(error, FOLDER "%s: there are two migrations with this number", name);
  return 0;
}

int migrations_read(const struct source_tree *sources, struct arena *arena,
                    struct migration **migrations, size_t *count, struct error *error)
{
  *count = 0;
  *migrations = arena_new_array(arena, sources->count, sizeof **migrations);
  for (size_t i = 0; i < sources->count; i++) {
    const struct source *file = &sources->files[i];
    const char *name = source_below(file, FOLDER, ".sql");
    if (!name) continue;
    if (check_name(name, *count > 0 ? (*migrations)[*count - 1].name : NULL, error)) return -1;
    if (!file->text.data) return -1;
    (*migrations)[(*count)++] = (struct migration){.name = name, .sql = file->text};
  }
  return 0;
}

bool migrations_report(const struct source_tree *sources, enum finding_code code,
                       const struct error *error, struct report *report)
{
  for (size_t i = 0; i < sources->count; i++) {
    const struct source *file = &sources->files[i];
    const char *message = error->message, *name = source_below(file, FOLDER, ".sql");
    size_t offset = 0;
    if (!name) continue;
    if (!place_read(&message, file->path, file->text, &offset) &&
        !place_read(&message, name, file->text, &offset))
      continue;
    report_error(report, code, file, offset, NULL, "%s", message);
    return true;
  }
  return false;
}
