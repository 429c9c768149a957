/* contracts/: what a contract compiles into, how it composes with templates and policy, and
 * everything that does not load. Each case is a small app with a few changes. */
#include "temporary_app.h"

#include "base/crypto.h"
#include "contract/generation.h"
#include "sandbox/sandbox.h"
#include "store/statement.h"

/* --- The app that all cases begin with --- */

#define POLICY   "contracts/policy.json"
#define UPDATE   "contracts/users/update_profile.json"
#define LOGIN    "contracts/users/log_in.json"
#define REGISTER "contracts/users/register.json"
#define SEARCH   "contracts/notes/search.json"
#define TEMPLATE "contracts/templates/signed_in.json"
#define USERS    "contracts/queries/users.sql"
#define NOTES    "contracts/queries/notes.sql"
#define SECRETS  "contracts/defs/secrets.json"
#define SECRETS_TEXT                                                                               \
  "{ \"$defs\": { \"pin\": { \"type\": \"string\", \"format\": \"password\" },\n"                  \
  "  \"card\": { \"type\": \"object\", \"properties\": { \"pin\": { \"$ref\": \"#/$defs/pin\" } "  \
  "} } } }"

static const struct app_file base[] = {
    {"contracts/migrations/0001_all.sql",
     "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT,\n"
     "  password_hash TEXT NOT NULL, role TEXT NOT NULL DEFAULT 'user') STRICT;\n"
     "CREATE TABLE notes (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users (id),\n"
     "  title TEXT NOT NULL, tags TEXT) STRICT;\n"},
    {POLICY, "{\n"
             "  \"principal\": \"users.principal\",\n"
             "  \"privileged\": [\"admin\"],\n"
             "  \"tables\": {\n"
             "    \"users\": { \"owner\": \"id\", \"secret\": [\"password_hash\"], \"guarded\": "
             "[\"role\"] },\n"
             "    \"notes\": { \"owner\": \"owner_id\" }\n"
             "  }\n"
             "}\n"},
    {USERS,
     "-- name: principal :one\n"
     "SELECT id, role FROM users WHERE id = :principal_id;\n"
     "-- name: credentials :one\n"
     "SELECT id, password_hash AS hash FROM users WHERE email = :email;\n"
     "-- name: own_credentials :one\n"
     "SELECT id, password_hash AS hash FROM users WHERE id = :principal_id;\n"
     "-- name: update_profile :one\n"
     "-- optional: name\n"
     "UPDATE users SET email = :email, name = CASE :has_name WHEN 1 THEN :name ELSE name END\n"
     "WHERE id = :user_id RETURNING id, email, name;\n"
     "-- name: register :one\n"
     "INSERT INTO users (id, email, password_hash) VALUES (:new_id, :email, :password)\n"
     "RETURNING id;\n"
     "-- name: is_free :value\n"
     "SELECT count(*) = 0 FROM users WHERE email = :email;\n"},
    {NOTES, "-- name: search :many\n"
            "-- optional: q\n"
            "-- json: tags\n"
            "-- choice: sort = newest: id DESC | title: title\n"
            "SELECT id, title, tags FROM notes WHERE (:q IS NULL OR title = :q) ORDER BY :sort;\n"
            "-- name: owner :value\n"
            "SELECT owner_id FROM notes WHERE id = :note_id;\n"},
    {UPDATE,
     "{\n"
     "  \"summary\": \"A user changes their own profile\",\n"
     "  \"route\": \"PATCH /users/{user_id}\",\n"
     "  \"requires\": {\n"
     "    \"auth\": [\"user\"],\n"
     "    \"validates\": {\n"
     "      \"type\": \"object\",\n"
     "      \"properties\": {\n"
     "        \"user_id\": { \"type\": \"string\" },\n"
     "        \"email\": { \"type\": \"string\", \"maxLength\": 254 },\n"
     "        \"name\": { \"type\": \"string\" }\n"
     "      },\n"
     "      \"required\": [\"user_id\", \"email\"]\n"
     "    },\n"
     "    \"owns\": { \"user_id\": \"self\" },\n"
     "    \"rules\": [{ \"query\": \"users.is_free\", \"error\": \"email_taken\" }],\n"
     "    \"rate_limit\": [{ \"limit\": 5, \"per\": \"1m\", \"by\": \"principal\" }]\n"
     "  },\n"
     "  \"uses\": { \"queries\": [\"users.update_profile\"] },\n"
     "  \"ensures\": {\n"
     "    \"returns\": {\n"
     "      \"type\": \"object\",\n"
     "      \"properties\": { \"id\": { \"type\": \"string\" }, \"email\": { \"type\": \"string\" "
     "} }\n"
     "    },\n"
     "    \"errors\": { \"email_taken\": { \"status\": 409, \"on_unique\": \"users.email\" } },\n"
     "    \"audit\": { \"action\": \"profile_update\", \"record\": [\"user_id\"] }\n"
     "  }\n"
     "}\n"},
    {LOGIN,
     "{\n"
     "  \"summary\": \"Log in\",\n"
     "  \"route\": \"POST /sessions\",\n"
     "  \"requires\": {\n"
     "    \"auth\": \"public\", \"reason\": \"Nobody is signed in before logging in\",\n"
     "    \"validates\": {\n"
     "      \"type\": \"object\",\n"
     "      \"properties\": {\n"
     "        \"email\": { \"type\": \"string\" },\n"
     "        \"password\": { \"type\": \"string\", \"format\": \"password\" }\n"
     "      },\n"
     "      \"required\": [\"email\", \"password\"]\n"
     "    },\n"
     "    \"rate_limit\": [{ \"limit\": 5, \"per\": \"1m\", \"by\": [\"ip\", \"input.email\"] },\n"
     "                   { \"limit\": 50, \"per\": \"1h\", \"by\": \"ip\" }],\n"
     "    \"credentials\": { \"query\": \"users.credentials\", \"password\": \"password\" }\n"
     "  },\n"
     "  \"ensures\": {\n"
     "    \"returns\": { \"200\": { \"type\": \"object\", \"properties\": {} } },\n"
     "    \"audit\": \"log_in\",\n"
     "    \"session\": { \"start\": \"credentials\", \"field\": \"token\", \"cookie\": true }\n"
     "  }\n"
     "}\n"},
    {REGISTER, "{\n"
               "  \"summary\": \"Register\",\n"
               "  \"route\": \"POST /users\",\n"
               "  \"requires\": {\n"
               "    \"auth\": \"public\", \"reason\": \"Nobody has an account before\",\n"
               "    \"validates\": {\n"
               "      \"type\": \"object\",\n"
               "      \"properties\": {\n"
               "        \"email\": { \"type\": \"string\" },\n"
               "        \"password\": { \"type\": \"string\", \"format\": \"password\" }\n"
               "      },\n"
               "      \"required\": [\"email\", \"password\"]\n"
               "    },\n"
               "    \"rate_limit\": [{ \"limit\": 5, \"per\": \"1m\", \"by\": \"ip\" }]\n"
               "  },\n"
               "  \"uses\": { \"queries\": [\"users.register\"] },\n"
               "  \"ensures\": {\n"
               "    \"returns\": { \"201\": { \"type\": \"object\", \"properties\": { \"id\": { "
               "\"type\": \"string\" } } } },\n"
               "    \"audit\": \"register\",\n"
               "    \"session\": { \"start\": \"new_id\", \"cookie\": true }\n"
               "  }\n"
               "}\n"},
    {SEARCH, "{\n"
             "  \"summary\": \"Own notes\",\n"
             "  \"route\": \"GET /notes\",\n"
             "  \"requires\": {\n"
             "    \"auth\": [\"user\", \"admin\"],\n"
             "    \"validates\": {\n"
             "      \"type\": \"object\",\n"
             "      \"properties\": {\n"
             "        \"q\": { \"type\": \"string\" },\n"
             "        \"sort\": { \"enum\": [\"title\", \"newest\"], \"type\": \"string\" }\n"
             "      },\n"
             "      \"required\": [\"sort\"]\n"
             "    }\n"
             "  },\n"
             "  \"uses\": { \"queries\": [\"notes.search\"] },\n"
             "  \"ensures\": { \"returns\": { \"type\": \"array\" } }\n"
             "}\n"},
    {"app/handlers/users/update_profile.lua", "return function() end\n"},
    {"app/handlers/users/log_in.lua", "return function() end\n"},
    {"app/handlers/users/register.lua", "return function() end\n"},
    {"app/handlers/notes/search.lua", "return function() end\n"},
};

/* A file's text changed at the first place where `from` stands; without `from`, the whole file. */
struct change {
  const char *path, *from, *to;
};

static void apply(const struct app *app, const struct change *change)
{
  char text[8192], path[256];
  if (!change->from) {
    app_write(app, change->path, change->to);
    return;
  }
  snprintf(path, sizeof path, "%s/%s", app->folder, change->path);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  const char *found = strstr(text, change->from);
  if (!found) print_error("%s has no '%s'\n", change->path, change->from);
  assert_non_null(found);
  char changed[16384];
  snprintf(changed, sizeof changed, "%.*s%s%s", (int)(found - text), text, change->to,
           found + strlen(change->from));
  app_write(app, change->path, changed);
}

struct fixture {
  struct app app;
  struct arena arena;
  struct report report;
  struct source_tree sources;
  struct store *store;
  struct generation *generation;
  struct sandbox *sandbox; /* NULL: no images are built */
  size_t handler_errors;
};

static void load_with(struct fixture *fixture, struct sandbox *sandbox,
                      const struct change *changes, size_t count)
{
  struct migration *migrations;
  size_t migration_count;
  struct error error = {0};
  fixture->sandbox = sandbox;
  app_begin(&fixture->app);
  for (size_t i = 0; i < sizeof base / sizeof base[0]; i++)
    app_write(&fixture->app, base[i].path, base[i].text);
  for (size_t i = 0; i < count && changes[i].path; i++) apply(&fixture->app, &changes[i]);
  arena_init(&fixture->arena, 4096);
  report_init(&fixture->report);
  source_tree_read(&fixture->sources, fixture->app.folder, &fixture->report);
  assert_int_equal(store_open(&(struct store_config){0}, &fixture->store, &error), 0);
  assert_int_equal(
      migrations_read(&fixture->sources, &fixture->arena, &migrations, &migration_count, &error),
      0);
  assert_int_equal(store_migrate(fixture->store, migrations, migration_count, NULL, &error), 0);
  fixture->generation = generation_load(&fixture->sources, fixture->store, sandbox,
                                        &fixture->report, &fixture->handler_errors);
}

static void load(struct fixture *fixture, const struct change *changes, size_t count)
{
  load_with(fixture, NULL, changes, count);
}

static void forget(struct fixture *fixture)
{
  generation_free(fixture->generation);
  if (fixture->sandbox) sandbox_free(fixture->sandbox);
  store_close(fixture->store);
  source_tree_free(&fixture->sources);
  report_deinit(&fixture->report);
  arena_deinit(&fixture->arena);
  app_end(&fixture->app);
}

static const struct contract *contract_of(const struct fixture *fixture, const char *name)
{
  assert_non_null(fixture->generation);
  for (size_t i = 0; i < fixture->generation->contract_count; i++)
    if (strcmp(fixture->generation->contracts[i]->name, name) == 0)
      return fixture->generation->contracts[i];
  fail_msg("there is no contract %s", name);
  return NULL;
}

/* --- What a contract compiles into --- */

/* Warnings of the base: two queries are there for single cases only. */
#define UNUSED                                                                                     \
  NOTES ":7:1: warning: nothing uses the query 'notes.owner'\n" USERS                              \
        ":6:1: warning: nothing uses the query 'users.own_credentials'\n"

static const struct field *field_of(const struct contract *contract, const char *name)
{
  for (size_t i = 0; i < contract->field_count; i++)
    if (text_is(contract->fields[i].schema.name, name)) return &contract->fields[i];
  fail_msg("there is no field %s", name);
  return NULL;
}

static void expect_binding(const struct contract *contract, const struct use *use, const char *name,
                           enum binding_source source, const char *field)
{
  for (size_t i = 0; i < use->query->parameter_count; i++) {
    if (!text_is(use->query->parameters[i], name)) continue;
    assert_int_equal(use->bindings[i].source, source);
    if (field)
      assert_ptr_equal(&contract->fields[use->bindings[i].index], field_of(contract, field));
    return;
  }
  fail_msg("there is no parameter %s", name);
}

static void a_change_of_the_own_profile(void **state)
{
  (void)state;
  struct fixture fixture;
  load(&fixture, NULL, 0);
  app_expect(&fixture.report, "base", UNUSED);
  const struct contract *contract = contract_of(&fixture, "users.update_profile");
  assert_string_equal(contract->source->path, UPDATE);
  assert_true(text_is(contract->summary, "A user changes their own profile"));
  assert_int_equal(contract->route.method, METHOD_PATCH);
  assert_false(contract->public);
  assert_int_equal(contract->role_count, 1);
  assert_true(text_is(contract->roles[0], "user"));
  assert_int_equal(contract->field_count, 3);
  assert_int_equal(field_of(contract, "user_id")->origin, FIELD_PATH);
  assert_int_equal(field_of(contract, "email")->origin, FIELD_BODY);
  assert_false(field_of(contract, "name")->schema.required);
  assert_int_equal(contract->owns_count, 1);
  assert_true(contract->owns[0].self);
  assert_false(contract->owns[0].each);
  assert_ptr_equal(&contract->fields[contract->owns[0].field], field_of(contract, "user_id"));
  assert_int_equal(contract->rule_count, 1);
  assert_non_null(contract->rules[0].use.exempt);
  assert_int_equal(contract->rules[0].error, 0);
  assert_int_equal(contract->use_count, 1);
  const struct use *use = &contract->uses[0];
  assert_non_null(use->own);
  assert_null(use->exempt);
  assert_int_equal(use->calls, 1);
  expect_binding(contract, use, "email", BIND_FIELD, "email");
  expect_binding(contract, use, "has_name", BIND_HAS_FIELD, "name");
  expect_binding(contract, use, "user_id", BIND_FIELD, "user_id");
  assert_true(contract->writes);
  assert_false(contract->privileged);
  assert_int_equal(contract->return_count, 1);
  assert_int_equal(contract->returns[0].status, 200);
  assert_int_equal(contract->error_count, 1);
  assert_int_equal(contract->errors[0].status, 409);
  assert_true(text_is(contract->errors[0].title, "Email taken"));
  assert_int_equal(contract->errors[0].on_unique_count, 1);
  assert_true(text_is(contract->errors[0].on_unique[0], "users.email"));
  assert_true(text_is(contract->audit_action, "profile_update"));
  assert_int_equal(contract->audit_field_count, 1);
  assert_int_equal(contract->rate_limit_count, 1);
  assert_int_equal(contract->rate_limits[0].by, RATE_PRINCIPAL);
  assert_int_equal(contract->rate_limits[0].per_ms, 60000);
  assert_int_equal(contract->time_ns, 10000000);
  assert_int_equal(contract->memory_bytes, 4 << 20);
  assert_int_equal(contract->body_max_bytes, 64 << 10);
  assert_int_equal(contract->statuses[DENIAL_INVALID_INPUT], 422);
  struct route_match match;
  route_table_find(fixture.generation->routes, METHOD_PATCH, TEXT("/users/7"), &match);
  assert_ptr_equal(match.contract, contract);
  assert_non_null(fixture.generation->principal);
  assert_int_equal(fixture.generation->privileged_role_count, 1);
  assert_int_equal(fixture.handler_errors, 0);
  forget(&fixture);
}

static void a_log_in(void **state)
{
  (void)state;
  struct fixture fixture;
  load(&fixture, NULL, 0);
  const struct contract *contract = contract_of(&fixture, "users.log_in");
  assert_true(contract->public);
  assert_true(text_is(contract->public_reason, "Nobody is signed in before logging in"));
  assert_true(contract->credentials.present);
  assert_false(contract->reauth.present);
  assert_ptr_equal(&contract->fields[contract->credentials.password],
                   field_of(contract, "password"));
  assert_true(field_of(contract, "password")->verified);
  assert_false(field_of(contract, "password")->hashed);
  assert_true(contract->writes);
  assert_int_equal(contract->session_start, SESSION_FOR_CREDENTIALS);
  assert_true(text_is(contract->session_field, "token"));
  assert_true(contract->session_cookie);
  assert_int_equal(contract->rate_limit_count, 2);
  assert_int_equal(contract->rate_limits[0].by, RATE_IP);
  assert_int_equal(contract->rate_limits[0].limit, 50);
  assert_int_equal(contract->rate_limits[1].by, RATE_FIELDS);
  assert_true(contract->rate_limits[1].by_ip);
  assert_int_equal(contract->rate_limits[1].field_count, 1);

  contract = contract_of(&fixture, "users.register");
  assert_true(field_of(contract, "password")->hashed);
  expect_binding(contract, &contract->uses[0], "password", BIND_PASSWORD, "password");
  expect_binding(contract, &contract->uses[0], "new_id", BIND_NEW_ID, NULL);
  assert_int_equal(contract->session_start, SESSION_FOR_NEW_ID);
  assert_int_equal(contract->returns[0].status, 201);
  forget(&fixture);
}

static void a_search_with_a_choice(void **state)
{
  (void)state;
  struct fixture fixture;
  load(&fixture, NULL, 0);
  const struct contract *contract = contract_of(&fixture, "notes.search");
  assert_false(contract->writes);
  assert_int_equal(field_of(contract, "q")->origin, FIELD_QUERY);
  const struct use *use = &contract->uses[0];
  assert_int_equal(use->calls, 0);
  assert_ptr_equal(&contract->fields[use->choice_fields[0]], field_of(contract, "sort"));
  assert_non_null(use->own);
  assert_non_null(use->exempt); /* admin is privileged */
  assert_int_equal(use->own->count, 2);
  forget(&fixture);
}

/* Of many they are looked for in another way than of few. */
static void each_of_many_fields_is_found_by_its_name(void **state)
{
  (void)state;
  enum { MANY = 60 };
  struct buffer to = {0};
  struct fixture fixture;
  buffer_print(&to, "\"properties\": {");
  for (int i = 0; i < MANY; i++)
    buffer_print(&to, "\"f%d\": {\"type\": \"string\"},", i * 37 % MANY);
  buffer_append_byte(&to, '\0');
  load(&fixture, (struct change[]){{SEARCH, "\"properties\": {", to.data}}, 1);
  const struct contract *contract = contract_of(&fixture, "notes.search");
  assert_int_equal(contract->field_count, MANY + 2);
  for (size_t i = 0; i < contract->field_count; i++)
    assert_ptr_equal(contract_field(contract, contract->fields[i].schema.name),
                     &contract->fields[i]);
  static const char *const others[] = {"", "f", "f00", "f60", "a", "zz"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    assert_null(contract_field(contract, text_of(others[i])));
  buffer_deinit(&to);
  forget(&fixture);
}

/* --- Composition --- */

static void restrictions_add_up(void **state)
{
  (void)state;
  static const struct change changes[] = {
      {TEMPLATE, NULL,
       "{ \"requires\": { \"auth\": [\"admin\", \"user\"],\n"
       "    \"validates\": { \"properties\": { \"email\": { \"maxLength\": 50 }, \"role\": {} } "
       "},\n"
       "    \"rate_limit\": [{ \"limit\": 7, \"per\": \"1s\", \"by\": \"ip\" }] },\n"
       "  \"limits\": { \"time\": \"20ms\", \"memory\": \"1MB\" },\n"
       "  \"denials\": { \"invalid_input\": 400, \"not_found\": 410 } }\n"},
      {POLICY, "\"privileged\": [\"admin\"],",
       "\"privileged\": [\"admin\"], \"limits\": { \"time\": \"50ms\", \"body\": \"1MB\" },\n"
       "\"rate_limit\": [{ \"limit\": 9, \"per\": \"1d\", \"by\": \"principal\" }],\n"
       "\"denials\": { \"invalid_input\": 418, \"forbidden\": 404 },"},
      {UPDATE, "\"requires\"",
       "\"extends\": [\"templates/signed_in\", \"templates/anybody\"],\n"
       "\"limits\": { \"time\": \"30ms\", \"memory\": \"2MB\" },\n"
       "\"denials\": { \"not_found\": 403 },\n\"requires\""},
      {"contracts/templates/anybody.json", NULL, "{ \"requires\": { \"auth\": [\"*\"] } }"},
      {SEARCH, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""},
  };
  struct fixture fixture;
  load(&fixture, changes, 5);
  app_expect(&fixture.report, "composition",
             UNUSED UPDATE ":5:21: warning: `limits.time` is 30ms here, but 20ms in "
                           "contracts/templates/signed_in.json: the least counts\n" UPDATE
                           ":5:39: warning: `limits.memory` is 2MB here, but 1MB in "
                           "contracts/templates/signed_in.json: the least counts\n");
  const struct contract *contract = contract_of(&fixture, "users.update_profile");
  assert_int_equal(contract->role_count, 1);
  assert_int_equal(contract->time_ns, 20000000);
  assert_int_equal(contract->memory_bytes, 1 << 20);
  assert_int_equal(contract->body_max_bytes,
                   64 << 10); /* the default: nobody raises it but itself */
  assert_int_equal(contract->statuses[DENIAL_INVALID_INPUT], 400);
  assert_int_equal(contract->statuses[DENIAL_NOT_OWNER], 403);
  assert_int_equal(contract->statuses[DENIAL_FORBIDDEN], 404);
  assert_int_equal(contract->rate_limit_count, 3);
  assert_int_equal(contract->rate_limits[0].limit, 7);
  assert_int_equal(contract->rate_limits[1].limit, 9);
  assert_int_equal(contract->rate_limits[2].limit, 5);

  /* The policy's limit is one for all routes; every other is the route's own. */
  const struct contract *other = contract_of(&fixture, "notes.search");
  assert_int_equal(other->rate_limit_count, 2);
  assert_memory_equal(other->rate_limits[1].id, contract->rate_limits[1].id, 16);
  assert_memory_not_equal(other->rate_limits[0].id, contract->rate_limits[0].id, 16);
  assert_int_equal(other->role_count, 2);
  assert_memory_not_equal(contract->rate_limits[0].id, contract->rate_limits[2].id, 16);
  /* A public contract has no principal to count. */
  assert_int_equal(contract_of(&fixture, "users.register")->rate_limit_count, 1);

  struct json email =
      json_string(TEXT("this-address-is-far-too-long-for-the-template@example.org"));
  struct json user = json_string(TEXT("1"));
  struct json_builder input = {0};
  json_builder_add(&input, &fixture.arena, TEXT("user_id"), user);
  json_builder_add(&input, &fixture.arena, TEXT("email"), email);
  struct json value = json_builder_object(&input);
  assert_false(schema_valid(contract->input, &value, NULL));
  input.members[1].value = json_string(TEXT("a@example.org"));
  value = json_builder_object(&input);
  assert_true(schema_valid(contract->input, &value, NULL));
  json_builder_add(&input, &fixture.arena, TEXT("role"), user);
  value = json_builder_object(&input);
  assert_false(schema_valid(contract->input, &value, NULL)); /* only the template describes it */
  forget(&fixture);
}

static void a_field_is_a_password_behind_a_reference_too(void **state)
{
  (void)state;
  static const struct change changes[] = {
      {SECRETS, NULL, SECRETS_TEXT},
      {REGISTER, "{ \"type\": \"string\", \"format\": \"password\" }",
       "{ \"allOf\": [{ \"$ref\": \"../defs/secrets.json#/$defs/pin\" }] }"},
  };
  struct fixture fixture;
  load(&fixture, changes, 2);
  app_expect(&fixture.report, "a password behind a reference", UNUSED);
  const struct contract *contract = contract_of(&fixture, "users.register");
  assert_true(field_of(contract, "password")->schema.password);
  assert_true(field_of(contract, "password")->hashed);
  assert_false(field_of(contract, "email")->schema.password);
  forget(&fixture);
}

static void privileged_and_unowned_grants(void **state)
{
  (void)state;
  static const struct change changes[] = {
      {SEARCH, "[\"user\", \"admin\"]", "[\"admin\"]"},
      {POLICY, "\"tables\"", "\"unowned\": [\"users.update_profile\"], \"tables\""},
      {UPDATE, "[\"users.update_profile\"]",
       "[{ \"name\": \"users.update_profile\", \"calls\": 3 }],\n"
       "\"unowned\": { \"users.update_profile\": \"for the test\" }"},
  };
  struct fixture fixture;
  load(&fixture, changes, 3);
  app_expect(&fixture.report, "grants", UNUSED);
  const struct contract *contract = contract_of(&fixture, "notes.search");
  assert_true(contract->privileged);
  assert_null(contract->uses[0].own);
  assert_non_null(contract->uses[0].exempt);
  contract = contract_of(&fixture, "users.update_profile");
  assert_false(contract->privileged);
  assert_true(contract->uses[0].unowned);
  assert_null(contract->uses[0].own);
  assert_non_null(contract->uses[0].exempt);
  assert_int_equal(contract->uses[0].calls, 3);
  forget(&fixture);
}

/* Roles that are left when a template has narrowed them have the rights that the contract gives. */
static void a_template_gives_no_privilege(void **state)
{
  (void)state;
  static const struct {
    const char *auth;
    bool privileged, names_roles, exempt;
  } cases[] = {
      {"[\"admin\"]", true, true, true},
      {"[\"user\", \"admin\"]", false, true, true},
      {"[\"*\"]", false, false, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct change changes[] = {
        {TEMPLATE, NULL, "{ \"requires\": { \"auth\": [\"admin\"] } }"},
        {SEARCH, "[\"user\", \"admin\"]", cases[i].auth},
        {SEARCH, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""},
    };
    struct fixture fixture;
    load(&fixture, changes, 3);
    const struct contract *contract = contract_of(&fixture, "notes.search");
    assert_int_equal(contract->role_count, 1);
    assert_int_equal(contract->privileged, cases[i].privileged);
    assert_int_equal(contract->names_roles, cases[i].names_roles);
    assert_int_equal(contract->uses[0].exempt != NULL, cases[i].exempt);
    forget(&fixture);
  }
}

/* What a contract is made of changes its hash; what it is not leaves it alone. */
static void a_hash_tells_contracts_apart(void **state)
{
  (void)state;
  static const struct {
    struct change change;
    bool changes;
  } cases[] = {
      {{SEARCH, "\"Own notes\"", "\"My notes\""}, true},
      {{NOTES, "title = :q", "title <> :q"}, true},
      {{POLICY, "[\"admin\"]", "[\"admin\", \"root\"]"}, true},
      {{UPDATE, "\"A user", "\"One user"}, false},
      {{USERS, "count(*) = 0", "count(*) = 1"}, false},
  };
  struct fixture plain;
  load(&plain, NULL, 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fixture fixture;
    load(&fixture, &cases[i].change, 1);
    bool same = memcmp(contract_of(&fixture, "notes.search")->hash,
                       contract_of(&plain, "notes.search")->hash, HASH_BYTES) == 0;
    assert_int_equal(same, !cases[i].changes);
    forget(&fixture);
  }
  forget(&plain);
}

/* Also queries that only the host runs, and those that say whose rows are whose. */
static void a_hash_is_of_all_queries(void **state)
{
  (void)state;
  static const struct change unchanged[] = {
      {UPDATE, "\"audit\": {", "\"unchanged\": [\"notes.count\"], \"audit\": {"},
      {NOTES, "-- name: owner",
       "-- name: count :value\nSELECT count(*) FROM notes;\n-- name: owner"},
      {NOTES, "SELECT count(*)", "SELECT count(id)"}};
  static const struct change members[] = {
      {POLICY, "\"owner_id\" }", "\"owner_id\", \"in\": \"users.mine\" }"},
      {USERS, "-- name: is_free", "-- name: mine :many\nSELECT :principal_id;\n-- name: is_free"},
      {USERS, "SELECT :principal_id;", "SELECT 'x' || :principal_id;"}};
  static const struct change *const cases[] = {unchanged, members};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fixture before, after;
    load(&before, cases[i], 2);
    load(&after, cases[i], 3);
    assert_memory_not_equal(contract_of(&before, "users.update_profile")->hash,
                            contract_of(&after, "users.update_profile")->hash, HASH_BYTES);
    forget(&before);
    forget(&after);
  }
}

/* An app that does not load: the changes that break it, and the errors they must bring. */
struct refusal {
  const char *name;
  struct change changes[4];
  const char *expected;
};

#include "composition_refusals.h"
#include "contract_refusals.h"
#include "keyword_refusals.h"

static void expect_refusal(const struct refusal *refusal)
{
  struct fixture fixture;
  char expected[2048];
  snprintf(expected, sizeof expected, "%s\n", refusal->expected);
  load(&fixture, refusal->changes, 4);
  /* Only errors count here. */
  struct finding **link = &fixture.report.first;
  while (*link) {
    if ((*link)->severity == SEVERITY_ERROR) {
      link = &(*link)->next;
      continue;
    }
    *link = (*link)->next;
    fixture.report.warnings--;
  }
  app_expect(&fixture.report, refusal->name, expected);
  assert_null(fixture.generation);
  forget(&fixture);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) expect_refusal(&refusals[i]);
  for (size_t i = 0; i < sizeof keyword_refusals / sizeof keyword_refusals[0]; i++)
    expect_refusal(&keyword_refusals[i]);
}

static void templates_and_policy_only_restrict(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof composition_refusals / sizeof composition_refusals[0]; i++)
    expect_refusal(&composition_refusals[i]);
}

/* Not wrong, but worth a word. */
static const struct {
  struct change changes[2];
  const char *expected;
} warnings[] = {
    {{{REGISTER, ", \"format\": \"password\"", ""}},
     UNUSED REGISTER ":16:25: warning: 'users.register': :password goes to a secret column"},
    {{{UPDATE, "\"name\": {",
       "\"pin\": { \"type\": \"string\", \"format\": \"password\" }, \"name\": {"}},
     UNUSED UPDATE ":6:18: warning: nothing verifies or stores the password 'pin'"},
    {{{UPDATE, "{ \"queries\"",
       "{ \"computes\": { \"slug\": { \"type\": \"string\" } }, \"queries\""}},
     UNUSED UPDATE ":19:27: warning: no granted query has a parameter :slug"},
};

static void what_is_odd_is_said_too(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
    struct fixture fixture;
    load(&fixture, warnings[i].changes, 2);
    app_expect(&fixture.report, warnings[i].expected, warnings[i].expected);
    assert_non_null(fixture.generation);
    forget(&fixture);
  }
}

static void handlers_cost_only_their_own_route(void **state)
{
  (void)state;
  static const struct change changes[] = {
      {"app/handlers/users/log_in.lua", NULL, NULL},
      {"app/handlers/users/backdoor.lua", NULL, "return function() end\n"},
  };
  struct fixture fixture;
  load(&fixture, changes, 2);
  app_expect(&fixture.report, "handlers",
             "app/handlers/users/backdoor.lua: warning: no contract names this handler\n" NOTES
             ":7:1: warning\n" USERS ":6:1: warning\n" LOGIN
             ":3:12: error: this contract has no handler: there is no "
             "app/handlers/users/log_in.lua");
  assert_non_null(fixture.generation);
  assert_int_equal(fixture.handler_errors, 1);
  assert_null(contract_of(&fixture, "users.log_in")->image);
  forget(&fixture);
}

static void a_handler_that_does_not_load_is_found_at_its_line(void **state)
{
  (void)state;
  static const struct change changes[] = {
      {"app/handlers/users/log_in.lua", NULL, "local x = 1\nreturn function(\n"},
      {"app/handlers/notes/search.lua", NULL, "return require 'text.slug'\n"},
      {"app/lib/text/slug.lua", NULL, "return function() end\n"},
  };
  struct fixture fixture;
  struct sandbox *sandbox;
  struct error error = {0};
  assert_int_equal(sandbox_new(&sandbox, &error), 0);
  load_with(&fixture, sandbox, changes, 3);
  app_expect(&fixture.report, "handlers", "app/handlers/users/log_in.lua:3:1: error: \n" UNUSED);
  assert_int_equal(fixture.handler_errors, 1);
  assert_null(contract_of(&fixture, "users.log_in")->image);
  assert_non_null(contract_of(&fixture, "users.register")->image);
  assert_non_null(contract_of(&fixture, "notes.search")->image);
  forget(&fixture);
}

static void migrations_are_read_in_order(void **state)
{
  (void)state;
  static const struct {
    const char *second, *error;
  } cases[] = {
      {"contracts/migrations/0002_more.sql", NULL},
      {"contracts/migrations/0001_again.sql", "two migrations with this number"},
      {"contracts/migrations/2_more.sql", "name it like 0001_users.sql"},
      {"contracts/migrations/0002-more.sql", "name it like 0001_users.sql"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct app app;
    struct arena arena;
    struct report report;
    struct source_tree sources;
    struct migration *migrations;
    struct error error = {0};
    size_t count;
    app_begin(&app);
    arena_init(&arena, 4096);
    app_write(&app, cases[i].second, "SELECT 2;");
    app_write(&app, "contracts/migrations/0001_first.sql", "SELECT 1;");
    report_init(&report);
    source_tree_read(&sources, app.folder, &report);
    int failed = migrations_read(&sources, &arena, &migrations, &count, &error);
    assert_int_equal(failed, cases[i].error ? -1 : 0);
    if (cases[i].error) assert_non_null(strstr(error.message, cases[i].error));
    if (!cases[i].error) {
      assert_int_equal(count, 2);
      assert_string_equal(migrations[0].name, "0001_first.sql");
      assert_true(text_is(migrations[1].sql, "SELECT 2;"));
    }
    source_tree_free(&sources);
    report_deinit(&report);
    arena_deinit(&arena);
    app_end(&app);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_change_of_the_own_profile),
      cmocka_unit_test(a_log_in),
      cmocka_unit_test(a_search_with_a_choice),
      cmocka_unit_test(each_of_many_fields_is_found_by_its_name),
      cmocka_unit_test(restrictions_add_up),
      cmocka_unit_test(a_field_is_a_password_behind_a_reference_too),
      cmocka_unit_test(privileged_and_unowned_grants),
      cmocka_unit_test(a_template_gives_no_privilege),
      cmocka_unit_test(a_hash_tells_contracts_apart),
      cmocka_unit_test(a_hash_is_of_all_queries),
      cmocka_unit_test(what_is_wrong_is_said_with_its_place),
      cmocka_unit_test(templates_and_policy_only_restrict),
      cmocka_unit_test(what_is_odd_is_said_too),
      cmocka_unit_test(handlers_cost_only_their_own_route),
      cmocka_unit_test(a_handler_that_does_not_load_is_found_at_its_line),
      cmocka_unit_test(migrations_are_read_in_order),
  };
  return crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
