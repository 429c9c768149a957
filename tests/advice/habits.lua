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

---- note: what other languages' strings have
return function(input, ctx)
  local title = input.title:trim()
  --> 29 warning W0674: strings have no 'trim', unless a module gives it to them: write s:match("^%s*(.-)%s*$"); of a field of the input, "normalize": ["trim"] in the contract
  local parts = input.note_id:split(",")
  --> 31 warning W0674: strings have no 'split', unless a module gives it to them: write for part in s:gmatch("[^,]+") do
  if input.note_id:uper() == "x" then title = ("a"):frobnicate() end
  --> 20 warning W0674: strings have no 'uper', unless a module gives it to them: did you mean 'upper'?
  --> 53 warning W0674: strings have no 'frobnicate', unless a module gives it to them: there are byte, char
  return { id = title .. #parts }
end

---- note: what strings have, here or by the file's own doing
function string.trim(s) return s:match("^%s*(.-)%s*$") end

return function(input, ctx)
  local title = input.title:trim():sub(1, 3)
  for part in string.gmatch(input.note_id, "[^,]+") do title = title .. part:reverse() end
  if string.trim and input.items.size then title = title:upper() end
  return { id = title }
end

---- note: more than a code
return function(input, ctx)
  if input.size == 1 then ctx.fail("no_such_note", "There is none") end
  --> 52 warning W0675: ctx.fail takes a code alone: nobody sees this: status and title of an error are the contract's (note.json:63)
  return { id = input.note_id }
end
