/* What can be told of a query from the words of its SQL alone. */
#ifndef WRIT_CONTRACT_QUERY_SHAPE_H
#define WRIT_CONTRACT_QUERY_SHAPE_H

#include "contract/query.h"

/* What of a statement decides which row it finds. */
struct query_shape {
  bool inserts, selects, from, where, grouped, aggregate, lenient, compound;
};

struct query_shape query_shape(struct text sql);

/* There is a row whatever the parameters are. */
bool query_always_finds(const struct query *query);

/* The column of the result, from 0, is a `count(…)` and nothing else: an integer, never NULL. */
bool query_column_counts(const struct query *query, size_t index);

#endif
