/* Names and routes of what `writ new` writes. */
#include "cli/new_write.h"
#include "contract/name.h"

const struct new_operation new_list = {"list", METHOD_GET, false},
                           new_read_one = {"read", METHOD_GET, true},
                           new_create = {"create", METHOD_POST, false},
                           new_update = {"update", METHOD_PATCH, true},
                           new_delete = {"delete", METHOD_DELETE, true},
                           new_batch = {"batch", METHOD_POST, false};

int new_read_name(struct new_writer *writer, const struct new_template *template)
{
  static const char *const folders[] = {"defs", "templates", "queries", "migrations"};
  struct text rest = text_of(writer->asked->name), group;
  text_split(&rest, '.', &group);
  if (template->group_alone ? rest.data != NULL : rest.data == NULL)
    return error_set(writer->error,
                     template->group_alone
                         ? "NAME: %s writes several contracts: say what they share, as in notes"
                         : "NAME: %s writes one contract: say its group and its name, as in "
                           "notes.create",
                     template->name);
  if (!new_name_is_free(group, "NAME", writer->error)) return -1;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (text_is(group, folders[i]))
      return error_set(writer->error, "NAME: contracts/%s/ is for other things", folders[i]);
  writer->group = arena_copy(writer->arena, group);
  writer->action = TEXT("");
  if (template->group_alone) return 0;
  /* A name in a path and a member in Lua; no name in SQL. */
  struct error ignored = {0};
  if (!name_is_lower(rest) ||
      (!new_name_is_free(rest, "NAME", &ignored) && strstr(ignored.message, "word of Lua")))
    return new_name_is_free(rest, "NAME", writer->error) ? 0 : -1;
  writer->action = arena_copy(writer->arena, rest);
  return 0;
}

/* "POST /notes" for the operation that it can mean. */
int new_read_route(struct new_writer *writer, const char *text,
                   const struct new_operation **operation)
{
  static const struct new_operation *const all[] = {&new_list, &new_read_one, &new_create,
                                                    &new_update, &new_delete};
  struct route route;
  const char *message;
  if (route_parse(text_of(text), &route, &message))
    return error_set(writer->error, "--route: \"%.100s\": %s", text, message);
  bool one = route.parameter_count == 1 && text_ends_with(route.path, "}");
  *operation = NULL;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (all[i]->method == route.method && all[i]->one == one) *operation = all[i];
  if (route.parameter_count > (one ? 1 : 0))
    return error_set(writer->error,
                     "--route: \"%.100s\": a template has at most one {parameter}, the key of a "
                     "row, at the end of the path",
                     text);
  if (one) writer->key_field = arena_copy(writer->arena, route.parameters[0]);
  if (!strcmp(writer->asked->template, "batch"))
    *operation = route.method == METHOD_POST && !one ? &new_batch : NULL;
  if (writer->audience == AUDIENCE_PUBLIC && route.method != METHOD_GET) *operation = NULL;
  if (*operation) return 0;
  return error_set(writer->error, "--route: \"%.100s\": %s", text,
                   !strcmp(writer->asked->template, "batch")
                       ? "a batch is POST, without a {parameter}"
                   : writer->audience == AUDIENCE_PUBLIC
                       ? "public-read is GET"
                       : "GET and POST of a list, GET, PATCH and DELETE of one, as in \"PATCH "
                         "/notes/{note_id}\"");
}

/* "/notes", alone or behind a method. */
int new_read_path(struct new_writer *writer, struct text *path)
{
  struct text asked = writer->asked->route && writer->asked->route[0]
                          ? text_of(writer->asked->route)
                          : arena_print(writer->arena, "/%.*s", TEXT_ARGS(writer->group));
  struct route route;
  const char *message;
  if (asked.length == 0 || asked.data[0] != '/') text_split(&asked, ' ', &(struct text){0});
  *path = asked.data ? asked : TEXT("");
  if (route_parse(arena_print(writer->arena, "GET %.*s", TEXT_ARGS(*path)), &route, &message))
    return error_set(writer->error, "--route: \"%.100s\": %s", writer->asked->route, message);
  if (route.parameter_count > 0 || text_is(*path, "/"))
    return error_set(writer->error, "--route: \"%.100s\": say the path of the list, as in /notes",
                     writer->asked->route);
  return 0;
}
