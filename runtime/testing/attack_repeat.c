/* What comes again: calls that are idempotent. */
#include "testing/attack_parts.h"

static bool same_reply(const struct scratch_reply *first, const struct scratch_reply *again)
{
  return first->status == again->status && text_equal(first->body, again->body);
}

static void try_again(struct attack *attack)
{
  struct attempt attempt = attack_attempt(attack, "that came before");
  const struct scratch_reply *first = attack_send(attack, &attempt);
  unsigned char digest[HASH_BYTES];
  memcpy(digest, attack->digest, HASH_BYTES);
  const struct scratch_reply *again = attack_send(attack, &attempt);
  if (attack->error.message[0]) return;
  bool unchanged = memcmp(digest, attack->digest, HASH_BYTES) == 0;
  if (same_reply(first, again) && unchanged)
    attack_passed(attack);
  else
    attack_failed(attack, &attempt, again,
                  arena_print(&attack->arena, "the first reply again, %.*s, and no second effect",
                              TEXT_ARGS(reply_in_words(attack, first))),
                  unchanged ? reply_in_words(attack, again)
                            : TEXT("rows that have changed a second time"),
                  "a condition that the first call makes false belongs in `holds`, not in `rules`");
}

/* The key of another input. */
static void try_mismatch(struct attack *attack)
{
  struct json input, fixed;
  struct attempt first = attack_attempt(attack, "with a key");
  if (!reply_succeeded(attack_send(attack, &first))) return;
  for (uint32_t i = 1; i < 12; i++) {
    if (!scene_roll(attack, attack->scene.caller, i, &input, &fixed) ||
        json_equal(&input, &attack->scene.input))
      continue;
    struct attempt other =
        attack_attempt_with(attack, "with another input and the key of one before", &input);
    other.request.idempotency_key = first.request.idempotency_key;
    attack_expect_denial(attack, &other, DENIAL_IDEMPOTENCY_MISMATCH);
    return;
  }
}

void attack_repeat(struct attack *attack)
{
  const struct idempotency *idempotency = &attack->contract->idempotency;
  struct text help;
  if (!idempotency->present) return;
  if (!idempotency->by_input && attack->scene.input.type == JSON_OBJECT) {
    struct attempt attempt = attack_attempt(attack, "without an Idempotency-Key");
    attempt.request.idempotency_key = TEXT("");
    attack_expect_denial(attack, &attempt, DENIAL_IDEMPOTENCY_KEY_MISSING);
  }
  if (!attack->scene.works) {
    struct text missing = scene_missing(attack, &help);
    attack_not_tried(attack, TEXT("a request that comes again"), missing, help);
    return;
  }
  attack_reset(attack);
  try_again(attack);
  attack_reset(attack);
  if (!idempotency->by_input) try_mismatch(attack);
}
