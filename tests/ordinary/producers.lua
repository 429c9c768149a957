-- A producer, a filter and a consumer, passing values both ways.
return function()
  local function producer(lines)
    return coroutine.create(function()
      for _, line in ipairs(lines) do coroutine.yield(line) end
      return "end"
    end)
  end
  local function filter(source)
    return coroutine.create(function()
      for n = 1, math.huge do
        local _, line = coroutine.resume(source)
        if coroutine.status(source) == "dead" then return line end
        coroutine.yield(n .. ":" .. line)
      end
    end)
  end
  local out, source = {}, filter(producer { "one", "two" })
  repeat
    local ok, value = coroutine.resume(source)
    out[#out + 1] = tostring(ok) .. " " .. value
  until coroutine.status(source) == "dead"
  local echo = coroutine.wrap(function(a) while a do a = coroutine.yield(a * 2) end return "over" end)
  out[#out + 1] = echo(1)
  out[#out + 1] = echo(21)
  out[#out + 1] = echo(nil)
  out[#out + 1] = coroutine.isyieldable()
  return out
end
