-- tests/apps/orders: the customer says what and how many; what it costs, what is left and whose it is, SQL says.
local apps = require "support.app"

local id = apps.id
local bob_order = "/orders/" .. id "b1"

describe("the shop", function()
  local app, count = nil, 0

  setup(function() app = apps.start "orders" end)
  teardown(function() app:stop() end)

  local function new_order()
    count = count + 1
    return "/orders/" .. id("c" .. count)
  end

  local function lines(...)
    local list = {}
    for i, line in ipairs { ... } do list[i] = { product_id = line[1], quantity = line[2] } end
    return { lines = list }
  end

  local function stock(product) return app:value(("SELECT stock FROM products WHERE id = '%s'"):format(product)) end

  it("places an order: prices, total and stock are its own business", function()
    local path = new_order()
    local order = app:ok(201, "PUT", path, "ada", lines({ "gear", 10 }, { "crank", 1 }))
    assert.equal(10 * 250 + 1200, order.total)
    assert.same({
      { product_id = "crank", name = "Crank", quantity = 1, price = 1200 },
      { product_id = "gear", name = "Gear wheel", quantity = 10, price = 250 },
    }, order.lines)
    assert.same({ 90, 2 }, { stock "gear", stock "crank" })
    assert.same(order, app:ok(200, "GET", path, "ada"))
    assert.same({ { id = order.id, placed_at = order.placed_at, total = order.total } },
      app:ok(200, "GET", "/orders", "ada").orders)
  end)

  it("keeps the price at which something was ordered", function()
    assert.equal(4 * 200, app:ok(200, "GET", bob_order, "bob").total)
    local products = app:ok(200, "GET", "/products", "bob").products
    assert.same({ "Crank", "Gear wheel", "Punched card" }, { products[1].name, products[2].name, products[3].name })
    assert.equal(250, products[2].price)
  end)

  it("places an order once, however often it is sent", function()
    local path, body = new_order(), lines { "card", 1000 }
    app:ok(201, "PUT", path, "ada", body)
    app:refused(409, "already_placed", "PUT", path, "ada", body)
    app:refused(409, "already_placed", "PUT", path, "bob", body)
    assert.equal(4000, stock "card")
  end)

  it("takes nothing of an order that it cannot fill", function()
    app:refused(422, "no_such_product", "PUT", new_order(), "ada", lines({ "gear", 1 }, { "loom", 1 }))
    app:refused(422, "product_twice", "PUT", new_order(), "ada", lines({ "gear", 1 }, { "gear", 1 }))
    app:refused(409, "out_of_stock", "PUT", new_order(), "ada", lines({ "gear", 1 }, { "crank", 4 }))
  end)

  it("shows nobody another's order", function()
    app:refused(404, "not_found", "GET", bob_order, "ada")
    app:refused(404, "not_found", "GET", "/orders/" .. id "ff", "ada")
    for _, order in ipairs(app:ok(200, "GET", "/orders", "ada").orders) do assert.not_equal(id "b1", order.id) end
  end)

  it("is for who is signed in", function()
    app:refused(401, "unauthenticated", "PUT", new_order(), nil, lines { "gear", 1 })
    app:refused(401, "unauthenticated", "GET", bob_order)
    app:refused(401, "unauthenticated", "GET", "/orders")
    app:refused(401, "unauthenticated", "GET", "/products")
  end)

  it("refuses lines of another shape", function()
    local function invalid(pointer, body) app:invalid(pointer, "PUT", new_order(), "ada", body) end
    local function one(line) return '{"lines":[{"product_id":"gear","quantity":1},' .. line .. "]}" end
    invalid("lines", "{}")
    invalid("lines", '{"lines":[]}')
    invalid("lines", '{"lines":{"product_id":"gear","quantity":1}}')
    invalid("lines", '{"lines":[' .. ('{"product_id":"card","quantity":1},'):rep(50) ..
      '{"product_id":"gear","quantity":1}]}')
    invalid("lines/1/quantity", one '{"product_id":"gear"}')
    invalid("lines/1/quantity", one '{"product_id":"gear","quantity":0}')
    invalid("lines/1/quantity", one '{"product_id":"gear","quantity":-1}')
    invalid("lines/1/quantity", one '{"product_id":"gear","quantity":1001}')
    invalid("lines/1/quantity", one '{"product_id":"gear","quantity":1.5}')
    invalid("lines/1/quantity", one '{"product_id":"gear","quantity":"1"}')
    invalid("lines/1/price", one '{"product_id":"gear","quantity":1,"price":0}')
    invalid("customer_id", '{"lines":[{"product_id":"gear","quantity":1}],"customer_id":"' .. id "b" .. '"}')
    app:invalid("order_id", "PUT", "/orders/mine", "ada", lines { "gear", 1 })
  end)
end)
