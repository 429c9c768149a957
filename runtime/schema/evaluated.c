/* Which members or elements of one value a schema has looked at, for unevaluatedProperties and
 * unevaluatedItems. The usual answers, "all" and "the first n", take no bits; up to 256 bits lie on
 * the stack, more on the heap. */
#include "base/memory.h"
#include "schema/program.h"

enum { ROOM_WORDS = sizeof((struct schema_evaluated *)0)->room / sizeof(uint64_t) };

void schema_evaluated_init(struct schema_evaluated *evaluated)
{
  evaluated->all = false;
  evaluated->first = 0;
  evaluated->words = 0;
  evaluated->bits = NULL;
}

void schema_evaluated_deinit(struct schema_evaluated *evaluated)
{
  if (evaluated->words > ROOM_WORDS) memory_free(evaluated->bits);
}

/* Makes sure that there are bits for `length` members. */
static void make_bits(struct schema_run *run, struct schema_evaluated *evaluated, uint32_t length)
{
  if (evaluated->words > 0) return;
  uint32_t words = length / 64 + 1;
  if (words <= ROOM_WORDS) {
    words = ROOM_WORDS;
    evaluated->bits = evaluated->room;
    memset(evaluated->room, 0, sizeof evaluated->room);
  } else {
    (void)schema_spend(run, words);
    evaluated->bits = memory_new_array(words, sizeof *evaluated->bits);
  }
  evaluated->words = words;
}

void schema_evaluated_add(struct schema_run *run, struct schema_evaluated *evaluated,
                          uint32_t index, uint32_t length)
{
  if (evaluated->all || index < evaluated->first) return;
  if (index == evaluated->first) {
    evaluated->first++;
    return;
  }
  make_bits(run, evaluated, length);
  evaluated->bits[index / 64] |= UINT64_C(1) << index % 64;
}

void schema_evaluated_merge(struct schema_run *run, struct schema_evaluated *evaluated,
                            const struct schema_evaluated *other, uint32_t length)
{
  if (other->all) evaluated->all = true;
  if (other->first > evaluated->first) evaluated->first = other->first;
  if (other->words == 0 || evaluated->all) return;
  make_bits(run, evaluated, length);
  for (uint32_t i = 0; i < other->words; i++) evaluated->bits[i] |= other->bits[i];
}

bool schema_evaluated_has(const struct schema_evaluated *evaluated, uint32_t index)
{
  if (evaluated->all || index < evaluated->first) return true;
  return evaluated->words > 0 && (evaluated->bits[index / 64] >> index % 64 & 1) != 0;
}
