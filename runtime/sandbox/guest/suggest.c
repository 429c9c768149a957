/* Names that differ little, and what a handler lacks by intention. */
#include "suggest.h"

#include <stdbool.h>
#include <string.h>

#include "lauxlib.h"

/* Insertions, deletions, replacements and exchanges of neighbours between two names (optimal string
 * alignment; Damerau 1964). More than `most`: most + 1. */
static int distance(const char *a, const char *b, int most)
{
  int rows[3][SUGGESTION_BYTES];
  size_t a_bytes = strlen(a), b_bytes = strlen(b);
  if (a_bytes >= SUGGESTION_BYTES || b_bytes >= SUGGESTION_BYTES) return most + 1;
  int a_length = (int)a_bytes, b_length = (int)b_bytes;
  if (a_length - b_length > most || b_length - a_length > most) return most + 1;
  for (int j = 0; j <= b_length; j++) rows[0][j] = j;
  for (int i = 1; i <= a_length; i++) {
    int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
    now[0] = i;
    for (int j = 1; j <= b_length; j++) {
      bool same = a[i - 1] == b[j - 1];
      int best = before[j - 1] + !same;
      if (before[j] + 1 < best) best = before[j] + 1;
      if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
      bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged && earlier[j - 2] + 1 < best) best = earlier[j - 2] + 1;
      now[j] = best;
    }
  }
  return rows[a_length % 3][b_length];
}

void suggest(struct suggestion *suggestion, const char *candidate)
{
  const char *wanted = suggestion->field ? suggestion->field : suggestion->name;
  size_t length = strlen(wanted);
  int most = length > 4 ? 2 : length > 1;
  if (candidate[0] == '(') return; /* Lua's own: "(for state)" */
  int found = distance(wanted, candidate, most);
  if (found == 0 || found > most) return;
  bool better = suggestion->distance == 0 || found < suggestion->distance ||
                (found == suggestion->distance && strcmp(candidate, suggestion->best) < 0);
  if (!better) return;
  suggestion->distance = found;
  strcpy(suggestion->best, candidate); /* as short as `distance` demands */
}

void suggest_keys(lua_State *L, struct suggestion *suggestion)
{
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING) suggest(suggestion, lua_tostring(L, -2));
}

void suggest_globals(lua_State *L, struct suggestion *suggestion)
{
  static const char *const constants[] = {"true", "false", "nil"};
  for (int i = 0; i < 3; i++) suggest(suggestion, constants[i]);
  lua_pushglobaltable(L);
  suggest_keys(L, suggestion);
  lua_pop(L, 1);
}

/* The names that people look for, of Lua's and of its earlier versions. */
static const char *why_missing(const char *name)
{
  static const char *const missing[][2] = {
      {"io", "a handler has no files: it reads and writes by the queries in ctx.db"},
      {"load", "a handler cannot compile code: `require` loads modules of app/lib"},
      {"loadstring", "a handler cannot compile code: `require` loads modules of app/lib"},
      {"loadfile", "a handler has no files: `require` loads modules of app/lib"},
      {"dofile", "a handler has no files: `require` loads modules of app/lib"},
      {"module", "a module is a file of app/lib that returns a table"},
      {"package", "`require` loads modules of app/lib, and there is nothing to configure"},
      {"debug", "a handler cannot look into Lua: ctx.log writes to the server's log"},
      {"collectgarbage", "all memory is given back after the call"},
      {"os.execute", "a handler cannot start programs"},
      {"os.exit", "a handler ends by `return`, or by ctx.fail with an error of its contract"},
      {"os.getenv", "a handler does not see the server's environment"},
      {"os.remove", "a handler has no files"},
      {"os.rename", "a handler has no files"},
      {"os.tmpname", "a handler has no files"},
      {"os.setlocale", "there is only the locale C"},
      {"string.dump", "a handler cannot load bytecode"},
      {"NULL", "it is null"},
      {"unpack", "it is table.unpack"},
      {"table.getn", "it is the operator #"},
      {"math.pow", "it is the operator ^"},
      {"getfenv", "it went with Lua 5.2: the environment is _ENV"},
      {"setfenv", "it went with Lua 5.2: use a local _ENV"},
  };
  for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
    if (strcmp(missing[i][0], name) == 0) return missing[i][1];
  return NULL;
}

void push_undefined(lua_State *L, const struct suggestion *suggestion)
{
  const char *name = suggestion->name, *field = suggestion->field;
  if (field) name = lua_pushfstring(L, "%s.%s", name, field);
  const char *why = why_missing(name);
  if (why)
    lua_pushfstring(L, "undefined '%s': %s", name, why);
  else if (suggestion->distance && field)
    lua_pushfstring(L, "undefined '%s': did you mean '%s.%s'?", name, suggestion->name,
                    suggestion->best);
  else if (suggestion->distance)
    lua_pushfstring(L, "undefined '%s': did you mean '%s'?", name, suggestion->best);
  else if (field)
    lua_pushfstring(L, "undefined '%s': the library has nothing of that name", name);
  else
    lua_pushfstring(L, "undefined '%s': there is neither a local nor a global of that name", name);
  if (field) lua_remove(L, -2);
}
