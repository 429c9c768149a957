-- String buffers, csv, simple templates, escaping, word wrap.
return function()
  local parts = {}
  for i = 1, 200 do parts[#parts + 1] = ("%03d"):format(i) end
  local function csv(line)
    local out = {}
    for cell in (line .. ","):gmatch "([^,]*)," do out[#out + 1] = cell end
    return out
  end
  local html = ("<a & 'b'>"):gsub("[<>&']", { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ["'"] = "&#39;" })
  local wrapped, line = {}, ""
  for word in ("the quick brown fox jumps over the lazy dog"):gmatch "%S+" do
    if #line + #word > 12 then wrapped[#wrapped + 1], line = line, "" end
    line = line == "" and word or line .. " " .. word
  end
  wrapped[#wrapped + 1] = line
  return { #table.concat(parts), csv("a,,c")[2] == "", #csv "a,b,c,d", html, table.concat(wrapped, "/") }
end
