/* What is said and believed beyond one request's bytes, by configuration. */
#ifndef WRIT_HTTP_POLICY_H
#define WRIT_HTTP_POLICY_H

#include "base/text.h"
#include "http/cors.h"
#include "http/forwarded.h"

/* All zero: nothing is believed, and nothing said that needs to be configured. Its texts are
 * borrowed for as long as a server uses it. */
struct http_policy {
  struct cors cors;
  struct proxies proxies;
  bool access_log;  /* lines are written, where the server has a log */
  struct text hsts; /* Strict-Transport-Security's value; empty: it is not sent */
};

#endif
