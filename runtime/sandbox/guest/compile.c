/* Lua's messages tell a line, and its bytecode less than that. Where something is wrong, Lua gets
 * its source once more, one byte at a time: then we know where its lexer is, be it where compiling
 * fails or where a name stands. */
#include "compile.h"

#include <stdbool.h>
#include <string.h>

#include "lauxlib.h"
#include "llex.h"
#include "lstate.h"
#include "lstring.h"
#include "lzio.h"

struct feed {
  const char *text;
  size_t length, given;
};

static const char *next_byte(lua_State *L, void *data, size_t *size)
{
  struct feed *feed = data;
  (void)L;
  *size = feed->given < feed->length;
  if (*size == 0) feed->given = feed->length + 1; /* the end counts as a byte */
  return *size ? &feed->text[feed->given++] : NULL;
}

/* Where the lexer is: behind its token, as it looks one byte ahead. */
static size_t position(const struct feed *feed)
{
  return feed->given > 0 ? feed->given - 1 : 0;
}

static struct place place_of(const struct source *source, size_t offset)
{
  struct place place = {1, 1};
  for (size_t i = 0; i < offset; i++) {
    bool ends = source->text[i] == '\n';
    place.line += ends;
    place.column = ends ? 1 : place.column + 1;
  }
  return place;
}

/* --- Syntax errors. --- */

/* Where the trouble begins: at the token that the message names last ("near 'x'", "near <eof>"),
 * which is the last one that the lexer has read. False if it names none. */
static bool find_trouble(const struct source *source, size_t end, const char *message,
                         size_t *offset)
{
  const char *near = NULL;
  for (const char *at = message; (at = strstr(at, " near ")); at++) near = at + strlen(" near ");
  if (!near) return false;
  size_t length = strlen(near);
  *offset = end;
  if (near[0] != '\'' || length < 3) return true;
  length -= 2;
  if (strncmp(near, "'<\\", 3) == 0)
    *offset -= end > 0; /* a byte that cannot be shown, as its number */
  else if (length <= end && memcmp(source->text + end - length, near + 1, length) == 0)
    *offset -= length;
  return true;
}

/* The message on top, "path:line: what", becomes "path:line:column: what". */
static void add_column(lua_State *L, const struct source *source, size_t end)
{
  const char *message = lua_tostring(L, -1), *what = message;
  size_t offset = end;
  if (strncmp(message, source->path, source->path_length) == 0) {
    if (!find_trouble(source, end, message, &offset)) return;
    what = strstr(message + source->path_length, ": ") + 2;
  } else if (strcmp(message, "C stack overflow") == 0) {
    what = "nested too deeply";
  }
  push_at(L, source, place_of(source, offset), what);
  lua_replace(L, -2);
}

void push_at(lua_State *L, const struct source *source, struct place place, const char *what)
{
  lua_pushlstring(L, source->path, source->path_length);
  if (place.column)
    lua_pushfstring(L, "%s:%d:%d: %s", lua_tostring(L, -1), place.line, place.column, what);
  else
    lua_pushfstring(L, "%s:%d: %s", lua_tostring(L, -1), place.line, what);
  lua_replace(L, -2);
}

void compile(lua_State *L, const struct source *source)
{
  struct feed feed = {source->text, source->length, 0};
  ptrdiff_t handler = L->errfunc;
  lua_pushlstring(L, source->path, source->path_length);
  lua_pushfstring(L, "@%s", lua_tostring(L, -1));
  const char *name = lua_tostring(L, -1);
  L->errfunc = 0; /* the message handler is for the error with its column, raised below */
  bool failed = luaL_loadbufferx(L, source->text, source->length, name, "t") != LUA_OK;
  if (failed) {
    lua_pop(L, 1);
    lua_load(L, next_byte, &feed, name, "t");
  }
  L->errfunc = handler;
  if (failed) {
    add_column(L, source, position(&feed));
    lua_error(L);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* --- Names. --- */

static bool is_name(const Token *token, const char *name)
{
  return token->token == TK_NAME && strcmp(getstr(token->seminfo.ts), name) == 0;
}

/* The last three that the lexer has read: owner, dot, field. */
struct tokens {
  Token owner, before, now;
};

static bool is_use(const struct tokens *tokens, const char *name, const char *field)
{
  bool is_field = tokens->before.token == '.' || tokens->before.token == ':';
  if (!field) return is_name(&tokens->now, name) && !is_field;
  return is_name(&tokens->now, field) && is_field && is_name(&tokens->owner, name);
}

/* The first use on the line, or else the last one before it. */
static struct place search(LexState *lexer, const struct feed *feed, const struct source *source,
                           const char *name, const char *field, int line)
{
  struct tokens tokens = {0};
  size_t end = 0;
  for (luaX_next(lexer); lexer->t.token != TK_EOS && lexer->linenumber <= line; luaX_next(lexer)) {
    tokens = (struct tokens){tokens.before, tokens.now, lexer->t};
    if (!is_use(&tokens, name, field)) continue;
    end = position(feed);
    if (lexer->linenumber == line) break;
  }
  return end ? place_of(source, end - strlen(field ? field : name)) : (struct place){line, 0};
}

struct place find_use(lua_State *L, const struct source *source, const char *name,
                      const char *field, int line)
{
  struct feed feed = {source->text, source->length, 0};
  Mbuffer buffer;
  ZIO stream;
  lua_newtable(L); /* keeps the lexer's strings */
  LexState lexer = {.h = (Table *)lua_topointer(L, -1), .buff = &buffer};
  luaZ_init(L, &stream, next_byte, &feed);
  luaZ_initbuffer(L, &buffer);
  luaX_setinput(L, &lexer, &stream, luaS_newliteral(L, "="), zgetc(&stream));
  struct place place = search(&lexer, &feed, source, name, field, line);
  luaZ_freebuffer(L, &buffer);
  lua_pop(L, 1);
  return place;
}
