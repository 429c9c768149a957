-- TLS as others see it: curl and OpenSSL's s_client against a server whose writ.json names a certificate and a key.
local folder = require "support.folder"
local servers = require "support.server"

local capture = servers.capture

local write = servers.write_file

-- Replaces a folder's certificate and key by a pair for this name.
local function make_pair(path, name, algorithm)
  local pem, code = capture(("openssl req -x509 %s -nodes -days 2 -subj /CN=%s -addext subjectAltName=IP:127.0.0.1 "
    .. "-keyout %s/new.key -out %s/new.pem 2>&1"):format(
    algorithm or "-newkey ec -pkeyopt ec_paramgen_curve:P-256", name, path, path))
  assert(not code or code == 0, pem)
  assert(os.rename(path .. "/new.key", path .. "/key.pem"))
  assert(os.rename(path .. "/new.pem", path .. "/cert.pem"))
end

local config = [[{ "tls": { "certificate": "cert.pem", "key": "key.pem" }, "reload": { "watch": %s },
  "log": { "level": "debug" } }]]

-- Who answers on this port.
local function subject_of(port)
  return capture(("timeout 20 openssl s_client -connect 127.0.0.1:%d </dev/null 2>&1"):format(port))
    :match "subject=CN ?= ?(%w+)"
end

-- Looks again and again, each time by a new client.
local function wait_for(server, condition, what)
  server:await(what, function() return condition(subject_of(server.port)) end)
end

local function is_second(name) return name == "second" end

describe("TLS", function()
  local server, path, remove

  setup(function()
    path, remove = folder.make {
      ["contracts/notes/one.json"] = folder.contract(),
      ["writ.json"] = config:format "false",
    }
    make_pair(path, "first")
    -- One worker: once one has taken something up, all have.
    server = servers.start { folder = path, dev = false, arguments = "--workers 1" }
  end)

  teardown(function()
    assert.equal(0, server:stop())
    remove()
  end)

  local function curl(arguments)
    return capture(("curl --silent --show-error --include --max-time 20 --cacert %s/cert.pem %s "
      .. "https://127.0.0.1:%d/notes/1 2>&1"):format(path, arguments, server.port))
  end

  -- What is sent first is only what makes it end after the handshake.
  local function s_client(arguments)
    return capture(("echo Q | timeout 20 openssl s_client -connect 127.0.0.1:%d %s 2>&1"):format(server.port, arguments))
  end

  it("is spoken by curl, with a certificate that it verifies", function()
    for _, version in ipairs { "--tlsv1.2 --tls-max 1.2", "--tlsv1.3", "--http1.1", "" } do
      local said = curl(version)
      assert.matches("HTTP/1.1 401 Unauthorized\r\n", said, 1, true)
      assert.matches("application/problem+json", said, 1, true)
    end
  end)

  it("keeps connections open", function()
    local said = capture(("curl --silent --verbose --max-time 20 --cacert %s/cert.pem https://127.0.0.1:%d/notes/1 "
      .. "https://127.0.0.1:%d/notes/2 2>&1"):format(path, server.port, server.port))
    assert.matches("Re%-using existing connection", said)
    assert.equal(2, select(2, said:gsub("< HTTP/1.1 401", "")))
  end)

  it("is 1.2 or 1.3 with forward secrecy, without compression and renegotiation", function()
    local said = s_client "-tls1_2"
    assert.matches("Cipher is ECDHE%-ECDSA%-[%w-]+GCM", said)
    assert.matches("Compression: NONE", said, 1, true)
    assert.matches("TLSv1.3", s_client "", 1, true)
    assert.matches("alert protocol version", s_client "-tls1_1 -cipher DEFAULT:@SECLEVEL=0", 1, true)
    assert.matches("handshake failure", s_client "-tls1_2 -cipher AES128-GCM-SHA256", 1, true)
    assert.matches("handshake failure", s_client "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA", 1, true)
  end)

  it("agrees on HTTP/1.1, and on nothing else", function()
    assert.matches("ALPN protocol: http/1.1", s_client "-alpn h2,http/1.1", 1, true)
    assert.matches("no application protocol", s_client "-alpn h2", 1, true)
    server:await_log "TLS with 127.0.0.1 has failed: no application protocol" -- said once the alert is sent
  end)

  it("resumes no session", function()
    for _, version in ipairs { "-tls1_2", "-tls1_3" } do
      local said = s_client(version .. " -reconnect")
      assert.matches("New, TLSv1", said, 1, true)
      assert.is_nil(said:find("Reused", 1, true))
      assert.is_nil(said:find("session ticket", 1, true))
    end
  end)

  it("tells those who speak none", function()
    local reply = server:request("GET", "/notes/1")
    assert.equal(400, reply.status)
    assert.matches("this port speaks TLS", reply.json.title, 1, true)
    assert.equal("close", reply.headers.connection)
  end)

  it("takes up a new certificate on SIGHUP, and no wrong one", function()
    assert.equal("first", subject_of(server.port))
    capture(("mkfifo %s/requests"):format(path))
    local client = io.popen(("timeout 60 openssl s_client -quiet -connect 127.0.0.1:%d <%s/requests 2>/dev/null"):format(
      server.port, path))
    local requests = assert(io.open(path .. "/requests", "w"))
    requests:setvbuf "no"
    requests:write "GET /notes/1 HTTP/1.1\r\nHost: a\r\n\r\n"
    assert.equal("HTTP/1.1 401 Unauthorized\r", client:read "l")

    make_pair(path, "second", "-newkey rsa:2048")
    assert.equal("first", subject_of(server.port))
    os.execute("kill -HUP " .. server.pid)
    wait_for(server, is_second, "the new certificate is not served")
    assert.matches("HTTP/1.1 401 ", curl "", 1, true)

    write(path .. "/cert.pem", "no certificate")
    os.execute("kill -HUP " .. server.pid)
    server:await_log "there is no certificate in it"
    assert.equal("second", subject_of(server.port))

    requests:write "GET /notes/2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert.matches("HTTP/1.1 401 Unauthorized\r.*Connection: close", client:read "a")
    requests:close()
    client:close()
  end)
end)

describe("a server that is to speak TLS", function()
  local path, remove

  before_each(function()
    path, remove = folder.make { ["contracts/notes/one.json"] = folder.contract(), ["writ.json"] = config:format "true" }
    make_pair(path, "first")
  end)
  after_each(function() remove() end)

  local function start()
    local out, err, code = servers.run(("serve --listen 127.0.0.1:0 --data %s/data %s"):format(path, path))
    assert.equal("", out)
    assert.not_equal(0, code)
    return err
  end

  it("does not start without its files", function()
    os.remove(path .. "/key.pem")
    assert.matches("writ.json: tls.key: .*/key.pem: No such file", start())
    os.remove(path .. "/cert.pem")
    assert.matches("writ.json: tls.certificate: .*/cert.pem: No such file", start())
  end)

  it("does not start with the key of another certificate", function()
    local key = servers.read_file(path .. "/key.pem")
    make_pair(path, "second")
    write(path .. "/key.pem", key)
    assert.matches("tls.key: it is not the key of tls.certificate", start(), 1, true)
  end)

  it("takes up a new certificate when the files change", function()
    local server = servers.start { folder = path, dev = false, arguments = "--workers 1" }
    assert.equal("first", subject_of(server.port))
    make_pair(path, "second")
    wait_for(server, is_second, "the new certificate is not served")
    assert.equal(0, server:stop())
  end)

  it("says that its certificate has expired, and starts", function()
    local said, code = capture(("openssl x509 -new -subj /CN=old -key %s/key.pem -days -1 -out %s/cert.pem 2>&1"):format(
      path, path))
    assert(not code or code == 0, said)
    local server = servers.start { folder = path, dev = false }
    assert.matches("tls.certificate: it has expired", server:log(), 1, true)
    assert.equal(0, server:stop())
  end)
end)
