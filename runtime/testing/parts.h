/* An input as the parts of the request that carries it (testing/request_of.h), and whether the
 * request gets as far as `validates`. */
#ifndef WRIT_TESTING_PARTS_H
#define WRIT_TESTING_PARTS_H

#include "contract/contract.h"

/* In an arena of the caller's. */
struct parts {
  struct text path, query; /* percent-encoded; query without the question mark, perhaps empty */
  struct text body;        /* application/json; its data is NULL if there is none */
};

/* As request_of has them. The path is empty if the input lacks a field of it. */
void parts_of_input(const struct contract *contract, const struct json *input, struct arena *arena,
                    struct parts *parts);

/* True if path and query string have a text for each value in them, no path parameter is empty,
 * "." or "..", or has a slash; the query string has no more fields than the host takes, and the
 * body is no larger and no deeper than it may be. If not, *why is a phrase. */
bool parts_fit(const struct contract *contract, const struct json *input, const struct parts *parts,
               const char **why);

#endif
