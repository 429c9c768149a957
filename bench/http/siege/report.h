/* What a siege's parties did, as a line of JSON. */
#ifndef SIEGE_REPORT_H
#define SIEGE_REPORT_H

#include "party.h"

/* Each second: counts so far, latencies since the line before (kept in `before`, one for each). */
void report_second(struct party *parties, size_t count, struct latency_snapshot *before,
                   unsigned second);

/* At the end: for healthy parties also counts and latencies of both phases. */
void report_end(struct party *parties, size_t count, double seconds);

#endif
