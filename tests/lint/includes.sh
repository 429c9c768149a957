#!/bin/sh
# Checks that includes under runtime/ point one way, as docs and CMakeLists.txt have it:
#   cli, lua_module -> testing -> process -> config -> http -> dispatch -> {checks, describe} -> contract -> {sandbox, store, schema} -> base
#   cli, process -> advice -> contract
# that they are written from the root of runtime/, and that a foreign library is known to its own layer
# only: sqlite3.h to store/, lua.h and its kin to sandbox/guest/ and lua_module/, llhttp.h to http/; OpenSSL to
# base/signature.c and http/tls*. The guest is compiled apart from all: it may include only its own files, by
# their plain names, and what it shares with the host, ../boundary.h. Says file and line of each breach, and
# fails if there is one.
# A folder may be named instead of the repository's runtime/ (for testing this check).
set -eu
cd "${1:-$(dirname "$0")/../../runtime}"
find . -name '*.[ch]' | LC_ALL=C sort | xargs awk '
BEGIN {
  level["base"] = 1; level["store"] = 2; level["sandbox"] = 2; level["schema"] = 2; level["contract"] = 3
  level["checks"] = 4; level["describe"] = 4; level["advice"] = 4; level["dispatch"] = 5; level["http"] = 6; level["config"] = 7; level["process"] = 8
  level["testing"] = 9; level["cli"] = 10; level["lua_module"] = 10; level["include"] = 10
  home["guest_w2c.h"] = "sandbox" # generated: the guest as C
  home["sqlite3.h"] = "store"; home["llhttp.h"] = "http"
  home["lua.h"] = home["lualib.h"] = home["lauxlib.h"] = home["luaconf.h"] = "sandbox/guest/ or lua_module"
}
function is_at_home(header,   homes, count, i) {
  count = split(home[header], homes, "/ or ")
  for (i = 1; i <= count; i++) if (index(file, homes[i] "/") == 1) return 1
  return 0
}
function breach(text) { printf "runtime/%s:%d: %s\n", file, FNR, text; breaches++ }
FNR == 1 {
  file = substr(FILENAME, 3)
  layer = file ~ /\// ? file : "cli" # main.c
  sub(/\/.*/, "", layer)
  if (!(layer in level)) breach("runtime/" layer "/ is no layer")
}
match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]*/) {
  name = substr($0, RSTART, RLENGTH)
  sub(/^[^"<]*["<]/, "", name)
  last = name; sub(/.*\//, "", last)
  if (last in home && !is_at_home(last))
    breach("only " home[last] "/ may include " last)
  if (name ~ /^openssl\// && file !~ /^(base\/signature|http\/tls(_[a-z]+)?)\.[ch]$/)
    breach("only base/signature.c and http/tls* may include " name)
  if ($0 !~ /include[ \t]*"/ || last in home) next
  target = name; sub(/\/.*/, "", target)
  if (file ~ /^sandbox\/guest\//) {
    if (name ~ /\// && name != "../boundary.h")
      breach("the guest may include only itself and ../boundary.h, not " name)
  } else if (name !~ /\// && name != "writ.h")
    breach(name " is not written from the root of runtime/")
  else if (name ~ /\// && !(target in level))
    breach(name " lies in no layer")
  else if (target in level && target != layer && level[target] >= level[layer])
    breach(layer "/ may not include " name)
}
END { exit breaches > 0 }
'
