-- `writ validate`: documents against a schema, as files and as lines, friendly and hostile.
local servers = require "support.server"
local json = require "cjson"
json.decode_max_depth(2000)

local folder

local function write(name, text)
  local path = folder .. "/" .. name
  servers.write_file(path, text)
  return path
end

-- Runs `writ validate ARGUMENTS` in the folder; gives stdout, stderr, exit code. `input` goes to stdin.
local function validate(arguments, input)
  local stdin = write("stdin", input or "")
  local writ = servers.capture("realpath " .. servers.quote(servers.writ)):gsub("%s+$", "")
  local out, code = servers.capture(("cd %s && timeout 60 %s validate %s <%s 2>stderr"):format(folder,
    servers.quote(writ), arguments, stdin))
  return out, servers.read_file(folder .. "/stderr"), code
end

-- One question; gives its answer, decoded, and the exit code.
local function ask(line, options)
  local out, err, code = validate("--stdin " .. (options or ""), line .. "\n")
  assert.equal("", err)
  assert.equal(1, select(2, out:gsub("\n", "")), out)
  return json.decode(out), code
end

local function nested(open, close, depth) return open:rep(depth) .. close:rep(depth) end

describe("writ validate", function()
  setup(function()
    folder = servers.capture("mktemp -d"):gsub("%s+$", "")
    os.execute("mkdir -p " .. folder .. "/schemas/defs")
    write("schemas/user.json", [[{
  "type": "object",
  "properties": { "email": { "$ref": "defs/email.json" }, "age": { "type": "integer", "minimum": 0 } },
  "required": ["email"]
}]])
    write("schemas/defs/email.json", '{ "type": "string", "format": "email" }')
    write("schemas/list.json", '{ "items": { "$ref": "user.json" } }')
    write("schemas/defs/up.json", '{ "$ref": "../user.json#/properties/age" }')
    write("ada.json", '{ "email": "ada@example.com", "age": 36 }')
    write("eve.json", '{\n  "email": "eve@",\n  "age": -1.5\n}')
    write("none.json", '{\n  "email" }')
  end)
  teardown(function() os.execute("rm -rf '" .. folder .. "'") end)

  describe("with files", function()
    it("says nothing is wrong", function()
      local out, err, code = validate "schemas/user.json ada.json ada.json"
      assert.same({ "2 documents, nothing wrong\n", "", 0 }, { out, err, code })
    end)
    it("says where each document is wrong", function()
      local out, err, code = validate "schemas/user.json ada.json eve.json none.json"
      assert.equal('eve.json:2:12: /email must be an email address; got "eve@"\n'
        .. "eve.json:3:10: /age must be a whole number; got -1.5\n"
        .. "none.json:2:11: is not JSON: a colon must follow\n", out)
      assert.same({ "2 of 3 documents not valid\n", 1 }, { err, code })
    end)
    it("answers in JSON", function()
      local out, err, code = validate "--json schemas/user.json ada.json eve.json none.json"
      assert.same({ "", 1 }, { err, code })
      assert.same({ valid = false, documents = {
        { file = "ada.json", valid = true, errors = {} },
        { file = "eve.json", valid = false, errors = {
          { line = 2, column = 12, instance = "/email", schema = "schemas/defs/email.json#/format", keyword = "format",
            message = 'must be an email address; got "eve@"' },
          { line = 3, column = 10, instance = "/age", schema = "/properties/age/type", keyword = "type",
            message = "must be a whole number; got -1.5" },
        } },
        { file = "none.json", valid = false, errors = {
          { line = 2, column = 11, instance = "", schema = "", keyword = "", message = "is not JSON: a colon must follow" },
        } },
      } }, json.decode(out))
    end)
    it("reads a document from standard input", function()
      local out, _, code = validate("schemas/user.json -", '{"email":"eve@"}')
      assert.same({ '-:1:10: /email must be an email address; got "eve@"\n', 1 }, { out, code })
    end)
    it("follows references from file to file, wherever it is called", function()
      local out, _, code = validate("$PWD/schemas/list.json -", '[{"email":"a@b.c"},{}]')
      assert.same({ "-:1:20: /1/email is required\n", 1 }, { out, code })
      out, _, code = validate("schemas/defs/up.json -", "-1")
      assert.same({ "-:1:1: must be at least 0; got -1\n", 1 }, { out, code })
    end)
    it("looks for URIs in the folder of --map", function()
      write("remote.json", '{ "$ref": "https://example.com/schemas/user.json" }')
      local _, err, code = validate "remote.json ada.json"
      assert.equal(2, code)
      assert.matches("remote.json:1:11: error W0217: there is no 'https://example.com/schemas/user.json'", err, 1, true)
      _, _, code = validate "--map https://example.com/schemas/=schemas remote.json ada.json"
      assert.equal(0, code)
    end)
    it("checks formats unless --no-format", function()
      local out, _, code = validate("--no-format schemas/user.json -", '{"email":"eve@"}')
      assert.same({ "1 document, nothing wrong\n", 0 }, { out, code })
    end)
    it("refuses unknown keywords with --strict", function()
      write("typo.json", '{ "maxLenght": 3 }')
      assert.equal(0, select(3, validate "typo.json ada.json"))
      local _, err, code = validate "--strict typo.json ada.json"
      assert.equal(2, code)
      assert.matches("typo.json:1:3: error W0201: .*'maxLenght'.*'maxLength'", err)
    end)
    it("gives 2 for a schema or a file that cannot be used", function()
      write("wrong.json", '{ "type": "strng" }')
      local cases = {
        { "wrong.json ada.json", "wrong.json:1:11: error W0205: 'strng' is not a type; did you mean 'string'?" },
        { "none.json ada.json", "none.json:2:11: error W0102: this is not JSON: a colon must follow" },
        { "missing.json ada.json", "missing.json: No such file or directory" },
        { "schemas ada.json", "schemas: Is a directory" },
        { "schemas/user.json missing.json", "missing.json: No such file or directory" },
        { "", "needs a schema and a document" },
        { "schemas/user.json", "needs a schema and a document" },
        { "--stdin ada.json", "takes neither files nor --json" },
        { "--map x ada.json ada.json", "needs URI=FOLDER" },
        { "--nope ada.json ada.json", "--nope is not understood" },
      }
      for _, case in ipairs(cases) do
        local _, err, code = validate(case[1])
        assert.same({ case[1], 2 }, { case[1], code })
        assert.matches(case[2], err, 1, true)
      end
      local out = validate "--json wrong.json ada.json"
      assert.matches("^wrong.json:1:11: error W0205: 'strng'", json.decode(out).error)
    end)
    it("explains itself", function()
      local out, _, code = validate "--help"
      assert.equal(0, code)
      assert.matches("examples: writ validate", out, 1, true)
    end)
  end)

  describe("with lines", function()
    it("answers each", function()
      local out, err, code = validate("--stdin", '{"schema":{"type":"integer"},"data":1}\n'
        .. '{"data":{"a":"x"},"schema":{"properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"minLength":2}}}}\n'
        .. '{"schema":false,"data":null}') -- the last one does not end
      assert.same({ "", 0 }, { err, code })
      assert.equal('{"valid":true,"errors":[]}\n'
        .. '{"valid":false,"errors":[{"instance":"/a","schema":"/$defs/n/minLength","keyword":"minLength",'
        .. '"message":"must have at least 2 characters; has 1"}]}\n'
        .. '{"valid":false,"errors":[{"instance":"","schema":"","keyword":"","message":"is not allowed"}]}\n', out)
    end)
    it("answers before the next one is asked", function()
      os.execute(("mkfifo %s/in %s/out"):format(folder, folder))
      os.execute(("timeout 60 %s validate --stdin <%s/in >%s/out &"):format(servers.quote(servers.writ), folder, folder))
      local questions, answers = assert(io.open(folder .. "/in", "w")), assert(io.open(folder .. "/out"))
      for number = 1, 3 do
        questions:write(('{"schema":{"const":2},"data":%d}\n'):format(number))
        questions:flush()
        assert.equal(number == 2, json.decode(answers:read "l").valid)
      end
      questions:close()
      assert.is_nil(answers:read "l")
      answers:close()
    end)
    it("goes on after a line that is no question, and ends with 1", function()
      local lines = {
        { "", "the line is not JSON" },
        { "   ", "the line is not JSON" },
        { "nonsense", "the line is not JSON" },
        { "[1,2]", 'must be an object with "schema" and "data"' },
        { '{"schema":{}}', 'must be an object with "schema" and "data"' },
        { '{"schema":{},"data":1,"data":2}', "the line is not JSON" },
        { '{"schema":5,"data":1}', "schema" },
        { '{"schema":{"type":"strng"},"data":1}', "'strng' is not a type; did you mean 'string'?" },
        { '{"schema":{"$ref":"ada.json"},"data":1}', "there is no 'ada.json' to refer to" },
        { '{"schema":{"$ref":"/etc/hostname"},"data":1}', "there is no 'etc/hostname' to refer to" },
        { '{"schema":{"allOf":[{"$ref":"#"}]},"data":1}', "refers to itself" },
        { '{"schema":{"pattern":"("},"data":1}', "the pattern is wrong" },
      }
      local input = ""
      for _, line in ipairs(lines) do input = input .. line[1] .. "\n" end
      local out, err, code = validate("--stdin", input .. '{"schema":{},"data":1}\n')
      assert.same({ "", 1 }, { err, code })
      local number = 0
      for answer in out:gmatch "[^\n]+" do
        number = number + 1
        if lines[number] then
          assert.matches(lines[number][2], json.decode(answer).error, 1, true)
        else
          assert.is_true(json.decode(answer).valid)
        end
      end
      assert.equal(#lines + 1, number)
    end)
    it("says that a line is too long, and goes on", function()
      local question = '{"schema":{"type":"string"},"data":"%s"}'
      local most = 16 * 1024 * 1024
      local room = most - #question:format ""
      local out, _, code = validate("--stdin", table.concat({ question:format(("x"):rep(room)),
        question:format(("x"):rep(room + 1)), ("x"):rep(3 * most), question:format "x" }, "\n"))
      assert.equal(1, code)
      local long = '{"error":"the line is longer than 16 MB"}\n'
      local valid = '{"valid":true,"errors":[]}\n'
      assert.equal(valid .. long .. long .. valid, out)
    end)
    it("bounds the nesting of data and schemas", function()
      assert.is_true(ask('{"schema":{"type":"array"},"data":' .. nested("[", "]", 900) .. "}").valid)
      assert.matches("deep", ask('{"schema":{},"data":' .. nested("[", "]", 100000) .. "}").error)
      assert.matches("deep", ask('{"schema":' .. nested('{"not":', "", 100000) .. "{}" .. ("}"):rep(100001)).error)
      assert.matches("nested too deeply", ask('{"schema":' .. nested('{"not":', "", 500) .. "{}" .. ("}"):rep(500)
        .. ',"data":1}').error)
      local answer = ask('{"schema":{"$id":"x:y","items":{"$ref":"#"}},"data":' .. nested("[", "]", 900) .. "}")
      assert.is_false(answer.valid)
      assert.equal("is too large or too complex to be checked", answer.errors[1].message)
    end)
    it("refuses what is not UTF-8, and never answers with it", function()
      assert.matches("UTF%-8", ask('{"schema":{},"data":"\xff\xfe"}').error)
      assert.matches("UTF%-8", ask('{"schema":{},"data":"\xed\xa0\x80"}').error)
      assert.matches("the line is not JSON", ask('{"schema":{},"data":"\0"}').error)
      assert.matches("the line is not JSON", ask('{"schema":{},"data":"\\ud800"}').error)
      local answer = ask '{"schema":{"const":1},"data":"a\\u0000b\\u001b[2J\\n\\u202e"}'
      assert.equal([[must be 1; got "a\u0000b\u001b[2J\n\u202e"]], answer.errors[1].message)
    end)
    it("takes huge numbers as they are, or refuses them", function()
      assert.is_true(ask('{"schema":{"maximum":9223372036854775807},"data":9223372036854775807}').valid)
      assert.is_false(ask('{"schema":{"maximum":9223372036854775806},"data":9223372036854775807}').valid)
      assert.is_true(ask('{"schema":{"multipleOf":1e-300},"data":1e300}').valid)
      assert.is_false(ask('{"schema":{"type":"integer"},"data":1e-300}').valid)
      assert.matches("the line is not JSON", ask('{"schema":{},"data":1e999}').error)
      assert.is_true(ask('{"schema":{"type":"integer"},"data":' .. ("9"):rep(300) .. "}").valid)
      assert.is_true(ask('{"schema":{"maxLength":1e300},"data":"x"}').valid)
    end)
    it("gives up on patterns that explode", function()
      local answer = ask('{"schema":{"pattern":"^(a+)+$"},"data":"' .. ("a"):rep(5000) .. '!"}')
      assert.is_false(answer.valid)
      assert.matches("too complex to be checked", answer.errors[1].message, 1, true)
      answer = ask('{"schema":{"patternProperties":{"^(a|a)*$":false}},"data":{"' .. ("a"):rep(5000) .. '!":1}}')
      assert.is_false(answer.valid)
    end)
    it("never shows a password", function()
      local out = validate("--stdin", '{"schema":{"properties":{"p":{"$ref":"#/$defs/p"}},"$defs":{"p":{"format":"password",'
        .. '"minLength":20,"const":"s3cret-a"}}},"data":{"p":"s3cret-b"}}\n')
      assert.is_false(json.decode(out).valid)
      assert.is_nil(out:find("s3cret-b", 1, true))
    end)
  end)
end)
