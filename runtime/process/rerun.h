/* What `writ dev` runs beside the server: a command of this program, begun again whenever another
 * generation is served, with `--contract NAME` for each contract that is not as it was when the
 * command last came to its end. One at a time: a newer change ends it, and so does the supervisor's
 * end, however that comes.
 *
 * All on the supervisor's loop and thread. */
#ifndef WRIT_PROCESS_RERUN_H
#define WRIT_PROCESS_RERUN_H

#include <stdbool.h>
#include <uv.h>

struct rerun;

/* `command` is borrowed: its words, NULL at the end. `ended` comes whenever a run has ended. */
struct rerun *rerun_new(uv_loop_t *loop, const char *const *command, void (*ended)(void *context),
                        void *context);

/* No run may be alive. NULL is allowed. */
void rerun_free(struct rerun *rerun);

/* This bundle is served now; its descriptor stays the caller's. The first one is what later ones
 * are compared with. The command gets the address (NULL: it is not known), which is borrowed until
 * the next call, as `--address`. */
void rerun_served(struct rerun *rerun, int bundle, const char *address);

/* Nothing more is begun, and what runs is ended. NULL is allowed. */
void rerun_stop(struct rerun *rerun);
bool rerun_is_alive(const struct rerun *rerun);

#endif
