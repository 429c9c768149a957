/* Handlers and what comes of them, for the walled guest (test_sandbox.c) and for the native one
 * (tests/guest). */
#ifndef WRIT_TESTS_SANDBOX_EXAMPLES_H
#define WRIT_TESTS_SANDBOX_EXAMPLES_H

#include <stdbool.h>
#include <string.h>

/* What every query gives, and the fields of every ctx. */
#define EXAMPLE_ROW "{\"id\":7,\"name\":\"Ada\",\"note\":null}"
#define EXAMPLE_CONTEXT                                                                            \
  "{\"principal\":{\"id\":\"u1\",\"roles\":[\"user\"]},\"now\":1700000000123,"                     \
  "\"new_id\":\"n1\",\"request\":{\"method\":\"GET\"},\"absent\":null}"

/* Source, input, and the result: JSON, or an outcome and the beginning of its message. */
struct example {
  const char *source, *input, *expected;
};

static const struct example examples[] = {
    /* values */
    {"return function() end", "null", "null"},
    {"return function(i) return i end", "{\"a\":1,\"b\":[true,null,1.5,\"x\"]}",
     "{\"a\":1,\"b\":[true,null,1.5,\"x\"]}"},
    {"return function(i) return i end", "[9223372036854775807,-9223372036854775808]",
     "[9223372036854775807,-9223372036854775808]"},
    {"return function(i) return i end", "\"a\\u0000b\\u00e9\"", "\"a\\u0000b\xc3\xa9\""},
    {"return function(i) return {} end", "1", "[]"},
    {"return function(i) return { b = 1, a = 2, [\"\"] = 3 } end", "1", "{\"\":3,\"a\":2,\"b\":1}"},
    {"return function(i) return i.x == null and i.y == nil and tostring(null) end", "{\"x\":null}",
     "\"null\""},
    {"return function(i) return { 1.0, 2^53, -0.5, 3 // 1 } end", "1",
     "[1,9007199254740992,-0.5,3]"},
    /* results that are not JSON */
    {"return function() return { items = { 1, 2, 3, { name = print } } } end", "1",
     "breached /items/3/name: a function cannot be JSON"},
    {"return function() return { a = coroutine.create(print) } end", "1",
     "breached /a: a coroutine cannot be JSON"},
    {"return function() return 0/0 end", "1", "breached not a number (NaN)"},
    {"return function() return { -1/0 } end", "1", "breached /0: an infinite number"},
    {"return function() return { 1, nil, 3 } end", "1", "breached an array must have no holes"},
    {"return function() return { [2] = 1 } end", "1", "breached an array must begin at 1"},
    {"return function() return { 1, a = 2 } end", "1", "breached a table must be either"},
    {"return function() return { a = 1, [true] = 2 } end", "1",
     "breached an object's keys must be"},
    {"return function() return { [1.5] = 2 } end", "1", "breached an array must begin at 1"},
    {"return function() return { ['a/b~'] = '\\xff' } end", "1",
     "breached /a~1b~0: a string is not valid UTF-8"},
    {"return function() return { ['\\xff'] = 1 } end", "1", "breached a key is not valid UTF-8"},
    {"return function() local t = {} t.t = t return t end", "1", "breached /t/t/t/t"},
    {"return function() local t = {} for i = 1, 60 do t = { t, t } end return t end", "1",
     "breached /0/0"},
    {"return function() local t = {} for i = 1, 100001 do t[i] = 1 end return t end", "1",
     "breached more than 100,000 values"},
    {"return function() local t, row = {}, {} for i = 1, 999 do row[i] = i end\n"
     "for i = 1, 99 do t[i] = row end t[100] = { table.unpack(row) } t[100][999] = print\n"
     "return t end",
     "1", "breached /99/998: a function cannot be JSON"}, /* the 100,000th */
    {"return function() local t = { print } for i = 2, 1000 do t[i] = i end return t end", "1",
     "breached /0: a function cannot be JSON"},
    {"return function() return ('x'):rep(1024 * 1024) end", "1",
     "breached the result is larger than 1048576 bytes"},
    {"return function() return 1, 'x' end", "1", "breached the second value returned must be"},
    {"return function() return 1, 1.5 end", "1", "breached the second value returned must be"},
    {"return function() return setmetatable({ 1 }, { __index = error, __len = error, "
     "__pairs = error, __name = 1 }) end",
     "1", "[1]"},
    /* ctx */
    {"return function(_, ctx) return { ctx.principal.id, ctx.now, ctx.new_id, ctx.request.method } "
     "end",
     "1", "[\"u1\",1700000000123,\"n1\",\"GET\"]"},
    {"return function(_, ctx) return ctx.absent == nil and ctx.nothing == nil end", "1", "true"},
    {"return function(_, ctx) local f = {} for k in pairs(ctx) do f[#f + 1] = k end "
     "table.sort(f) return table.concat(f, ' ') end",
     "1", "\"db fail log new_id now principal request sleep\""},
    {"return function(_, ctx) pcall(ctx.fail, 'email_taken') return 1 end", "1",
     "refused email_taken"},
    {"return function(_, ctx) coroutine.wrap(function() ctx.fail('x') end)() end", "1",
     "refused x"},
    {"return function(_, ctx) ctx.fail({}) end", "1",
     "raised app/handlers/t.lua:1: bad argument #1"},
    /* errors */
    {"return function(i)\n  error('no')\nend", "1", "raised app/handlers/t.lua:2: no"},
    {"return function(i) error({ 1 }) end", "1",
     "raised an error that is not a string but a table"},
    {"return function(i) error({ code = 7, message = 'of a table' }) end", "1",
     "raised of a table"},
    {"return function(i) error({ code = 7 }) end", "1", "raised 7"},
    {"return function(i) error(setmetatable({}, { __tostring = function() return 'T' end })) end",
     "1", "raised T"},
    {"return function(i) error() end", "1", "raised an error that is not a string but a nil"},
    {"return function(input) return _G['inptu'].x end", "1",
     "raised app/handlers/t.lua:1: undefined 'inptu': did you mean 'input'?"},
    {"return function() return _G.paris, 1 end", "1",
     "raised app/handlers/t.lua:1: undefined 'paris': did you mean 'pairs'?"},
    {"return function() return _G[{}] end", "1",
     "raised app/handlers/t.lua:1: undefined 'table: 0x"},
    {"return function() return getmetatable(_G).__index() end", "1",
     "raised app/handlers/t.lua:1: undefined 'nil': there is neither"},
    {"return function(i) return i.x.y end", "{\"x\":null}",
     "raised app/handlers/t.lua:1: attempt to read field 'y' of null"},
    {"return function(i) return i.x .. 'y' end", "{\"x\":null}",
     "raised app/handlers/t.lua:1: attempt to concatenate null"},
    {"return function(i) return 1 + i.x end", "{\"x\":null}",
     "raised app/handlers/t.lua:1: attempt to perform arithmetic on null"},
    {"return function(i) return 'x' < i.x end", "{\"x\":null}",
     "raised app/handlers/t.lua:1: attempt to compare null"},
    {"return function(i) i.x.y = 1 end", "{\"x\":null}",
     "raised app/handlers/t.lua:1: attempt to set a field of null"},
    {"return function(i) count = 1 count = count + 1 return count end", "1", "2"},
    {"return function(i) error('a\\xffb\\0c') end", "1", "raised app/handlers/t.lua:1: a?b"},
    {"return function() local ok, e = pcall(error, 'x') return { ok, e } end", "1",
     "[false,\"x\"]"},
    /* the library */
    {"return function() return { os.time(), os.date('!%Y-%m-%dT%H:%M:%SZ'), os.clock() } end", "1",
     "[1700000000,\"2023-11-14T22:13:20Z\",0]"},
    {"return function() return os.date('%c %x %j', 0) end", "1",
     "\"Thu Jan  1 00:00:00 1970 01/01/70 001\""},
    {"return function() return os.time { year = 2024, month = 14, day = -3, hour = 25 } end", "1",
     "1738112400"},
    {"return function() return os.date('%H%M %z %Z %B %p', 0) == os.date('!%H%M %z %Z %B %p', 0) "
     "and os.date('%H%M %z %Z %B %p', 0) end",
     "1", "\"0000 +0000 UTC January AM\""},
    {"return function() return os.date('*t', 951782400) end", "1",
     "{\"day\":29,\"hour\":0,\"isdst\":false,\"min\":0,\"month\":2,\"sec\":0,\"wday\":3,\"yday\":"
     "60,"
     "\"year\":2000}"},
    {"return function() return os.date('%Q') end", "1", "raised "},
    {"return function() return os.difftime(5, 3) end", "1", "2"},
    {"return function() return ('%5.2f|%d|%s|%q'):format(3.14159, 42, 'x', 'y\\n') end", "1",
     "\" 3.14|42|x|\\\"y\\\\\\n\\\"\""},
    {"return function() return { ('a,b'):gsub(',', ';') } end", "1", "[\"a;b\",1]"},
    {"return function() return tostring(1e15) .. tostring(0.1) .. tonumber('0x1p4') end", "1",
     "\"1e+150.116.0\""},
    {"return function() return utf8.char(228, 8364) end", "1", "\"\xc3\xa4\xe2\x82\xac\""},
    {"return function() local r = math.random(1, 10) return r >= 1 and r <= 10 end", "1", "true"},
    {"return function() math.randomseed(42) local a = math.random(1000) math.randomseed(42) "
     "return a == math.random(1000) end",
     "1", "true"},
    {"return function() local m = require 'no' end", "1",
     "raised app/handlers/t.lua:1: require 'no' at the"},
};

static inline bool example_is_right(const struct example *example, const char *text)
{
  bool is_json = example->expected[0] < 'a' || strchr("ntf", example->expected[0]);
  return is_json ? strcmp(text, example->expected) == 0
                 : strncmp(text, example->expected, strlen(example->expected)) == 0;
}

/* A bit of everything: strings, tables, closures, a coroutine, a query, sorting, packing, pcall.
 * Gives 200 items. */
#define EXAMPLE_OF_ALL_INPUT "{\"name\":\"Ada\"}"
static const char example_of_all[] =
    "local Class = {} Class.__index = Class\n"
    "return function(input, ctx)\n"
    "  local function work()\n"
    "    local out = {}\n"
    "    for i = 1, 200 do\n"
    "      local o = setmetatable({ id = i, name = input.name .. i }, Class)\n"
    "      out[#out + 1] = { id = o.id, f = (o.name:gsub('%d', function(d) return d .. d end)) }\n"
    "    end\n"
    "    local gen = coroutine.wrap(function() for i = 1, 50 do coroutine.yield(('x'):rep(i)) end "
    "end)\n"
    "    for i = 1, 50 do out[i].x = gen() end\n"
    "    table.sort(out, function(a, b) return a.f > b.f end)\n"
    "    local row = ctx.db.users.find { name = ('n'):rep(3000) }\n"
    "    out[1].row = row\n"
    "    out[1].text = table.concat({ ('%q'):format(('y'):rep(20000)), ('z'):rep(50000) }, ',')\n"
    "    local all = table.pack(table.unpack(out))\n"
    "    out[2].packed = #string.pack('s4', ('p'):rep(9000)) + all.n\n"
    "    out[3].match = ('k=v; '):rep(2000):match('^.*(k=v)')\n"
    "    return out\n"
    "  end\n"
    "  local ok, result = pcall(function() return select(2, pcall(work)) end)\n"
    "  if not ok then return { caught = result } end\n"
    "  return result\n"
    "end";

#endif
