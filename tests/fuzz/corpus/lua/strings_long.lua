--[==[ a comment ]==]
local s = [[
line]] .. [==[]]]==] .. "\z
   \x41\65\u{48}\n\\" .. '\''
return function() return { s, #s, s:byte(1, -1) } end
