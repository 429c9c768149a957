/* What has become of an app's migrations in one database; store.h applies them. */
#ifndef WRIT_STORE_MIGRATE_H
#define WRIT_STORE_MIGRATE_H

#include "base/crypto.h"
#include "store/store.h"

enum migration_state {
  MIGRATION_APPLIED,
  MIGRATION_PENDING,
  MIGRATION_CHANGED,     /* its text is not what was applied */
  MIGRATION_MISSING,     /* it has been applied, and there is no such file */
  MIGRATION_OUT_OF_ORDER /* it has not been applied, and a later one has */
};

struct migration_status {
  const char *name;
  enum migration_state state;
  int64_t applied_ms;                /* 0: not applied */
  const struct migration *migration; /* NULL: missing */
};

/* All that there are, in order of their names, in the arena; names and migrations are borrowed
 * from the list, but for missing ones. `count` is how many there are in the list, and then in all.
 */
int store_migration_status(struct connection *connection, const struct migration *migrations,
                           size_t *count, struct arena *arena, struct migration_status **statuses,
                           struct error *error);

/* "applied", "out of order" */
const char *migration_state_name(enum migration_state state);

/* An error that says how to mend it, for the first one that is changed, missing or out of order.
 * 0 if there is none; *pending counts those to apply. */
int migrations_check(const struct migration_status *statuses, size_t count, size_t *pending,
                     struct error *error);

/* From now on each migration is applied together with a row of the audit log that names it and
 * bears its hash. `key` is the log's, and borrowed. */
void store_record_migrations(struct store *store, const unsigned char *key);

/* No migration may take more CPU time than this, for databases that nobody keeps; 0: no bound. */
void store_bound_migrations(struct store *store, int64_t cpu_max_ms);

#endif
