/* Who may call: `auth` and `scopes`, narrowed by the templates, and who need not own. */
#include "contract/load.h"

struct roles {
  struct text *items;
  size_t count;
  bool any; /* "*" */
};

static struct roles read_roles(struct reading *reading, const struct source *source,
                               const struct json *list)
{
  struct roles roles = {.items =
                            arena_new_array(reading->arena, list->length + 1, sizeof *roles.items)};
  for (uint32_t i = 0; i < list->length; i++) {
    if (list->items[i].type != JSON_STRING) continue;
    if (json_is_string(&list->items[i], "public"))
      report_error(reading->report, FINDING_PUBLIC_ROLE, source, list->items[i].offset,
                   "write \"auth\": \"public\", without brackets, or name the role otherwise",
                   "\"public\" is no role");
    if (json_is_string(&list->items[i], "*"))
      roles.any = true;
    else
      roles.items[roles.count++] = json_text(&list->items[i]);
  }
  /* Of a template's that is said once, and not by each contract that extends it. */
  if (source == reading->source) check_roles_known(reading->loading, source, list);
  if (roles.any && roles.count > 0)
    report_error(reading->report, FINDING_ANY_ROLE, source, list->offset,
                 "leave out one or the other",
                 "\"*\" means every role, so no other belongs beside it");
  return roles;
}

/* Who signs a request is not somebody who is signed in. */
static bool is_webhook(struct text role)
{
  return text_starts_with(role, "webhook:");
}

static bool has(const struct roles *roles, struct text role)
{
  for (size_t i = 0; i < roles->count; i++)
    if (text_equal(roles->items[i], role)) return true;
  return false;
}

static bool lets_in(const struct roles *roles, struct text role)
{
  return roles->any ? !is_webhook(role) : has(roles, role);
}

static void intersect(struct roles *roles, const struct roles *other)
{
  if (roles->any && other->any) return;
  const struct roles *listed = roles->any ? other : roles, *also = roles->any ? roles : other;
  struct roles both = {.items = listed->items};
  for (size_t i = 0; i < listed->count; i++)
    if (lets_in(also, listed->items[i])) both.items[both.count++] = listed->items[i];
  *roles = both;
}

static void narrow(struct reading *reading, const struct json *auth, struct roles *roles)
{
  for (size_t i = 0; i < reading->template_count; i++) {
    const struct document *template = reading->templates[i]->document;
    const struct json *list = member_of(reading->templates[i]->requires, "auth", JSON_ARRAY);
    if (!list) continue;
    if (reading->contract->public) {
      report_error(reading->report, FINDING_PUBLIC_TEMPLATE, reading->source, auth->offset,
                   "leave out the template, or say which roles may call",
                   "this contract is public, but '%s' asks for roles", template->path);
      continue;
    }
    struct roles other = read_roles(reading, &template->source, list);
    bool nothing_before = !roles->any && roles->count == 0;
    intersect(roles, &other);
    if (!nothing_before && !roles->any && roles->count == 0)
      report_error(reading->report, FINDING_NO_ROLE_LEFT, reading->source, auth->offset,
                   "a template only narrows: leave it out, or name a role that it has too",
                   "no role is left once '%s' is applied", template->path);
  }
}

/* All rows are everybody's who can call at all; guarded columns may change. */
static bool all_privileged(const struct reading *reading, const struct roles *roles)
{
  for (size_t i = 0; i < roles->count; i++)
    if (!policy_is_privileged(&reading->loading->policy, roles->items[i])) return false;
  return true;
}

/* Webhooks among themselves, or none. */
static void read_webhooks(struct reading *reading, const struct json *auth,
                          const struct roles *roles)
{
  struct contract *contract = reading->contract;
  size_t count = 0;
  for (size_t i = 0; i < roles->count; i++) count += is_webhook(roles->items[i]);
  contract->webhook = count > 0 && count == roles->count;
  contract->anonymous = contract->public || contract->webhook;
  if (count > 0 && count < roles->count)
    report_error(reading->report, FINDING_WEBHOOK_ROLES, reading->source, auth->offset,
                 "write a contract for each",
                 "a webhook is let in by its signature, so no other roles belong beside it");
}

const struct text *read_role_list(struct reading *reading, const struct json *list, size_t *count)
{
  if (reading->contract->anonymous)
    report_error(reading->report, FINDING_NO_PRINCIPAL, reading->source, list->offset,
                 "leave it out", "%s has no principal, and so no roles",
                 anonymous_kind(reading->contract));
  struct roles roles = read_roles(reading, reading->source, list);
  for (size_t i = 0; i < roles.count; i++)
    if (is_webhook(roles.items[i]))
      report_error(reading->report, FINDING_WEBHOOK_ROLES, reading->source, list->offset,
                   "name it in `auth`", "'%.*s' is no role that a principal has",
                   TEXT_ARGS(roles.items[i]));
  if (roles.any)
    report_error(reading->report, FINDING_ANY_ROLE, reading->source, list->offset, "name the roles",
                 "\"*\" is every role, so it says nothing here");
  *count = roles.count;
  return roles.items;
}

/* --- scopes --- */

static void add_scopes(const struct json *list, struct text *scopes, size_t *count)
{
  for (uint32_t i = 0; list && i < list->length; i++) {
    struct text scope = json_text(&list->items[i]);
    bool known = scope.length == 0; /* no string, which has been reported */
    for (size_t k = 0; k < *count && !known; k++) known = text_equal(scopes[k], scope);
    if (!known) scopes[(*count)++] = scope;
  }
}

const struct text *read_scope_list(struct reading *reading, const struct json *list, bool composed,
                                   size_t *count)
{
  size_t most = list ? list->length : 0, templates = composed ? reading->template_count : 0;
  for (size_t i = 0; i < templates; i++) {
    const struct json *more = member_of(reading->templates[i]->requires, "scopes", JSON_ARRAY);
    most += more ? more->length : 0;
  }
  struct text *scopes = arena_new_array(reading->arena, most + 1, sizeof *scopes);
  add_scopes(list, scopes, count);
  for (size_t i = 0; i < templates; i++)
    add_scopes(member_of(reading->templates[i]->requires, "scopes", JSON_ARRAY), scopes, count);
  if (*count > 0 && reading->contract->anonymous)
    report_error(reading->report, FINDING_NO_PRINCIPAL, reading->source,
                 list ? list->offset : reading->requires->offset,
                 "leave them out, or say which roles may call",
                 "%s has no token whose scopes could count", anonymous_kind(reading->contract));
  return scopes;
}

void read_auth(struct reading *reading)
{
  struct contract *contract = reading->contract;
  const struct json *auth = json_get(reading->requires, "auth");
  const struct json *reason = member_of(reading->requires, "reason", JSON_STRING);
  struct roles roles = {0};
  contract->public = json_is_string(auth, "public");
  contract->public_reason = json_text(reason);
  if (reason && auth && !contract->public)
    report_error(reading->report, FINDING_REASON_NEEDLESS, reading->source, reason->offset,
                 "leave it out", "`reason` says why a contract is public, and this one is not");
  if (auth && auth->type == JSON_ARRAY) roles = read_roles(reading, reading->source, auth);
  if (auth) contract->auth_offset = auth->offset;
  /* What roles grant is settled before templates narrow them: a template grants nothing. */
  contract->names_roles = !roles.any && roles.count > 0;
  contract->privileged = contract->names_roles && all_privileged(reading, &roles);
  read_webhooks(reading, auth, &roles);
  if (auth) narrow(reading, auth, &roles);
  contract->roles = roles.items;
  contract->role_count = roles.any ? 0 : roles.count;
  contract->scopes = read_scope_list(reading, member_of(reading->requires, "scopes", JSON_ARRAY),
                                     true, &contract->scope_count);
  const struct json *or_role = member_of(reading->requires, "or_role", JSON_ARRAY);
  if (or_role) contract->or_roles = read_role_list(reading, or_role, &contract->or_role_count);
}
