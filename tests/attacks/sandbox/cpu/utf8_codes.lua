-- utf8.codes over one long run of what is hardly UTF-8
-- expect: 500 handler_deadline
return function()
  local text = ("\u{7fffffff}"):rep(100000)
  while true do for _ in utf8.codes(text, true) do end end
end
