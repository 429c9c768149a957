-- tests/apps/blog: what is published is for everybody, drafts are their author's.
local apps = require "support.app"

local id, null = apps.id, apps.null
local ada_post, ada_draft, bob_post, bob_comment = id "a1", id "a2", id "b1", id "c1"

describe("the blog", function()
  local app

  setup(function() app = apps.start "blog" end)
  teardown(function() app:stop() end)

  local function titles(path, user)
    local list = {}
    for i, post in ipairs(app:ok(200, "GET", path, user).posts) do list[i] = post.title end
    return list
  end

  describe("for readers", function()
    it("lists what is published, latest first", function()
      local reply = app:ok(200, "GET", "/posts")
      assert.is_false(reply.more)
      assert.same({
        { id = bob_post, title = "Bridges", author = "Bob", published_at = 1735689601000, tags = { "iron" } },
        { id = ada_post, title = "Engines", author = "Ada", published_at = 1735689600000, tags = { "engines" } },
      }, reply.posts)
    end)

    it("lists what has a tag, and no draft that has it", function()
      assert.same({ "Engines" }, titles "/posts?tag=engines")
      assert.same({}, titles "/posts?tag=numbers")
      assert.same({}, titles "/posts?page=2")
    end)

    it("shows a post with its comments", function()
      local reply = app:ok(200, "GET", "/posts/" .. ada_post)
      assert.equal("They weave.", reply.post.body)
      assert.same({ { id = bob_comment, body = "Splendid.", author = "Bob", created_at = 1735689602000 } },
        reply.comments)
    end)

    it("has no drafts, whoever asks", function()
      for _, user in ipairs { false, "bob", "ada" } do
        app:refused(404, "no_such_post", "GET", "/posts/" .. ada_draft, user or nil)
      end
    end)

    it("refuses what is no page, tag or field", function()
      app:invalid("page", "GET", "/posts?page=0")
      app:invalid("page", "GET", "/posts?page=101")
      app:invalid("page", "GET", "/posts?page=1.0")
      app:invalid("tag", "GET", "/posts?tag=%25")
      app:invalid("author", "GET", "/posts?author=ada")
      app:invalid("post_id", "GET", "/posts/1")
    end)
  end)

  describe("for authors", function()
    it("shows their drafts to them only", function()
      assert.same({ "Bernoulli", "Engines" }, titles("/me/posts", "ada"))
      assert.equal(null, app:ok(200, "GET", "/me/posts/" .. ada_draft, "ada").published_at)
      assert.same({ "Bridges" }, titles("/me/posts", "bob"))
      app:refused(404, "not_found", "GET", "/me/posts/" .. ada_draft, "bob")
      app:refused(401, "unauthenticated", "GET", "/me/posts/" .. ada_draft)
    end)

    it("goes from draft to published, tagged and deleted", function()
      local post = "/posts/" .. app:ok(201, "POST", "/posts", "bob", { title = " Tubes ", body = "Long." }).id
      app:ok(204, "PUT", post, "bob", { title = "Tubes", body = "Longer." })
      app:ok(204, "PUT", post .. "/tags", "bob", '["wales","iron"]')
      app:refused(404, "no_such_post", "GET", post)

      app:ok(204, "POST", post .. "/publish", "bob")
      local published_at = app:ok(200, "GET", post).post.published_at
      assert.same({ "iron", "wales" }, app:ok(200, "GET", post).post.tags)
      app:ok(204, "POST", post .. "/publish", "bob")
      assert.equal(published_at, app:ok(200, "GET", post).post.published_at)

      app:ok(204, "PUT", post .. "/tags", "bob", '["steel"]')
      assert.same({ "steel" }, app:ok(200, "GET", post).post.tags)
      app:ok(204, "PUT", post .. "/tags", "bob", "[]")
      assert.same({}, app:ok(200, "GET", post).post.tags)

      app:ok(201, "POST", post .. "/comments", "ada", { body = "Well." })
      app:ok(204, "DELETE", post, "bob")
      app:refused(404, "no_such_post", "GET", post)
      app:refused(404, "not_found", "DELETE", post, "bob")
      assert.equal(1, app:value "SELECT count(*) FROM comments")
    end)

    it("pages what there is much of", function()
      for i = 1, 9 do
        local post = app:ok(201, "POST", "/posts", "bob", { title = "Number " .. i, body = "…" }).id
        app:ok(204, "POST", "/posts/" .. post .. "/publish", "bob")
      end
      local first, second = app:ok(200, "GET", "/posts"), app:ok(200, "GET", "/posts?page=2")
      assert.same({ 10, true, 1, false }, { #first.posts, first.more, #second.posts, second.more })
      assert.equal("Engines", second.posts[1].title)
    end)

    it("leaves the posts of others alone", function()
      local function refused(status, code, user)
        app:refused(status, code, "PUT", "/posts/" .. ada_post, user, { title = "Mine", body = "now" })
        app:refused(status, code, "PUT", "/posts/" .. ada_post .. "/tags", user, '["mine"]')
        app:refused(status, code, "POST", "/posts/" .. ada_draft .. "/publish", user)
        app:refused(status, code, "DELETE", "/posts/" .. ada_post, user)
      end
      refused(404, "not_found", "bob")
      refused(401, "unauthenticated", nil)
    end)

    it("refuses input of another shape", function()
      local post = "/posts/" .. ada_post
      app:invalid("title", "POST", "/posts", "ada", { title = "  ", body = "x" })
      app:invalid("title", "POST", "/posts", "ada", { title = ("x"):rep(201), body = "x" })
      app:invalid("body", "POST", "/posts", "ada", { title = "x", body = 5 })
      app:invalid("author_id", "POST", "/posts", "ada", { title = "x", body = "x", author_id = id "b" })
      app:invalid("published_at", "POST", "/posts", "ada", { title = "x", body = "x", published_at = 1 })
      app:invalid("tags", "PUT", post .. "/tags", "ada", '{"tags":[]}')
      app:invalid("tags", "PUT", post .. "/tags", "ada", '["twice","twice"]')
      app:invalid("tags/1", "PUT", post .. "/tags", "ada", '["fine","Not Fine"]')
      app:invalid("tags", "PUT", post .. "/tags", "ada", '["1","2","3","4","5","6","7","8","9","10","11"]')
    end)
  end)

  describe("for whoever comments", function()
    local comments = "/posts/" .. ada_post .. "/comments"

    it("takes comments, and lets those delete them who wrote them", function()
      local comment = app:ok(201, "POST", comments, "bob", { body = "More!" })
      assert.equal("More!", comment.body)
      app:ok(204, "DELETE", "/comments/" .. comment.id, "bob")
      app:refused(404, "not_found", "DELETE", "/comments/" .. comment.id, "bob")
    end)

    it("lets the author of the post delete them, too", function()
      local comment = app:ok(201, "POST", comments, "bob", { body = "Buy tubes" })
      app:ok(204, "DELETE", "/comments/" .. comment.id, "ada")
      local mine = app:ok(201, "POST", "/posts/" .. bob_post .. "/comments", "bob", { body = "Mine" })
      app:refused(404, "not_found", "DELETE", "/comments/" .. mine.id, "ada")
      app:refused(401, "unauthenticated", "DELETE", "/comments/" .. mine.id)
    end)

    it("refuses them without a user, a published post or a body", function()
      app:refused(401, "unauthenticated", "POST", comments, nil, { body = "Who?" })
      app:refused(404, "no_such_post", "POST", "/posts/" .. ada_draft .. "/comments", "bob", { body = "Early" })
      app:refused(404, "no_such_post", "POST", "/posts/" .. id "ff" .. "/comments", "bob", { body = "Where?" })
      app:invalid("body", "POST", comments, "bob", { body = " " })
      app:invalid("author_id", "POST", comments, "bob", { body = "As Ada", author_id = id "a" })
    end)
  end)
end)
