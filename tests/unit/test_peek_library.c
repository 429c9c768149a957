/* What a handler can reach, walked through tables, metatables and upvalues, is what the allowlist
 * says (lua/prelude/allowed.lua), and a few things of ours that are listed here. */
#include "sandbox_fixture.h"

#include "base/file.h"

/* Beyond the allowlist. What is behind an upvalue (^) or a metatable (@) no handler gets hold of.
 */
static const char ours[] =
    "[\"_G.math.random^1 (userdata)\"," /* its state, seeded for each call */
    "\"_G.require^compile (function)\","
    "\"_G@.__index (function)\"," /* a global that is not defined */
    "\"ctx.db.notes.list (function)\",\"ctx.db.notes@.__index (function)\","
    "\"ctx.db.users.find (function)\",\"ctx.db.users.update_profile (function)\","
    "\"ctx.db.users@.__index (function)\",\"ctx.db@.__index (function)\","
    "\"ctx.db@.__index^ungranted (function)\","
    "\"ctx.fail (function)\",\"ctx.sleep (function)\","
    "\"null (userdata)\",\"null@.__add (function)\",\"null@.__call (function)\","
    "\"null@.__concat (function)\",\"null@.__index (function)\",\"null@.__le (function)\","
    "\"null@.__len (function)\",\"null@.__newindex (function)\",\"null@.__tostring (function)\","
    "\"string@.__add (function)\",\"string@.__div (function)\",\"string@.__idiv (function)\","
    "\"string@.__mod (function)\",\"string@.__mul (function)\",\"string@.__pow (function)\","
    "\"string@.__sub (function)\",\"string@.__unm (function)\"," /* Lua's own, for "1" + 1 */
    "\"thread (thread)\"]";

static void everything_reachable_is_known(void **state)
{
  struct fixture *fixture = *state;
  struct error error = {0};
  struct text allowed, walk;
  struct arena arena;
  struct buffer source = {0};
  arena_init(&arena, 65536);
  if (file_read(&arena, "lua/prelude/allowed.lua", 65536, &allowed, &error) != 0 ||
      file_read(&arena, "tests/guest/walk.lua", 65536, &walk, &error) != 0)
    fail_msg("%s", error.message);
  buffer_print(&source, "local allowed = (function() %.*s\nend)()\n%.*s", TEXT_ARGS(allowed),
               TEXT_ARGS(walk));
  buffer_append_byte(&source, 0);
  fixture_run(fixture, source.data, "1");
  assert_string_equal(fixture_text(fixture), ours);
  buffer_deinit(&source);
  arena_deinit(&arena);
}

int main(void)
{
  static const struct CMUnitTest tests[] = {cmocka_unit_test(everything_reachable_is_known)};
  return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
