/* The parser of handlers' Lua: any bytes make a tree or none, in bounded depth, whose places lie in
 * the source and in which each use of a local is found from the local. */
#include "fuzz.h"

#include "advice/syntax.h"

enum { SOURCE_MAX = 65536 };

struct walk {
  size_t size;
  unsigned depth;
  size_t names, uses;
};

static void check_block(struct walk *walk, const struct syntax_block *block);

static void check_locals(struct walk *walk, const struct syntax_local *local)
{
  for (; local; local = local->next) {
    PROMISE(local->offset <= walk->size, "a local at %u", local->offset);
    uint32_t before = 0;
    for (const struct syntax_expression *use = local->uses; use; use = use->later, walk->uses++) {
      PROMISE(use->local == local && use->offset >= before, "a use at %u", use->offset);
      before = use->offset;
    }
  }
}

static void check_list(struct walk *walk, const struct syntax_expression *expression);

static void check_expression(struct walk *walk, const struct syntax_expression *expression)
{
  PROMISE(expression->offset <= expression->end && expression->end <= walk->size &&
              expression->place <= walk->size,
          "%u to %u, %u of %zu", expression->offset, expression->end, expression->place,
          walk->size);
  switch (expression->kind) {
  case SYNTAX_STRING:
    PROMISE(expression->string.length <= walk->size, "%zu bytes", expression->string.length);
    break;
  case SYNTAX_FUNCTION:
    check_locals(walk, expression->function->parameters);
    check_block(walk, &expression->function->body);
    break;
  case SYNTAX_NAME:
    walk->names += expression->local != NULL;
    break;
  case SYNTAX_INDEX:
    check_list(walk, expression->object);
    check_list(walk, expression->key);
    break;
  case SYNTAX_CALL:
    check_list(walk, expression->callee);
    check_list(walk, expression->arguments);
    break;
  case SYNTAX_TABLE:
    for (const struct syntax_field *field = expression->fields; field; field = field->next) {
      if (field->key) check_expression(walk, field->key);
      check_expression(walk, field->value);
    }
    break;
  case SYNTAX_UNARY:
  case SYNTAX_BINARY:
    check_expression(walk, expression->left);
    if (expression->right) check_expression(walk, expression->right);
    break;
  case SYNTAX_PAREN:
    check_expression(walk, expression->inner);
    break;
  default:
    break;
  }
}

static void check_list(struct walk *walk, const struct syntax_expression *expression)
{
  walk->depth++;
  PROMISE(walk->depth <= SYNTAX_DEPTH_MAX + SYNTAX_HEIGHT_MAX, "%u deep", walk->depth);
  for (; expression; expression = expression->next) check_expression(walk, expression);
  walk->depth--;
}

static void check_block(struct walk *walk, const struct syntax_block *block)
{
  walk->depth++;
  for (const struct syntax_statement *s = block->first; s; s = s->next) {
    PROMISE(s->offset <= s->end && s->end <= walk->size, "%u to %u", s->offset, s->end);
    check_locals(walk, s->locals);
    check_list(walk, s->targets);
    check_list(walk, s->values);
    check_block(walk, &s->body);
    for (const struct syntax_clause *clause = s->clauses; clause; clause = clause->next) {
      if (clause->condition) check_expression(walk, clause->condition);
      check_block(walk, &clause->body);
    }
  }
  walk->depth--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size > SOURCE_MAX) return -1;
  struct text source = fuzz_copy(data, size);
  struct arena arena;
  arena_init(&arena, 4096);
  const struct syntax_function *file = syntax_parse(source, &arena);
  struct walk walk = {.size = size};
  if (file) check_block(&walk, &file->body);
  PROMISE(walk.names == walk.uses, "%zu names, %zu uses", walk.names, walk.uses);
  arena_deinit(&arena);
  free((void *)(uintptr_t)source.data);
  return 0;
}
