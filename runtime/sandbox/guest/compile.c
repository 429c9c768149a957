/* Lua's messages tell the line of a syntax error. The column is found by compiling once more, one
 * byte at a time: then the reader knows how far the lexer had come. */
#include "compile.h"

#include <stdbool.h>
#include <string.h>

#include "lauxlib.h"

struct feed {
  const char *text;
  size_t length, given;
};

static const char *next_byte(lua_State *L, void *data, size_t *size)
{
  struct feed *feed = data;
  (void)L;
  *size = feed->given < feed->length;
  return *size ? &feed->text[feed->given++] : NULL;
}

/* [-0, +0, m] How many bytes the lexer had read when compiling failed, but for the one that it
 * looks ahead. */
static size_t bytes_read(lua_State *L, const struct source *source)
{
  struct feed feed = {source->text, source->length, 0};
  if (lua_load(L, next_byte, &feed, "=", "t") == LUA_OK) feed.given = 0; /* cannot be */
  bool at_end = feed.given == feed.length;
  lua_pop(L, 1);
  return at_end || feed.given == 0 ? feed.given : feed.given - 1;
}

/* The token that a message ends with: near 'token'. NULL: none, or the end of the file. */
static const char *near_token(const char *message, size_t *length)
{
  const char *near = NULL;
  for (const char *at = message; (at = strstr(at, " near '")); at++) near = at;
  if (!near) return NULL;
  near += strlen(" near '");
  *length = strlen(near);
  if (*length < 2 || near[*length - 1] != '\'') return NULL;
  *length -= 1;
  return near;
}

/* Where the trouble begins: the token if it is the last one that was read, else the end. */
static size_t trouble(lua_State *L, const struct source *source, const char *message)
{
  size_t length = 0, end = bytes_read(L, source);
  const char *token = near_token(message, &length);
  for (size_t back = 0; token && back <= end && back < 64; back++) {
    if (length > end - back) break;
    size_t at = end - back - length;
    if (memcmp(source->text + at, token, length) == 0) return at;
  }
  return end;
}

static int line_of(const struct source *source, size_t offset, int *column)
{
  int line = 1;
  size_t start = 0;
  for (size_t i = 0; i < offset; i++) {
    if (source->text[i] != '\n') continue;
    line++;
    start = i + 1;
  }
  *column = (int)(offset - start) + 1;
  return line;
}

/* "path:line: message" on top becomes "path:line:column: message". */
static void add_column(lua_State *L, const struct source *source)
{
  int line, column;
  const char *message = lua_tostring(L, -1);
  if (!message || strncmp(message, source->path, source->path_length) != 0) return;
  const char *rest = strstr(message + source->path_length, ": ");
  if (!rest) return;
  line = line_of(source, trouble(L, source, message), &column);
  lua_pushlstring(L, source->path, source->path_length);
  lua_pushfstring(L, "%s:%d:%d%s", lua_tostring(L, -1), line, column, rest);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

void compile(lua_State *L, const struct source *source)
{
  lua_pushlstring(L, source->path, source->path_length);
  lua_pushfstring(L, "@%s", lua_tostring(L, -1));
  if (luaL_loadbufferx(L, source->text, source->length, lua_tostring(L, -1), "t") != LUA_OK) {
    add_column(L, source);
    lua_error(L);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}
