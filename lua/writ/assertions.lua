-- What writ.testing adds to busted's `assert`:
--
--   assert.status(200, reply)
--   assert.problem("email_taken", reply)
--   assert.audited("profile_update", app [, { principal_id = ada.id, … }])
--   assert.rows({ { name = "Ada" } }, app, "SELECT name FROM users WHERE id = ?", ada.id)
--
-- Each can be negated (`assert.is_not.audited(…)`) and says in its failure what there was instead.

local assert = require "luassert"
local blame = require("writ.mistakes").blame
local deepcompare = require("luassert.util").deepcompare
local Reply = require("writ.callers").Reply

-- Called by writ.testing with itself, and with what its apps are.
return function(testing, App)
  local function check(value, class, what, call)
    if getmetatable(value) ~= class then blame("%s: %s is wanted, and this is a %s", call, what, type(value)) end
  end

  -- `holds(arguments…)` gives whether it is so, and what to say if that is not what was wanted.
  local function register(name, holds)
    assert:register("assertion", name, function(state, arguments)
      local ok, message = holds(table.unpack(arguments, 1, arguments.n))
      state.failure_message = message
      return ok
    end)
  end

  register("status", function(status, reply)
    check(reply, Reply, "a reply", "assert.status(STATUS, REPLY)")
    return reply.status == status, ("Expected status %s of %s"):format(status, tostring(reply))
  end)

  register("problem", function(code, reply)
    check(reply, Reply, "a reply", "assert.problem(CODE, REPLY)")
    local is_problem = reply.headers["content-type"] == "application/problem+json"
    return is_problem and reply.json.code == code, ("Expected problem %s of %s"):format(code, tostring(reply))
  end)

  -- Ids of principals are text in the fixtures' notes, and may be integers in the database.
  local function fits(row, fields)
    for name, value in pairs(fields) do
      local same = deepcompare(value, row[name])
      if not same and not (name == "principal_id" and tostring(value) == tostring(row[name])) then return false end
    end
    return true
  end

  local function describe_row(row)
    return ("  %s %s%s by %s %s"):format(row.outcome, row.action, row.reason ~= "" and ": " .. row.reason or "",
      row.principal_id == testing.null and "nobody" or row.principal_id, testing.encode(row.input))
  end

  local function describe_fields(fields)
    local parts = {}
    for name, value in pairs(fields) do parts[#parts + 1] = name .. " = " .. testing.encode(value) end
    table.sort(parts)
    return table.concat(parts, ", ")
  end

  register("audited", function(action, app, fields)
    check(app, App, "an app", "assert.audited(ACTION, APP)")
    local wanted, rows, lines = { action = action, outcome = "ok" }, app:audit(), {}
    for name, value in pairs(fields or {}) do wanted[name] = value end
    local found = false
    for i, row in ipairs(rows) do
      found = found or fits(row, wanted)
      lines[i] = describe_row(row)
    end
    return found, ("Expected an audit row with %s.\nSince the test began:\n%s"):format(describe_fields(wanted),
      #rows > 0 and table.concat(lines, "\n") or "  none")
  end)

  register("rows", function(expected, app, sql, ...)
    check(app, App, "an app", "assert.rows(EXPECTED, APP, SQL, …)")
    local rows = app:rows(sql, ...)
    return deepcompare(expected, rows), ("Expected %s of\n%s\nwhich gives %s"):format(testing.encode(expected), sql,
      testing.encode(rows))
  end)
end
