-- An identity provider: keys made by the openssl command, their public halves as a key set, tokens signed by them.
--
--   local provider = require("support.provider").new()
--   provider:key("a", "RS256")
--   provider:token("a", { sub = "ada", … })
--   provider:write(path)
local json = require "cjson"
local mime = require "mime"
local servers = require "support.server"

local M = {}
local Provider = {}
Provider.__index = Provider

local function base64(bytes)
  return (mime.b64(bytes):gsub("[+/=]", { ["+"] = "-", ["/"] = "_", ["="] = "" }))
end

local function hex_to_bytes(hex)
  return (hex:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

-- DER's INTEGER as 32 bytes.
local function padded(bytes)
  bytes = bytes:gsub("^\0+", "")
  return ("\0"):rep(32 - #bytes) .. bytes
end

-- ECDSA's DER as r and s.
local function raw(der)
  local length, numbers = der:match "^0.\2(.)(.*)$"
  local r, s = numbers:sub(1, length:byte()), numbers:sub(length:byte() + 3)
  return padded(r) .. padded(s)
end

local kinds = {}

kinds.RS256 = {
  make = "genrsa -out %s 2048",
  jwk = function(file)
    local modulus = servers.capture(("openssl rsa -in %s -noout -modulus 2>/dev/null"):format(file))
    return { kty = "RSA", n = base64(hex_to_bytes(modulus:match "=(%x+)")), e = "AQAB" }
  end,
  sign = "dgst -sha256 -sign %s %s",
}
kinds.ES256 = {
  make = "ecparam -name prime256v1 -genkey -noout -out %s",
  jwk = function(file)
    local der = servers.capture(("openssl ec -in %s -pubout -outform DER 2>/dev/null"):format(file))
    return { kty = "EC", crv = "P-256", x = base64(der:sub(-64, -33)), y = base64(der:sub(-32)) }
  end,
  sign = "dgst -sha256 -sign %s %s",
  raw = raw,
}
kinds.EdDSA = {
  make = "genpkey -algorithm ed25519 -out %s",
  jwk = function(file)
    local der = servers.capture(("openssl pkey -in %s -pubout -outform DER 2>/dev/null"):format(file))
    return { kty = "OKP", crv = "Ed25519", x = base64(der:sub(-32)) }
  end,
  sign = "pkeyutl -sign -rawin -inkey %s -in %s",
}
kinds.HS256 = {
  make = "rand -hex -out %s 32",
  jwk = function(file) return { kty = "oct", k = base64((servers.read_file(file):gsub("%s", ""))) } end,
}

function M.new()
  local folder = servers.capture("mktemp -d"):gsub("%s+$", "")
  return setmetatable({ folder = folder, keys = {} }, Provider)
end

function Provider:stop() os.execute("rm -rf " .. self.folder) end

-- A new key; gives its public half, which stands in the key set from now on.
function Provider:key(kid, algorithm)
  local file, kind = self.folder .. "/" .. kid .. ".pem", kinds[algorithm]
  assert(os.execute("openssl " .. kind.make:format(file) .. " 2>/dev/null"))
  local jwk = kind.jwk(file)
  jwk.kid, jwk.alg, jwk.use = kid, algorithm, "sig"
  self.keys[kid] = { file = file, algorithm = algorithm, jwk = jwk }
  return jwk
end

function Provider:signature(kid, message)
  local key = self.keys[kid]
  if key.algorithm == "HS256" then
    return hex_to_bytes(servers.hmac(servers.read_file(key.file):gsub("%s", ""), message))
  end
  local name = self.folder .. "/message"
  local file = assert(io.open(name, "w"))
  file:write(message)
  file:close()
  local kind = kinds[key.algorithm]
  local bytes = servers.capture(("openssl " .. kind.sign):format(key.file, name))
  return kind.raw and kind.raw(bytes) or bytes
end

-- A token of these claims by the key. `header` is put over that of the key (null takes away).
function Provider:token(kid, claims, header)
  local head = { typ = "JWT", kid = kid, alg = self.keys[kid].algorithm }
  for name, value in pairs(header or {}) do head[name] = value ~= json.null and value or nil end
  local message = base64(json.encode(head)) .. "." .. base64(json.encode(claims))
  return message .. "." .. base64(self:signature(kid, message))
end

-- Puts the key set in place of what is at `path`, at once; these keys only, if they are named.
function Provider:write(path, kids)
  local set = {}
  for kid, key in pairs(self.keys) do
    if not kids or kids[kid] then set[#set + 1] = key.jwk end
  end
  M.replace(path, json.encode { keys = set })
end

function M.replace(path, text)
  local file = assert(io.open(path .. ".new", "w"))
  file:write(text)
  file:close()
  assert(os.rename(path .. ".new", path))
end

M.base64 = base64
return M
