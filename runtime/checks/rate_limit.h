/* Rate limits: GCRA (the generic cell rate algorithm) over a table of fixed size.
 *
 * A word per key holds a tag and the theoretical arrival time (TAT); a key is a keyed hash, secret
 * to this boot, so nobody can aim at a bucket. Words whose TAT has passed are free. A live word is
 * never evicted: in a full bucket, newcomers share its strictest word, so a flood of keys can only
 * tighten limits.
 *
 * Intervals are counted in whole microseconds, rounded up: of 1,000 a second at most one in a
 * thousand fewer pass, of RATE_MAX_PER_S one in ten.
 *
 * Lock-free: the words may be shared by threads and, in shared memory, by processes. The head,
 * which says where a word lies, is written once: processes that do not trust each other map it
 * read-only, and then nobody can make another read or write beyond the table. */
#ifndef WRIT_CHECKS_RATE_LIMIT_H
#define WRIT_CHECKS_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checks/facts.h"

struct rate_limiter;

enum {
  RATE_LIMITER_KEYS = 1 << 17,      /* live ones, of a server */
  RATE_LIMITER_HEAD_BYTES = 1 << 16 /* before the words: a page, however large pages are */
};

/* How much memory a table has with room for about `keys` live keys, 8 bytes each. */
size_t rate_limiter_bytes(size_t keys);

/* Makes an empty table in memory that is all zero, aligned for uint64_t, and the caller's. */
struct rate_limiter *rate_limiter_init(void *memory, size_t keys);

/* Takes one from the budget of `limit` per `per_ms` that belongs to this key. True: allowed. False:
 * *retry_after_ms says when it will be again, and nothing was taken. */
bool rate_limiter_take(struct rate_limiter *limiter, uint64_t key, uint32_t limit, int64_t per_ms,
                       uint64_t now_ns, int64_t *retry_after_ms);

/* Takes `count` more, whether there are so many or not. Bounded: whoever is charged, however often,
 * waits for at most `per_ms`. */
void rate_limiter_charge(struct rate_limiter *limiter, uint64_t key, uint32_t limit, int64_t per_ms,
                         uint32_t count, uint64_t now_ns);

/* Takes from every limit of the contract that is counted at this stage; false with *verdict if one
 * is used up. IPv6 clients are counted by /64. */
bool check_rate_limits(struct rate_limiter *limiter, const struct facts *facts, enum rate_key stage,
                       uint64_t now_ns, struct verdict *verdict);

/* Charges every limit of the contract, of all stages: for a call that all of them have counted. */
void charge_rate_limits(struct rate_limiter *limiter, const struct facts *facts, uint32_t count,
                        uint64_t now_ns);

#endif
