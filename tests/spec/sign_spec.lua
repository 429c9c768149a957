-- `writ sign` and `--trust`: a folder whose contracts are not those that were signed is not served, whatever was
-- done to it; handlers change freely.
local servers = require "support.server"
local folder = require "support.folder"

local app, data, keys, remove

local function shell(command) assert(os.execute(command), command) end

local function write(path, text)
  os.remove(app .. "/" .. path)
  shell(("mkdir -p '%s'"):format((app .. "/" .. path):match "^(.*)/"))
  servers.write_file(app .. "/" .. path, text)
end

local function read(path) return servers.read_file(app .. "/" .. path) end

-- Signs what is there. Options as `writ sign` has them.
local function sign(options, key)
  local out, err, code = servers.run(("sign --key %s %s %s"):format(keys .. "/" .. (key or "ours"), options or "", app))
  assert.equal("", err)
  assert.equal(0, code)
  return out
end

local function trust(...)
  local words = {}
  for _, name in ipairs { ... } do words[#words + 1] = "--trust " .. keys .. "/" .. name .. ".pub" end
  return table.concat(words, " ")
end

local function start(arguments)
  return servers.start { folder = app, data = data, arguments = arguments or trust "ours" }
end

-- The route of the base app: 401, since nobody is logged in, and so that it is served.
local function serves(arguments, expected)
  local server = start(arguments)
  local status = server:request("GET", "/notes/n1").status
  assert.equal(0, server:stop())
  assert.equal(expected or 401, status)
end

-- Gives what `writ serve` says instead of serving.
local function refused(arguments)
  local started, message = pcall(start, arguments)
  if started then
    message:stop()
    error("it was served", 2)
  end
  return message
end

local function tables()
  return servers.capture(("sqlite3 -readonly %s/writ.db 'SELECT name FROM writ_migration' 2>&1"):format(data))
end

before_each(function()
  app, remove = folder.make { ["writ.json"] = '{ "listen": "127.0.0.1:0" }\n' }
  data = servers.capture("mktemp -d"):gsub("%s+$", "")
  keys = servers.capture("mktemp -d"):gsub("%s+$", "")
  for _, name in ipairs { "ours", "theirs" } do
    local _, err, code = servers.run("sign --new-key " .. keys .. "/" .. name)
    assert.equal("", err)
    assert.equal(0, code)
  end
end)

after_each(function()
  remove()
  shell(("rm -rf '%s' '%s'"):format(data, keys))
end)

describe("signed contracts", function()
  it("are served, and so are handlers that changed", function()
    sign()
    serves()
    write("app/handlers/notes/one.lua", "return function() return { id = 'x', body = 'y' } end\n")
    write("app/lib/more.lua", "return {}\n")
    write("README.md", "beside contracts/, nothing is signed\n")
    serves()
    write("app/handlers/notes/one.lua", "return function(\n")
    serves(nil, 503) -- which costs its own route
  end)

  it("are served with any of the keys, as files or as texts", function()
    sign(nil, "theirs")
    assert.matches("not trusted", refused())
    serves(trust("ours", "theirs"))
    local text = servers.read_file(keys .. "/theirs.pub"):match "\n(ed25519:%S+)\n"
    serves("--trust=" .. text)
    serves(trust "ours" .. " --trust " .. text)
  end)

  it("need not be signed where nobody asks", function() serves "" end)

  -- what is done to the folder, then fragments that stderr must have
  local tampered = {
    { "no manifest", function() os.remove(app .. "/contracts.manifest") end, "there is no contracts.manifest", "writ sign" },
    { "a byte changed", function()
      write("contracts/notes/one.json", (read("contracts/notes/one.json"):gsub('"user"', '"uses"')))
    end, "contracts/notes/one.json: error W0807: this file was altered" },
    { "a query changed", function()
      write("contracts/queries/notes.sql", read "contracts/queries/notes.sql" .. "-- more\n")
    end, "contracts/queries/notes.sql: error W0807: this file was altered" },
    { "a migration changed", function()
      write("contracts/migrations/0001_base.sql", read "contracts/migrations/0001_base.sql" .. " ")
    end, "contracts/migrations/0001_base.sql: error W0807: this file was altered" },
    { "writ.json changed", function() write("writ.json", "{}") end, "writ.json: error W0807: this file was altered" },
    { "writ.json removed", function() os.remove(app .. "/writ.json") end, "writ.json: error W0806: this file of the manifest is missing" },
    { "a contract added", function() write("contracts/notes/two.json", folder.contract()) end,
      "contracts/notes/two.json: error W0805: this file is not in the manifest" },
    { "any file added", function() write("contracts/defs/deep/down/note.txt", "") end,
      "contracts/defs/deep/down/note.txt: error W0805: this file is not in the manifest" },
    { "a file removed", function() os.remove(app .. "/contracts/policy.json") end,
      "contracts/policy.json: error W0806: this file of the manifest is missing" },
    { "a file renamed", function()
      os.rename(app .. "/contracts/notes/one.json", app .. "/contracts/notes/two.json")
    end, "notes/one.json: error W0806: this file of the manifest is missing", "notes/two.json: error W0805: this file is not in the manifest" },
    { "two files swapped", function()
      local a, b = read "contracts/queries/notes.sql", read "contracts/queries/users.sql"
      write("contracts/queries/notes.sql", b)
      write("contracts/queries/users.sql", a)
    end, "queries/notes.sql: error W0807: this file was altered", "queries/users.sql: error W0807: this file was altered" },
    { "a file swapped for a link to the same", function()
      shell(("mv %s/contracts/policy.json %s/policy.json && ln -s ../policy.json %s/contracts/policy.json"):format(app, app, app))
    end, "contracts/policy.json: error W0105: symbolic links are not followed", "put the file itself here" },
    { "a folder swapped for a link to the same", function()
      shell(("mv %s/contracts/queries %s/queries && ln -s ../queries %s/contracts/queries"):format(app, app, app))
    end, "contracts/queries: error W0105: symbolic links are not followed" },
    { "contracts/ swapped for a link", function()
      shell(("mv %s/contracts %s/real && ln -s real %s/contracts"):format(app, app, app))
    end, "contracts: not a folder, or a symbolic link" },
    { "a FIFO added", function() shell(("mkfifo %s/contracts/x.json"):format(app)) end,
      "contracts/x.json: error W0106: this is not a regular file" },
    { "a file swapped for a FIFO", function()
      shell(("rm %s/writ.json && mkfifo %s/writ.json"):format(app, app))
    end, "writ.json: not a regular file" },
    { "the version changed", function()
      write("contracts.manifest", (read("contracts.manifest"):gsub("version 1\n", "version 2\n")))
    end, "contracts.manifest:%d+:1: error W0803: the signature is wrong" },
    { "an entry removed", function()
      write("contracts.manifest", (read("contracts.manifest"):gsub("file [^\n]*policy.json\n", "")))
      os.remove(app .. "/contracts/policy.json")
    end, "the signature is wrong" },
    { "an entry duplicated", function()
      write("contracts.manifest", (read("contracts.manifest"):gsub("file [^\n]*policy.json\n", "%0%0")))
    end, "the signature is wrong" },
    { "a path that leads out", function()
      write("contracts.manifest", (read("contracts.manifest"):gsub("contracts/policy.json", "contracts/../writ.json")))
    end, "the signature is wrong" },
    { "an absolute path", function()
      write("contracts.manifest", (read("contracts.manifest"):gsub("contracts/policy.json", "/etc/passwd")))
    end, "the signature is wrong" },
    { "a manifest cut short", function() write("contracts.manifest", read("contracts.manifest"):sub(1, -40)) end,
      "contracts.manifest:%d+:%d+: error W0802: the last line must be `signature`" },
    { "a manifest without a signature", function()
      write("contracts.manifest", (read("contracts.manifest"):gsub("signature.*", "")))
    end, "the last line must be `signature`" },
    { "an empty manifest", function() write("contracts.manifest", "") end, "the last line must be `signature`" },
    { "the manifest as a link", function()
      shell(("mv %s/contracts.manifest %s/m && ln -s m %s/contracts.manifest"):format(app, app, app))
    end, "contracts.manifest: symbolic links are not followed" },
    { "another key", function() sign("--version 2", "theirs") end, "signed by ed25519:%S+, which is not trusted here" },
    { "another key under our name", function()
      local ours = read("contracts.manifest"):match "signature (%S+)"
      sign("--version 1", "theirs")
      write("contracts.manifest", (read("contracts.manifest"):gsub("signature %S+", "signature " .. ours)))
    end, "the signature is wrong" },
    { "a signature of something else", function()
      local signature = read("contracts.manifest"):match "signature.*"
      write("contracts/policy.json", (read("contracts/policy.json"):gsub('"admin"', '"user"')))
      sign("--version 1", "theirs")
      write("contracts.manifest", (read("contracts.manifest"):gsub("signature.*", signature)))
    end, "the signature is wrong" },
  }
  for _, case in ipairs(tampered) do
    it("are not served with " .. case[1], function()
      sign()
      case[2]()
      local _, checked, code = servers.run(("check %s %s"):format(trust "ours", app))
      local _, verified, verify_code = servers.run(("sign --check %s %s"):format(trust "ours", app))
      local said = refused()
      for i = 3, #case do
        assert.matches(case[i], said)
        assert.matches(case[i], checked)
        assert.matches(case[i], verified)
      end
      assert.equal(1, code)
      assert.equal(1, verify_code)
      assert.equal(nil, io.open(data .. "/writ.db")) -- nothing was begun
    end)
  end

  it("are not served when older than the last", function()
    sign()
    local first = read "contracts.manifest"
    serves()
    write("contracts/migrations/0002_more.sql", "CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY) STRICT;\n")
    local policy = read "contracts/policy.json"
    write("contracts/policy.json", (policy:gsub('"tables": {', '"tables": { "more": { "shared": "a test" },')))
    assert.matches("since version 1:\n.*0002_more.sql.*version 2,", sign())
    serves()
    serves()

    write("contracts/policy.json", policy)
    os.remove(app .. "/contracts/migrations/0002_more.sql")
    write("contracts.manifest", first)
    local said = refused()
    assert.matches("version 1 is older than 2, which was served last", said)
    assert.matches("sign %-%-version 3", said)
    assert.matches("nothing wrong", (servers.run(("check %s %s"):format(trust "ours", app))))
  end)

  it("do not touch the database when they are refused for their version", function()
    sign "--version 5"
    serves()
    local before = tables()
    write("contracts/migrations/0002_more.sql", "CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY) STRICT;\n")
    sign "--version 4"
    assert.matches("version 4 is older than 5", refused())
    assert.equal(before, tables())
  end)

  it("are signed once in each version", function()
    sign()
    serves()
    write("contracts/defs/x.json", "{}")
    sign "--version 1"
    assert.matches("version 1 was served with other files.*%-%-version 2", refused())
    sign()
    serves()
    sign("--version 2", "theirs") -- the same files in the same version
    serves(trust("ours", "theirs"))
  end)

  it("bar no way back if they do not load", function()
    sign()
    serves()
    local first, contract = read "contracts.manifest", read "contracts/notes/one.json"
    write("contracts/notes/one.json", folder.contract(function(c) c.uses.queries = { "notes.none" } end))
    sign()
    assert.matches("notes.none", refused())
    write("contracts/notes/one.json", contract)
    write("contracts.manifest", first)
    serves()
  end)
end)

describe("writ sign", function()
  it("never overwrites a key", function()
    local before = servers.read_file(keys .. "/ours")
    local _, err, code = servers.run("sign --new-key " .. keys .. "/ours")
    assert.equal(1, code)
    assert.matches("File exists", err)
    assert.equal(before, servers.read_file(keys .. "/ours"))
    assert.equal("600\n", (servers.capture("stat -c %a " .. keys .. "/ours")))
  end)

  it("takes no key that others can read", function()
    for _, mode in ipairs { "640", "604", "620", "602" } do
      shell(("chmod %s %s/ours"):format(mode, keys))
      local out, err, code = servers.run(("sign --key %s/ours %s"):format(keys, app))
      assert.equal("", out)
      assert.equal(1, code)
      assert.matches("others can get at it", err)
      assert.matches("chmod 600", err)
    end
    shell(("chmod 400 %s/ours"):format(keys))
    sign()
  end)

  it("signs nothing that a reviewer could not see", function()
    write("contracts/notes/one.json", (read("contracts/notes/one.json"):gsub("One note", "One\u{202E} note")))
    local _, err, code = servers.run(("sign --key %s/ours %s"):format(keys, app))
    assert.equal(1, code)
    assert.matches("contracts/notes/one.json:1:%d+: error W0109: U%+202E RIGHT%-TO%-LEFT OVERRIDE", err)
    assert.equal(nil, io.open(app .. "/contracts.manifest"))
  end)

  it("asks for the version where it cannot be known", function()
    sign()
    write("contracts.manifest", "x")
    local _, err, code = servers.run(("sign --key %s/ours %s"):format(keys, app))
    assert.equal(1, code)
    assert.matches("%-%-version N", err)
    sign "--version 9"
    assert.matches("version 10,", sign())
  end)

  -- Otherwise whoever can write beside contracts/ would tell the reviewer what has changed.
  it("believes no manifest of another key", function()
    sign()
    write("contracts/policy.json", (read("contracts/policy.json"):gsub('"admin"', '"user"')))
    sign("--version 999999999999999999", "theirs")
    local theirs = read "contracts.manifest"
    local out, err, code = servers.run(("sign --key %s/ours %s"):format(keys, app))
    assert.equal("", out)
    assert.equal(1, code)
    assert.matches("another key.*%-%-version N", err)
    assert.equal(theirs, read "contracts.manifest")
    out = sign "--version 2"
    assert.matches("what has changed is not known", out)
    assert.not_matches("nothing has changed", out)
  end)

  it("signs no version that could not be read again", function()
    sign "--version 999999999999999999"
    local _, err, code = servers.run(("sign --key %s/ours %s"):format(keys, app))
    assert.equal(1, code)
    assert.matches("version 999999999999999999 is the last there is", err)
    serves()
  end)

  it("checks without a key, and says so", function()
    sign()
    local out, _, code = servers.run("sign --check " .. app)
    assert.equal(0, code)
    assert.matches("^version 1, 6 files, signed by ed25519:", out)
    assert.matches("was not asked", out)
  end)

  local misunderstood = { "", "--check --key x", "--new-key x --key y", "--key x --trust ed25519:x", "--check --version 1",
    "--check --trust", "--check --trust ed25519:short", "--check --trust /nowhere", "--new-key x folder" }
  for _, arguments in ipairs(misunderstood) do
    it("does not understand '" .. arguments .. "'", function()
      local out, err, code = servers.run("sign " .. arguments)
      assert.equal(2, code)
      assert.equal("", out)
      assert.matches("^writ: ", err)
    end)
  end

  for _, version in ipairs { "0", "-1", "x", "1x", "1000000000000000000" } do
    it("knows no version " .. version, function()
      local _, err, code = servers.run(("sign --key %s/ours --version %s %s"):format(keys, version, app))
      assert.equal(1, code)
      assert.matches("must be a number", err)
    end)
  end
end)
