/* Backups of a database, and putting one in its place. */
#ifndef WRIT_STORE_BACKUP_H
#define WRIT_STORE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/error.h"
#include "store/audit.h"
#include "store/store.h"

/* Makes `path` a copy of the database as it is now: one file, checked, durable, there whole or not
 * at all. Others may write meanwhile. Another file of this name stays as it is, but with `replace`.
 * Without a key (NULL) the audit log is not verified. */
int backup_make(struct store *store, const char *path, bool replace, const unsigned char *key,
                struct audit_chain *chain, struct error *error);

struct restore {
  const char *backup, *database;
  const unsigned char *key; /* of the audit log */
  int64_t now_ms;
  bool keep_sessions;
  bool damaged; /* the present database may be one that cannot be read */
};

enum { RESTORED_PATH_BYTES = 4160 };
struct restored {
  struct audit_chain chain; /* of the backup */
  struct audit_head before; /* of the database before; id 0: there was none, or no row */
  int64_t sessions_ended;
  char
      kept[RESTORED_PATH_BYTES]; /* what the database before is called now; empty: there was none */
};

/* Puts a backup whose audit log verifies into the place of the database, which nobody may have
 * open, and keeps that one. The audit log that comes back has a row that says where the one before
 * ended; sessions are ended, since some of them may have been ended after the backup; which
 * manifest was served last is not forgotten. Whenever it dies, the old database is there or the new
 * one. */
int backup_restore(const struct restore *restore, struct restored *restored, struct error *error);

#endif
