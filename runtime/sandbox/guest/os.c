/* os.time, os.date, os.clock, os.difftime: UTC only, no locale, and the clock stands still during a
 * run. Behaves as Lua's own library does in UTC under the C locale. */
#include <string.h>
#include <time.h>

#include "api.h"
#include "lauxlib.h"

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar; month 1 to 12, any day. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void break_down(int64_t seconds, struct tm *tm)
{
  int64_t days = seconds / 86400, rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    days--;
  }
  int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
  int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
  int64_t month = m < 10 ? m + 3 : m - 9, year = y + era * 400 + (month <= 2);
  memset(tm, 0, sizeof *tm);
  tm->tm_year = (int)(year - 1900);
  tm->tm_mon = (int)month - 1;
  tm->tm_mday = (int)(of_year - (153 * m + 2) / 5 + 1);
  tm->tm_hour = (int)(rest / 3600);
  tm->tm_min = (int)(rest / 60 % 60);
  tm->tm_sec = (int)(rest % 60);
  tm->tm_wday = (int)(((days + 4) % 7 + 7) % 7);
  tm->tm_yday = (int)(days - days_of(year, 1, 1));
}

static int64_t field(lua_State *L, const char *name, int64_t otherwise)
{
  int is_integer;
  int type = lua_getfield(L, 1, name);
  int64_t value = lua_tointegerx(L, -1, &is_integer);
  lua_pop(L, 1);
  if (is_integer) {
    if (value < -1000000000 || value > 1000000000)
      return luaL_error(L, "field '%s' is out-of-bound", name);
    return value;
  }
  if (type != LUA_TNIL) return luaL_error(L, "field '%s' is not an integer", name);
  if (otherwise < 0) return luaL_error(L, "field '%s' missing in date table", name);
  return otherwise;
}

static void set_fields(lua_State *L, const struct tm *tm)
{
  const struct {
    const char *name;
    int value;
  } fields[] = {{"year", tm->tm_year + 1900}, {"month", tm->tm_mon + 1}, {"day", tm->tm_mday},
                {"hour", tm->tm_hour},        {"min", tm->tm_min},       {"sec", tm->tm_sec},
                {"yday", tm->tm_yday + 1},    {"wday", tm->tm_wday + 1}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_pushinteger(L, fields[i].value);
    lua_setfield(L, -2, fields[i].name);
  }
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "isdst");
}

/* os.time([table]): normalises the table's fields like the library. */
static int os_time(lua_State *L)
{
  if (lua_isnoneornil(L, 1)) {
    lua_pushinteger(L, instance.now_ms / 1000);
    return 1;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  int64_t year = field(L, "year", -1), month = field(L, "month", -1) - 1;
  int64_t day = field(L, "day", -1), hour = field(L, "hour", 12);
  int64_t minute = field(L, "min", 0), second = field(L, "sec", 0);
  int64_t years = month >= 0 ? month / 12 : -((11 - month) / 12);
  int64_t seconds = days_of(year + years, month - years * 12 + 1, day) * 86400 + hour * 3600 +
                    minute * 60 + second;
  struct tm tm;
  break_down(seconds, &tm);
  set_fields(L, &tm);
  lua_pushinteger(L, seconds);
  return 1;
}

/* Appends what one conversion gives; `at` points behind the %. Returns behind the conversion. */
static const char *convert(lua_State *L, luaL_Buffer *out, const char *at, const char *end,
                           const struct tm *tm)
{
  static const char plain[] = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
  static const char after_e[] = "cCxXyY", after_o[] = "deHImMSuUVwWy";
  char format[4] = {'%', 0, 0, 0}, *text = luaL_prepbuffsize(out, 250);
  size_t length = 1;
  const char *allowed = plain;
  if (at < end && (*at == 'E' || *at == 'O')) {
    allowed = *at == 'E' ? after_e : after_o;
    at++; /* the C locale has no alternatives */
  }
  if (at == end || *at == 0 || !strchr(allowed, *at))
    luaL_argerror(L, 1, "invalid conversion specifier in the format");
  format[length] = *at++;
  if (format[1] == 'Z' || format[1] == 'z') {
    luaL_addstring(out, format[1] == 'Z' ? "UTC" : "+0000");
    return at;
  }
  luaL_addsize(out, strftime(text, 250, format, tm));
  return at;
}

/* os.date([format [, time]]) */
static int os_date(lua_State *L)
{
  size_t length;
  const char *at = luaL_optlstring(L, 1, "%c", &length), *end = at + length;
  int64_t seconds = luaL_opt(L, luaL_checkinteger, 2, instance.now_ms / 1000);
  struct tm tm;
  if (seconds < -67768040609740800 || seconds > 67767976233532799)
    return luaL_error(L, "date result cannot be represented in this installation");
  break_down(seconds, &tm);
  if (at < end && *at == '!') at++;
  if (strcmp(at, "*t") == 0) {
    lua_createtable(L, 0, 9);
    set_fields(L, &tm);
    return 1;
  }
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  while (at < end) {
    if (*at == '%')
      at = convert(L, &out, at + 1, end, &tm);
    else
      luaL_addchar(&out, *at++);
  }
  luaL_pushresult(&out);
  return 1;
}

static int os_clock(lua_State *L)
{
  lua_pushnumber(L, 0);
  return 1;
}

static int os_difftime(lua_State *L)
{
  lua_pushnumber(L, (lua_Number)luaL_checkinteger(L, 1) - (lua_Number)luaL_checkinteger(L, 2));
  return 1;
}

int api_open_os(lua_State *L)
{
  static const luaL_Reg functions[] = {{"time", os_time},
                                       {"date", os_date},
                                       {"clock", os_clock},
                                       {"difftime", os_difftime},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
