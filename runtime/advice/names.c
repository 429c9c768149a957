/* Names that do not exist: members of ctx, queries, fields of the input, columns of a row. */
#include "advice/advising.h"
#include "advice/expected.h"

/* A name that is only asked for, to see whether it is there, is no error. */
static bool only_asked(enum usage usage)
{
  return usage == USAGE_TEST || usage == USAGE_DEFAULT || usage == USAGE_COMPARED;
}

static void say(struct advising *advising, enum finding_code code, bool error, uint32_t offset,
                const char *help, struct text message)
{
  if (error)
    report_error(advising->report, code, advising->source, offset, help, "%.*s",
                 TEXT_ARGS(message));
  else
    report_warning(advising->report, code, advising->source, offset, help, "%.*s",
                   TEXT_ARGS(message));
}

/* --- ctx --- */

static const struct text context_members[] = {
    TEXT_INITIALIZER("db"),     TEXT_INITIALIZER("fail"),      TEXT_INITIALIZER("log"),
    TEXT_INITIALIZER("sleep"),  TEXT_INITIALIZER("principal"), TEXT_INITIALIZER("now"),
    TEXT_INITIALIZER("new_id"), TEXT_INITIALIZER("request")};
static const struct text principal_members[] = {TEXT_INITIALIZER("id"), TEXT_INITIALIZER("roles")};
static const struct text request_members[] = {TEXT_INITIALIZER("id"), TEXT_INITIALIZER("method"),
                                              TEXT_INITIALIZER("route"),
                                              TEXT_INITIALIZER("address")};

/* What people look for in other frameworks. */
static const char *why_missing(struct text name)
{
  static const char *const missing[][2] = {
      {"user", "who calls is ctx.principal, with its id and roles"},
      {"user_id", "who calls is ctx.principal.id; queries get it as :principal_id"},
      {"auth", "who calls is ctx.principal, with its id and roles"},
      {"headers", "no header reaches a handler"},
      {"header", "no header reaches a handler"},
      {"cookies", "no header reaches a handler; sessions are the contract's (`ensures.session`)"},
      {"session", "sessions are the contract's (`ensures.session`)"},
      {"token", "sessions are the contract's (`ensures.session`)"},
      {"body", "all that came in is the first argument, input"},
      {"params", "all that came in is the first argument, input"},
      {"args", "all that came in is the first argument, input"},
      {"input", "it is the first argument: function(input, ctx)"},
      {"query", "queries are ctx.db.<group>.<name>(); the query string is in input"},
      {"sql", "no API takes SQL: queries are ctx.db.<group>.<name>()"},
      {"execute", "no API takes SQL: queries are ctx.db.<group>.<name>()"},
      {"database", "it is ctx.db"},
      {"ip", "it is ctx.request.address"},
      {"error", "a declared error is ctx.fail(code)"},
      {"abort", "a declared error is ctx.fail(code)"},
      {"throw", "a declared error is ctx.fail(code)"},
      {"status", "the status is the second value returned: return row, 201"},
      {"json", "what the handler returns is the reply: return row, 201"},
      {"reply", "what the handler returns is the reply: return row, 201"},
      {"response", "what the handler returns is the reply: return row, 201"},
      {"send", "what the handler returns is the reply: return row, 201"},
      {"time", "it is ctx.now, in milliseconds since 1970"},
      {"uuid", "it is ctx.new_id"},
      {"http", "a handler has no network"},
      {"fetch", "a handler has no network"},
      {"print", "it is ctx.log"},
      {"logger", "it is ctx.log"}};
  for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
    if (text_is(name, missing[i][0])) return missing[i][1];
  return NULL;
}

static void check_member(struct advising *advising, const struct visit *visit, const char *owner,
                         struct text name, const struct text *members, size_t count)
{
  if (text_is_among(name, members, count) || facts_assigned(advising, name) ||
      visit->usage == USAGE_TARGET)
    return;
  const char *why = text_is(text_of(owner), "ctx") ? why_missing(name) : NULL;
  const char *meant = did_you_mean(advising, name, members, count);
  if (!why && meant) why = meant;
  if (!why)
    why = arena_print(advising->arena, "it has %s", list_names(advising, members, count)).data;
  say(advising, FINDING_CONTEXT_MEMBER, !only_asked(visit->usage), visit->expression->place, why,
      arena_print(advising->arena, "%s has no '%.*s'", owner, TEXT_ARGS(name)));
}

static void check_sleep(struct advising *advising, const struct visit *visit)
{
  if (advising->contract->sleeps || only_asked(visit->usage)) return;
  const char *help = arena_print(advising->arena,
                                 "only a contract that writes nothing can have it, by "
                                 "\"uses\": { \"sleep\": true } (%s)",
                                 CONTRACT_PLACE(advising, "uses"))
                         .data;
  report_error(advising->report, FINDING_SLEEP_UNGRANTED, advising->source,
               visit->expression->place, help, "the contract does not grant ctx.sleep");
}

static void check_member_of_member(struct advising *advising, const struct visit *visit,
                                   struct text owner, struct text name)
{
  const struct contract *contract = advising->contract;
  bool principal = text_is(owner, "principal");
  bool function = text_is(owner, "log") || text_is(owner, "fail") || text_is(owner, "sleep");
  if (principal && contract->anonymous && !contract->credentials.present &&
      !advising->principal_checked) {
    const char *help =
        arena_print(advising->arena, "the contract asks for nobody to be signed in (%s)",
                    CONTRACT_PLACE(advising, "requires", "auth"))
            .data;
    report_error(advising->report, FINDING_PRINCIPAL_NOBODY, advising->source,
                 visit->expression->place, help, "ctx.principal is nil here");
  } else if (principal) {
    check_member(advising, visit, "ctx.principal", name, principal_members, 2);
  } else if (text_is(owner, "request")) {
    check_member(advising, visit, "ctx.request", name, request_members, 4);
  } else if (function && visit->usage != USAGE_TARGET && !facts_assigned(advising, owner)) {
    const char *help =
        arena_print(advising->arena, "it is a function: ctx.%.*s(…)", TEXT_ARGS(owner)).data;
    say(advising, FINDING_CONTEXT_MEMBER, true, visit->expression->place, help,
        arena_print(advising->arena, "ctx.%.*s has no '%.*s'", TEXT_ARGS(owner), TEXT_ARGS(name)));
  }
}

/* --- Queries. --- */

static const char *how_to_grant(struct advising *advising)
{
  size_t count;
  const struct text *granted = granted_names(advising, &count);
  if (count == 0)
    return arena_print(advising->arena,
                       "it grants none; whoever reviews it adds one to `uses` (%s)",
                       CONTRACT_PLACE(advising, "uses"))
        .data;
  return arena_print(
             advising->arena, "it grants %s; whoever reviews it adds another to `uses` (%s)",
             list_names(advising, granted, count), CONTRACT_PLACE(advising, "uses", "queries"))
      .data;
}

static void check_query(struct advising *advising, const struct visit *visit, struct text name)
{
  size_t count;
  const struct text *granted = granted_names(advising, &count);
  const struct query_list *all = &advising->generation->queries;
  uint32_t offset = visit->expression->place;
  if (query_find(all, name)) {
    report_error(advising->report, FINDING_QUERY_UNGRANTED, advising->source, offset,
                 how_to_grant(advising), "the contract does not grant '%.*s'", TEXT_ARGS(name));
    return;
  }
  const char *meant = query_suggestion(all, name), *help = NULL;
  if (meant && text_is_among(text_of(meant), granted, count))
    help = arena_print(advising->arena, "did you mean '%s'?", meant).data;
  else if (meant)
    help = arena_print(advising->arena, "did you mean '%s'? The contract does not grant it: %s",
                       meant, how_to_grant(advising))
               .data;
  report_error(advising->report, FINDING_QUERY_NOWHERE, advising->source, offset,
               help ? help : how_to_grant(advising), "there is no query '%.*s'", TEXT_ARGS(name));
}

/* --- The input. --- */

static void check_field(struct advising *advising, const struct visit *visit,
                        const struct known *field)
{
  const struct contract *contract = advising->contract;
  struct text *names = arena_new_array(advising->arena, contract->field_count, sizeof *names);
  size_t count = 0;
  if (facts_assigned(advising, field->name) || visit->usage == USAGE_TARGET) return;
  if (field->field && field->field->schema.password) {
    report_error(advising->report, FINDING_INPUT_PASSWORD, advising->source,
                 visit->expression->place,
                 "the host verifies or hashes it, and binds the hash itself",
                 "'%.*s' is a password: it is not in the input", TEXT_ARGS(field->name));
    return;
  }
  if (field->field) return;
  for (size_t i = 0; i < contract->field_count; i++)
    if (!contract->fields[i].schema.password) names[count++] = contract->fields[i].schema.name;
  const char *help = did_you_mean(advising, field->name, names, count);
  const char *place = CONTRACT_PLACE(advising, "requires", "validates");
  if (!help && count > 0)
    help = arena_print(advising->arena, "it has %s (%s)", list_names(advising, names, count), place)
               .data;
  if (!help) help = arena_print(advising->arena, "it has no fields (%s)", place).data;
  /* what depends on the value may declare others */
  bool open = expect_schema(advising->generation->schemas, contract->input).open;
  say(advising, FINDING_INPUT_FIELD, !only_asked(visit->usage) && !advising->input_given && !open,
      visit->expression->place, help,
      arena_print(advising->arena, "the input has no field '%.*s'", TEXT_ARGS(field->name)));
}

/* --- Columns. --- */

/* The local whose field it is, or NULL. */
static struct syntax_local *local_of(const struct syntax_expression *index)
{
  const struct syntax_expression *object = syntax_inner(index->object);
  return object->kind == SYNTAX_NAME ? object->local : NULL;
}

static void check_column(struct advising *advising, const struct visit *visit,
                         const struct known *column)
{
  const struct text *columns;
  size_t count;
  struct syntax_local *local = local_of(visit->expression);
  if (visit->usage == USAGE_TARGET || facts_assigned(advising, column->name) ||
      (local && facts_of(advising, local)->given) ||
      !query_lacks_column(column->use, column->name) ||
      !query_columns(column->use, &columns, &count))
    return;
  const char *help = did_you_mean(advising, column->name, columns, count);
  const char *place = place_of_query(advising, column->use->query);
  if (!help)
    help =
        arena_print(advising->arena, "it has %s (%s)", list_names(advising, columns, count), place)
            .data;
  bool given = advising->rows_given[column->use - advising->contract->uses];
  say(advising, FINDING_COLUMN_NOWHERE, !only_asked(visit->usage) && !given,
      visit->expression->place, help,
      arena_print(advising->arena, "a row of %s has no column '%.*s'", column->use->query->name,
                  TEXT_ARGS(column->name)));
}

/* rows.title, of an array of rows */
static void check_array(struct advising *advising, const struct visit *visit,
                        const struct known *rows, struct text name)
{
  const struct query *query = rows->use->query;
  struct syntax_local *local = local_of(visit->expression);
  if (query->rows != ROWS_MANY || visit->usage == USAGE_TARGET || facts_assigned(advising, name) ||
      (local && facts_of(advising, local)->given))
    return;
  report_error(advising->report, FINDING_COLUMN_NOWHERE, advising->source, visit->expression->place,
               "take one, rows[1], or all: for _, row in ipairs(rows) do",
               "%s gives an array of rows, which has no field '%.*s'", query->name,
               TEXT_ARGS(name));
}

void names_visit(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *index = visit->expression;
  struct text name;
  if (index->kind != SYNTAX_INDEX || !known_key(advising, index->key, &name)) return;
  struct known object = known_of(advising, index->object), known = known_of(advising, index);
  if (object.kind == KNOWN_CONTEXT && known.kind == KNOWN_MEMBER) {
    check_member(advising, visit, "ctx", name, context_members, 8);
    if (text_is(name, "sleep")) check_sleep(advising, visit);
  } else if (object.kind == KNOWN_MEMBER) {
    check_member_of_member(advising, visit, object.name, name);
  } else if (known.kind == KNOWN_QUERY && !known.use && visit->usage != USAGE_TARGET) {
    check_query(advising, visit, known.name);
  } else if (known.kind == KNOWN_FIELD) {
    check_field(advising, visit, &known);
  } else if (known.kind == KNOWN_COLUMN) {
    check_column(advising, visit, &known);
  } else if (object.kind == KNOWN_RESULT) {
    check_array(advising, visit, &object, name);
  }
}
