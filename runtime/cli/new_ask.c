/* Asking at a terminal for what the command line did not say. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/new.h"
#include "cli/print.h"

/* An answer, or what an empty one stands for (NULL: it has to be given). NULL: there are no more.
 */
static const char *ask(struct arena *arena, const char *question, const char *usual)
{
  char *line = NULL;
  size_t size = 0;
  const char *answer = NULL;
  while (!answer) {
    fputs(question, stdout);
    if (usual) printf(" [%s]", usual);
    fputs(": ", stdout);
    fflush(stdout);
    if (getline(&line, &size, stdin) < 0) break;
    struct text text = text_trim(text_of(line));
    answer = text.length > 0 ? arena_copy(arena, text).data : usual;
  }
  free(line);
  return answer;
}

static const char *ask_template(struct arena *arena)
{
  puts("What is it?");
  for (size_t i = 0; i < NEW_TEMPLATES; i++)
    printf("  %zu  %-12s %s\n", i + 1, new_templates[i].name, new_templates[i].summary);
  for (;;) {
    const char *answer = ask(arena, "Number or name", NULL);
    if (!answer || new_template_find(answer)) return answer;
    char *end;
    unsigned long number = strtoul(answer, &end, 10);
    if (!*end && number >= 1 && number <= NEW_TEMPLATES) return new_templates[number - 1].name;
  }
}

/* True if there is nothing more to ask for. */
static bool answered(const char **value, const char *answer)
{
  *value = answer;
  return answer != NULL;
}

/* "/notes", "POST /notes" or the like for this name. */
static const char *usual_route(struct arena *arena, const struct new_asked *asked,
                               const struct new_template *template)
{
  if (template->route && template->route[0]) return template->route;
  struct text action = text_of(asked->name), group;
  text_split(&action, '.', &group);
  if (template->group_alone) return arena_print(arena, "/%.*s", TEXT_ARGS(group)).data;
  const char *method =
      !strcmp(template->name, "batch") || text_is(action, "create") ? "POST" : "GET";
  return arena_print(arena, "%s /%.*s", method, TEXT_ARGS(group)).data;
}

bool new_ask(struct new_asked *asked, const struct cli_app *opened, struct arena *arena)
{
  if (!asked->template && !answered(&asked->template, ask_template(arena))) return false;
  const struct new_template *template = new_template_find(asked->template);
  if (!template) return true; /* said on the command line, and wrong */
  if (!asked->name &&
      !answered(&asked->name, ask(arena,
                                  template->group_alone ? "Its name, as in notes"
                                                        : "Its name, as in notes.create",
                                  NULL)))
    return false;
  if (!asked->route &&
      !answered(&asked->route, ask(arena, "Its route", usual_route(arena, asked, template))))
    return false;
  struct text group, name = text_of(asked->name);
  text_split(&name, '.', &group);
  const char *usual = strcmp(template->name, "login") ? arena_copy(arena, group).data : "users";
  if (!asked->table && !answered(&asked->table, ask(arena, "Its table", usual))) return false;
  if (!strcmp(template->name, "login") || asked->fields || new_table_is_there(opened, asked->table))
    return true;
  puts("This table is new. Its columns: name:type, name:type, … where a type is string(1..200),\n"
       "text(0..20000), integer(0..100), number, boolean, date, datetime, email, uuid, url or\n"
       "enum(a|b), with a ? behind it if it may be null.");
  return answered(&asked->fields, ask(arena, "Columns", NULL));
}
