/* Methods that other languages give to strings, and Lua does not. Of `string.trim` loading tells.
 */
#include "advice/advising.h"

static const struct text functions[] = {
    TEXT_INITIALIZER("byte"),    TEXT_INITIALIZER("char"),   TEXT_INITIALIZER("find"),
    TEXT_INITIALIZER("format"),  TEXT_INITIALIZER("gmatch"), TEXT_INITIALIZER("gsub"),
    TEXT_INITIALIZER("len"),     TEXT_INITIALIZER("lower"),  TEXT_INITIALIZER("match"),
    TEXT_INITIALIZER("pack"),    TEXT_INITIALIZER("rep"),    TEXT_INITIALIZER("packsize"),
    TEXT_INITIALIZER("reverse"), TEXT_INITIALIZER("sub"),    TEXT_INITIALIZER("unpack"),
    TEXT_INITIALIZER("upper")};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* What people look for. */
static const char *how_else(struct text name)
{
  static const char *const ways[][2] = {
      {"trim",
       "s:match(\"^%s*(.-)%s*$\"); of a field of the input, \"normalize\": [\"trim\"] in the "
       "contract"},
      {"strip",
       "s:match(\"^%s*(.-)%s*$\"); of a field of the input, \"normalize\": [\"trim\"] in the "
       "contract"},
      {"split", "for part in s:gmatch(\"[^,]+\") do"},
      {"contains", "s:find(part, 1, true)"},
      {"includes", "s:find(part, 1, true)"},
      {"indexOf", "s:find(part, 1, true)"},
      {"startswith", "s:sub(1, #start) == start"},
      {"starts_with", "s:sub(1, #start) == start"},
      {"startsWith", "s:sub(1, #start) == start"},
      {"endswith", "s:sub(-#ending) == ending"},
      {"ends_with", "s:sub(-#ending) == ending"},
      {"endsWith", "s:sub(-#ending) == ending"},
      {"replace", "s:gsub(pattern, text)"},
      {"substring", "s:sub(first, last)"},
      {"substr", "s:sub(first, last)"},
      {"slice", "s:sub(first, last)"},
      {"length", "#s"},
      {"size", "#s"},
      {"toUpperCase", "s:upper()"},
      {"toLowerCase", "s:lower()"},
      {"dump", "no code is made of data here"}};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (text_is(name, ways[i][0])) return ways[i][1];
  return NULL;
}

static void check_method(struct advising *advising, struct text name, uint32_t place)
{
  if (text_is_among(name, functions, FUNCTIONS) || facts_assigned(advising, name)) return;
  const char *way = how_else(name);
  const char *help = way ? arena_print(advising->arena, "write %s", way).data
                         : did_you_mean(advising, name, functions, FUNCTIONS);
  if (way && text_is(name, "dump")) help = way;
  if (!help)
    help = arena_print(advising->arena, "there are %s", list_names(advising, functions, FUNCTIONS))
               .data;
  report_warning(advising->report, FINDING_STRING_FUNCTION, advising->source, place, help,
                 "strings have no '%.*s', unless a module gives it to them", TEXT_ARGS(name));
}

/* Whatever it is, it is a string, or nothing that has methods. */
static bool is_string(const struct known *known)
{
  struct text string;
  if (known_string(known, &string)) return true;
  return known->kind == KNOWN_FIELD && known->field && !known->field->schema.password &&
         (known->field->schema.types & ~(1U << JSON_NULL)) == 1U << JSON_STRING;
}

void strings_visit(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *call = visit->expression;
  if (call->kind != SYNTAX_CALL || call->method.length == 0) return;
  struct known object = known_of(advising, call->callee);
  if (is_string(&object) && !facts_assigned(advising, object.name))
    check_method(advising, call->method, call->place);
}
