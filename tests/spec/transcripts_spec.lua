-- Pages whose commands are typed as a reader would type them: in the example app, in a new one, or in an empty folder.
-- Each block of each page is typed, or listed under `apart` by its first line, with the reason.
local lua54 = require "support.lua54"
local transcript = require "support.transcript"
local servers = require "support.server"

local root = servers.capture "pwd":gsub("%s+$", "")
local example = ("cp -r %s/contracts %s/app %s/writ.json . && mkdir tests && cp %s/tests/fixtures.sql tests"):gsub("%%s",
  root)
local with_apps = ("%s && cp -r %s/tests/apps tests"):format(example, root)
local with_data = example .. " && writ migrate up && sqlite3 data/writ.db <tests/fixtures.sql"
local cloned = example .. [[ && sed -i s/8080/0/ writ.json && git init -q . && git add . &&
git -c user.name=Ada -c user.email=ada@example.com commit -qm "As it is" && git update-ref refs/remotes/origin/main HEAD]]
local begun = "writ init . >/dev/null"

-- In a clone that has been built: ./dev installs and builds nothing, and does everything else.
local clone = example .. " && mkdir build && ln -s $(command -v writ) build && "
  .. ("sed '/^  setup /d; /^  build_in /d' %s/dev >dev && chmod +x dev"):format(root)

-- With two tokens.
local used = with_data .. [[ && for label in backup mail; do
  writ token create --principal 01890000-0000-7000-8000-00000000000a --roles user --expires 1d --label $label
done]]

local docker = "docker and the internet are needed; ./dev packaging does it for this repository"
local chores = "it installs packages, and a test that runs all tests would run itself"
local shown = "docs_spec holds it against the file that is named"
local unit = "docs_spec has systemd read it"
local fixtures = "what a line looks like in a file that the example has; try_spec and test_spec read such files"

-- Pages that are not listed are typed in an empty folder.
local pages = {
  ["README.md"] = { prepare = clone, apart = {
    ["./dev serve   …"] = chores,
    ["return function(input, ctx)"] = shown,
    ["{"] = shown,
    ["-- name: update_profile :one"] = shown,
    ["./dev test   …"] = chores,
  } },
  ["docs/ai.md"] = { prepare = example },
  ["docs/brief.md"] = { prepare = example },
  ["docs/contract.md"] = { prepare = with_data },
  ["docs/handler.md"] = { prepare = example },
  ["docs/init.md"] = { apart = {
    ["docker build --target runtime -t writ:runtime ."] = docker,
    ["docker build -t shop ."] = docker,
  } },
  ["docs/migrations.md"] = { prepare = example .. " && writ migrate up" },
  ["docs/new.md"] = { prepare = begun },
  ["docs/openapi.md"] = { prepare = example },
  ["docs/operations.md"] = { prepare = used, apart = {
    ["[Unit]"] = unit,
    ["[Service]"] = unit,
    ["scrape_configs:"] = "Prometheus is not here; admin_spec reads /metrics as it would",
    ["livenessProbe:"] = "Kubernetes is not here",
    ['{"time":…}'] = "access_log_spec holds it against a line of a server",
  } },
  ["docs/review.md"] = { prepare = cloned },
  ["docs/signing.md"] = { prepare = example },
  ["docs/test.md"] = { prepare = with_apps, apart = {
    ["-- principal: ada 01890000-0000-7000-8000-00000000000a ada-loves-engines"] = fixtures,
    ['"validates": {'] = "a part of contracts/orders/create.json in tests/apps/orders, which its specs attack",
    ["writ test --only attacks --strict --json > attacks.json"] = "the block above it attacks the example already",
  } },
  ["docs/testing.md"] = {
    prepare = ('%s\nlua5.4() { env %s lua5.4 "$@"; }'):format(example, lua54.preload()),
    names = { ["/usr/local"] = lua54.build },
  },
  ["docs/try.md"] = { prepare = example, apart = {
    ["-- principal: ada 01890000-0000-7000-8000-00000000000a ada-loves-engines"] = fixtures,
  } },
  ["docs/types.md"] = { prepare = example },
}

-- Pages that have a spec of their own, which does with their blocks what is said here.
local elsewhere = {
  ["docs/errors.md"] = "findings_spec checks the app of each example",
  ["docs/faq.md"] = "faq_spec checks and calls each handler",
  ["docs/mistakes.md"] = "made_pages_spec makes it of tests/mistakes, with what is said of them",
}

describe("the commands of a page show what it says:", function()
  for page in servers.capture "ls README.md docs/*.md":gmatch "%S+" do
    if not elsewhere[page] then
      it(page, function() transcript.run(page, pages[page] or {}) end)
    end
  end
end)
