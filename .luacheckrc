-- luacheck's view of the Lua in this repository: `./dev lint`.

-- What a handler finds inside the sandbox; docs/handler.md has the whole of it.
stds.sandbox = {
  read_globals = {
    "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "null", "pairs", "pcall",
    "print", "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber",
    "tostring", "type", "xpcall",
    coroutine = {
      fields = { "close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield" },
    },
    math = {
      fields = {
        "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max",
        "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt",
        "tan", "tointeger", "type", "ult",
      },
    },
    os = { fields = { "clock", "date", "difftime", "time" } },
    string = {
      fields = {
        "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize",
        "rep", "reverse", "sub", "unpack", "upper",
      },
    },
    table = { fields = { "concat", "insert", "move", "pack", "remove", "sort", "unpack" } },
    utf8 = { fields = { "char", "charpattern", "codepoint", "codes", "len", "offset" } },
  },
}

std = "lua54"
max_line_length = 120

local handlers = { std = "sandbox", ignore = { "212/input", "212/ctx" } } -- every handler names both
files["app"] = handlers
files["tests/apps/*/app"] = handlers
files["tests/http/app"] = handlers
files["lua/templates/init/app"] = handlers
files["lua/examples"] = handlers
files["lua/library"] = { globals = { "null", "os", "require" }, ignore = { "212" } } -- declarations, which nobody runs
files["lua/attacks"] = { std = "sandbox", globals = { "string" }, read_globals = { "computes" }, ignore = { "122" } } -- traces
files["lua/prelude"] = { globals = { "null", "print", "require" } } -- it makes the sandbox's own
files["tests"] = { std = "lua54+busted", max_line_length = false } -- their tables are wide
files["lua/templates/init/tests"] = { std = "lua54+busted" }
files["tests/ordinary"] = { std = "lua54", ignore = { "2..", "4.." } } -- they try odd corners on purpose
files["tests/guest/walk.lua"] = { std = "sandbox", read_globals = { "PEEK", "allowed" } } -- peek.c

-- Attackers try what is not there, and so may their handlers; a fuzzer begins with anything; templates have {{names}};
-- a file of tests/advice holds many handlers, with the mistakes that are looked for, as does tests/mistakes.
exclude_files = {
  "lua/templates/new", "tests/advice/*.lua", "tests/attacks/**/handlers", "tests/attacks/sandbox", "tests/fuzz/corpus",
  "tests/mistakes",
}
