-- All that a handler can use of Lua's library; everything else is removed before it loads. Left out: what
-- compiles or loads code (load, loadfile, dofile, string.dump), what reaches beyond the handler (io, debug,
-- package, the rest of os), and what steers the collector.
return {
  _G = [[_G _VERSION assert error getmetatable ipairs next pairs pcall rawequal rawget rawlen rawset
         select setmetatable tonumber tostring type xpcall
         coroutine math os string table utf8
         null print require]], -- ours
  coroutine = "close create isyieldable resume running status wrap yield",
  math = [[abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi
           rad random randomseed sin sqrt tan tointeger type ult]],
  os = "clock date difftime time",
  string = "byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
  table = "concat insert move pack remove sort unpack",
  utf8 = "char charpattern codepoint codes len offset",
}
