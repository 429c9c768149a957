/* Watching an app's files, to load it again when they change.
 *
 * Editors and deployments touch many files, several times each: rename over, write in pieces, make
 * and remove. So a change is told once things have been quiet for a while (`settle_ms`), and at
 * latest ten times as long after the first. What is told is only that something has changed:
 * whoever reads the files then finds out what, and whether it changed again meanwhile
 * (watch_changes).
 *
 * By inotify(7). Only what can matter is looked at: folders, and names that end in .lua, .json,
 * .sql or .manifest, and key files. On the loop's thread. */
#ifndef WRIT_PROCESS_WATCH_H
#define WRIT_PROCESS_WATCH_H

#include <stdint.h>
#include <uv.h>

#include "base/error.h"

struct watch;

/* Watches contracts/ and app/ below the folder, and the files beside them. It goes on where a
 * folder vanishes and comes back, or another one, or a symbolic link to one, takes the place of the
 * app's; a path that ends in "." has no place to look at. */
int watch_open(uv_loop_t *loop, const char *folder, uint64_t settle_ms,
               void (*changed)(void *context), void *context, struct watch **watch,
               struct error *error);

/* From now on. */
void watch_set_settle(struct watch *watch, uint64_t settle_ms);

/* Watches one more file, such as a key, by its path. One that is not there is watched for. */
void watch_file(struct watch *watch, const char *path);

/* Counts every event, told or not: the same number before and after reading means that nothing has
 * changed in between. Looks for events that have not been seen yet. */
uint64_t watch_changes(struct watch *watch);

/* The loop frees it: run it once more. NULL is allowed. */
void watch_close(struct watch *watch);

#endif
