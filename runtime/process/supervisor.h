/* The supervisor: keeps the listening sockets, has a builder make generations, and workers serve
 * them.
 *
 *   supervisor -- spawns --> builder (one for each load): reads, confines itself, checks, compiles
 *        |  ^                   |
 *        |  '---- a bundle -----'
 *        '-- spawns, hands over each bundle --> workers: confined, one loop each
 *
 * It never looks into the app's folders itself, but for whether something has changed in them, and
 * never reads a request: it has the rights that the others give up. One thread, one loop. */
#ifndef WRIT_PROCESS_SUPERVISOR_H
#define WRIT_PROCESS_SUPERVISOR_H

#include "base/error.h"
#include "process/serve.h"

/* Serves until SIGTERM or SIGINT, then lets running requests finish. 0 after an orderly end. -1 if
 * it could not start: the error says why, or the builder has said it on stderr. */
int supervise(const struct serve_options *options, struct error *error);

#endif
