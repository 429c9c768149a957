/* One handler after the other: parse, find the function, collect facts, check. */
#include "advice/advice.h"

#include "advice/advising.h"

enum { ADVICE_CHUNK_BYTES = 64 * 1024 };

static void visit_expression(void *context, const struct visit *visit)
{
  struct advising *advising = context;
  names_visit(advising, visit);
  calls_visit(advising, visit);
  nulls_visit(advising, visit);
  habits_visit(advising, visit);
  strings_visit(advising, visit);
}

static void visit_statement(void *context, const struct syntax_statement *statement,
                            const struct syntax_function *function)
{
  habits_statement(context, statement, function);
  loops_statement(context, statement, function);
}

/* The function that the file returns; NULL if it cannot be seen. */
static const struct syntax_function *find_handler(const struct syntax_function *file)
{
  const struct syntax_statement *last = file->body.first;
  while (last && last->next) last = last->next;
  if (!last || last->kind != STATEMENT_RETURN || !last->values) return NULL;
  const struct syntax_expression *value = syntax_inner(last->values);
  if (value->kind == SYNTAX_NAME && value->local && !value->local->reassigned &&
      value->local->initial)
    value = syntax_inner(value->local->initial);
  return value->kind == SYNTAX_FUNCTION ? value->function : NULL;
}

static void advise_script(const struct generation *generation, const struct contract *contract,
                          const struct source *source, struct arena *arena, struct report *report)
{
  struct advising advising = {.generation = generation,
                              .contract = contract,
                              .source = source,
                              .report = report,
                              .arena = arena};
  advising.file = syntax_parse(source->text, arena);
  if (!advising.file) return;
  advising.handler = find_handler(advising.file);
  facts_collect(&advising);
  walk_function(&(struct walker){.context = &advising,
                                 .expression = visit_expression,
                                 .statement = visit_statement},
                advising.file);
  if (!advising.handler) return;
  grants_check(&advising);
  flow_check(&advising);
  returns_check(&advising);
}

static void advise_in(const struct generation *generation, const struct contract *contract,
                      const struct app_tree *scripts, struct arena *arena, struct report *report)
{
  const struct app_script *script = app_scripts_find(&scripts->handlers, contract->handler_path);
  if (!script || script->problem) return;
  advise_script(generation, contract, &script->source, arena, report);
  arena_reset(arena);
}

static void visit_module(void *context, const struct syntax_statement *statement,
                         const struct syntax_function *function)
{
  habits_of_module(context, statement, function);
}

/* Of a module, whoever calls it, only what no caller can make right. */
static void advise_module(const struct generation *generation, const struct source *source,
                          struct arena *arena, struct report *report)
{
  struct advising advising = {
      .generation = generation, .source = source, .report = report, .arena = arena};
  advising.file = syntax_parse(source->text, arena);
  if (advising.file)
    walk_function(&(struct walker){.context = &advising, .statement = visit_module}, advising.file);
  arena_reset(arena);
}

void advise_contract(const struct generation *generation, const struct contract *contract,
                     const struct app_tree *scripts, struct report *report)
{
  struct arena arena;
  arena_init(&arena, ADVICE_CHUNK_BYTES);
  advise_in(generation, contract, scripts, &arena, report);
  arena_deinit(&arena);
}

void advise(const struct generation *generation, const struct app_tree *scripts,
            struct report *report)
{
  struct arena arena;
  arena_init(&arena, ADVICE_CHUNK_BYTES);
  for (size_t i = 0; i < generation->contract_count; i++)
    advise_in(generation, generation->contracts[i], scripts, &arena, report);
  for (size_t i = 0; i < scripts->modules.count; i++)
    if (!scripts->modules.items[i].problem)
      advise_module(generation, &scripts->modules.items[i].source, &arena, report);
  arena_deinit(&arena);
}
