/* Grants that nobody uses: queries that the contract lets the handler run, and that it never
 * mentions.
 *
 * Something is said only where all of ctx can be followed: into locals, and into functions of the
 * file. Once it is kept in a table, passed to what another file defines, or asked for a name that
 * is computed, every query may be run. */
#include "advice/advising.h"

struct search {
  struct advising *advising;
  bool *mentioned; /* per granted query */
  bool lost;       /* ctx, ctx.db or a group of it is where nobody can follow it */
};

/* local db = ctx.db */
static bool names_it(const struct visit *visit)
{
  const struct syntax_statement *statement = visit->statement;
  if (visit->parent || statement->kind != STATEMENT_LOCAL) return false;
  for (const struct syntax_local *local = statement->locals; local; local = local->next)
    if (local->initial && syntax_inner(local->initial) == visit->expression)
      return !local->reassigned;
  return false;
}

static const struct syntax_local *parameter_of(const struct syntax_function *function,
                                               const struct syntax_expression *arguments,
                                               const struct syntax_expression *argument)
{
  const struct syntax_local *parameter = function->parameters;
  for (; arguments && parameter; arguments = arguments->next, parameter = parameter->next)
    if (syntax_inner(arguments) == argument) return parameter;
  return NULL;
}

/* find(ctx, …), of a function of the file in which its parameter is known to be the same. */
static bool passes_it(struct advising *advising, const struct visit *visit,
                      const struct known *passed)
{
  struct known callee = known_of(advising, visit->parent->callee);
  if (callee.kind != KNOWN_FUNCTION || visit->parent->method.length > 0) return false;
  const struct syntax_local *parameter =
      parameter_of(callee.expression->function, visit->parent->arguments, visit->expression);
  if (!parameter || parameter->reassigned) return false;
  if (!parameter->uses) return true;
  return known_of(advising, parameter->uses).kind == passed->kind;
}

static bool is_followed(struct advising *advising, const struct visit *visit,
                        const struct known *known)
{
  struct text name;
  switch (visit->usage) {
  case USAGE_TEST:
  case USAGE_COMPARED:
  case USAGE_DISCARDED:
    return true;
  case USAGE_INDEXED:
    return known_key(advising, visit->parent->key, &name);
  case USAGE_VALUE:
    return names_it(visit);
  case USAGE_ARGUMENT:
    return passes_it(advising, visit, known);
  default:
    return false;
  }
}

static void look(void *context, const struct visit *visit)
{
  struct search *search = context;
  struct advising *advising = search->advising;
  if (visit->expression->kind != SYNTAX_NAME && visit->expression->kind != SYNTAX_INDEX) return;
  struct known known = known_of(advising, visit->expression);
  if (known.kind == KNOWN_QUERY && !known.use)
    search->lost = true; /* perhaps it is one that was meant */
  else if (known.kind == KNOWN_QUERY)
    search->mentioned[known.use - advising->contract->uses] = true;
  else if (known.kind == KNOWN_CONTEXT || known.kind == KNOWN_DATABASE || known.kind == KNOWN_GROUP)
    search->lost = search->lost || !is_followed(advising, visit, &known);
}

/* ctx is the handler's second parameter and nothing else. */
static bool sees_context(const struct syntax_function *handler)
{
  const struct syntax_local *input = handler->parameters, *context = input ? input->next : NULL;
  return !handler->vararg && !(context && context->reassigned);
}

static void report_unused(struct advising *advising, const struct text *names, size_t count)
{
  const char *help = arena_print(advising->arena,
                                 "call ctx.db.%.*s(), or whoever reviews the contract takes %s out "
                                 "of `uses` (%s)",
                                 TEXT_ARGS(names[0]), count == 1 ? "it" : "what is not needed",
                                 CONTRACT_PLACE(advising, "uses", "queries"))
                         .data;
  report_warning(
      advising->report, FINDING_QUERY_NEVER_RUN, advising->source, advising->handler->offset, help,
      "the contract grants %s, which the handler never runs", list_names(advising, names, count));
}

void grants_check(struct advising *advising)
{
  size_t granted, count = 0;
  const struct text *names = granted_names(advising, &granted);
  struct search search = {.advising = advising};
  struct text *unused = arena_new_array(advising->arena, granted + 1, sizeof *unused);
  if (granted == 0 || !sees_context(advising->handler)) return;
  search.mentioned = arena_new_array(advising->arena, granted, sizeof *search.mentioned);
  walk_function(&(struct walker){.context = &search, .expression = look}, advising->file);
  for (size_t i = 0; i < granted; i++)
    if (!search.mentioned[i]) unused[count++] = names[i];
  if (count > 0 && !search.lost) report_unused(advising, unused, count);
}
