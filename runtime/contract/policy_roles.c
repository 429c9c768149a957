/* Which roles there are, where the schema says: the column that the policy's queries read roles
 * from lists them in a CHECK. A role that it does not list lets nobody in. */
#include "contract/load.h"
#include "store/description.h"
#include "store/sql.h"

/* The column that gives `role`; empty if it is none, but an expression. */
static struct result_column role_column(struct loading *loading,
                                        const struct query_statements *finder)
{
  struct statement_description description;
  struct error ignored = {0};
  if (finder && query_describe(finder, loading->arena, &description, &ignored) == 0)
    for (size_t i = 0; i < description.column_count; i++)
      if (text_is(description.columns[i].name, "role")) return description.columns[i];
  return (struct result_column){.column = TEXT("")};
}

void policy_read_roles(struct loading *loading)
{
  struct policy *policy = &loading->policy;
  struct error ignored = {0};
  struct result_column column = role_column(loading, policy->principal);
  if (policy->identity_query) {
    struct result_column other = role_column(loading, policy->identity);
    if (!sql_same_name(column.table, other.table) || !sql_same_name(column.column, other.column))
      return;
  }
  if (column.column.length == 0) return;
  struct text *roles;
  if (store_list_choices(loading->store, column.table, column.column, loading->arena, &roles,
                         &policy->role_count, &ignored) == 0)
    policy->roles = roles;
  policy->role_column =
      arena_print(loading->arena, "%.*s.%.*s", TEXT_ARGS(column.table), TEXT_ARGS(column.column));
}

static void warn(struct loading *loading, const struct source *source, const struct json *role)
{
  const struct policy *policy = &loading->policy;
  const char **names = arena_new_array(loading->arena, policy->role_count, sizeof *names);
  for (size_t i = 0; i < policy->role_count; i++) names[i] = policy->roles[i].data;
  const char *near = text_suggestion(json_text(role), names, policy->role_count);
  struct text help = TEXT("name one that it lists, or add this one to the CHECK by a migration");
  if (near) help = arena_print(loading->arena, "did you mean '%s'?", near);
  report_warning(loading->report, FINDING_ROLE_UNKNOWN, source, role->offset, help.data,
                 "nobody can have the role '%s': the CHECK of %.*s does not list it", role->string,
                 TEXT_ARGS(policy->role_column));
}

void check_roles_known(struct loading *loading, const struct source *source,
                       const struct json *list)
{
  const struct policy *policy = &loading->policy;
  for (uint32_t i = 0; policy->role_count > 0 && list && i < list->length; i++) {
    const struct json *role = &list->items[i];
    struct text name = json_text(role);
    bool other = role->type != JSON_STRING || text_is(name, "*") || text_is(name, "public") ||
                 text_starts_with(name, "webhook:");
    if (!other && !text_is_among(name, policy->roles, policy->role_count))
      warn(loading, source, role);
  }
}
