/* Reading contracts/policy.json. */
#include "contract/policy.h"

#include "contract/load.h"

static void wrong_query(struct loading *loading, enum finding_code code, const struct json *at,
                        const char *help, const char *what)
{
  report_error(loading->report, code, &loading->policy.document->source, at->offset, help,
               "'%s' %s", at->string, what);
}

/* The query that a string of the policy names, or NULL with a finding. */
static const struct query *named_query(struct loading *loading, const struct json *at)
{
  const struct query *query = query_find(loading->queries, json_text(at));
  if (query) hash_query(loading->shared_hash, query);
  if (query) return query;
  const char *meant = query_suggestion(loading->queries, json_text(at));
  struct text help = {"write it into contracts/queries", 0};
  if (meant) help = arena_print(loading->arena, "did you mean '%s'?", meant);
  wrong_query(loading, FINDING_QUERY_UNKNOWN, at, help.data, "is no query");
  return NULL;
}

static bool asks_principal_only(const struct query *query)
{
  for (size_t i = 0; i < query->parameter_count; i++)
    if (!text_is(query->parameters[i], "principal_id")) return false;
  return query->choice_count == 0 && !query->writes;
}

/* --- Tables --- */

static const char **read_columns(struct loading *loading, const struct json *list, size_t *count)
{
  *count = list ? list->length : 0;
  const char **columns = arena_new_array(loading->arena, *count + 1, sizeof *columns);
  for (size_t i = 0; i < *count; i++) columns[i] = json_text(&list->items[i]).data;
  return columns;
}

/* SQL of the query that gives what the principal may own. */
static struct text read_members(struct loading *loading, const struct json *at)
{
  const struct query *query = at ? named_query(loading, at) : NULL;
  if (!query) return (struct text){"", 0};
  statement_pool_mark(loading->pool, query);
  if (!asks_principal_only(query))
    wrong_query(loading, FINDING_POLICY_QUERY, at,
                "a SELECT of one column, with no parameter but :principal_id",
                "cannot say what the principal owns");
  return query->sql;
}

static void read_table(struct loading *loading, const struct json_member *line,
                       struct table_policy *table)
{
  const struct json *owner = member_of(&line->value, "owner", JSON_STRING);
  const struct json *parent = member_of(&line->value, "parent", JSON_ARRAY);
  *table = (struct table_policy){
      .table = line->key.string, .ownership = TABLE_SHARED, .offset = line->key.offset};
  if (owner) {
    table->ownership = TABLE_OWNED;
    table->column = owner->string;
    table->members = read_members(loading, member_of(&line->value, "in", JSON_STRING));
  } else if (parent && parent->length == 2) {
    table->ownership = TABLE_CHILD;
    table->column = json_text(&parent->items[0]).data;
    table->parent = json_text(&parent->items[1]).data;
  }
  table->readable = json_text(json_get(&line->value, "readable"));
  table->secrets =
      read_columns(loading, member_of(&line->value, "secret", JSON_ARRAY), &table->secret_count);
  table->guarded =
      read_columns(loading, member_of(&line->value, "guarded", JSON_ARRAY), &table->guarded_count);
}

static int read_tables(struct loading *loading, const struct json *tables)
{
  size_t count = tables ? tables->length : 0;
  struct table_policy *policies = arena_new_array(loading->arena, count + 1, sizeof *policies);
  for (size_t i = 0; i < count; i++) read_table(loading, &tables->members[i], &policies[i]);
  return store_set_policy(loading->store, policies, count, &loading->policy.document->source,
                          loading->report);
}

/* --- The principal --- */

static bool has_column(const struct statement_info *info, const char *name)
{
  for (size_t i = 0; i < info->column_count; i++)
    if (text_is(info->columns[i], name)) return true;
  return false;
}

/* A query that gives id and roles of a principal, compiled to see all rows. NULL with findings. */
static const struct query_statements *read_finder(struct loading *loading, const struct json *at,
                                                  const struct query *query)
{
  const struct query_statements *finder = statement_pool_get(
      loading->pool, query, STATEMENT_READ_ONLY | STATEMENT_FOREIGN, loading->report);
  if (!finder) return NULL;
  const struct statement_info *info = statement_info(finder->items[0]);
  if (!has_column(info, "id") || has_column(info, "role") == has_column(info, "roles"))
    wrong_query(loading, FINDING_POLICY_QUERY, at, "SELECT id, and either role or roles",
                "does not give the principal's id and roles");
  if (has_column(info, "roles") && !query_is_json(query, TEXT("roles")))
    wrong_query(loading, FINDING_POLICY_QUERY, at, "add `-- json: roles` to its notes",
                "gives `roles` as text, not as an array");
  return finder;
}

static void read_principal(struct loading *loading, const struct json *at)
{
  struct policy *policy = &loading->policy;
  const struct query *query = policy->principal_query = at ? named_query(loading, at) : NULL;
  if (!query) return;
  if (query->broken) return; /* it has been reported */
  if (!asks_principal_only(query) || query->parameter_count != 1 || query->rows != ROWS_ONE)
    wrong_query(loading, FINDING_POLICY_QUERY, at,
                "a SELECT marked :one, with the one parameter :principal_id",
                "cannot find the principal");
  policy->principal = read_finder(loading, at, query);
}

/* A subject is one person's only together with its issuer. */
static bool asks_identity_only(const struct query *query)
{
  bool issuer = false, subject = false;
  for (size_t i = 0; i < query->parameter_count; i++) {
    issuer |= text_is(query->parameters[i], "issuer");
    subject |= text_is(query->parameters[i], "subject");
  }
  return issuer && subject && query->parameter_count == 2 && query->choice_count == 0 &&
         !query->writes && query->rows == ROWS_ONE;
}

static void read_identity(struct loading *loading, const struct json *at)
{
  struct policy *policy = &loading->policy;
  const struct query *query = policy->identity_query = at ? named_query(loading, at) : NULL;
  if (!query || query->broken) return;
  if (!asks_identity_only(query))
    wrong_query(loading, FINDING_POLICY_QUERY, at,
                "a SELECT marked :one, with the two parameters :issuer and :subject",
                "cannot find whom an identity provider names");
  policy->identity = read_finder(loading, at, query);
}

/* --- The whole --- */

static void read_privileged(struct loading *loading, const struct json *list)
{
  struct policy *policy = &loading->policy;
  struct text *roles = arena_new_array(loading->arena, list ? list->length : 1, sizeof *roles);
  for (uint32_t i = 0; list && i < list->length; i++) roles[i] = json_text(&list->items[i]);
  policy->privileged = roles;
  policy->privileged_count = list ? list->length : 0;
}

void policy_read(struct loading *loading)
{
  struct policy *policy = &loading->policy;
  const struct document *document = document_find(&loading->documents, TEXT("policy.json"));
  if (!document && loading->sources->count == 0) {
    report_error(loading->report, FINDING_NO_APP, NULL, 0,
                 "name the folder that has contracts/ and app/", "there is no app in %s",
                 loading->sources->folder);
    return;
  }
  if (!document) {
    report_error(loading->report, FINDING_POLICY_MISSING, NULL, 0,
                 "say there whose rows are whose: { \"tables\": { \"notes\": { \"owner\": "
                 "\"owner_id\" } } }",
                 "contracts/policy.json is missing");
    return;
  }
  const struct json *root = document->root;
  policy->document = document;
  if (!root) return;
  meta_check(&loading->meta, document, loading->report);
  policy->unowned = member_of(root, "unowned", JSON_ARRAY);
  for (uint32_t i = 0; policy->unowned && i < policy->unowned->length; i++)
    if (policy->unowned->items[i].type == JSON_STRING)
      named_query(loading, &policy->unowned->items[i]);
  policy->limits = member_of(root, "limits", JSON_OBJECT);
  policy->rate_limit = member_of(root, "rate_limit", JSON_ARRAY);
  policy->denials = member_of(root, "denials", JSON_OBJECT);
  check_rates(loading, document, policy->rate_limit);
  read_privileged(loading, member_of(root, "privileged", JSON_ARRAY));
  policy->in_force = read_tables(loading, member_of(root, "tables", JSON_OBJECT)) == 0;
  if (!policy->in_force) return;
  read_principal(loading, member_of(root, "principal", JSON_STRING));
  read_identity(loading, member_of(root, "identity", JSON_STRING));
  policy_read_roles(loading);
  check_roles_known(loading, &document->source, member_of(root, "privileged", JSON_ARRAY));
}

bool policy_is_privileged(const struct policy *policy, struct text role)
{
  for (size_t i = 0; i < policy->privileged_count; i++)
    if (text_equal(policy->privileged[i], role)) return true;
  return false;
}

bool policy_allows_unowned(const struct policy *policy, struct text query)
{
  for (uint32_t i = 0; policy->unowned && i < policy->unowned->length; i++)
    if (text_equal(json_text(&policy->unowned->items[i]), query)) return true;
  return false;
}
