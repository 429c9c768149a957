/* Fetching what a password is verified against. */
#include "checks/credentials.h"

bool credentials_fetch(const struct facts *facts, const struct credentials *credentials,
                       struct credential *credential, struct verdict *verdict)
{
  struct json row;
  if (facts_ask(facts, &credentials->use, &row, verdict)) return false;
  const struct json *id = json_get(&row, "id"), *hash = json_get(&row, "hash");
  *credential = (struct credential){json_null(), json_null()};
  if (!id || !hash || id->type == JSON_NULL || hash->type != JSON_STRING) return true;
  credential->id = *id;
  credential->hash = *hash;
  return true;
}

bool credentials_unchanged(const struct credential *before, const struct credential *now)
{
  return before->id.type != JSON_NULL && json_equal(&before->id, &now->id) &&
         json_equal(&before->hash, &now->hash);
}
