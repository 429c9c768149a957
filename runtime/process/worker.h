/* A worker: answers requests, on one loop, with what rights a process of its kind needs and no
 * others (process/confine.h). It gets its sockets when it begins, and generations as bundles; it
 * opens nothing but the database. */
#ifndef WRIT_PROCESS_WORKER_H
#define WRIT_PROCESS_WORKER_H

#include "process/serve.h"

/* The process, begun by child_spawn with the board and its sockets. The exit code comes back. */
int worker_run(const struct serve_options *options, size_t index);

#endif
