/* Holding the migrations of an app against those that a database has seen. Both are lists in order
 * of their names, for nothing is ever applied before what has been applied. */
#include <string.h>

#include "base/crypto.h"
#include "store/host_statement.h"
#include "store/migrate.h"

struct applied {
  const char *name;
  unsigned char hash[HASH_BYTES];
  int64_t applied_ms;
};

static int read_applied(struct connection *connection, struct arena *arena, struct applied **list,
                        size_t *count, struct error *error)
{
  struct host_statement statement;
  int64_t all = 0;
  bool whole = true;
  *list = NULL;
  *count = 0;
  host_statement_open(&statement, connection,
                      "SELECT name, hash, applied_ms, count(*) OVER () FROM main.writ_migration"
                      " ORDER BY name");
  while (whole && host_statement_step(&statement)) {
    struct applied applied;
    struct text name;
    whole = host_statement_text(&statement, 0, &name) &&
            host_statement_blob(&statement, 1, applied.hash, HASH_BYTES) &&
            host_statement_integer(&statement, 2, &applied.applied_ms) &&
            host_statement_integer(&statement, 3, &all);
    if (!whole) break;
    if (*list == NULL) *list = arena_new_array(arena, (size_t)all, sizeof **list);
    applied.name = arena_copy(arena, name).data;
    (*list)[(*count)++] = applied;
  }
  if (host_statement_close(&statement, "read which migrations have been applied", error) < 0)
    return -1;
  return whole ? 0 : error_set(error, "the table writ_migration is damaged");
}

static enum migration_state compare(const struct migration *migration,
                                    const struct applied *applied)
{
  unsigned char hash[HASH_BYTES];
  crypto_hash_text(hash, TEXT(""), migration->sql);
  return memcmp(hash, applied->hash, HASH_BYTES) == 0 ? MIGRATION_APPLIED : MIGRATION_CHANGED;
}

int store_migration_status(struct connection *connection, const struct migration *migrations,
                           size_t *count, struct arena *arena, struct migration_status **statuses,
                           struct error *error)
{
  struct applied *applied;
  size_t applied_count, i = 0, k = 0, all = 0;
  if (read_applied(connection, arena, &applied, &applied_count, error) < 0) return -1;
  *statuses = arena_new_array(arena, *count + applied_count, sizeof **statuses);
  while (i < *count || k < applied_count) {
    int order = i == *count          ? 1
                : k == applied_count ? -1
                                     : strcmp(migrations[i].name, applied[k].name);
    struct migration_status *status = &(*statuses)[all++];
    if (order > 0)
      *status = (struct migration_status){
          .name = applied[k].name, .state = MIGRATION_MISSING, .applied_ms = applied[k].applied_ms};
    else
      *status = (struct migration_status){.name = migrations[i].name,
                                          .state = order == 0 ? compare(&migrations[i], &applied[k])
                                                   : k == applied_count ? MIGRATION_PENDING
                                                                        : MIGRATION_OUT_OF_ORDER,
                                          .applied_ms = order == 0 ? applied[k].applied_ms : 0,
                                          .migration = &migrations[i]};
    i += order <= 0;
    k += order >= 0;
  }
  *count = all;
  return 0;
}

const char *migration_state_name(enum migration_state state)
{
  static const char *const names[] = {[MIGRATION_APPLIED] = "applied",
                                      [MIGRATION_PENDING] = "pending",
                                      [MIGRATION_CHANGED] = "changed",
                                      [MIGRATION_MISSING] = "missing",
                                      [MIGRATION_OUT_OF_ORDER] = "out of order"};
  return names[state];
}

int migrations_check(const struct migration_status *statuses, size_t count, size_t *pending,
                     struct error *error)
{
  static const char *const problems[] = {
      [MIGRATION_CHANGED] = "was changed after it had been applied: put back what it said, and "
                            "write a new one",
      [MIGRATION_MISSING] = "has been applied, but its file is missing: put it back",
      [MIGRATION_OUT_OF_ORDER] =
          "has not been applied, but a later one has: it may not come before "
          "it or replace it; give it a number after all others"};
  *pending = 0;
  for (size_t i = 0; i < count; i++) {
    *pending += statuses[i].state == MIGRATION_PENDING;
    if (statuses[i].state >= MIGRATION_CHANGED)
      return error_set(error, "migration %s %s", statuses[i].name, problems[statuses[i].state]);
  }
  return 0;
}
