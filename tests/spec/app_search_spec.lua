-- tests/apps/search: optional filters, a sort that is chosen, pages by cursor.
local apps = require "support.app"

describe("the catalogue", function()
  local app

  setup(function() app = apps.start "search" end)
  teardown(function() app:stop() end)

  local function search(query) return app:ok(200, "GET", "/books" .. query) end

  -- The ids that one page gives.
  local function ids(query)
    local list = {}
    for i, book in ipairs(search(query).books) do list[i] = book.id end
    return list
  end

  -- The ids of all pages, and how many pages there were.
  local function follow(query)
    local list, pages, after = {}, 0, ""
    repeat
      local reply = search(query .. after)
      for _, book in ipairs(reply.books) do list[#list + 1] = book.id end
      pages, after = pages + 1, ("&after=%d"):format(reply.next or 0)
    until not reply.next
    return list, pages
  end

  it("applies each filter, and all of them together", function()
    assert.same({ 1 }, ids "?q=FRANKEN")
    assert.same({ 4, 5 }, ids "?q=ada&sort=title")
    assert.same({ 2, 1 }, ids "?author=Mary+Shelley")
    assert.same({ 3, 7 }, ids "?genre=poetry")
    assert.same({ 4, 8 }, ids "?from_year=1960")
    assert.same({ 7 }, ids "?to_year=1650")
    assert.same({ 3 }, ids "?genre=poetry&for_sale=false")
    assert.same({ 2 }, ids "?genre=novel&from_year=1820&to_year=1900&for_sale=true&q=last")
    assert.same({}, ids "?author=Mary")
  end)

  it("takes what is searched for as text, not as a pattern or SQL", function()
    for _, q in ipairs { "%25%25", "__", "'+OR+1=1+--", "%22;+DROP+TABLE+books" } do assert.same({}, ids("?q=" .. q)) end
  end)

  it("sorts by what is chosen, by the first if nothing is", function()
    assert.same({ 4, 8, 2, 1 }, ids "?genre=novel")
    assert.same({ 4, 8, 2, 1 }, ids "?genre=novel&sort=newest")
    assert.same({ 4, 1, 8, 2 }, ids "?genre=novel&sort=title")
    assert.same({ 1, 2, 4, 8 }, ids "?genre=novel&sort=author")
  end)

  it("goes through all pages without a gap or a book twice, whatever the order", function()
    local everything = app:value "SELECT count(*) FROM books"
    for _, sort in ipairs { "newest", "title", "author" } do
      local list, pages = follow("?size=7&sort=" .. sort)
      assert.equal(math.ceil(everything / 7), pages)
      assert.equal(everything, #list)
      local seen = {}
      for _, id in ipairs(list) do
        assert.is_nil(seen[id])
        seen[id] = true
      end
      assert.same(ids("?size=50&sort=" .. sort), list)
    end
  end)

  it("gives twenty a page, or as many as are asked for, within bounds", function()
    local reply = search ""
    assert.equal(20, #reply.books)
    assert.equal(reply.books[20].id, reply.next)
    assert.equal(1, #search("?size=1").books)
    assert.is_nil(search("?size=50").next)
    assert.same({}, ids "?after=999")
    for _, size in ipairs { "0", "51", "-1", "1.5", "07", "many", "" } do app:invalid("size", "GET", "/books?size=" .. size) end
  end)

  it("refuses filters that are none", function()
    app:invalid("q", "GET", "/books?q=+a+")
    app:invalid("q", "GET", "/books?q=" .. ("a"):rep(101))
    app:invalid("genre", "GET", "/books?genre=Novel")
    app:invalid("from_year", "GET", "/books?from_year=1e3")
    app:invalid("to_year", "GET", "/books?to_year=99999999999999999999")
    app:invalid("for_sale", "GET", "/books?for_sale=1")
    app:invalid("sort", "GET", "/books?sort=price")
    app:invalid("sort", "GET", "/books?sort=title;--")
    app:invalid("after", "GET", "/books?after=0")
    app:invalid("limit", "GET", "/books?limit=1000")
    app:refused(400, "malformed", "GET", "/books?q=ada&q=byron")
    app:refused(400, "malformed", "GET", "/books", nil, { q = "ada" })
  end)
end)
