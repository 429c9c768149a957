/* From a query's parameters to what fills them: decided here, once, so that a request decides
 * nothing.
 *
 * A name means, in this order: a declared input field, :has_<field>, what the host knows
 * (:principal_id, :now, :new_id), what `computes` grants. Fields and computed values of one name
 * are an error elsewhere, so the order never hides anything. */
#include "contract/load.h"

struct binding_work {
  struct reading *reading;
  const struct json *at;
  const struct query *query;
  enum binder binder;
  uint32_t owned;
};

static void wrong(const struct binding_work *work, enum finding_code code, const char *help,
                  const char *what, struct text parameter)
{
  report_error(work->reading->report, code, work->reading->source, work->at->offset, help,
               "'%s': :%.*s %s", work->query->name, TEXT_ARGS(parameter), what);
}

/* --- Input fields --- */

/* A query of `owns` is not asked about a field that is absent. */
static void check_presence(const struct binding_work *work, const struct field *field)
{
  struct text name = field->schema.name;
  if (work->binder == BINDER_OWNS) return;
  if (!field->schema.required && !field->schema.initial && !query_is_optional(work->query, name))
    wrong(work, FINDING_PARAMETER_ABSENT,
          "list it under `required`, give it a `default`, or list it under `-- optional:` in the "
          "query's notes",
          "may be absent, and the query does not expect that", name);
}

static void check_shape(const struct binding_work *work, const struct field *field)
{
  const unsigned deep = 1U << JSON_ARRAY | 1U << JSON_OBJECT;
  bool by_element = work->binder == BINDER_OWNS;
  if ((field->schema.types & deep) && !by_element &&
      !query_is_json(work->query, field->schema.name))
    wrong(work, FINDING_PARAMETER_SHAPE,
          "declare its `type`, or add `-- json:` with its name to the query's notes",
          "may be an array or an object", field->schema.name);
}

static void bind_password(const struct binding_work *work, struct field *field,
                          struct binding *binding)
{
  struct reading *reading = work->reading;
  struct text name = field->schema.name;
  size_t hashed = 0;
  binding->source = BIND_PASSWORD;
  if (work->binder != BINDER_HANDLER) {
    wrong(work, FINDING_PARAMETER_PASSWORD, "use another field",
          "is a password, which only granted queries may store", name);
  } else if (field->verified) {
    wrong(work, FINDING_PARAMETER_PASSWORD, "use another field for the new one",
          "is the password that is verified, and never goes to a query", name);
  } else if (reading->loading->policy.in_force &&
             !query_feeds_secret_only(work->query, reading->loading->store, name)) {
    wrong(work, FINDING_PARAMETER_PASSWORD,
          "write it alone, as `column = :name` or in VALUES below a list of columns, for a column "
          "that policy.json calls secret",
          "is a password, and may only go to a secret column", name);
  }
  field->hashed = true;
  for (size_t i = 0; i < reading->contract->field_count; i++) hashed += reading->fields[i].hashed;
  if (hashed > CONTRACT_PASSWORDS_MAX)
    wrong(work, FINDING_PARAMETER_PASSWORD, "use fewer",
          "is one password too many: a call hashes at most four", name);
}

static bool bind_field(const struct binding_work *work, struct text parameter,
                       struct binding *binding)
{
  int64_t index = field_find(work->reading, parameter, NULL);
  if (index < 0) return false;
  struct field *field = &work->reading->fields[index];
  *binding = (struct binding){BIND_FIELD, (uint32_t)index};
  if (work->binder == BINDER_OWNS && (uint32_t)index != work->owned)
    wrong(work, FINDING_OWNER_QUERY, "let it look at the owned field alone",
          "is not the field that is owned", parameter);
  check_presence(work, field);
  if (field->schema.password)
    bind_password(work, field, binding);
  else
    check_shape(work, field);
  return true;
}

static bool bind_presence(const struct binding_work *work, struct text parameter,
                          struct binding *binding)
{
  const size_t prefix = strlen("has_");
  if (!text_starts_with(parameter, "has_")) return false;
  struct text name = {parameter.data + prefix, parameter.length - prefix};
  int64_t index = field_find(work->reading, name, NULL);
  if (index < 0) return false;
  *binding = (struct binding){BIND_HAS_FIELD, (uint32_t)index};
  return true;
}

/* --- What the host knows --- */

static void bind_principal(const struct binding_work *work, struct text parameter,
                           struct binding *binding)
{
  const struct contract *contract = work->reading->contract;
  *binding = (struct binding){BIND_PRINCIPAL_ID, 0};
  if (work->binder == BINDER_CREDENTIALS)
    wrong(work, FINDING_PARAMETER_PRINCIPAL, "find the row by an input field",
          "is not known before the credentials are verified", parameter);
  else if (contract->anonymous && !json_get(work->reading->requires, "credentials"))
    wrong(
        work, FINDING_PARAMETER_PRINCIPAL, "leave it out of the query, or ask for roles in `auth`",
        contract->webhook ? "is nobody in a webhook" : "is nobody in a public contract", parameter);
}

static bool bind_known(const struct binding_work *work, struct text parameter,
                       struct binding *binding)
{
  if (text_is(parameter, "principal_id"))
    bind_principal(work, parameter, binding);
  else if (text_is(parameter, "now"))
    *binding = (struct binding){BIND_NOW, 0};
  else if (text_is(parameter, "new_id"))
    *binding = (struct binding){BIND_NEW_ID, 0};
  else
    return false;
  return true;
}

/* --- What Lua may compute --- */

static bool bind_computed(const struct binding_work *work, struct text parameter,
                          struct binding *binding)
{
  const struct contract *contract = work->reading->contract;
  for (size_t i = 0; i < contract->compute_count; i++) {
    if (!text_equal(contract->computes[i].name, parameter)) continue;
    *binding = (struct binding){BIND_COMPUTED, (uint32_t)i};
    if (work->binder != BINDER_HANDLER)
      wrong(work, FINDING_PARAMETER_COMPUTED, "use an input field",
            "is computed by the handler, which the host does not ask", parameter);
    return true;
  }
  return false;
}

/* --- Nothing --- */

static void nothing_binds(const struct binding_work *work, struct text parameter)
{
  const struct reading *reading = work->reading;
  const struct contract *contract = reading->contract;
  size_t count = 0, most = contract->field_count + contract->compute_count + 3;
  const char **names = arena_new_array(reading->arena, most, sizeof *names);
  names[count++] = "principal_id";
  names[count++] = "now";
  names[count++] = "new_id";
  for (size_t i = 0; i < contract->field_count; i++)
    names[count++] = arena_copy(reading->arena, reading->fields[i].schema.name).data;
  for (size_t i = 0; i < contract->compute_count; i++)
    names[count++] = arena_copy(reading->arena, contract->computes[i].name).data;
  const char *meant = text_suggestion(parameter, names, count);
  struct text help = {"parameters are input fields, :has_<field>, :principal_id, :now, :new_id, or "
                      "granted by name in `uses.computes`",
                      0};
  if (meant) help = arena_print(reading->arena, "did you mean :%s?", meant);
  wrong(work, FINDING_PARAMETER_UNBOUND, help.data, "can be bound by nothing in this contract",
        parameter);
}

/* Not an error: a secret need not be a password. */
static void check_secret(const struct binding_work *work, struct text parameter)
{
  struct loading *loading = work->reading->loading;
  if (loading->policy.in_force && query_feeds_secret_only(work->query, loading->store, parameter))
    report_warning(loading->report, FINDING_PARAMETER_SECRET, work->reading->source,
                   work->at->offset, "declare it as an input field with \"format\": \"password\"",
                   "'%s': :%.*s goes to a secret column as it is, and the handler sees it",
                   work->query->name, TEXT_ARGS(parameter));
}

static struct binding bind_parameter(const struct binding_work *work, struct text parameter)
{
  struct binding binding = {BIND_NOW, 0};
  if (!bind_field(work, parameter, &binding) && !bind_presence(work, parameter, &binding) &&
      !bind_known(work, parameter, &binding) && !bind_computed(work, parameter, &binding))
    nothing_binds(work, parameter);
  if (binding.source == BIND_FIELD || binding.source == BIND_COMPUTED)
    check_secret(work, parameter);
  return binding;
}

/* --- Choices --- */

static bool same_labels(const struct query_choice *choice, const struct json *values)
{
  if (!values || values->length != choice->count) return false;
  for (uint32_t i = 0; i < values->length; i++) {
    bool found = false;
    for (size_t k = 0; k < choice->count && !found; k++)
      found = values->items[i].type == JSON_STRING &&
              text_equal(choice->labels[k], json_text(&values->items[i]));
    if (!found) return false;
  }
  return true;
}

static uint32_t bind_choice(const struct binding_work *work, const struct query_choice *choice)
{
  int64_t index = field_find(work->reading, choice->parameter, NULL);
  if (index < 0) {
    wrong(work, FINDING_PARAMETER_CHOICE,
          "declare it in `requires.validates`, with its labels as `enum`",
          "chooses an alternative, and is no field of the input", choice->parameter);
    return 0;
  }
  const struct field *field = &work->reading->fields[index];
  check_presence(work, field);
  if (!same_labels(choice, field->schema.values))
    wrong(work, FINDING_PARAMETER_CHOICE,
          "declare it as an `enum` of exactly the labels of the query's choice",
          "chooses an alternative, and admits other values than there are labels",
          choice->parameter);
  return (uint32_t)index;
}

void bind_query(struct reading *reading, const struct json *at, const struct query *query,
                enum binder binder, uint32_t owned, struct use *use)
{
  struct binding_work work = {reading, at, query, binder, owned};
  use->query = query;
  hash_query(reading->contract->hash, query);
  struct binding *bindings =
      arena_new_array(reading->arena, query->parameter_count + 1, sizeof *bindings);
  use->bindings = bindings;
  if (!reading->fields_known) return;
  for (size_t i = 0; i < query->parameter_count; i++)
    bindings[i] = bind_parameter(&work, query->parameters[i]);
  for (size_t i = 0; i < query->choice_count; i++)
    use->choice_fields[i] = bind_choice(&work, &query->choices[i]);
}
