/* Calls: of queries, of what is no query, with SQL, of ctx.fail. */
#include "advice/advising.h"

/* --- ctx.fail --- */

static void report_code(struct advising *advising, uint32_t offset, const struct text *code)
{
  const struct contract *contract = advising->contract;
  struct text *codes = arena_new_array(advising->arena, contract->error_count, sizeof *codes);
  for (size_t i = 0; i < contract->error_count; i++) codes[i] = contract->errors[i].code;
  if (code && text_is_among(*code, codes, contract->error_count)) return;
  const char *meant = code ? did_you_mean(advising, *code, codes, contract->error_count) : NULL;
  const char *place = CONTRACT_PLACE(advising, "ensures", "errors"), *help;
  if (meant)
    help = meant;
  else if (contract->error_count > 0)
    help = arena_print(advising->arena, "it declares %s (%s)",
                       list_names(advising, codes, contract->error_count), place)
               .data;
  else
    help = arena_print(advising->arena, "it declares none (%s)", place).data;
  if (code)
    report_error(advising->report, FINDING_FAIL_UNDECLARED, advising->source, offset, help,
                 "the contract declares no error '%.*s'", TEXT_ARGS(*code));
  else
    report_error(advising->report, FINDING_FAIL_CODELESS, advising->source, offset, help,
                 "ctx.fail wants the code of an error that the contract declares");
}

/* ctx.fail("title_taken", "Choose another title") */
static void report_extra(struct advising *advising, uint32_t offset)
{
  report_warning(advising->report, FINDING_FAIL_ARGUMENTS, advising->source, offset,
                 arena_print(advising->arena,
                             "status and title of an error are the contract's (%s)",
                             CONTRACT_PLACE(advising, "ensures", "errors"))
                     .data,
                 "ctx.fail takes a code alone: nobody sees this");
}

static void check_fail(struct advising *advising, const struct syntax_expression *call)
{
  const struct syntax_expression *first = call->arguments;
  if (!first) {
    report_code(advising, call->offset, NULL);
    return;
  }
  struct known known = known_of(advising, first);
  struct text code;
  if (first->next) report_extra(advising, first->next->offset);
  if (known_string(&known, &code))
    report_code(advising, first->offset, &code);
  else if (known.kind == KNOWN_CONSTANT || known.kind == KNOWN_NIL || known.kind == KNOWN_NULL ||
           known.kind == KNOWN_TABLE)
    report_code(advising, first->offset, NULL);
}

/* --- What is no function, and what is none of an object. --- */

static void report_colon(struct advising *advising, const struct syntax_expression *call,
                         const char *what)
{
  report_error(advising->report, FINDING_CALLED_BY_COLON, advising->source, call->place,
               arena_print(advising->arena, "write %s.%.*s(…)", what, TEXT_ARGS(call->method)).data,
               "a colon passes %s itself as the first argument", what);
}

/* ctx.db.query(…), ctx.db.notes(…) */
static void check_group_called(struct advising *advising, const struct syntax_expression *call,
                               struct text group, uint32_t offset)
{
  size_t count, length = group.length;
  const struct text *granted = granted_names(advising, &count);
  if (sql_is_among(advising, call->arguments)) {
    sql_report(advising, offset);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (granted[i].length <= length || memcmp(granted[i].data, group.data, length) != 0 ||
        granted[i].data[length] != '.')
      continue;
    report_error(advising->report, FINDING_QUERY_UNCALLED, advising->source, offset,
                 arena_print(advising->arena, "call one of its queries: ctx.db.%.*s()",
                             TEXT_ARGS(granted[i]))
                     .data,
                 "ctx.db.%.*s is a group of queries, no function", TEXT_ARGS(group));
    return;
  }
  if (sql_takes_elsewhere(group)) {
    sql_report(advising, offset);
    return;
  }
  const char *help = did_you_mean(advising, group, granted, count);
  report_error(advising->report, FINDING_QUERY_NOWHERE, advising->source, offset,
               help ? help : "a query is ctx.db.<group>.<name>()", "there is no query '%.*s'",
               TEXT_ARGS(group));
}

static void check_method(struct advising *advising, const struct syntax_expression *call,
                         const struct known *object)
{
  switch (object->kind) {
  case KNOWN_DATABASE:
    check_group_called(advising, call, call->method, call->place);
    break;
  case KNOWN_GROUP:
    if (sql_is_among(advising, call->arguments))
      sql_report(advising, call->place);
    else
      report_colon(advising, call,
                   arena_print(advising->arena, "ctx.db.%.*s", TEXT_ARGS(object->name)).data);
    break;
  case KNOWN_CONTEXT:
    report_colon(advising, call, "ctx");
    break;
  default:
    break;
  }
}

static void check_member_called(struct advising *advising, const struct syntax_expression *call,
                                struct text name)
{
  static const char *const values[] = {"now", "new_id", "principal", "request"};
  if (text_is(name, "fail")) check_fail(advising, call);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    if (!text_is(name, values[i])) continue;
    report_error(advising->report, FINDING_NOT_A_FUNCTION, advising->source, call->offset,
                 arena_print(advising->arena, "write ctx.%s without parentheses", values[i]).data,
                 "ctx.%s is a value, no function", values[i]);
  }
}

static void check_call(struct advising *advising, const struct syntax_expression *call)
{
  struct known callee = known_of(advising, call->callee);
  if (call->method.length > 0) {
    check_method(advising, call, &callee);
  } else if (callee.kind == KNOWN_QUERY && callee.use) {
    parameters_check(advising, call, callee.use);
  } else if (callee.kind == KNOWN_MEMBER) {
    check_member_called(advising, call, callee.name);
  } else if (callee.kind == KNOWN_GROUP) {
    check_group_called(advising, call, callee.name, call->callee->place);
  } else if (callee.kind == KNOWN_DATABASE) {
    sql_report(advising, call->callee->place);
  }
}

/* A query where its result was meant. */
static void check_uncalled(struct advising *advising, const struct visit *visit)
{
  struct known known = known_of(advising, visit->expression);
  if (known.kind != KNOWN_QUERY || !known.use) return;
  switch (visit->usage) {
  case USAGE_TEST:
  case USAGE_DEFAULT:
  case USAGE_COMPARED:
  case USAGE_OPERAND:
  case USAGE_METHOD:
  case USAGE_INDEXED:
  case USAGE_RETURNED:
  case USAGE_ITERATED:
    report_error(advising->report, FINDING_QUERY_UNCALLED, advising->source,
                 visit->expression->place,
                 arena_print(advising->arena, "call it: ctx.db.%.*s()", TEXT_ARGS(known.name)).data,
                 "%.*s is a function, and not what it gives", TEXT_ARGS(known.name));
    break;
  default:
    break;
  }
}

/* ctx.db["SELECT …"] */
static void check_sql_key(struct advising *advising, const struct syntax_expression *index)
{
  struct known object = known_of(advising, index->object);
  if ((object.kind == KNOWN_DATABASE || object.kind == KNOWN_GROUP) &&
      sql_begins(advising, index->key))
    sql_report(advising, index->key->offset);
}

void calls_visit(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *expression = visit->expression;
  if (expression->kind == SYNTAX_CALL) check_call(advising, expression);
  if (expression->kind == SYNTAX_INDEX) check_sql_key(advising, expression);
  if (expression->kind == SYNTAX_NAME || expression->kind == SYNTAX_INDEX)
    check_uncalled(advising, visit);
}
