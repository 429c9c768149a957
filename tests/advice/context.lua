---- note: members that ctx does not have
return function(input, ctx)
  ctx.fial("no_such_note")
  --> 7 error W0633: ctx has no 'fial': did you mean 'fail'?
  ctx.logger("x")
  --> 7 error W0633: ctx has no 'logger': it is ctx.log
  local token = ctx.headers["Authorization"]
  --> 21 error W0633: ctx has no 'headers': no header reaches a handler
  if ctx.user then ctx.fail("no_such_note") end
  --> 10 warning W0633: ctx has no 'user': who calls is ctx.principal, with its id and roles
  return { id = ctx.principal.email, title = ctx.request.method .. ctx.request.body }
  --> 31 error W0633: ctx.principal has no 'email': it has id and roles
  --> 80 error W0633: ctx.request has no 'body': it has id, method, route and address
end

---- note: an error that is not declared
return function(input, ctx)
  if input.size == 1 then ctx.fail("no_such_note") end
  if input.size == 2 then ctx.fail "forbidden" end
  --> 36 error W0631: the contract declares no error 'forbidden': it declares no_such_note and title_taken (note.json:63)
  if input.size == 3 then ctx.fail() end
  --> 27 error W0632: ctx.fail wants the code of an error that the contract declares: it declares no_such_note and title_taken (note.json:63)
  if input.size == 4 then ctx.fail(404) end
  --> 36 error W0632: ctx.fail wants the code of an error that the contract declares: it declares no_such_note and title_taken (note.json:63)
  if input.size == 5 then ctx.fail { code = "title_taken" } end
  --> 36 error W0632: ctx.fail wants the code of an error that the contract declares: it declares no_such_note and title_taken (note.json:63)
  return { id = input.note_id }
end

---- nothing: an error where none is declared
return function(input, ctx)
  ctx.fail("not_found")
  --> 12 error W0631: the contract declares no error 'not_found': it declares none (nothing.json:8)
end

---- note: errors by error()
return function(input, ctx)
  if input.size == 1 then error("no_such_note") end
  --> 27 warning W0673: error() makes this a 500: the contract's 'no_such_note' is raised by ctx.fail: write ctx.fail("no_such_note")
  if input.size == 2 then error("this cannot be") end
  return { id = input.note_id }
end

---- note: values that are called, and no sleep
return function(input, ctx)
  local now, id = ctx.now(), ctx.new_id()
  --> 19 error W0636: ctx.now is a value, no function: write ctx.now without parentheses
  --> 30 error W0636: ctx.new_id is a value, no function: write ctx.new_id without parentheses
  ctx.sleep(10)
  --> 7 error W0634: the contract does not grant ctx.sleep: only a contract that writes nothing can have it, by "uses": { "sleep": true } (note.json:21)
  return { id = id }
end

---- register: nobody is signed in
return function(input, ctx)
  ctx.log(ctx.principal.id)
  --> 25 error W0635: ctx.principal is nil here: the contract asks for nobody to be signed in (register.json:5)
  return ctx.db.users.register(), 201
end

---- register: it is asked whether somebody is
return function(input, ctx)
  if ctx.principal then ctx.log(ctx.principal.id) end
  return ctx.db.users.register(), 201
end

---- several: what is granted, and what is added to ctx
return function(input, ctx)
  ctx.sleep(1)
  ctx.cache = {}
  ctx.cache.x = ctx.now .. ctx.new_id .. ctx.principal.roles[1] .. ctx.request.address
  return { id = ctx.cache.x }
end

---- note: members of functions
return function(input, ctx)
  ctx.log.info("x")
  --> 11 error W0633: ctx.log has no 'info': it is a function: ctx.log(…)
  return { id = input.note_id }
end
