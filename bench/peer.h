/* jansson doing what our reader and writer do. Apart from them: its names are too like ours for one
 * file to know both. */
#ifndef WRIT_BENCH_PEER_H
#define WRIT_BENCH_PEER_H

#include "base/text.h"

struct peer;

/* With a document, which is borrowed; NULL if it is not JSON. */
struct peer *peer_new(struct text document);
void peer_free(struct peer *peer);

/* For measure.h; the context is the peer. */
void peer_read(void *peer, long times);
void peer_write(void *peer, long times);

#endif
