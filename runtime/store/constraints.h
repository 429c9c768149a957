/* The constraints of the app's schema, each in the words in which SQLite reports that it failed: so
 * that a contract's `errors` can be held against them at load. */
#ifndef WRIT_STORE_CONSTRAINTS_H
#define WRIT_STORE_CONSTRAINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "store/store.h"

struct constraint_list {
  const char **items;
  size_t count, capacity;
};

struct constraints {
  struct constraint_list
      unique; /* "users.email", "members.team_id, members.user_id", "index 'i'" */
  struct constraint_list checks; /* names, or the text of those that have none */
  bool foreign_keys;             /* there are any */
};

/* Of a store that has its policy. All memory is the arena's. */
void constraints_read(struct store *store, struct arena *arena, struct constraints *constraints);

#endif
