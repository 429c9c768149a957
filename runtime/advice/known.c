/* Locals are asked once each; a chain of them, or functions that call each other, cannot make it
 * circle. */
#include "advice/advising.h"

static struct known nothing(void)
{
  return (struct known){.kind = KNOWN_NOTHING};
}

bool known_string(const struct known *known, struct text *string)
{
  if (known->kind != KNOWN_CONSTANT || known->expression->kind != SYNTAX_STRING) return false;
  *string = known->expression->string;
  return true;
}

bool known_json(const struct advising *advising, const struct known *known, struct json *json)
{
  *json = json_null();
  if (known->kind == KNOWN_NULL) return true;
  if (known->kind != KNOWN_CONSTANT) return false;
  const struct syntax_expression *constant = known->expression;
  switch (constant->kind) {
  case SYNTAX_INTEGER:
    *json = json_integer(constant->integer);
    return true;
  case SYNTAX_REAL:
    *json = json_real(constant->real);
    return json->type == JSON_REAL;
  case SYNTAX_STRING:
    if (!text_is_utf8(constant->string)) return false;
    *json = json_string(arena_copy(advising->arena, constant->string));
    return true;
  default:
    *json = json_boolean(constant->kind == SYNTAX_TRUE);
    return true;
  }
}

bool known_key(struct advising *advising, const struct syntax_expression *key, struct text *name)
{
  struct known known = known_of(advising, key);
  return known_string(&known, name);
}

/* --- Indexes. --- */

static struct known known_query(struct advising *advising, struct text group, struct text name)
{
  const struct contract *contract = advising->contract;
  struct known known = {.kind = KNOWN_QUERY};
  known.name = arena_print(advising->arena, "%.*s.%.*s", TEXT_ARGS(group), TEXT_ARGS(name));
  for (size_t i = 0; i < contract->use_count; i++)
    if (text_is(known.name, contract->uses[i].query->name)) known.use = &contract->uses[i];
  return known;
}

static struct known known_field(const struct advising *advising, struct text name)
{
  return (struct known){
      .kind = KNOWN_FIELD, .name = name, .field = contract_field(advising->contract, name)};
}

/* object.name */
static struct known known_index(struct advising *advising, const struct known *object,
                                struct text name)
{
  switch (object->kind) {
  case KNOWN_CONTEXT:
    if (text_is(name, "db")) return (struct known){.kind = KNOWN_DATABASE};
    return (struct known){.kind = KNOWN_MEMBER, .name = name};
  case KNOWN_DATABASE:
    return (struct known){.kind = KNOWN_GROUP, .name = name};
  case KNOWN_GROUP:
    return known_query(advising, object->name, name);
  case KNOWN_INPUT:
    return known_field(advising, name);
  case KNOWN_RESULT:
    if (object->use->query->rows != ROWS_ONE) return nothing();
    return (struct known){.kind = KNOWN_COLUMN, .name = name, .use = object->use};
  case KNOWN_ELEMENT:
    return (struct known){.kind = KNOWN_COLUMN, .name = name, .use = object->use};
  default:
    return nothing();
  }
}

/* --- Locals. --- */

static bool same(const struct known *a, const struct known *b)
{
  return a->kind == b->kind && text_equal(a->name, b->name) && a->use == b->use;
}

/* What can be passed on to a function and is the same there: nothing that would have to be checked
 * first. */
static bool can_be_passed(const struct known *known)
{
  return known->kind == KNOWN_CONTEXT || known->kind == KNOWN_DATABASE ||
         known->kind == KNOWN_GROUP || known->kind == KNOWN_QUERY || known->kind == KNOWN_INPUT;
}

static const struct syntax_expression *nth(const struct syntax_expression *list, uint32_t index)
{
  while (list && index-- > 0) list = list->next;
  return list;
}

/* What all calls of the function pass. A call of itself that passes the parameter on does not
 * count. */
static struct known known_parameter(struct advising *advising, const struct syntax_local *parameter)
{
  const struct syntax_function *function = parameter->function;
  struct known all = nothing();
  if (function == advising->handler && parameter->index < 2)
    return (struct known){.kind = parameter->index == 0 ? KNOWN_INPUT : KNOWN_CONTEXT};
  if (!function->local || function->local->reassigned) return nothing();
  for (const struct syntax_expression *use = function->local->uses; use; use = use->later) {
    if (!use->call || use->call->method.length > 0) return nothing();
    const struct syntax_expression *argument =
        syntax_inner(nth(use->call->arguments, parameter->index));
    if (!argument) return nothing();
    if (argument->kind == SYNTAX_NAME && argument->local == parameter) continue;
    struct known known = known_of(advising, argument);
    if (!can_be_passed(&known) || (all.kind != KNOWN_NOTHING && !same(&known, &all)))
      return nothing();
    all = known;
  }
  return all;
}

/* for _, row in ipairs(ctx.db.notes.list()) */
static struct known known_iterated(struct advising *advising, const struct syntax_local *local)
{
  const struct syntax_expression *call = syntax_inner(local->iterated);
  if (local->index != 1 || !call || call->kind != SYNTAX_CALL || call->method.length > 0 ||
      !call->arguments)
    return nothing();
  struct known callee = known_of(advising, call->callee);
  bool iterates = callee.kind == KNOWN_GLOBAL &&
                  (text_is(callee.name, "ipairs") || text_is(callee.name, "pairs"));
  struct known rows = known_of(advising, call->arguments);
  if (!iterates || rows.kind != KNOWN_RESULT || rows.use->query->rows != ROWS_MANY)
    return nothing();
  return (struct known){.kind = KNOWN_ELEMENT, .use = rows.use};
}

static struct known known_local(struct advising *advising, struct syntax_local *local)
{
  struct local_facts *facts = facts_of(advising, local);
  if (facts->state == KNOWN_ASKING || local->reassigned) return nothing();
  if (facts->state == KNOWN_ASKED) return facts->known;
  facts->state = KNOWN_ASKING;
  if (local->kind == LOCAL_PARAMETER)
    facts->known = known_parameter(advising, local);
  else if (local->kind == LOCAL_LOOP)
    facts->known = known_iterated(advising, local);
  else if (local->initial)
    facts->known = known_of(advising, local->initial);
  facts->state = KNOWN_ASKED;
  return facts->known;
}

/* --- Expressions. --- */

static struct known known_call(struct advising *advising, const struct syntax_expression *call)
{
  if (call->method.length > 0) return nothing();
  struct known callee = known_of(advising, call->callee);
  if (callee.kind != KNOWN_QUERY || !callee.use) return nothing();
  return (struct known){.kind = KNOWN_RESULT, .use = callee.use};
}

struct known known_of(struct advising *advising, const struct syntax_expression *expression)
{
  struct text name;
  expression = syntax_inner(expression);
  switch (expression->kind) {
  case SYNTAX_NIL:
    return (struct known){.kind = KNOWN_NIL, .expression = expression};
  case SYNTAX_FALSE:
  case SYNTAX_TRUE:
  case SYNTAX_INTEGER:
  case SYNTAX_REAL:
  case SYNTAX_STRING:
    return (struct known){.kind = KNOWN_CONSTANT, .expression = expression};
  case SYNTAX_TABLE:
    return (struct known){.kind = KNOWN_TABLE, .expression = expression};
  case SYNTAX_FUNCTION:
    return (struct known){.kind = KNOWN_FUNCTION, .expression = expression};
  case SYNTAX_NAME:
    if (expression->local) return known_local(advising, expression->local);
    if (text_is(expression->name, "null")) return (struct known){.kind = KNOWN_NULL};
    return (struct known){.kind = KNOWN_GLOBAL, .name = expression->name};
  case SYNTAX_INDEX: {
    struct known object = known_of(advising, expression->object);
    if (object.kind < KNOWN_CONTEXT || !known_key(advising, expression->key, &name))
      return nothing();
    return known_index(advising, &object, name);
  }
  case SYNTAX_CALL:
    return known_call(advising, expression);
  default:
    return nothing();
  }
}
