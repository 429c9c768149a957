/* Which globals a chunk uses, read from its bytecode: what it gets and sets in its upvalue _ENV by
 * constant names. A function may have that upvalue in another place, or a local _ENV instead, which
 * is none of ours. */
#include "globals.h"

#include <stdbool.h>
#include <string.h>

#include "api.h"
#include "lauxlib.h"
#include "ldebug.h"
#include "lobject.h"
#include "lopcodes.h"
#include "suggest.h"

enum { NO_UPVALUE = -1 };

/* The instruction looked at: in a function of the chunk, and where those around it make it. */
struct scope {
  const Proto *proto;
  const struct scope *around;
  int env; /* index of the upvalue _ENV, or NO_UPVALUE */
  int pc;
};

typedef void (*visitor)(const struct scope *scope, void *data);

/* --- Reading bytecode. --- */

static const char *constant_name(const Proto *proto, int index)
{
  return ttisstring(&proto->k[index]) ? getstr(tsvalue(&proto->k[index])) : NULL;
}

static int env_of(const Proto *proto, int around)
{
  for (int i = 0; i < proto->sizeupvalues && around != NO_UPVALUE; i++)
    if (!proto->upvalues[i].instack && proto->upvalues[i].idx == around) return i;
  return NO_UPVALUE;
}

/* Visits each instruction of the function, and of those within it where they are made. */
static void visit_all(struct scope *scope, visitor visit, void *data)
{
  const Proto *proto = scope->proto;
  for (scope->pc = 0; scope->pc < proto->sizecode; scope->pc++) {
    Instruction i = proto->code[scope->pc];
    visit(scope, data);
    if (GET_OPCODE(i) != OP_CLOSURE) continue;
    const Proto *inner = proto->p[GETARG_Bx(i)];
    struct scope within = {inner, scope, env_of(inner, scope->env), 0};
    visit_all(&within, visit, data);
  }
}

/* _ENV in a register. If a name follows it is because its number is too large for one instruction:
 * GETUPVAL a _ENV; LOADK b name; and, if it is read and not assigned to, GETTABLE with a and b. */
static const char *name_by_registers(const struct scope *scope, bool *assigned)
{
  const Instruction *code = &scope->proto->code[scope->pc]; /* a RETURN comes last */
  const char *name =
      GET_OPCODE(code[1]) == OP_LOADK ? constant_name(scope->proto, GETARG_Bx(code[1])) : NULL;
  if (!name) return "_ENV";
  *assigned = GET_OPCODE(code[2]) != OP_GETTABLE || GETARG_B(code[2]) != GETARG_A(code[0]) ||
              GETARG_C(code[2]) != GETARG_A(code[1]);
  return name;
}

/* The global that an instruction gets or sets; "_ENV" if it gets or sets that as a whole. NULL:
 * none. */
static const char *global_at(const struct scope *scope, bool *assigned)
{
  Instruction i = scope->proto->code[scope->pc];
  *assigned = false;
  switch (GET_OPCODE(i)) {
  case OP_GETTABUP:
    return GETARG_B(i) == scope->env ? constant_name(scope->proto, GETARG_C(i)) : NULL;
  case OP_SETTABUP:
    *assigned = GETARG_A(i) == scope->env;
    return *assigned ? constant_name(scope->proto, GETARG_B(i)) : NULL;
  case OP_GETUPVAL:
    return GETARG_B(i) == scope->env ? name_by_registers(scope, assigned) : NULL;
  case OP_SETUPVAL:
    return GETARG_B(i) == scope->env ? "_ENV" : NULL;
  default:
    return NULL;
  }
}

/* The field that is got of the global just got, unless only to see whether it is there. */
static const char *field_after(const struct scope *scope)
{
  const Instruction *code = &scope->proto->code[scope->pc];
  if (GET_OPCODE(code[0]) != OP_GETTABUP || GET_OPCODE(code[1]) != OP_GETFIELD ||
      GETARG_B(code[1]) != GETARG_A(code[0]))
    return NULL;
  OpCode next = GET_OPCODE(code[2]);
  if (next == OP_TEST || next == OP_TESTSET || next == OP_NOT || next == OP_EQK) return NULL;
  return constant_name(scope->proto, GETARG_C(code[1]));
}

/* --- What the files assign. --- */

/* Sets in the table on top: each global that is assigned, and ".field" for each field of anything
 * else. */
static void note_assigned(const struct scope *scope, void *data)
{
  lua_State *L = data;
  bool assigned;
  Instruction i = scope->proto->code[scope->pc];
  const char *name = global_at(scope, &assigned);
  if (assigned)
    lua_pushstring(L, name);
  else if (GET_OPCODE(i) == OP_SETFIELD || GET_OPCODE(i) == OP_SETTABUP)
    lua_pushfstring(L, ".%s", constant_name(scope->proto, GETARG_B(i)));
  else
    return;
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
}

static struct scope chunk_scope(lua_State *L, int index)
{
  const LClosure *closure = lua_topointer(L, index);
  return (struct scope){closure->p, NULL, 0, 0}; /* a chunk's only upvalue is _ENV */
}

/* --- Checking. --- */

struct check {
  lua_State *L;
  int assigned;            /* stack index of the table that note_assigned made */
  bool open;               /* _G or _ENV is used as a value */
  int line;                /* of the first use that is undefined; 0: none */
  struct suggestion found; /* of it */
};

/* [-0, +1, m] */
static void push_global(lua_State *L, const char *name)
{
  lua_pushglobaltable(L);
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
}

static bool is_assigned(const struct check *check, const char *prefix, const char *name)
{
  lua_pushfstring(check->L, "%s%s", prefix, name);
  bool found = lua_rawget(check->L, check->assigned) != LUA_TNIL;
  lua_pop(check->L, 1);
  return found;
}

/* The names that are visible where the instruction is, and the globals. */
static void suggest_visible(struct check *check, const struct scope *scope)
{
  for (int more = 0; scope; scope = scope->around, more = 1) {
    const Proto *proto = scope->proto;
    for (int i = 0; i < proto->sizelocvars; i++) {
      const LocVar *local = &proto->locvars[i];
      /* a local function's name begins behind the instruction that makes it */
      if (local->startpc <= scope->pc + more && scope->pc < local->endpc)
        suggest(&check->found, getstr(local->varname));
    }
  }
  suggest_globals(check->L, &check->found);
}

static void note(struct check *check, const struct scope *scope, const char *name,
                 const char *field)
{
  check->line = luaG_getfuncline(scope->proto, scope->pc);
  check->found = (struct suggestion){.name = name, .field = field};
}

/* What of a global, whose value is on top, is a library's and not there. */
static void find_lacking(struct check *check, const struct scope *scope, const char *name)
{
  lua_State *L = check->L;
  const char *field = field_after(scope);
  if (!field || is_assigned(check, ".", field)) return;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, name);
  bool is_library = lua_rawequal(L, -1, -3);
  lua_pushstring(L, field);
  if (is_library && lua_rawget(L, -2) == LUA_TNIL) {
    note(check, scope, name, field);
    lua_pop(L, 1);
    suggest_keys(L, &check->found);
    lua_pushnil(L);
  }
  lua_pop(L, 3);
}

static void find_undefined(const struct scope *scope, void *data)
{
  struct check *check = data;
  bool assigned;
  const char *name = global_at(scope, &assigned);
  if (!name || assigned) return;
  if (strcmp(name, "_G") == 0 || strcmp(name, "_ENV") == 0) check->open = true;
  if (check->line || check->open) return;
  push_global(check->L, name);
  if (lua_istable(check->L, -1)) {
    find_lacking(check, scope, name);
  } else if (lua_isnil(check->L, -1) && !is_assigned(check, "", name)) {
    note(check, scope, name, NULL);
    suggest_visible(check, scope);
  }
  lua_pop(check->L, 1);
}

/* [-0, +0, e] `chunks`: stack index of the functions by path; behind it, what they assign. */
static void check_file(lua_State *L, const struct source *source, int chunks)
{
  struct check check = {.L = L, .assigned = chunks + 1};
  lua_pushlstring(L, source->path, source->path_length);
  if (lua_rawget(L, chunks) == LUA_TFUNCTION) {
    struct scope scope = chunk_scope(L, -1);
    visit_all(&scope, find_undefined, &check);
  }
  if (check.line && !check.open) {
    struct place place = find_use(L, source, check.found.name, check.found.field, check.line);
    push_undefined(L, &check.found);
    push_at(L, source, place, lua_tostring(L, -1));
    lua_error(L);
  }
  lua_pop(L, 1);
}

static const char chunks_key = 0; /* in the registry: functions by path */

void globals_keep(lua_State *L, const struct source *source)
{
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &chunks_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &chunks_key);
  }
  lua_pushlstring(L, source->path, source->path_length);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

void globals_check(lua_State *L)
{
  lua_rawgetp(L, LUA_REGISTRYINDEX, &chunks_key);
  int chunks = lua_gettop(L);
  lua_newtable(L);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  for (lua_pushnil(L); lua_next(L, chunks); lua_pop(L, 1)) {
    struct scope scope = chunk_scope(L, -1);
    lua_pushvalue(L, chunks + 1);
    visit_all(&scope, note_assigned, L);
    lua_pop(L, 1);
  }
  check_file(L, &instance.handler, chunks);
  struct reader reader = {instance.modules};
  for (uint32_t count = read_count(&reader); count > 0; count--) {
    struct module module = read_module(&reader);
    check_file(L, &module.source, chunks);
  }
  lua_settop(L, chunks - 1);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &chunks_key);
}

/* --- Running. --- */

/* The names that are visible to the function that runs. */
static void suggest_running(lua_State *L, const lua_Debug *frame, struct suggestion *found)
{
  const char *name;
  for (int i = 1; (name = lua_getlocal(L, frame, i)); i++, lua_pop(L, 1)) suggest(found, name);
  for (int i = 1; (name = lua_getupvalue(L, -1, i)); i++, lua_pop(L, 1)) suggest(found, name);
}

/* While a handler loads: the file of that path. */
static bool find_source(const char *path, struct source *found)
{
  if (!instance.modules) return false;
  struct reader reader = {instance.modules};
  *found = instance.handler;
  for (uint32_t left = read_count(&reader);; left--) {
    if (strlen(path) == found->path_length && memcmp(path, found->path, found->path_length) == 0)
      return true;
    if (left == 0) return false;
    *found = read_module(&reader).source;
  }
}

int globals_undefined(lua_State *L)
{
  lua_Debug frame;
  struct source source;
  lua_settop(L, 2);
  struct suggestion found = {.name = luaL_tolstring(L, 2, NULL)};
  if (!lua_getstack(L, 1, &frame)) return 0;
  lua_getinfo(L, "fSl", &frame);
  suggest_running(L, &frame, &found);
  suggest_globals(L, &found);
  push_undefined(L, &found);
  const char *what = lua_tostring(L, -1);
  if (frame.source[0] != '@' || !find_source(frame.source + 1, &source))
    return luaL_error(L, "%s", what);
  push_at(L, &source, find_use(L, &source, found.name, NULL, frame.currentline), what);
  return lua_error(L);
}
