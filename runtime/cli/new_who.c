/* Who may call what `writ new` writes. */
#include "cli/new_write.h"
#include "contract/document.h"
#include "contract/name.h"

static void set_who(struct new_writer *writer)
{
  const char *role = writer->asked->role;
  if (writer->audience == AUDIENCE_PUBLIC)
    new_set(writer, "who", TEXT("Anybody"));
  else if (writer->audience == AUDIENCE_SIGNED_IN)
    new_set(writer, "who", TEXT("A user"));
  else
    new_set(writer, "who",
            arena_print(writer->arena, "A%s %s", strchr("aeiou", role[0]) ? "n" : "", role));
}

bool new_is_privileged(const struct new_writer *writer, struct text role)
{
  const struct json *privileged = json_get(new_policy(writer->opened), "privileged");
  for (uint32_t i = 0; privileged && i < privileged->length; i++)
    if (text_equal(json_text(&privileged->items[i]), role)) return true;
  return false;
}

static const struct json *template_roles(const struct document *signed_in)
{
  return json_at_pointer(signed_in ? signed_in->root : NULL, TEXT("/requires/auth"));
}

/* The template leaves all of these roles: it only narrows. */
static bool leaves(const struct document *signed_in, struct text roles)
{
  const struct json *usual = template_roles(signed_in);
  struct text role;
  bool found = true;
  while (found && text_split(&roles, ',', &role)) {
    found = !usual || usual->type != JSON_ARRAY || text_is(text_trim(role), "*");
    for (uint32_t i = 0; !found && i < usual->length; i++)
      found = json_is_string(&usual->items[i], "*") ||
              text_equal(json_text(&usual->items[i]), text_trim(role));
  }
  return found;
}

/* Those that were asked for, with commas between; else those of the template for all who are signed
 * in, but for privileged ones, to whom everybody's rows would be open; else everybody who is. */
static struct text roles_of(const struct new_writer *writer, const struct document *signed_in)
{
  const struct json *usual = template_roles(signed_in);
  struct text roles = TEXT("");
  if (writer->asked->role) return text_of(writer->asked->role);
  for (uint32_t i = 0; usual && usual->type == JSON_ARRAY && i < usual->length; i++) {
    struct text role = json_text(&usual->items[i]);
    if (!new_is_privileged(writer, role))
      roles = arena_print(writer->arena, "%.*s%s%.*s", TEXT_ARGS(roles),
                          roles.length > 0 ? "," : "", TEXT_ARGS(role));
  }
  return roles.length > 0 ? roles : TEXT("*");
}

struct text new_first_role(const struct new_writer *writer)
{
  struct text roles = text_of(writer->asked->role), role = TEXT("");
  text_split(&roles, ',', &role);
  return text_trim(role);
}

bool new_owns(const struct new_writer *writer)
{
  return writer->audience == AUDIENCE_SIGNED_IN && !writer->table.shared;
}

bool new_looks_up(const struct new_writer *writer)
{
  struct text roles = text_of(writer->asked->role), role;
  if (!new_owns(writer)) return true;
  while (writer->asked->role && text_split(&roles, ',', &role))
    if (new_is_privileged(writer, text_trim(role))) return true;
  return false;
}

static struct text json_list(struct arena *arena, struct text list)
{
  struct text part, all = TEXT("");
  while (text_split(&list, ',', &part)) {
    part = text_trim(part);
    all = arena_print(arena, "%.*s%s\"%.*s\"", TEXT_ARGS(all), all.length > 0 ? ", " : "",
                      TEXT_ARGS(part));
  }
  return arena_print(arena, "[%.*s]", TEXT_ARGS(all));
}

/* `"reason": "…",` */
static struct text reason_of(const struct new_writer *writer)
{
  struct buffer out = {0};
  const char *asked = writer->asked->reason;
  struct text usual = arena_print(writer->arena, "Anybody may read %s", writer->table.name);
  buffer_append_text(&out, TEXT("\"reason\": "));
  json_write_string(&out, asked ? text_of(asked) : usual);
  buffer_append_byte(&out, ',');
  struct text reason = arena_copy(writer->arena, buffer_text(&out));
  buffer_deinit(&out);
  return reason;
}

void new_set_auth(struct new_writer *writer)
{
  const struct document *signed_in =
      document_find(writer->opened->app.generation->documents, TEXT("templates/signed_in.json"));
  struct text roles = roles_of(writer, signed_in);
  bool public = writer->audience == AUDIENCE_PUBLIC;
  bool extends = signed_in && !public && leaves(signed_in, roles);
  set_who(writer);
  new_set(writer, "auth", public ? TEXT("\"public\"") : json_list(writer->arena, roles));
  new_set(writer, "by", public ? TEXT("ip") : TEXT("principal"));
  new_set(writer, "extends", extends ? TEXT("\"extends\": [\"templates/signed_in\"],") : TEXT(""));
  new_set(writer, "reason", public ? reason_of(writer) : TEXT(""));
}

/* Roles are words, of which those for everybody's rows have to be privileged. */
static int check_role(const struct new_writer *writer, struct text role)
{
  if (!text_is(role, "*") && !name_is_lower(role))
    return error_set(writer->error, "--role: \"%.*s\" is no role: say words, with commas between",
                     (int)(role.length < 100 ? role.length : 100), role.data);
  if (writer->audience != AUDIENCE_ADMIN || writer->table.shared) return 0;
  if (new_is_privileged(writer, role)) return 0;
  return error_set(
      writer->error,
      "--role: \"%.*s\" is not `privileged` in contracts/policy.json, so that the rows "
      "of %s are closed to it",
      TEXT_ARGS(role), writer->table.name);
}

/* Whoever has one of these roles has no rows of their own: all are. */
int new_check_not_privileged(const struct new_writer *writer)
{
  struct text role = new_first_role(writer);
  if (role.length == 0 || !new_owns(writer) || !new_is_privileged(writer, role)) return 0;
  return error_set(
      writer->error,
      "--role: \"%.*s\" is `privileged` in contracts/policy.json: all rows are open to "
      "it, so that none are its own; take --template admin-only, or name another first",
      TEXT_ARGS(role));
}

int new_check_who(const struct new_writer *writer)
{
  struct text roles = text_of(writer->asked->role), role;
  if (writer->audience == AUDIENCE_PUBLIC && !writer->table.shared && !writer->table.readable)
    return error_set(writer->error,
                     "--table: the rows of %s are their owners', so nobody else reads any: say in "
                     "contracts/policy.json which are `readable`",
                     writer->table.name);
  while (writer->asked->role && text_split(&roles, ',', &role))
    if (check_role(writer, text_trim(role))) return -1;
  return 0;
}

/* Somebody has to be able to sign in. */
int new_check_principal(const struct new_writer *writer)
{
  if (writer->audience == AUDIENCE_PUBLIC || json_get(new_policy(writer->opened), "principal"))
    return 0;
  return error_set(writer->error,
                   "--template: nobody can sign in here, since contracts/policy.json has no "
                   "`principal`: begin with writ new users.login --template login");
}
