-- `writ backup` and `writ restore`: beside a server that writes, dying at every step, on a full disk, and with files
-- that are not what they should be.
local servers = require "support.server"
local ledgers = require "support.ledger"
local socket = require "socket"

local key = ("5a"):rep(32)

describe("a backup", function()
  local ledger, folder, file

  local function command(verb, arguments, other_key)
    return ("WRIT_AUDIT_KEY=%s %s %s --data %s %s %s"):format(other_key or key, servers.quote(servers.writ), verb,
      ledger.data, arguments, ledger.path)
  end

  local function writ(...) return servers.capture(command(...) .. " 2>&1") end
  local function backup(arguments) return writ("backup", (arguments or "") .. " " .. file) end
  local function restore(arguments, from, other_key)
    return writ("restore", (arguments or "") .. " " .. (from or file), other_key)
  end
  local function verify() return writ("audit verify", "") end

  local function sql(path, text)
    local out, code = servers.capture(("sqlite3 %s %s 2>&1"):format(path, servers.quote(text)))
    assert.truthy(code == nil or code == 0, out)
    return (out:gsub("%s+$", ""))
  end

  local function list(path)
    local names = {}
    for name in servers.capture("ls -A " .. path):gmatch "[^\n]+" do names[#names + 1] = name end
    return names
  end

  local function database() return ledger.data .. "/writ.db" end

  local function fill(calls)
    local server = ledger:serve()
    local wanted = #ledger.acknowledged + (calls or 50)
    ledger:write({ server }, function() return #ledger.acknowledged >= wanted end)
    assert.equal(0, server:stop())
  end

  -- Enough for a copy to take a while, and not to fit where little room is.
  local function make_large()
    sql(database(), [[INSERT INTO entries SELECT new, new, 0 FROM (WITH RECURSIVE n(i) AS
      (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 8000) SELECT hex(randomblob(400)) AS new FROM n)]])
  end

  -- What of a database is the same after any copying. It must be sound.
  local function content(path)
    local out = sql(path, [[PRAGMA integrity_check; SELECT count(*), total(amount), group_concat(hash) FROM
      (SELECT amount, '' AS hash FROM entries UNION ALL SELECT 0, hex(hash) FROM writ_audit)]])
    assert.equal("ok\n", out:sub(1, 3))
    return out
  end

  -- Runs a command that dies before its n-th step (tests/faults/die_at.c), for every n until it ends by itself;
  -- `prepare` comes before each, `examine` after each death. Gives how many steps there are.
  local function die_at_each_step(line, prepare, examine)
    local folder_of_writ = servers.writ:match "^(.*)/" or "."
    for n = 1, 1000 do
      prepare()
      local out, code = servers.capture(("sh -c %s 2>&1"):format(servers.quote(
        ("ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 LD_PRELOAD=%s/tests/die_at.so WRIT_DIE_AT=%d %s; exit $?")
        :format(folder_of_writ:match "^/" and folder_of_writ or "$PWD/" .. folder_of_writ, n, line))))
      if code == 0 then return n - 1 end
      assert.equal(137, code, out)
      examine()
    end
    error "it never ends"
  end

  before_each(function()
    ledger = ledgers.new()
    folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    file = folder .. "/backup.db"
  end)

  after_each(function()
    ledger:remove()
    os.execute("rm -rf " .. folder)
  end)

  it("is one consistent file, however fast a server writes meanwhile", function()
    local server = ledger:serve()
    local made, acknowledged, running = 0, {}, nil
    ledger:write({ server }, function()
      if not running and made < 5 and #ledger.acknowledged >= 50 * (made + 1) then
        made = made + 1
        acknowledged[made] = #ledger.acknowledged
        running = assert(io.popen(command("backup", ("%s/%d.db"):format(folder, made)) .. " 2>&1; echo exit $?"))
      elseif running and #ledger.acknowledged >= acknowledged[made] + 50 then
        local out = running:read "a"
        running:close()
        running = nil
        assert.matches("exit 0", out)
      end
      return made == 5 and not running
    end)
    assert.equal(0, server:stop())
    assert.same({ "1.db", "2.db", "3.db", "4.db", "5.db" }, list(folder))
    for i = 1, 5 do
      local path = ("%s/%d.db"):format(folder, i)
      assert.equal("600", servers.capture("stat -c %a " .. path):match "%d+")
      assert.equal("delete", sql(path, "PRAGMA journal_mode"))
      assert.equal("0.0", sql(path, "SELECT total(amount) FROM entries"))
      assert.equal(sql(path, "SELECT count(DISTINCT call) FROM entries"),
        sql(path, "SELECT sum(count) FROM writ_audit WHERE action = 'moved' AND outcome = 'ok'"))
      local there = {}
      for id in sql(path, "SELECT DISTINCT call FROM entries"):gmatch "[^\n]+" do there[id] = true end
      for k = 1, acknowledged[i] do assert.truthy(there[ledger.acknowledged[k]]) end
    end
  end)

  it("holds neither the audit log's key nor another file's name", function()
    fill()
    local out, code = backup()
    assert.equal(0, code, out)
    assert.matches("audit log of %d+ rows, intact\n", out)
    assert.matches("the audit log's key is not in it: keep WRIT_AUDIT_KEY elsewhere as well", out, 1, true)
    local bytes = servers.read_file(file)
    assert.falsy(bytes:find(("\x5a"):rep(32), 1, true))
    assert.falsy(bytes:lower():find(key, 1, true))
    assert.equal(content(database()), content(file))
  end)

  it("does not write over a file unasked", function()
    fill()
    assert.equal(0, select(2, backup()))
    local before = servers.read_file(file)
    fill()
    local out, code = backup()
    assert.equal(1, code)
    assert.matches("is there already; --force writes over it", out, 1, true)
    assert.equal(before, servers.read_file(file))
    assert.equal(0, select(2, backup "--force"))
    assert.equal(content(database()), content(file))
    assert.same({ "backup.db" }, list(folder))
  end)

  it("takes the place of no file of the database itself, nor of what is no file", function()
    fill()
    local server = ledger:serve()
    local other = folder .. "/data"
    os.execute(("ln -s %s %s; mkfifo %s/fifo"):format(ledger.data, other, folder))
    local inodes = servers.capture("stat -c '%i %n' " .. database() .. "*")
    for _, path in ipairs { database(), other .. "/writ.db", database() .. "-wal", database() .. ".old", folder .. "/fifo" } do
      local out, code = writ("backup", "--force " .. path)
      assert.equal(1, code, path)
      assert.matches("no backup was made: " .. path, out, 1, true)
    end
    assert.equal(inodes, servers.capture("stat -c '%i %n' " .. database() .. "*"))
    assert.equal("fifo", servers.capture(("stat -c %%F %s/fifo"):format(folder)):match "%S+")
    assert.equal(0, server:stop())
    assert.equal(0, select(2, verify()))
  end)

  it("is none if the log is not intact, and says so if there is no key", function()
    fill()
    local trigger = sql(database(), "SELECT sql FROM sqlite_schema WHERE name = 'writ_audit_no_update'")
    sql(database(), "DROP TRIGGER writ_audit_no_update; UPDATE writ_audit SET count = 7 WHERE id = 9; " .. trigger)
    local out, code = backup()
    assert.equal(1, code)
    assert.matches("no backup was made: audit row 9 ", out, 1, true)
    assert.same({}, list(folder))
    out, code = servers.capture(command("backup", file):gsub("^%S+", "env -u WRIT_AUDIT_KEY") .. " 2>&1")
    assert.equal(0, code, out)
    assert.matches("there is no key, so the audit log was not verified", out, 1, true)
    assert.equal(1, select(2, restore()))
  end)

  it("leaves nothing on a full disk", function()
    fill()
    make_large()
    local limited = ("sh -c %s 2>&1"):format(servers.quote("ulimit -f 2000; exec env " .. command("backup", file)))
    local out, code = servers.capture(limited)
    assert.equal(1, code, out)
    assert.matches("no backup was made: ", out, 1, true)
    assert.same({}, list(folder))
    assert.equal(0, select(2, backup()))
  end)

  it("is the old one or the new one, whenever it dies", function()
    fill()
    assert.equal(0, select(2, backup()))
    local old, other = content(file), folder .. "/other.db"
    os.execute(("cp %s %s"):format(file, other))
    fill()
    local new = content(database())
    local replaced = 0
    local steps = die_at_each_step(command("backup", "--force " .. file),
      function() os.execute(("cp %s %s"):format(other, file)) end,
      function()
        local now = content(file)
        assert.truthy(now == old or now == new)
        if now == new then replaced = replaced + 1 end
      end)
    assert.truthy(steps > 20 and replaced > 0)
    assert.equal(new, content(file))
    assert.same({ "backup.db", "other.db" }, list(folder)) -- what the dead left is gone
  end)

  describe("that is put back", function()
    before_each(function()
      fill()
      assert.equal(0, select(2, backup()))
      fill()
    end)

    local function before()
      return (servers.capture(("ls %s.before* 2>/dev/null"):format(database())):gsub("%s+$", ""))
    end

    it("takes the place of the database, which is kept", function()
      local rows = sql(database(), "SELECT max(id) FROM writ_audit")
      local hash = sql(database(), "SELECT lower(hex(hash)) FROM writ_audit ORDER BY id DESC LIMIT 1")
      local present = content(database())
      local checkpoint = os.tmpname()
      os.execute(command("audit checkpoint", "") .. " >" .. checkpoint)

      local out, code = restore()
      assert.equal(0, code, out)
      assert.matches("kept as " .. before(), out, 1, true)
      assert.equal(present, content(before()))
      assert.equal(sql(file, "SELECT count(*) FROM entries"), sql(database(), "SELECT count(*) FROM entries"))
      assert.equal(("restored|ok||{\"before\":%s,\"hash\":\"%s\"}"):format(rows, hash),
        sql(database(), "SELECT action, outcome, handler, resource FROM writ_audit ORDER BY id DESC LIMIT 1"))
      assert.equal("600", servers.capture("stat -c %a " .. database()):match "%d+")
      assert.equal(0, select(2, verify()))
      out, code = writ("audit verify", "--against " .. checkpoint)
      assert.equal(1, code)
      assert.matches("its newest rows were cut off", out, 1, true)
      os.remove(checkpoint)
      fill() -- it serves, and the chain goes on
      ledger:check_chain()

      out, code = restore("", before()) -- and back
      assert.equal(0, code, out)
      assert.equal(sql(database(), "SELECT count(*) FROM writ_audit WHERE id <= " .. rows), rows)
    end)

    it("comes to a new machine", function()
      os.execute("rm -rf " .. ledger.data)
      local out, code = restore()
      assert.equal(0, code, out)
      assert.equal("", before())
      assert.equal(sql(file, "SELECT count(*) FROM entries"), sql(database(), "SELECT count(*) FROM entries"))
      assert.equal(0, select(2, verify()))
    end)

    it("is not mixed with the log of a database that is gone", function()
      local server = ledger:serve()
      local wanted = #ledger.acknowledged + 20
      ledger:write({ server }, function() return #ledger.acknowledged >= wanted end)
      server:kill "KILL"
      os.remove(database())
      local log = servers.read_file(database() .. "-wal")
      local out, code = restore()
      assert.equal(0, code, out)
      assert.equal(sql(file, "SELECT count(*) FROM entries"), sql(database(), "SELECT count(*) FROM entries"))
      assert.equal("restored", sql(database(), "SELECT action FROM writ_audit ORDER BY id DESC LIMIT 1"))
      assert.equal(log, servers.read_file(before():match "%S+%-wal"))
      assert.equal(0, select(2, verify()))
    end)

    it("ends sessions, unless it is told not to, and never forgets what was served", function()
      local insert = [[INSERT INTO writ_session
          (id, principal_id, started_ms, expires_ms, used_ms, idle_ms, ends_ms, label)
        VALUES (randomblob(32), 7, 0, 9000000000000, 0, 0, 9000000000000, NULL),
          (randomblob(32), 8, 0, 9000000000000, 0, 0, 9000000000000, 'a token')]]
      for arguments, sessions in pairs { [""] = "0", ["--keep-sessions"] = "2" } do
        sql(file, "DELETE FROM writ_session; DELETE FROM writ_served; " .. insert .. [[;
          INSERT INTO writ_served VALUES (3, zeroblob(32), 1)]])
        sql(database(), "INSERT OR IGNORE INTO writ_served VALUES (5, randomblob(32), 1)")
        local served = sql(database(), "SELECT version, hex(hash) FROM writ_served ORDER BY version DESC LIMIT 1")
        local out, code = restore(arguments)
        assert.equal(0, code, out)
        assert.equal(sessions, sql(database(), "SELECT count(*) FROM writ_session"))
        assert.equal(served, sql(database(), "SELECT version, hex(hash) FROM writ_served ORDER BY version DESC LIMIT 1"))
        sql(file, "INSERT INTO writ_served VALUES (9, zeroblob(32), 1)")
        assert.equal(0, select(2, restore(arguments)))
        assert.equal("9", sql(database(), "SELECT max(version) FROM writ_served"))
      end
    end)

    it("is refused unless it is a backup whose log verifies", function()
      local present = content(database())
      local function refused(message, from, other_key)
        local out, code = restore("", from, other_key)
        assert.equal(1, code, out)
        assert.matches(message, out, 1, true)
        assert.equal(present, content(database()))
        assert.equal("", before())
      end
      local other = folder .. "/other.db"
      refused("No such file", folder .. "/none.db")
      os.execute("echo no database, but a text >" .. other)
      refused("file is not a database", other)
      os.remove(other)
      sql(other, "CREATE TABLE entries (id)")
      refused("no database of Writ's", other)
      refused("the key is another", nil, ("5b"):rep(32))
      for change, message in pairs {
        ["UPDATE writ_audit SET outcome = 'failed' WHERE id = 3"] = "audit row 3 ",
        ["DELETE FROM writ_audit WHERE id = 4"] = "audit row 4 ",
        ["INSERT INTO writ_audit_base VALUES (1, 2, zeroblob(32), 0, 3, zeroblob(32))"] = "(writ_audit_base) was changed",
      } do
        os.execute(("cp %s %s"):format(file, other))
        sql(other, "DROP TRIGGER writ_audit_no_update; DROP TRIGGER writ_audit_no_delete; " .. change)
        refused(message, other)
      end
      for _, change in ipairs {
        "DROP TRIGGER writ_audit_no_delete",
        "CREATE TRIGGER t BEFORE DELETE ON writ_session BEGIN SELECT RAISE(IGNORE); END",
        "DROP TRIGGER writ_audit_no_delete; CREATE TRIGGER writ_audit_no_delete BEFORE DELETE ON writ_audit BEGIN SELECT 1; END",
        "CREATE INDEX i ON writ_session (principal_id)",
        "CREATE VIEW writ_x AS SELECT 1",
        "DROP INDEX writ_session_principal",
      } do
        os.execute(("cp %s %s"):format(file, other))
        sql(other, change)
        refused("somebody has changed them", other)
      end
      os.execute(("cp %s %s && dd if=/dev/urandom of=%s bs=4096 seek=3 count=4 conv=notrunc 2>/dev/null")
        :format(file, other, other))
      refused("", other)
    end)

    it("does not write over a backup that has the name of its own copy", function()
      os.execute(("mv %s %s.part"):format(file, database()))
      local bytes = servers.read_file(database() .. ".part")
      local out, code = restore("", database() .. ".part")
      assert.equal(1, code)
      assert.matches("give it another name", out, 1, true)
      assert.equal(bytes, servers.read_file(database() .. ".part"))
    end)

    it("waits for nobody who has the database open", function()
      local present = content(database())
      local server = ledger:serve()
      local out, code = restore()
      assert.equal(1, code)
      assert.matches("another process uses it, such as a server: stop that first", out, 1, true)
      assert.equal(0, server:stop())
      local shell = assert(io.popen(("sqlite3 %s >/dev/null 2>&1"):format(database()), "w"))
      shell:write("BEGIN; SELECT count(*) FROM entries;\n.shell echo reading >" .. folder .. "/ready\n")
      shell:flush()
      while not io.open(folder .. "/ready") do socket.sleep(0.01) end
      for _, arguments in ipairs { "", "--damaged" } do
        out, code = restore(arguments)
        assert.equal(1, code)
        assert.matches("another program has it open", out, 1, true)
      end
      shell:close()
      assert.equal(present, content(database()))
      assert.equal("", before())
    end)

    it("takes the place of a database that cannot be read only if told so", function()
      local garbage = ("garbage "):rep(1000)
      for suffix, text in pairs { [""] = garbage, ["-wal"] = garbage, ["-journal"] = "\0" .. garbage } do
        local out = assert(io.open(database() .. suffix, "w"))
        out:write(text)
        out:close()
      end
      local out, code = restore()
      assert.equal(1, code)
      assert.matches("--damaged", out, 1, true)
      out, code = restore "--damaged"
      assert.equal(0, code, out)
      local aside = before():match "^[^\n]+"
      assert.equal(garbage, servers.read_file(aside))
      assert.equal("\0" .. garbage, servers.read_file(aside .. "-journal"))
      assert.falsy(io.open(database() .. "-journal"))
      assert.equal(0, select(2, verify()))
      assert.matches("could not be read", sql(database(), "SELECT detail FROM writ_audit ORDER BY id DESC LIMIT 1"))
    end)

    it("leaves all as it was on a full disk", function()
      make_large()
      assert.equal(0, select(2, backup "--force"))
      local present, names = content(database()), list(ledger.data)
      local out, code = servers.capture(("sh -c %s 2>&1")
        :format(servers.quote("ulimit -f 2000; exec env " .. command("restore", file))))
      assert.equal(1, code, out)
      assert.equal(present, content(database()))
      assert.same(names, list(ledger.data))
      assert.equal(0, select(2, restore()))
    end)

    -- The database before was left by a server that was killed, its log not yet in it.
    it("is there whole, or the old database, whenever it dies", function()
      local server, killed = ledger:serve(), false
      ledger:write({ server }, function()
        if not killed and #ledger.acknowledged >= 150 then killed = os.execute("kill -KILL " .. server.pid) end
        return false
      end)
      server:wait()
      local template = folder .. "/template"
      os.execute(("mkdir %s && cp %s/writ.db* %s"):format(template, ledger.data, template))
      assert.truthy(servers.capture("stat -c %s " .. template .. "/writ.db-wal"):match "^[1-9]")
      local old = content(database())
      local put_back = sql(file, "SELECT count(*) FROM entries")

      local function is_kept()
        for path in before():gmatch "[^\n]+" do
          if content(path) == old then return true end
        end
        return false
      end

      local replaced, names_before = 0, nil
      local function examine()
        local names = table.concat(list(ledger.data), " ")
        local _, code = verify()
        assert.equal(0, code, names)
        if content(database()) ~= old then
          replaced = replaced + 1
          assert.equal(put_back, sql(database(), "SELECT count(*) FROM entries"))
          assert.truthy(is_kept(), names)
        end
        if names == names_before then return end -- nothing else to tidy up than after the step before
        names_before = names
        local out
        out, code = restore()
        assert.equal(0, code, out)
        assert.equal(put_back, sql(database(), "SELECT count(*) FROM entries"))
        assert.truthy(is_kept(), names)
        assert.equal("", servers.capture(("ls -d %s.part* %s.before 2>/dev/null"):format(database(), database())))
      end
      local steps = die_at_each_step(command("restore", file), function()
        os.execute(("rm -f %s/writ.db* && cp %s/* %s"):format(ledger.data, template, ledger.data))
      end, examine)
      assert.truthy(steps > 20 and replaced > 0)
    end)
  end)
end)
