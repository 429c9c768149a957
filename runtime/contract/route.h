/* Methods and the routing table: which contract a request means.
 *
 * A route is a method and a path of literal segments and {parameters}; a parameter is one whole
 * segment. A literal wins over a parameter at the same place. Two contracts on one route do not
 * load. */
#ifndef WRIT_CONTRACT_ROUTE_H
#define WRIT_CONTRACT_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum method {
  METHOD_GET,
  METHOD_HEAD,
  METHOD_POST,
  METHOD_PUT,
  METHOD_PATCH,
  METHOD_DELETE,
  METHOD_OPTIONS,
  METHOD_OTHER
};

const char *method_name(enum method method);
enum method method_of(struct text name); /* case-sensitive, RFC 9110 section 9.1 */

enum { ROUTE_PARAMETERS_MAX = 8, ROUTE_SEGMENTS_MAX = 32 };

/* A parsed "PATCH /users/{user_id}". */
struct route {
  enum method method;
  struct text path;                             /* as written */
  struct text parameters[ROUTE_PARAMETERS_MAX]; /* names, in order */
  size_t parameter_count;
};

struct contract;
struct route_table;

/* Parses a route; texts point into `text`. On failure -1 and *message says what is wrong (static).
 */
int route_parse(struct text text, struct route *route, const char **message);

struct route_table *route_table_new(struct arena *arena);

/* Adds a route; returns the contract that has it already, or NULL. The route is borrowed. */
const struct contract *route_table_add(struct route_table *table, const struct route *route,
                                       const struct contract *contract);

struct route_match {
  const struct contract *contract;          /* NULL: none */
  struct text values[ROUTE_PARAMETERS_MAX]; /* of the route's parameters, still percent-encoded */
  unsigned allowed; /* methods that this path has, as 1 << enum method; 0: no such path */
};

/* Finds the contract for a path (percent-encoded, without the query). HEAD finds GET's contract
 * when there is none of its own. Segments are compared after percent-decoding each; `.`, `..`,
 * empty segments and an encoded slash match nothing. */
void route_table_find(const struct route_table *table, enum method method, struct text path,
                      struct route_match *match);

#endif
