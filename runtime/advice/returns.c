/* What the handler's statements return: the status, and a value or none. */
#include "advice/advising.h"
#include "advice/expected.h"

static bool wants_body(const struct returned *returned)
{
  struct json null = json_null();
  return returned->schema && schema_refutes(returned->schema, &null);
}

static const char *list_statuses(struct advising *advising)
{
  const struct contract *contract = advising->contract;
  struct text *names = arena_new_array(advising->arena, contract->return_count, sizeof *names);
  for (size_t i = 0; i < contract->return_count; i++)
    names[i] = arena_print(advising->arena, "%d", contract->returns[i].status);
  return list_names(advising, names, contract->return_count);
}

/* What the status that is returned beside a value stands for; NULL if it cannot be told. */
static const struct returned *find_status(struct advising *advising,
                                          const struct syntax_expression *value)
{
  const struct contract *contract = advising->contract;
  struct known known = known_of(advising, value);
  bool unknown = known.kind == KNOWN_NOTHING || known.kind >= KNOWN_GLOBAL;
  if (known.kind == KNOWN_NIL) return &contract->returns[0];
  if (unknown) return contract->return_count == 1 ? &contract->returns[0] : NULL;
  const char *help = arena_print(advising->arena, "it declares %s (%s)", list_statuses(advising),
                                 place_of_returns(advising))
                         .data;
  if (known.kind != KNOWN_CONSTANT || known.expression->kind != SYNTAX_INTEGER) {
    if (known.kind == KNOWN_CONSTANT && known.expression->kind == SYNTAX_REAL) return NULL;
    report_error(advising->report, FINDING_RETURN_STATUS, advising->source, value->offset,
                 "a failure is ctx.fail(code), with a code that the contract declares",
                 "the second value that is returned is the status, an integer");
    return NULL;
  }
  for (size_t i = 0; i < contract->return_count; i++)
    if (contract->returns[i].status == known.expression->integer) return &contract->returns[i];
  report_error(advising->report, FINDING_RETURN_STATUS, advising->source, value->offset, help,
               "`returns` does not declare the status %lld", (long long)known.expression->integer);
  return contract->return_count == 1 ? &contract->returns[0] : NULL;
}

/* A value beside a status that has no body. */
static void check_no_body(struct advising *advising, const struct syntax_expression *value,
                          int status)
{
  struct known known = known_of(advising, value);
  bool row = known.kind == KNOWN_RESULT &&
             (known.use->query->rows == ROWS_ONE || known.use->query->rows == ROWS_VALUE);
  const char *help =
      arena_print(advising->arena, "return nothing (%s)", place_of_returns(advising)).data;
  if (row)
    report_warning(advising->report, FINDING_RETURN_BODY, advising->source, value->offset, help,
                   "status %d has no body, and this is a row if there is one", status);
  else if (known.kind == KNOWN_CONSTANT || known.kind == KNOWN_TABLE ||
           known.kind == KNOWN_RESULT || known.kind == KNOWN_INPUT || known.kind == KNOWN_FUNCTION)
    report_error(advising->report, FINDING_RETURN_BODY, advising->source, value->offset, help,
                 "status %d has no body", status);
}

/* A row that may be null, where null is not admitted. */
static void check_null(struct advising *advising, const struct syntax_expression *value,
                       const struct returned *returned)
{
  struct known known = known_of(advising, value);
  const struct syntax_expression *inner = syntax_inner(value);
  if (known.kind != KNOWN_RESULT || known.use->query->rows != ROWS_ONE || !wants_body(returned) ||
      !query_may_find_nothing(advising, known.use))
    return;
  if (inner->kind == SYNTAX_NAME && inner->local &&
      facts_of(advising, inner->local)->checked < inner->offset)
    return;
  report_warning(advising->report, FINDING_RETURN_NULL, advising->source, value->offset,
                 "ask first: if row == null then ctx.fail(…) end",
                 "%s gives null if it finds nothing, which `returns` does not admit",
                 known.use->query->name);
}

static void report_nothing(struct advising *advising, uint32_t offset)
{
  report_error(advising->report, FINDING_RETURN_NOTHING, advising->source, offset,
               arena_print(advising->arena, "return what `returns` describes (%s)",
                           place_of_returns(advising))
                   .data,
               "nothing is returned, and `returns` wants a value");
}

static void check_return(struct advising *advising, const struct syntax_statement *statement)
{
  const struct syntax_expression *value = statement->values;
  const struct returned *returned = &advising->contract->returns[0];
  advising->returned = NULL;
  if (value && !value->next && syntax_is_open(value) &&
      known_of(advising, value).kind != KNOWN_RESULT)
    return; /* it may give a status, too */
  if (value && value->next) returned = find_status(advising, value->next);
  if (!returned) return;
  advising->returned = returned;
  bool nothing = !value || known_of(advising, value).kind == KNOWN_NIL;
  if (nothing) {
    if (wants_body(returned)) report_nothing(advising, value ? value->offset : statement->offset);
  } else if (!returned->schema) {
    check_no_body(advising, value, returned->status);
  } else {
    struct expected expected = expect_schema(advising->generation->schemas, returned->schema);
    return_value_check(advising, &expected, value);
    check_null(advising, value, returned);
  }
}

/* Whether the handler returns anything; each statement that does is checked. */
struct search {
  struct advising *advising;
  bool returns;
};

static void visit_return(void *context, const struct syntax_statement *statement,
                         const struct syntax_function *function)
{
  struct search *search = context;
  if (statement->kind != STATEMENT_RETURN || function != search->advising->handler) return;
  if (statement->values) search->returns = true;
  check_return(search->advising, statement);
}

void returns_check(struct advising *advising)
{
  struct search search = {.advising = advising};
  const struct syntax_function *handler = advising->handler;
  walk_function(&(struct walker){.context = &search, .statement = visit_return}, handler);
  advising->returned = NULL;
  if (!advising->reaches_end || !wants_body(&advising->contract->returns[0])) return;
  if (search.returns)
    report_warning(advising->report, FINDING_RETURN_NOTHING, advising->source, handler->end,
                   arena_print(advising->arena, "end each path by `return` or ctx.fail (%s)",
                               place_of_returns(advising))
                       .data,
                   "the handler may end here, and `returns` wants a value");
  else
    report_nothing(advising, handler->end);
}
