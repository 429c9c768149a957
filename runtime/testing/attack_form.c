/* Requests that are no input at all: no JSON, too much of it, or another type than the host takes.
 */
#include "testing/attack_parts.h"

static void try_body(struct attack *attack, const char *tried, struct text body,
                     struct text content_type, enum denial denial)
{
  struct attempt attempt = attack_attempt(attack, tried);
  attempt.request.body = body;
  attempt.request.content_type = content_type;
  attack_expect_denial(attack, &attempt, denial);
}

static void try_bodies(struct attack *attack)
{
  const struct text json = TEXT("application/json");
  struct text body = attack_attempt(attack, "").request.body;
  if (body.length == 0) body = TEXT("{}");
  try_body(attack, "with a body that is cut off", TEXT("{\"a\":"), json, DENIAL_MALFORMED);
  try_body(attack, "with a body that is not UTF-8", TEXT("{\"a\":\"\xff\xfe\"}"), json,
           DENIAL_MALFORMED);
  try_body(attack, "with a name twice in its body", TEXT("{\"a\":1,\"a\":2}"), json,
           DENIAL_MALFORMED);
  try_body(attack, "with something behind its body", TEXT("{}{}"), json, DENIAL_MALFORMED);
  try_body(attack, "with a body of XML", TEXT("<a/>"), TEXT("application/xml"),
           DENIAL_UNSUPPORTED_MEDIA_TYPE);
  try_body(attack, "with a form's body", body, TEXT("application/x-www-form-urlencoded"),
           DENIAL_UNSUPPORTED_MEDIA_TYPE);
  try_body(attack, "with a body of text/plain, as other sites' pages may send it", body,
           TEXT("text/plain"), DENIAL_UNSUPPORTED_MEDIA_TYPE);
  struct attempt attempt = attack_attempt(attack, "with a body that is too large");
  attempt.request.body = body;
  attempt.request.content_type = json;
  attempt.padding = (size_t)attack->contract->body_max_bytes + 1 - body.length;
  if (body.length <= attack->contract->body_max_bytes)
    attack_expect_denial(attack, &attempt, DENIAL_BODY_TOO_LARGE);
}

static void try_query(struct attack *attack, const char *tried, const char *query)
{
  struct attempt attempt = attack_attempt(attack, tried);
  attempt.request.query = text_of(query);
  attack_expect_denial(attack, &attempt, DENIAL_MALFORMED);
}

void attack_form(struct attack *attack)
{
  enum method method = attack->contract->route.method;
  if (!scene_has_input(attack, "requests that are no input")) return;
  if (method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH)
    try_bodies(attack);
  else
    try_body(attack, "with a body, where none is taken", TEXT("{}"), TEXT("application/json"),
             DENIAL_MALFORMED);
  try_query(attack, "with a query string that is not UTF-8", "a=%FF");
  try_query(attack, "with a name twice in its query string", "writ_a=1&writ_a=2");
}
