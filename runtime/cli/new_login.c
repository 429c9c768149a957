/* The template login: over a table of people that is there, or with one. */
#include <unistd.h>

#include "base/file.h"
#include "cli/new_write.h"
#include "contract/route.h"

/* The field that people log in by: the first that was asked for, or their address. */
static int read_login(struct new_writer *writer, struct new_field *login)
{
  struct new_fields fields;
  const char *asked = writer->asked->fields ? writer->asked->fields : "email:email";
  if (new_fields_read(writer->arena, asked, &fields, writer->error)) return -1;
  *login = fields.items[0];
  if (fields.count > 1 || login->optional)
    return error_set(writer->error,
                     "--fields: login takes one, by which people are known, as in email:email");
  return 0;
}

static int check_route(const struct new_writer *writer)
{
  struct route route;
  const char *message;
  if (route_parse(text_of(writer->asked->route), &route, &message))
    return error_set(writer->error, "--route: \"%.100s\": %s", writer->asked->route, message);
  if (route.method == METHOD_POST && route.parameter_count == 0) return 0;
  return error_set(writer->error, "--route: \"%.100s\": a log-in is POST, without a {parameter}",
                   writer->asked->route);
}

/* The secret column that the policy names. */
static int find_secret(struct new_writer *writer, struct text *secret)
{
  const char *table = writer->table.name;
  const struct json *tables = json_get(new_policy(writer->opened), "tables");
  const struct json *secrets = json_get(json_get(tables, table), "secret");
  if (!secrets || secrets->length != 1)
    return error_set(writer->error,
                     "--table: contracts/policy.json names no `secret` column of %s, where the "
                     "hashes of passwords are",
                     table);
  *secret = json_text(&secrets->items[0]);
  return 0;
}

/* What stands between the quotes of a JSON string. */
static struct text json_inside(struct arena *arena, const char *string)
{
  struct buffer out = {0};
  json_write_string(&out, text_of(string));
  struct text inside = arena_copy(arena, (struct text){out.data + 1, out.length - 2});
  buffer_deinit(&out);
  return inside;
}

static int use_table(struct new_writer *writer, const struct new_field *login)
{
  struct text secret;
  struct new_fields fields = {.items = (struct new_field *)login, .count = 1};
  if (find_secret(writer, &secret)) return -1;
  if (new_table_read(writer->arena, writer->opened, writer->table.name, &fields, true,
                     &writer->table, writer->error))
    return -1;
  if (!writer->table.self)
    return error_set(writer->error,
                     "--table: the rows of %s are not people: their owner is not "
                     "their key",
                     writer->table.name);
  new_set(writer, "secret", secret);
  return 0;
}

/* Ada and Bob, for specs; unless the app has fixtures, to which they would have to be added. */
static void plan_fixtures(struct new_writer *writer, const struct new_field *login)
{
  static const char path[] = "tests/fixtures.sql";
  bool email = login->kind == FIELD_EMAIL;
  if (access(file_join(writer->arena, writer->asked->folder, path), F_OK) == 0) return;
  new_set(writer, "ada", email ? TEXT("ada@example.com") : TEXT("ada"));
  new_set(writer, "bob", email ? TEXT("bob@example.com") : TEXT("bob"));
  plan_create(writer->plan, path, new_fill(writer, "people_fixtures.sql"));
}

/* A table of people, and the query that finds them; with a contract by which they register. */
static int make_table(struct new_writer *writer, const struct new_field *login)
{
  struct text group = writer->group, action = writer->action;
  if (json_get(new_policy(writer->opened), "principal"))
    return error_set(writer->error,
                     "--table: there is no table %s, and the policy's `principal` finds people "
                     "elsewhere: name their table",
                     writer->table.name);
  writer->table.key = TEXT("id");
  new_set(writer, "secret", TEXT("password_hash"));
  new_set(writer, "login_padded", arena_print(writer->arena, "%-13.*s", TEXT_ARGS(login->name)));
  new_add_to_policy(
      writer, "", arena_print(writer->arena, "\"principal\": \"%s.principal\"", writer->table.name),
      false);
  if (new_add_table(writer, "people_table.sql",
                    TEXT("{ \"owner\": \"id\", \"secret\": [\"password_hash\"], \"guarded\": "
                         "[\"role\"] }")))
    return -1;
  plan_fixtures(writer, login);
  writer->group = text_of(writer->table.name);
  writer->action = TEXT("register");
  if (new_add_contract(writer, "register", "register")) return -1;
  if (!text_equal(group, writer->group)) new_add_queries(writer, writer->group);
  writer->group = group;
  writer->action = action;
  return 0;
}

int new_plan_login(struct new_writer *writer)
{
  struct new_field login;
  bool same = !writer->asked->table;
  writer->table.name = same ? "users" : writer->asked->table;
  if (!new_name_is_free(text_of(writer->table.name), "--table", writer->error)) return -1;
  if (read_login(writer, &login) || check_route(writer)) return -1;
  new_set(writer, "table", text_of(writer->table.name));
  new_set(writer, "login", login.name);
  new_set(writer, "login_schema", new_field_schema(writer->arena, &login));
  new_set(writer, "login_example", new_field_example(writer->arena, &login));
  new_set(writer, "reason_text", TEXT("This is how one stops being anonymous"));
  if (writer->asked->reason)
    new_set(writer, "reason_text", json_inside(writer->arena, writer->asked->reason));
  new_set(writer, "group", writer->group);
  new_set(writer, "action", writer->action);
  new_set(writer, "name", text_of(writer->asked->name));
  new_set(writer, "route", text_of(writer->asked->route));
  new_set(writer, "path", text_of(strchr(writer->asked->route, ' ') + 1));
  bool exists = new_table_is_there(writer->opened, writer->table.name);
  if (exists ? use_table(writer, &login) : make_table(writer, &login)) return -1;
  struct text key = writer->table.key;
  new_set(writer, "key", key);
  new_set(writer, "key_as_id",
          text_is(key, "id") ? key : arena_print(writer->arena, "%.*s AS id", TEXT_ARGS(key)));
  new_set(writer, "key_type", writer->table.integer_key ? TEXT("integer") : TEXT("string"));
  if (new_add_contract(writer, "login", "login")) return -1;
  new_add_queries(writer, writer->group);
  plan_create(writer->plan,
              arena_print(writer->arena, "tests/%.*s_%.*s_spec.lua", TEXT_ARGS(writer->group),
                          TEXT_ARGS(writer->action))
                  .data,
              new_fill(writer, "login_spec.lua"));
  return 0;
}
