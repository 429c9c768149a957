/* What a query does and gives, taken over all its alternatives. */
#include "contract/query.h"

static bool same(const struct effect *a, const struct effect *b)
{
  return a->kind == b->kind && a->cause == b->cause && text_equal(a->table, b->table) &&
         text_equal(a->column, b->column) && text_equal(a->by, b->by);
}

static void add_effects(struct statement_description *all,
                        const struct statement_description *other, struct arena *arena)
{
  struct effect *effects =
      arena_new_array(arena, all->effect_count + other->effect_count, sizeof *effects);
  size_t count = 0;
  while (count < all->effect_count) {
    effects[count] = all->effects[count];
    count++;
  }
  for (size_t i = 0; i < other->effect_count; i++) {
    bool known = false;
    for (size_t k = 0; k < all->effect_count; k++)
      known = known || same(&all->effects[k], &other->effects[i]);
    if (!known) effects[count++] = other->effects[i];
  }
  all->effects = effects;
  all->effect_count = count;
}

/* Alternatives whose columns have other names or another number do not agree on anything. */
static void agree_on_columns(struct statement_description *all,
                             const struct statement_description *other, struct arena *arena)
{
  struct result_column *columns = arena_new_array(arena, all->column_count, sizeof *columns);
  for (size_t i = 0; i < all->column_count; i++) {
    const struct result_column *theirs = i < other->column_count ? &other->columns[i] : NULL;
    columns[i] = all->columns[i];
    if (theirs && text_equal(columns[i].type, theirs->type) &&
        text_equal(columns[i].table, theirs->table) &&
        text_equal(columns[i].column, theirs->column)) {
      if (columns[i].nullability != theirs->nullability)
        columns[i].nullability = NULLABILITY_UNKNOWN;
      continue;
    }
    columns[i].type = columns[i].table = columns[i].column = TEXT("");
    columns[i].nullability = NULLABILITY_UNKNOWN;
  }
  all->columns = columns;
}

int query_describe(const struct query_statements *statements, struct arena *arena,
                   struct statement_description *description, struct error *error)
{
  struct statement_description other;
  if (statement_describe(statements->items[0], arena, description, error) < 0) return -1;
  for (size_t i = 1; i < statements->count; i++) {
    if (statement_describe(statements->items[i], arena, &other, error) < 0) return -1;
    add_effects(description, &other, arena);
    agree_on_columns(description, &other, arena);
  }
  return 0;
}
