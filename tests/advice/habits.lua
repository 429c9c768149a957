---- note: a counter that is forgotten
local count, hits = 0, {}

return function(input, ctx)
  count = count + 1
  --> 3 warning W0671: 'count' begins anew in every call, as the file made it: what must last belongs in a table of the database; how often somebody may call, in `rate_limit`
  hits[input.note_id] = (hits[input.note_id] or 0) + 1
  --> 3 warning W0671: 'hits' begins anew in every call, as the file made it: what must last belongs in a table of the database; how often somebody may call, in `rate_limit`
  calls = (calls or 0) + 1
  --> 3 warning W0671: the global 'calls' is forgotten when the call ends: make it local; what must last belongs in a table of the database
  return { id = input.note_id, size = count }
end

---- note: locals of the file that are right
local cache, last = {}, nil

function helper(x) return x end

return function(input, ctx)
  last = input.note_id
  cache[last] = cache[last] or helper(last)
  for _, item in ipairs(input.items) do last = last .. item end
  return { id = cache[last] or last }
end

---- note: errors that pcall does not catch
return function(input, ctx)
  pcall(ctx.db.notes.rename)
  --> 3 warning W0670: pcall does not catch this: a query that fails ends the call: call it as it is: what a constraint refuses is an error of the contract, by on_unique, on_check or on_foreign_key (note.json:63)
  local ok, note = pcall(function() return ctx.db.notes.insert() end)
  --> 20 warning W0670: pcall does not catch this: a query that fails ends the call: call it as it is: what a constraint refuses is an error of the contract, by on_unique, on_check or on_foreign_key (note.json:63)
  if not ok then pcall(ctx.fail, "title_taken") end
  --> 18 warning W0670: pcall does not catch this: ctx.fail ends the call: call it as it is
  return { id = "x" }
end

---- note: errors that it does catch
return function(input, ctx)
  local ok, size = pcall(tonumber, input.title)
  local fine, all = pcall(function()
    local n = ctx.db.notes.count()
    return string.rep("x", n)
  end)
  return { id = "x" }
end

---- note: loops that nothing leaves
return function(input, ctx)
  if input.size == 1 then while true do end end
  --> 27 warning W0672: nothing leaves this loop: the call ends after 10 ms of CPU time, with a 500: leave it by break or return, or loop over something that ends
  if input.size == 2 then repeat local x = math.random() until false end
  --> 27 warning W0672: nothing leaves this loop: the call ends after 10 ms of CPU time, with a 500: leave it by break or return, or loop over something that ends
  while 1 do
  --> 3 warning W0672: nothing leaves this loop: the call ends after 10 ms of CPU time, with a 500: leave it by break or return, or loop over something that ends
    for i = 1, 3 do break end
    ctx.log(tostring(ctx.db.notes.count()))
  end
end

---- note: loops that something leaves
local function numbers()
  local i = 0
  while true do
    i = i + 1
    coroutine.yield(i)
  end
end

return function(input, ctx)
  while true do
    if ctx.db.notes.count() > 3 then break end
  end
  while true do
    if ctx.db.notes.count() > 3 then ctx.fail("no_such_note") end
  end
  repeat
    local n = ctx.db.notes.count()
  until n > 3
  while true do return { id = coroutine.wrap(numbers)() } end
end

---- note: nothing is known of what is no Lua
return function(input, ctx
  ctx.fial()
  --> 3 error W0604: ')' expected near 'ctx'
end
