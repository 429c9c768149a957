/* See issuers.h. */
#include "checks/issuers.h"

#include "base/memory.h"

struct issuers {
  struct jwt_issuer about[ISSUERS_MAX];
  struct jwks *keys[ISSUERS_MAX];
  size_t count;
};

int issuers_open(const struct jwt_issuer *about, const struct source *keys, size_t count,
                 struct issuers **out, struct report *report)
{
  struct issuers *issuers = memory_new(sizeof *issuers);
  size_t errors = report->errors;
  for (size_t i = 0; i < count && i < ISSUERS_MAX; i++) {
    issuers->about[i] = about[i];
    issuers->keys[i] = jwks_read(&keys[i], about[i].algorithms, report);
    issuers->count++;
  }
  *out = issuers;
  if (report->errors == errors) return 0;
  issuers_free(issuers);
  *out = NULL;
  return -1;
}

void issuers_free(struct issuers *issuers)
{
  if (!issuers) return;
  for (size_t i = 0; i < issuers->count; i++) jwks_free(issuers->keys[i]);
  memory_free(issuers);
}

const char *issuers_verify(const struct issuers *issuers, struct arena *arena, struct text token,
                           int64_t now_ms, struct jwt_identity *identity)
{
  struct jwt jwt;
  const char *why = jwt_read(arena, token, &jwt);
  if (why) return why;
  const struct jwt_issuer *about = jwt_find_issuer(&jwt, issuers->about, issuers->count);
  if (!about) return "its iss is no issuer that writ.json names";
  return jwt_verify(arena, &jwt, about, issuers->keys[about - issuers->about], now_ms, identity);
}
