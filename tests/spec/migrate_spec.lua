-- `writ migrate`, migrations at start, and both beside a server or another process.
local servers = require "support.server"
local folder = require "support.folder"
local socket = require "socket"
local json = require "cjson"

local key = "WRIT_AUDIT_KEY=" .. ("5a"):rep(32)
local policy = folder.base["contracts/policy.json"]
local with_tags = policy:gsub('"notes": {', '"tags": { "shared": "It is tested" }, "notes": {')
local tags = "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;\n"

describe("writ migrate", function()
  local path, remove, data

  local function make(files)
    local all = { ["contracts/notes/one.json"] = folder.contract() }
    for name, text in pairs(files or {}) do all[name] = text end
    path, remove = folder.make(all)
    data = path .. "/data"
    os.execute("mkdir " .. data)
  end

  local function write(name, text)
    servers.write_file(path .. "/" .. name, text)
  end

  local function add_tags()
    write("contracts/migrations/0002_tags.sql", tags)
    write("contracts/policy.json", with_tags)
  end

  -- Gives both outputs and the exit code.
  local function migrate(arguments)
    return servers.capture(("%s %s migrate %s %s 2>&1 </dev/null"):format(key, servers.quote(servers.writ), arguments, path))
  end

  local function expect(expected, arguments, ...)
    local out, code = migrate(arguments)
    assert.equal(expected, code, out)
    for _, text in ipairs { ... } do assert.truthy(out:find(text, 1, true), out) end
    return out
  end

  local function states()
    local found = {}
    for i, row in ipairs(json.decode((servers.run("migrate status --json " .. path)))) do
      assert.equal(row.state == "pending" or row.state == "out of order", row.applied == json.null)
      found[i] = row.name .. " " .. row.state
    end
    return table.concat(found, ", ")
  end

  local function query(sql)
    return (servers.capture(("sqlite3 %s/writ.db %s"):format(data, servers.quote(sql))):gsub("%s+$", ""))
  end

  local function recorded()
    return query "SELECT group_concat(json_extract(resource, '$.migration')) FROM writ_audit WHERE action = 'migration'"
  end

  local function expect_intact()
    local out, code = servers.capture(("%s %s audit verify %s 2>&1"):format(key, servers.quote(servers.writ), path))
    assert.equal(0, code, out)
  end

  after_each(function() remove() end)

  describe("status", function()
    it("is not said of a folder without an app", function()
      make()
      for _, command in ipairs { "status ", "up ", "up --dry-run ", "" } do
        local out, err, code = servers.run("migrate " .. command .. path .. "/stat")
        assert.equal(1, code)
        assert.equal("", out)
        assert.matches("there is no app in", err, 1, true)
      end
    end)

    it("takes no database that it cannot get at for an empty one", function()
      make()
      expect(1, "status --data " .. path .. "/contracts/policy.json", "Not a directory")
      expect(1, "up --dry-run --data " .. path .. "/contracts/policy.json", "Not a directory")
    end)

    it("says what is pending, and makes no database", function()
      make()
      expect(3, "status", "0001_base.sql", "pending")
      expect(3, "", "0001_base.sql", "pending")
      assert.is_nil(io.open(data .. "/writ.db"))
    end)

    it("says that there is no app, rather than nothing to do", function()
      make()
      for _, verb in ipairs { "status", "up", "up --dry-run" } do
        local out, err, code = servers.run("migrate " .. verb .. " " .. path .. "/nowhere")
        assert.same({ "", 1 }, { out, code })
        assert.truthy(err:find("there is no app in " .. path .. "/nowhere", 1, true), err)
      end
    end)

    it("says what is applied, changed, missing and out of order", function()
      make { ["contracts/migrations/0003_more.sql"] = "CREATE INDEX by_body ON notes (body);" }
      expect(0, "up", "applied 0001_base.sql\napplied 0003_more.sql\n")
      expect(0, "status")
      assert.equal("0001_base.sql applied, 0003_more.sql applied", states())
      write("contracts/migrations/0001_base.sql", folder.base["contracts/migrations/0001_base.sql"] .. "-- x")
      expect(1, "status", "0001_base.sql was changed")
      write("contracts/migrations/0001_base.sql", folder.base["contracts/migrations/0001_base.sql"])
      write("contracts/migrations/0002_late.sql", "SELECT 1;")
      expect(1, "status", "0002_late.sql has not been applied, but a later one has")
      os.remove(path .. "/contracts/migrations/0003_more.sql")
      assert.equal("0001_base.sql applied, 0002_late.sql out of order, 0003_more.sql missing", states())
      expect(1, "up", "0002_late.sql has not been applied")
    end)
  end)

  describe("up", function()
    it("applies what is pending, with a row in the audit log", function()
      make()
      os.execute("rmdir " .. data)
      expect(0, "up", "applied 0001_base.sql")
      add_tags()
      expect(0, "up", "applied 0002_tags.sql")
      expect(0, "up", "nothing is pending")
      assert.equal("0001_base.sql,0002_tags.sql", recorded())
      expect_intact()
    end)

    it("does nothing for an app that does not load", function()
      make()
      expect(0, "up")
      write("contracts/migrations/0002_tags.sql", tags)
      expect(1, "up", "tags: the table has no line in the policy")
      assert.equal("0001_base.sql applied, 0002_tags.sql pending", states())
    end)

    it("leaves nothing of one that fails", function()
      make()
      expect(0, "up")
      query "INSERT INTO notes VALUES ('a', 'b', 'same'), ('c', 'd', 'same')"
      write("contracts/migrations/0002_a.sql", "CREATE INDEX fine ON notes (owner_id);")
      write("contracts/migrations/0003_b.sql", "UPDATE notes SET body = 'x';\nCREATE UNIQUE INDEX one ON notes (body);")
      expect(1, "up", "contracts/migrations/0003_b.sql:2:1: error W0531: UNIQUE constraint failed: notes.body")
      assert.equal("0001_base.sql applied, 0002_a.sql applied, 0003_b.sql pending", states())
      assert.equal("2", query "SELECT count(*) FROM notes WHERE body = 'same'")
      assert.equal("0001_base.sql,0002_a.sql", recorded())
    end)

    it("changes no schema that is served", function()
      make()
      local server = servers.start { folder = path, data = data }
      add_tags()
      expect(1, "up", "another process uses it, such as a server: stop that first")
      local _, err, code = servers.run(("serve --listen 127.0.0.1:0 --data %s %s"):format(data, path))
      assert.equal(1, code)
      assert.matches("0002_tags.sql is pending, and another process uses the database", err)
      assert.equal("0001_base.sql applied, 0002_tags.sql pending", states())
      server:stop()
      expect(0, "up", "applied 0002_tags.sql")
    end)
  end)

  describe("up --dry-run", function()
    it("shows what would be different, beside a server, and changes nothing", function()
      make()
      local server = servers.start { folder = path, data = data }
      add_tags()
      local before = query "SELECT * FROM sqlite_schema" .. servers.capture("ls -A " .. data)
      expect(0, "up --dry-run", [[
would apply 0002_tags.sql
now: there is the table tags
    + CREATE TABLE tags (
    +   id INTEGER PRIMARY KEY,
    +   name TEXT NOT NULL
    + ) STRICT
]])
      assert.equal(before, query "SELECT * FROM sqlite_schema" .. servers.capture("ls -A " .. data))
      assert.equal("0001_base.sql applied, 0002_tags.sql pending", states())
      assert.equal(0, server:stop())
    end)

    it("finds out what depends on the rows, and what does not fit the contracts", function()
      make()
      expect(0, "up")
      query "INSERT INTO notes VALUES ('a', 'b', 'same'), ('c', 'd', 'same')"
      write("contracts/migrations/0002_b.sql", "CREATE UNIQUE INDEX one ON notes (body);")
      expect(1, "up --dry-run", "contracts/migrations/0002_b.sql:1:1: error W0531: UNIQUE constraint failed")
      write("contracts/migrations/0002_b.sql", tags)
      expect(1, "up --dry-run", "now: there is the table tags", "tags: the table has no line in the policy")
      assert.equal("0001_base.sql applied, 0002_b.sql pending", states())
    end)
  end)

  describe("a server", function()
    it("applies nothing with --no-migrate, and does not start while something is pending", function()
      make()
      local serve = ("serve --no-migrate --listen 127.0.0.1:0 --data %s %s"):format(data, path)
      local _, err, code = servers.run(serve)
      assert.equal(1, code)
      assert.matches("0001_base.sql is pending: apply it with `writ migrate up`", err, 1, true)
      expect(0, "up")
      servers.start({ folder = path, data = data, arguments = "--no-migrate" }):stop()
    end)

    it("starts beside another: each migration is applied once", function()
      local files = {}
      for i = 2, 30 do files[("contracts/migrations/%04d_x.sql"):format(i)] = ("CREATE INDEX i%d ON notes (body);"):format(i) end
      make(files)
      local commands = {}
      for i = 1, 3 do
        commands[i] = io.popen(("echo $$; %s exec %s serve --dev --listen 127.0.0.1:0 --data %s %s 2>&1 </dev/null"):format(
          key, servers.quote(servers.writ), data, path))
      end
      for _, command in ipairs(commands) do
        local pid = command:read "l"
        local line = command:read "l"
        while line:find "WARNING: ASan" do line = command:read "l" end
        assert.matches("serving 1 routes", line)
        os.execute("kill " .. pid)
      end
      for _, command in ipairs(commands) do command:close() end
      assert.equal("30|30", query "SELECT count(*), count(DISTINCT resource) FROM writ_audit WHERE action = 'migration'")
      expect_intact()
    end)

    it("answers no more once somebody else has changed the schema", function()
      make()
      local server = servers.start { folder = path, data = data }
      server:execute "INSERT INTO users VALUES ('ada', 'ada@example.com', 'user', 'x'); INSERT INTO notes VALUES ('n', 'bob', 'secret')"
      server:execute "VACUUM"
      assert.equal(401, server:request("GET", "/notes/n", { token = ("x"):rep(43) }).status)
      server:execute [[ALTER TABLE notes RENAME TO old; CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY,
        owner_id TEXT NOT NULL, body TEXT NOT NULL) STRICT; INSERT INTO notes SELECT id, 'ada', body FROM old]]
      local reply = server:request("GET", "/notes/n", { token = ("x"):rep(43) })
      assert.equal(503, reply.status, reply.body)
      server:stop()
    end)
  end)

  -- The last one does not end for as long as this test could wait, over the rows that are there.
  it("may be killed at any moment", function()
    make()
    expect(0, "up")
    query "INSERT INTO notes WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i, i, i FROM n"
    add_tags()
    write("contracts/migrations/0003_long.sql", [[
      CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;
      UPDATE notes SET body = 'changed';
      INSERT INTO tags (name) SELECT a.id FROM notes a, notes b, notes c, notes d;]])
    write("contracts/policy.json", (with_tags:gsub('"notes": {', '"more": { "shared": "It is tested" }, "notes": {')))
    for _, signal in ipairs { "KILL", "INT", "TERM" } do
      local command = io.popen(("%s sh -c 'echo $$; exec %s migrate up %s' 2>&1 </dev/null"):format(key, servers.writ, path))
      local pid, ended = command:read "l", socket.gettime() + 60
      -- Applied, and the next one has begun to write.
      while not (recorded():find "0002_tags.sql" and
          servers.capture(("sqlite3 %s/writ.db 'BEGIN IMMEDIATE' 2>&1"):format(data)):find "locked") do
        assert.is_true(socket.gettime() < ended)
      end
      os.execute(("kill -%s %s"):format(signal, pid))
      command:close()
      assert.equal("0001_base.sql applied, 0002_tags.sql applied, 0003_long.sql pending", states())
      assert.equal("0|0", query "SELECT (SELECT count(*) FROM tags), (SELECT count(*) FROM notes WHERE body = 'changed')")
      assert.equal("0001_base.sql,0002_tags.sql", recorded())
      expect_intact()
    end
    write("contracts/migrations/0003_long.sql", "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;")
    expect(0, "up", "applied 0003_long.sql")
  end)
end)
