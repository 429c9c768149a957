/* Which globals a chunk uses, read from its bytecode: what it gets and sets in its upvalue _ENV by
 * constant names. A function of its own may have that upvalue in another place, or a local _ENV
 * instead, which is none of ours. */
#include <stdbool.h>
#include <string.h>

#include "compile.h"
#include "lauxlib.h"
#include "ldebug.h"
#include "lobject.h"
#include "lopcodes.h"

enum { NAME_BYTES = 64, NO_UPVALUE = -1 };

/* A function of the chunk and those around it. */
struct scope {
  const Proto *proto;
  const struct scope *around;
  int env; /* index of the upvalue _ENV, or NO_UPVALUE */
};

/* The first name that is undefined, and where. */
struct finding {
  const struct scope *scope; /* only while visited */
  const char *name;
  int line;
  char suggestion[NAME_BYTES];
  int distance; /* of the suggestion; 0: none */
};

typedef void (*visitor)(lua_State *L, const struct scope *scope, int pc, const char *name,
                        void *data);

/* --- Reading bytecode. --- */

static const char *constant_name(const Proto *proto, int index)
{
  if (index < 0 || index >= proto->sizek || !ttisstring(&proto->k[index])) return NULL;
  return getstr(tsvalue(&proto->k[index]));
}

/* A name whose constant has too large a number for one instruction comes by way of registers:
 * GETUPVAL a _ENV; LOADK b name; and, if it is read and not assigned to, GETTABLE with a and b. */
static const char *name_by_registers(const struct scope *scope, int pc, bool reads)
{
  const Proto *proto = scope->proto;
  if (pc + 2 >= proto->sizecode || GET_OPCODE(proto->code[pc + 1]) != OP_LOADK) return NULL;
  Instruction env = proto->code[pc], load = proto->code[pc + 1], use = proto->code[pc + 2];
  bool read = GET_OPCODE(use) == OP_GETTABLE && GETARG_B(use) == GETARG_A(env) &&
              GETARG_C(use) == GETARG_A(load);
  return read == reads ? constant_name(proto, GETARG_Bx(load)) : NULL;
}

static const char *read_name(const struct scope *scope, int pc)
{
  Instruction i = scope->proto->code[pc];
  if (GET_OPCODE(i) == OP_GETTABUP && GETARG_B(i) == scope->env)
    return constant_name(scope->proto, GETARG_C(i));
  if (GET_OPCODE(i) == OP_GETUPVAL && GETARG_B(i) == scope->env)
    return name_by_registers(scope, pc, true);
  return NULL;
}

static const char *written_name(const struct scope *scope, int pc)
{
  Instruction i = scope->proto->code[pc];
  if (GET_OPCODE(i) == OP_SETTABUP && GETARG_A(i) == scope->env)
    return constant_name(scope->proto, GETARG_B(i));
  if (GET_OPCODE(i) == OP_GETUPVAL && GETARG_B(i) == scope->env)
    return name_by_registers(scope, pc, false);
  return NULL;
}

static int env_of(const Proto *proto, int around)
{
  for (int i = 0; i < proto->sizeupvalues && around != NO_UPVALUE; i++)
    if (!proto->upvalues[i].instack && proto->upvalues[i].idx == around) return i;
  return NO_UPVALUE;
}

/* Calls `visit` for each name that the function and those within it read, or write. */
static void visit_all(lua_State *L, const struct scope *scope,
                      const char *(*name_at)(const struct scope *, int), visitor visit, void *data)
{
  const Proto *proto = scope->proto;
  luaL_checkstack(L, 8, NULL);
  for (int pc = 0; pc < proto->sizecode && scope->env != NO_UPVALUE; pc++) {
    const char *name = name_at(scope, pc);
    if (name) visit(L, scope, pc, name, data);
  }
  for (int i = 0; i < proto->sizep; i++) {
    struct scope inner = {proto->p[i], scope, env_of(proto->p[i], scope->env)};
    visit_all(L, &inner, name_at, visit, data);
  }
}

/* --- Suggesting. --- */

/* Insertions, deletions, replacements and exchanges of neighbours between two names (optimal string
 * alignment; Damerau 1964). More than `most`: most + 1. */
static int distance(const char *a, const char *b, int most)
{
  int rows[3][NAME_BYTES + 1];
  int a_length = (int)strlen(a), b_length = (int)strlen(b);
  if (a_length > NAME_BYTES || b_length > NAME_BYTES || a_length - b_length > most ||
      b_length - a_length > most)
    return most + 1;
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

static void consider(struct finding *finding, const char *candidate)
{
  int most = strlen(finding->name) > 3 ? 2 : 1;
  if (!candidate || candidate[0] == '(' || strlen(candidate) >= NAME_BYTES) return;
  int found = distance(finding->name, candidate, most);
  if (found == 0 || found > most) return;
  bool better = finding->distance == 0 || found < finding->distance ||
                (found == finding->distance && strcmp(candidate, finding->suggestion) < 0);
  if (!better) return;
  finding->distance = found;
  strcpy(finding->suggestion, candidate); /* shorter than NAME_BYTES */
}

/* Among the names around it, and the globals that there are. */
static void suggest(lua_State *L, struct finding *finding)
{
  finding->distance = 0;
  for (const struct scope *scope = finding->scope; scope; scope = scope->around) {
    const Proto *proto = scope->proto;
    for (int i = 0; i < proto->sizelocvars; i++)
      consider(finding, getstr(proto->locvars[i].varname));
  }
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING) consider(finding, lua_tostring(L, -2));
  lua_pop(L, 1);
}

/* What a handler does not have, by the names that people look for. */
static const char *why_missing(const char *name)
{
  static const char *const missing[][2] = {
      {"io", "a handler has no files"},
      {"load", "a handler cannot compile code"},
      {"loadstring", "a handler cannot compile code"},
      {"loadfile", "a handler has no files and cannot compile code"},
      {"dofile", "a handler has no files: `require` loads modules of app/lib"},
      {"debug", "a handler has no debug library"},
      {"package", "`require` loads modules of app/lib, and there is nothing to configure"},
      {"module", "a module is a file of app/lib that returns a table"},
      {"collectgarbage", "memory is given back after each call"},
      {"unpack", "it is table.unpack"},
      {"setfenv", "it is gone since Lua 5.2: use a local _ENV"},
      {"getfenv", "it is gone since Lua 5.2"},
  };
  for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
    if (strcmp(missing[i][0], name) == 0) return missing[i][1];
  return NULL;
}

/* --- Checking. --- */

/* The table of names that the chunk itself sets is on top. */
static void note_written(lua_State *L, const struct scope *scope, int pc, const char *name,
                         void *data)
{
  (void)scope, (void)pc, (void)data;
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, name);
}

static bool is_defined(lua_State *L, const char *name)
{
  bool defined = lua_getfield(L, -1, name) != LUA_TNIL;
  lua_pushglobaltable(L);
  lua_pushstring(L, name);
  defined |= lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 3);
  return defined;
}

static void find_undefined(lua_State *L, const struct scope *scope, int pc, const char *name,
                           void *data)
{
  struct finding *first = data;
  int line = luaG_getfuncline(scope->proto, pc);
  if ((first->name && line >= first->line) || is_defined(L, name)) return;
  first->scope = scope;
  first->name = name;
  first->line = line;
  suggest(L, first);
}

void check_globals(lua_State *L)
{
  const LClosure *closure = lua_topointer(L, -1);
  const Proto *proto = closure->p;
  struct scope chunk = {proto, NULL, 0}; /* a chunk's first upvalue is _ENV */
  struct finding first = {0};
  lua_newtable(L);
  visit_all(L, &chunk, written_name, note_written, NULL);
  visit_all(L, &chunk, read_name, find_undefined, &first);
  lua_pop(L, 1);
  if (!first.name) return;
  const char *path = getstr(proto->source) + 1, *why = why_missing(first.name);
  if (why)
    lua_pushfstring(L, "%s:%d: undefined '%s': %s", path, first.line, first.name, why);
  else if (first.distance)
    lua_pushfstring(L, "%s:%d: undefined '%s': did you mean '%s'?", path, first.line, first.name,
                    first.suggestion);
  else
    lua_pushfstring(L, "%s:%d: undefined '%s': there is neither a local nor a global of that name",
                    path, first.line, first.name);
  lua_error(L);
}
