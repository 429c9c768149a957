/* The builder: makes one generation, hands it to the supervisor as a bundle, and is gone.
 *
 * First it reads everything: contracts/, app/, writ.json and the secrets that it names. Then it
 * gives up its rights, and only then looks at what it has read, compiles it, and runs handlers to
 * build their images.
 *
 * It says what it has read (source_tree_hash) before it runs any of it. A handler that broke out of
 * the sandbox could have it hand over what it likes; but not other contracts, nor another
 * writ.json, for the supervisor compares. */
#ifndef WRIT_PROCESS_BUILDER_H
#define WRIT_PROCESS_BUILDER_H

#include "process/serve.h"

/* The process, begun by child_spawn. Findings go to stderr. The exit code comes back: 0 if there is
 * a bundle. */
int builder_run(const struct serve_options *options);

#endif
