-- tests/apps/payments: only what the provider signed marks an invoice as paid, and it counts once.
local apps, servers = require "support.app", require "support.server"

local id = apps.id
local secret = "the-provider's-secret"

describe("payments", function()
  local app

  before_each(function()
    app = apps.start("payments",
      { environment = ('STRIPE_SECRET="%s" WRIT_AUDIT_KEY=%s'):format(secret, ("5a"):rep(32)) })
  end)
  after_each(function() app:stop() end)

  -- The last arguments of a request that brings this event, signed.
  local function signed(event, key, time)
    time = time or os.time()
    local signature = servers.hmac(key or secret, time .. "." .. event)
    return "/webhooks/stripe", nil, event, { ["Stripe-Signature"] = ("t=%d,v1=%s"):format(time, signature) }
  end

  local function event(event_id, payment, invoice, amount)
    return ([[{ "id": "%s", "type": "payment_intent.succeeded", "livemode": true, "data": { "object": {
      "id": "%s", "metadata": { "invoice_id": "%s" }, "amount": %d, "currency": "eur", "customer": null } } }]])
      :format(event_id, payment, invoice, amount)
  end

  local function paid(user)
    local list = {}
    for i, invoice in ipairs(app:ok(200, "GET", "/invoices", user).invoices) do list[i] = invoice.paid end
    return list
  end

  local function count() return app:value "SELECT count(*) FROM payments" end

  it("settle the invoice of whoever owns it", function()
    assert.same({ false }, paid "ada")
    app:ok(204, "POST", signed(event("evt_1", "pay_1", id "a1", 1000)))
    assert.equal("webhook:stripe", app.server:audit().principal_id)
    assert.same({ { true }, { false } }, { paid "ada", paid "bob" })
  end)

  it("settle it when they suffice", function()
    app:ok(204, "POST", signed(event("evt_1", "pay_1", id "a1", 400)))
    assert.same({ false }, paid "ada")
    app:ok(204, "POST", signed(event("evt_2", "pay_2", id "a1", 600)))
    assert.same({ true }, paid "ada")
  end)

  it("count once, however often they are told", function()
    for _ = 1, 3 do app:ok(204, "POST", signed(event("evt_1", "pay_1", id "a1", 500))) end
    assert.equal("repeated", app.server:audit().reason)
    app:ok(204, "POST", signed(event("evt_2", "pay_1", id "a1", 500)))
    assert.equal(1, count())
    assert.same({ false }, paid "ada")
  end)

  it("are nothing else that the provider tells", function()
    app:ok(204, "POST", signed '{ "id": "evt_1", "type": "customer.created", "data": { "object": { "id": "cus_1" } } }')
    app:ok(204, "POST", signed((event("evt_2", "pay_1", id "a1", 1000):gsub("succeeded", "created"))))
    app:ok(204, "POST", signed(event("evt_3", "pay_1", id "ff", 1000)))
    assert.equal(0, count())
    assert.same({ false }, paid "ada")
  end)

  it("are believed by their signature only", function()
    local good = event("evt_1", "pay_1", id "a1", 1000)
    local function refused(...) app:refused(401, "unauthenticated", "POST", ...) end
    refused("/webhooks/stripe", nil, good)
    refused("/webhooks/stripe", "ada", good)
    refused(signed(good, "another secret"))
    refused(signed(good, nil, os.time() - 600))
    local path, user, _, headers = signed(good)
    refused(path, user, event("evt_1", "pay_1", id "a1", 9999), headers)
  end)

  it("have a shape", function()
    local function invalid(pointer, part, other)
      local bad, count_of_parts = event("evt_1", "pay_1", id "a1", 1234):gsub(part, other)
      assert.equal(1, count_of_parts)
      app:invalid(pointer, "POST", signed(bad))
    end
    invalid("event/data/object/amount", "1234", "-1234")
    invalid("event/data/object/amount", "1234", '"1234"')
    invalid("event/data/object/currency", "eur", "usd")
    invalid("event/data/object/metadata/invoice_id", '"0000[^"]*"', "1")
    invalid("event/data", '"data"', '"date"')
    invalid("event/id", '"evt_1"', "1")
    app:refused(400, "malformed", "POST", signed "{")
  end)

  describe("are asked for by invoices", function()
    local function invoice(user, amount, key)
      return "POST", "/invoices", user, { amount = amount }, { ["Idempotency-Key"] = key }
    end

    it("that are made once, however often the request is sent", function()
      local first = app:ok(201, invoice("ada", 700, "key-1"))
      assert.same(first, app:ok(201, invoice("ada", 700, "key-1")))
      assert.not_equal(first.id, app:ok(201, invoice("bob", 700, "key-1")).id)
      app:refused(422, "idempotency_mismatch", invoice("ada", 70, "key-1"))
      app:refused(400, "idempotency_key_missing", invoice("ada", 700))
      assert.same({ false, false }, paid "ada")
    end)

    it("of a certain shape, by users", function()
      app:invalid("amount", invoice("ada", 0, "key-2"))
      app:invalid("amount", invoice("ada", 1.5, "key-2"))
      app:invalid("paid_at", "POST", "/invoices", "ada", { amount = 1, paid_at = 1 }, { ["Idempotency-Key"] = "key-2" })
      app:refused(401, "unauthenticated", invoice(nil, 700, "key-2"))
      app:refused(401, "unauthenticated", "GET", "/invoices")
    end)
  end)
end)
