/* What all processes on one database share besides it: whose turn it is to write, and counters of
 * what has changed. Lives in a small file beside the database, mapped by each of them.
 *
 * Nothing in it has to outlive the processes: whoever opens it alone begins it anew. Locks are the
 * kernel's (open file description locks, fcntl(2)), so that they end with their holder, however it
 * dies.
 *
 * A database in memory has one of its own, where the turn is always free. */
#ifndef WRIT_STORE_SHARED_H
#define WRIT_STORE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct shared;

/* `database` is the database's path, or NULL for one in memory. With `alone` it fails while another
 * process has the database open, and others wait in shared_open until this one has closed it, or
 * lets them in. */
int shared_open(const char *database, bool alone, struct shared **shared, struct error *error);
void shared_close(struct shared *shared);

/* The same, but that it is alone only if nobody else has it open. */
int shared_open_first(const char *database, struct shared **shared, struct error *error);

/* Nobody else has it open until shared_let_in. */
bool shared_is_alone(const struct shared *shared);
int shared_let_in(struct shared *shared, struct error *error);

/* --- The turn: first come, first served, among all processes. --- */

/* Waits for the turn. One thread of a process at a time. */
int shared_take_turn(struct shared *shared, struct error *error);
void shared_give_turn(struct shared *shared);

/* --- Counters: only ever compared for equality. Any thread. --- */

/* Raised after each commit, before anybody hears of it, and when another program's is noticed. */
uint64_t shared_commits(const struct shared *shared);
void shared_count_commit(struct shared *shared);

/* The version of sessions and principals: what was read of them after this was asked is good while
 * it stays the same. 0: they are being changed, and nothing is. */
uint64_t shared_identities(const struct shared *shared);

/* Another program has changed something: perhaps them. By anybody. */
void shared_notice_others(struct shared *shared);

/* Around a COMMIT that changes them, by whoever has the turn. Where the first dies in between, they
 * stay in change until somebody has been through both. */
void shared_change_identities(struct shared *shared);
void shared_identities_changed(struct shared *shared);

/* The tables by which any of the processes finds principals: a bit for each name. Ever more of
 * them, until all processes have ended. */
uint64_t shared_identifying(const struct shared *shared);
void shared_add_identifying(struct shared *shared, uint64_t tables);

/* The last change of the database that is known to those who count (store/wal_index.h). A reader
 * may only replace what it has seen. */
uint32_t shared_last_change(const struct shared *shared);
void shared_set_last_change(struct shared *shared, uint32_t change); /* by whoever has the turn */
void shared_replace_last_change(struct shared *shared, uint32_t seen, uint32_t change);

#endif
