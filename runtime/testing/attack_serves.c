/* That the route does what it is for; and that what it did for one request is not seen by the
 * next. */
#include "testing/attack_parts.h"

enum { MORE_REQUESTS = 8 };

static void must_not_break(struct attack *attack, const struct attempt *attempt,
                           const struct scratch_reply *reply)
{
  if (attack->error.message[0]) return;
  if (reply->status < 500)
    attack_passed(attack);
  else
    attack_failed(attack, attempt, reply,
                  TEXT("an answer that `returns` admits, or a refusal that the contract declares"),
                  reply_in_words(attack, reply), "");
}

/* Others that the schema allows: rarely the same way through the handler. */
static void try_more(struct attack *attack)
{
  struct json input, fixed;
  for (uint32_t i = 0; i < MORE_REQUESTS && !attack->error.message[0]; i++) {
    attack_pristine(attack);
    if (!scene_roll(attack, attack->scene.caller, i + 2, &input, &fixed)) continue;
    struct attempt attempt = attack_attempt_with(attack, "that is valid", &input);
    must_not_break(attack, &attempt, attack_send(attack, &attempt));
  }
}

void attack_serves(struct attack *attack)
{
  const struct scene *scene = &attack->scene;
  struct text help;
  if (scene->broken) must_not_break(attack, scene->breaking, scene->broken);
  if (scene->works) {
    attack_passed(attack);
    try_more(attack);
  } else if (!scene->broken) {
    struct text missing = scene_missing(attack, &help);
    attack_not_tried(attack, TEXT("a request that succeeds"), missing, help);
  }
}
