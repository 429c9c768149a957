/* Mutations of valid inputs: for every contract of every example app, and for random schemas. Here
 * the validator is the oracle: what is to be refused it refuses, what is to pass it admits, though
 * whoever made the mutations did not ask it. WRIT_TEST_SEED says where chance begins. */
#include "loaded_app.h"

#include "random_schema.h"
#include "temporary_app.h"
#include "testing/mutations.h"
#include "testing/scratch.h"

static uint64_t seed(void)
{
  return number_from("WRIT_TEST_SEED", 7);
}

/* --- What a contract is given. --- */

struct taking {
  const struct contract *contract;
  struct arena arena;
  size_t malformed, wrong;
  struct buffer labels; /* one a line: kind, status, label */
};

static void show_wrong(struct taking *taking, const struct mutation *mutation)
{
  struct buffer out = {0};
  json_write(&out, &mutation->input);
  taking->wrong++;
  print_error("%s: %s (%s): %.*s\n", taking->contract->name, mutation->label.data,
              mutation->kind == MUTATION_REFUSED ? "is admitted" : "is refused",
              (int)(out.length < 300 ? out.length : 300), out.data);
  buffer_deinit(&out);
}

static bool has_pointer(const struct contract *contract, const struct mutation *mutation,
                        struct arena *arena)
{
  struct schema_problems problems = {.arena = arena};
  struct json settled;
  values_admit(contract, &mutation->input, arena, &settled);
  schema_valid(contract->input, &settled, &problems);
  if (problems.count == SCHEMA_PROBLEMS_MAX) return true;
  for (size_t i = 0; i < problems.count; i++)
    if (text_equal(problems.items[i].instance, mutation->pointer)) return true;
  return false;
}

static void take(void *context, const struct mutation *mutation)
{
  struct taking *taking = context;
  static const char kinds[] = {'-', '+', 'p'};
  buffer_print(&taking->labels, "%c %s%s\n", kinds[mutation->kind],
               mutation->denial == DENIAL_MALFORMED ? "malformed " : "", mutation->label.data);
  assert_true(mutation->label.length > 0);
  if (mutation->denial == DENIAL_MALFORMED) {
    taking->malformed++;
    return;
  }
  bool admitted = values_admit(taking->contract, &mutation->input, &taking->arena, NULL);
  if (admitted == (mutation->kind == MUTATION_REFUSED)) show_wrong(taking, mutation);
  if (mutation->kind == MUTATION_REFUSED && !admitted && mutation->pointer.length > 0 &&
      !has_pointer(taking->contract, mutation, &taking->arena)) {
    print_error("%s: %s: no problem at '%.*s'\n", taking->contract->name, mutation->label.data,
                TEXT_ARGS(mutation->pointer));
    taking->wrong++;
  }
  if (mutation->kind == MUTATION_PAYLOAD) assert_true(mutation->payload.length > 0);
  arena_reset(&taking->arena);
}

static void add_counts(struct mutation_counts *sum, const struct mutation_counts *more)
{
  sum->refused += more->refused;
  sum->admitted += more->admitted;
  sum->payloads += more->payloads;
  sum->undecided += more->undecided;
  sum->unsendable += more->unsendable;
}

static void mutate(const struct generation *generation, const struct contract *contract,
                   uint64_t number, struct taking *taking, struct mutation_counts *counts)
{
  struct arena arena;
  struct values values;
  struct json input;
  struct error error = {0};
  struct mutation_counts own = {0};
  arena_init(&arena, 1 << 16);
  *taking = (struct taking){.contract = contract};
  arena_init(&taking->arena, 1 << 16);
  values_init(&values, generation->schemas, &arena, number);
  enum value_shape shape = number % 2 ? VALUE_FULL : VALUE_MINIMAL;
  if (values_input(&values, generation, contract, shape, NULL, &input, &error) == 0)
    mutations_each(&values, generation, contract, &input, NULL, 0, take, taking, &own);
  add_counts(counts, &own);
  values_deinit(&values);
  arena_deinit(&taking->arena);
  arena_deinit(&arena);
}

static void print_counts(const char *of, const struct mutation_counts *counts)
{
  print_message("%s: %zu refused, %zu admitted, %zu payloads; %zu undecided, %zu unsendable\n", of,
                counts->refused, counts->admitted, counts->payloads, counts->undecided,
                counts->unsendable);
}

static void of_every_contract(void **state)
{
  (void)state;
  struct mutation_counts counts = {0};
  size_t wrong = 0, contracts = 0;
  for (size_t i = 0; i < EXAMPLE_APPS; i++) {
    struct loaded_app app;
    loaded_app_open(&app, example_apps[i]);
    for (size_t k = 0; k < app.generation->contract_count; k++)
      for (uint64_t round = 0; round < 2; round++, contracts++) {
        struct taking taking;
        mutate(app.generation, app.generation->contracts[k], seed() + round, &taking, &counts);
        wrong += taking.wrong;
        const char *shown = getenv("WRIT_TEST_SHOW");
        if (shown && strcmp(shown, app.generation->contracts[k]->name) == 0)
          print_message("%.*s", TEXT_ARGS(buffer_text(&taking.labels)));
        buffer_deinit(&taking.labels);
      }
    loaded_app_close(&app);
  }
  print_counts("example apps", &counts);
  assert_int_equal(wrong, 0);
  assert_true(counts.refused > 20 * contracts && counts.admitted > contracts);
}

/* --- What a schema gives. --- */

#define CONTRACT(route, validates)                                                                 \
  "{\"summary\": \"A test\", \"route\": \"" route "\", \"requires\": {\"auth\": \"public\",\n"     \
  " \"reason\": \"a test\", \"validates\": {\"type\": \"object\", \"properties\": " validates      \
  "}}, \"ensures\": {\"returns\": {\"204\": null}}}"

static void load_one(struct app *app, struct loaded_app *loaded, const char *contract)
{
  app_begin(app);
  app_write(app, "contracts/policy.json", "{\"tables\": {}}");
  app_write(app, "contracts/defs/shared.json", random_shared_schemas);
  app_write(app, "contracts/one.json", contract);
  loaded_app_open(loaded, app->folder);
}

static void unload_one(struct app *app, struct loaded_app *loaded)
{
  loaded_app_close(loaded);
  app_end(app);
}

/* Lines that stand among what a contract is given. */
static const struct {
  const char *contract;
  const char *lines[16];
} cases[] = {
    {CONTRACT("POST /one",
              "{\"title\": {\"type\": \"string\", \"minLength\": 2, \"maxLength\": 200}},"
              "\"required\": [\"title\"]"),
     {"- title: 201 characters, where at most 200 are allowed",
      "- title: 201 characters of four bytes, where at most 200 are allowed",
      "- title: 1 character, where at least 2 are asked for",
      "- title: is missing, and is required", "- title: null, where a string is asked for",
      "- title: a number, where a string is asked for", "- title: its value in an array",
      "- __proto__: a field that is not declared",
      "+ title: 200 characters of four bytes, the most that is allowed",
      "+ title: 200 characters, one of a byte before others of four, the most that is allowed",
      "+ title: 2 characters, the least that is allowed",
      "p title: the text <script>alert(1)</script>", "- malformed title: twice in the body",
      "- malformed title: half of a surrogate pair"}},
    {CONTRACT("GET /one/{id}",
              "{\"id\": {\"type\": \"integer\", \"minimum\": 1}, \"page\": {\"type\": \"integer\","
              "\"exclusiveMaximum\": 100}, \"sort\": {\"enum\": [\"new\", \"old\"]}},"
              "\"required\": [\"id\"]"),
     {"- id: the text '01', where a whole number is asked for",
      "- id: the text '1e2', where a whole number is asked for",
      "- id: the text 'NaN', where a whole number is asked for",
      "- id: 0, where at least 1 is allowed", "+ id: 1, the least that is allowed",
      "+ id: 9223372036854775807", "- page: 100, where less than 100 is allowed",
      "+ page: 99, the most that is allowed",
      "- sort: \"NEW\" (in another case), which is not listed", "+ sort: \"old\", which is listed",
      "+ page: is missing, and may be", "- malformed id: a byte that no UTF-8 has",
      "- malformed page: twice"}},
    {CONTRACT(
         "PUT /one",
         "{\"lines\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 3, \"uniqueItems\": "
         "true, \"items\": {\"type\": \"object\", \"properties\": {\"count\": {\"type\": "
         "[\"integer\", \"null\"], \"multipleOf\": 5, \"maximum\": 50}}, \"required\": "
         "[\"count\"]}}}"),
     {"- lines: 0 elements, where at least 1 are asked for",
      "- lines: 4 elements, where at most 3 are allowed", "- lines: the same element twice",
      "+ lines: 3 elements, the most that are allowed", "+ lines/0/count: null, which it may be",
      "- lines/0/count: is missing, and is required",
      "- lines/0/writ_unknown: a field that is not declared",
      "- lines/0/count: a string, where null or a whole number is asked for",
      "- lines/0/count: 51, where at most 50 is allowed",
      "+ lines/0/count: 50, the most that is allowed", "+ lines: is missing, and may be"}},
    {CONTRACT(
         "POST /one",
         "{\"mail\": {\"type\": \"string\", \"format\": \"email\", \"normalize\": [\"trim\", "
         "\"lower\"]}, \"code\": {\"type\": \"string\", \"pattern\": \"^[a-z]{3}$\"}, \"kind\":"
         " {\"enum\": [\"a\"], \"normalize\": [\"lower\"]}}"),
     {"- mail: 'ada@' (no domain), which is no email",
      "which the pattern ^[a-z]{3}$ has no place for", "p mail: the text {{7*7}}@example.com"}},
    {CONTRACT("POST /one",
              "{\"pay\": {\"oneOf\": [{\"type\": \"object\", \"properties\": {\"card\":"
              " {\"type\": \"string\", \"maxLength\": 4}}, \"required\": [\"card\"]}]}}"),
     {"- pay/card: 5 characters, where at most 4 are allowed",
      "- pay/card: is missing, and is required",
      "+ pay/card: 4 characters, the most that is allowed"}},
    {CONTRACT("POST /one", "{\"a\": {\"type\": \"string\"}, \"b\": {\"type\": \"string\"}}, "
                           "\"dependentRequired\": {\"a\": [\"b\"]}"),
     {"- b: is missing, and is required", "+ a: is missing, and may be"}},
    {CONTRACT("POST /one",
              "{\"pay\": {\"oneOf\": [{\"type\": \"object\", \"properties\": {\"card\":"
              " {\"type\": \"string\", \"maxLength\": 4}}, \"required\": [\"card\"]}, "
              "{\"type\": \"object\", \"properties\": {\"iban\": {\"type\": \"string\", "
              "\"maxLength\": 6}}, \"required\": [\"iban\"]}, {\"type\": \"null\"}]}}"),
     {"- pay/card: 5 characters, where at most 4 are allowed",
      "+ pay/card: 4 characters, the most that is allowed",
      "- pay/iban: 7 characters, where at most 6 are allowed",
      "+ pay/iban: 6 characters, the most"}},
};

static void of_single_schemas(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct app app;
    struct loaded_app loaded;
    struct taking taking;
    struct mutation_counts counts = {0};
    load_one(&app, &loaded, cases[i].contract);
    mutate(loaded.generation, loaded.generation->contracts[0], 7, &taking, &counts);
    assert_int_equal(taking.wrong, 0);
    buffer_append_byte(&taking.labels, '\0');
    for (const char *const *line = cases[i].lines; *line; line++)
      if (!strstr(taking.labels.data, *line)) fail_msg("no '%s' in\n%s", *line, taking.labels.data);
    buffer_deinit(&taking.labels);
    unload_one(&app, &loaded);
  }
}

/* --- A sample. --- */

static void gather(void *context, const struct mutation *mutation)
{
  struct buffer *labels = context;
  buffer_print(labels, "%d %s\n", (int)mutation->kind, mutation->label.data);
}

static struct buffer sample(const struct generation *generation, const struct contract *contract,
                            uint64_t of, size_t most, struct mutation_counts *counts)
{
  struct arena arena;
  struct values values;
  struct json input;
  struct buffer labels = {0};
  arena_init(&arena, 1 << 12);
  values_init(&values, generation->schemas, &arena, of);
  assert_int_equal(values_input(&values, generation, contract, VALUE_FULL, NULL, &input, NULL), 0);
  mutations_each(&values, generation, contract, &input, NULL, most, gather, &labels, counts);
  buffer_append_byte(&labels, '\0');
  values_deinit(&values);
  arena_deinit(&arena);
  return labels;
}

/* Each line of the one is a line of the other, in the same order. */
static bool is_part_of(const char *part, const char *all)
{
  while (*part) {
    size_t length = strcspn(part, "\n") + 1;
    while (*all && strncmp(part, all, length) != 0) all += strcspn(all, "\n") + 1;
    if (!*all) return false;
    part += length;
  }
  return true;
}

static void no_more_than_are_wanted(void **state)
{
  (void)state;
  enum { MOST = 12 };
  struct app app;
  struct loaded_app loaded;
  load_one(
      &app, &loaded,
      "{\"summary\": \"A test\", \"route\": \"POST /one\", \"requires\": {\"auth\": \"public\",\n"
      " \"reason\": \"a test\", \"validates\": {\"type\": \"object\", \"properties\": {\n"
      " \"a\": {\"type\": \"string\", \"maxLength\": 40}, \"b\": {\"type\": \"string\"},\n"
      " \"c\": {\"type\": \"integer\"}, \"d\": {\"enum\": [1, 2, 3]}}}},\n"
      " \"ensures\": {\"returns\": {\"204\": null}}}");
  const struct contract *contract = loaded.generation->contracts[0];
  struct mutation_counts every = {0}, some = {0}, again = {0}, other = {0};
  struct buffer all = sample(loaded.generation, contract, 7, 0, &every);
  struct buffer first = sample(loaded.generation, contract, 7, MOST, &some);
  struct buffer second = sample(loaded.generation, contract, 7, MOST, &again);
  struct buffer third = sample(loaded.generation, contract, 8, MOST, &other);
  assert_int_equal(every.left_out[MUTATION_REFUSED] + every.malformed_left_out, 0);
  assert_true(some.payloads > 0 && some.payloads <= MOST && some.refused <= 2 * MOST);
  assert_true(some.payloads + some.left_out[MUTATION_PAYLOAD] >= every.payloads);
  assert_true(some.malformed_left_out > 0);
  assert_true(is_part_of(first.data, all.data));
  assert_string_equal(first.data, second.data);
  assert_string_not_equal(first.data, third.data);
  buffer_deinit(&all);
  buffer_deinit(&first);
  buffer_deinit(&second);
  buffer_deinit(&third);
  unload_one(&app, &loaded);
}

/* --- Fields that are given. --- */

static void no_pass_with(void *context, const struct mutation *mutation)
{
  unsigned *refused = context;
  bool field = text_is(mutation->field, "note_id");
  assert_false(field && mutation->kind != MUTATION_REFUSED);
  *refused += field;
  if (mutation->kind != MUTATION_REFUSED)
    assert_true(json_is_string(json_get(&mutation->input, "note_id"),
                               "01890000-0000-7000-8000-00000000000a"));
}

static void fixed_fields_are_only_broken(void **state)
{
  (void)state;
  struct loaded_app app;
  loaded_app_open(&app, ".");
  for (size_t k = 0; k < app.generation->contract_count; k++) {
    const struct contract *contract = app.generation->contracts[k];
    if (strcmp(contract->name, "notes.update") != 0) continue;
    struct arena arena;
    struct values values;
    struct json input, fixed;
    struct mutation_counts counts = {0};
    unsigned refused = 0;
    struct text text = TEXT("{\"note_id\": \"01890000-0000-7000-8000-00000000000a\"}");
    arena_init(&arena, 1 << 12);
    values_init(&values, app.generation->schemas, &arena, seed());
    assert_int_equal(json_read(&arena, text, NULL, &fixed, NULL), 0);
    assert_int_equal(
        values_input(&values, app.generation, contract, VALUE_FULL, &fixed, &input, NULL), 0);
    mutations_each(&values, app.generation, contract, &input, &fixed, 0, no_pass_with, &refused,
                   &counts);
    assert_true(refused > 5);
    values_deinit(&values);
    arena_deinit(&arena);
  }
  loaded_app_close(&app);
}

/* --- Random schemas, in all places of a request. --- */

static void write_contract(struct buffer *out, struct dice *dice)
{
  static const char *const routes[] = {"POST /one", "GET /one", "PUT /one/{count}"};
  buffer_print(out,
               "{\"summary\": \"A test\", \"route\": \"%s\", \"requires\": {\"auth\": \"public\",\n"
               " \"reason\": \"a test\", \"validates\": {\"type\": \"object\", ",
               routes[dice_below(dice, 3)]);
  buffer_print(out,
               "\"required\": [\"count\"], \"properties\": {\"count\": {\"type\": \"integer\"");
  random_number_keywords(out, dice);
  buffer_print(out, "}");
  for (uint32_t i = 0; i < FIELDS; i++) {
    if (strcmp(random_fields[i].name, "count") == 0 || dice_happens(dice, 40)) continue;
    buffer_print(out, ", \"%s\": ", random_fields[i].name);
    random_schema(out, dice, random_fields[i].kind, 1);
  }
  buffer_print(out, "}}}, \"ensures\": {\"returns\": {\"204\": null}}}");
  buffer_append_byte(out, '\0');
}

/* Some of them do not load, as chance contradicts itself or the rules for a route: no matter. */
static bool loads(const char *folder, struct loaded_app *loaded)
{
  struct report report;
  size_t handler_errors;
  report_init(&report);
  source_tree_read(&loaded->sources, folder, &report);
  assert_int_equal(store_open(&(struct store_config){0}, &loaded->store, NULL), 0);
  loaded->generation =
      generation_load(&loaded->sources, loaded->store, NULL, &report, &handler_errors);
  report_deinit(&report);
  return loaded->generation != NULL;
}

static void of_random_schemas(void **state)
{
  (void)state;
  struct mutation_counts counts = {0};
  size_t wrong = 0, loaded_count = 0;
  uint64_t rounds = number_from("WRIT_TEST_ROUNDS", 150);
  for (uint64_t i = 0; i < rounds; i++) {
    struct dice dice = {seed() * 7919 + i};
    struct app app;
    struct loaded_app loaded = {0};
    struct buffer text = {0};
    app_begin(&app);
    write_contract(&text, &dice);
    app_write(&app, "contracts/policy.json", "{\"tables\": {}}");
    app_write(&app, "contracts/defs/shared.json", random_shared_schemas);
    app_write(&app, "contracts/one.json", text.data);
    if (loads(app.folder, &loaded)) {
      struct taking taking;
      mutate(loaded.generation, loaded.generation->contracts[0], seed() + i, &taking, &counts);
      if (taking.wrong > 0) print_error("of %s\n", text.data);
      wrong += taking.wrong;
      buffer_deinit(&taking.labels);
      loaded_count++;
      generation_free(loaded.generation);
    }
    store_close(loaded.store);
    source_tree_free(&loaded.sources);
    buffer_deinit(&text);
    app_end(&app);
  }
  print_message("%zu of %llu contracts load\n", loaded_count, (unsigned long long)rounds);
  print_counts("random schemas", &counts);
  assert_int_equal(wrong, 0);
  assert_true(loaded_count > rounds / 4 && counts.refused > 20 * loaded_count);
}

/* --- Through the dispatcher. --- */

/* A day passes before each request, so that no rate limit is in the way. */
struct sending {
  struct scratch *scratch;
  const struct contract *contract;
  struct text principal;
  size_t sent, wrong;
};

static void send_one(void *context, const struct mutation *mutation)
{
  enum { DAY_MS = 86400000 };
  struct sending *sending = context;
  struct arena arena;
  struct scratch_reply reply;
  struct error error = {0};
  char token[TOKEN_CHARS + 1], header[TOKEN_CHARS + 8];
  if (mutation->kind != MUTATION_REFUSED) return;
  if (mutation->denial != DENIAL_MALFORMED && sending->sent % 16 != 0) { /* others are many */
    sending->sent++;
    return;
  }
  arena_init(&arena, 1 << 14);
  scratch_set_now(sending->scratch, scratch_now(sending->scratch) + DAY_MS);
  struct request request = {
      .method = sending->contract->route.method,
      .path = mutation->parts.path,
      .query = mutation->parts.query,
      .body = mutation->parts.body,
      .content_type = mutation->parts.body.length > 0 ? TEXT("application/json") : TEXT(""),
      .address = TEXT("192.0.2.1"),
      .idempotency_key = TEXT("writ-test-key")};
  if (!sending->contract->anonymous) {
    assert_int_equal(scratch_sign_in(sending->scratch, sending->principal, token, &error), 0);
    snprintf(header, sizeof header, "Bearer %s", token);
    request.authorization = text_of(header);
  }
  scratch_call(sending->scratch, &request, &arena, &reply);
  bool other = text_is(reply.code, "forbidden"); /* the next one may be let in */
  if (!other && !text_is(reply.code, denial_code(mutation->denial))) {
    print_error("%s: %s: %d %.*s\n", sending->contract->name, mutation->label.data, reply.status,
                TEXT_ARGS(reply.code));
    sending->wrong++;
  }
  sending->sent += !other;
  arena_deinit(&arena);
}

static size_t send_all(struct scratch *scratch, const struct contract *contract, size_t *sent)
{
  const struct generation *generation = scratch_generation(scratch);
  size_t count, wrong = 0;
  const struct scratch_principal *people = scratch_principals(scratch, &count);
  if (contract->webhook) return 0; /* signatures are another matter */
  for (size_t i = 0; i < (contract->anonymous ? 1 : count); i++) {
    struct arena arena;
    struct values values;
    struct json input;
    struct mutation_counts counts = {0};
    struct sending sending = {scratch, contract, contract->anonymous ? TEXT("") : people[i].id, 0,
                              0};
    arena_init(&arena, 1 << 16);
    values_init(&values, generation->schemas, &arena, seed());
    assert_int_equal(values_input(&values, generation, contract, VALUE_FULL, NULL, &input, NULL),
                     0);
    mutations_each(&values, generation, contract, &input, NULL, 0, send_one, &sending, &counts);
    values_deinit(&values);
    arena_deinit(&arena);
    *sent += sending.sent;
    wrong += sending.wrong;
    if (sending.sent > 0) break;
  }
  return wrong;
}

static void the_host_refuses_them(void **state)
{
  (void)state;
  size_t wrong = 0, sent = 0;
  for (size_t i = 0; i < EXAMPLE_APPS; i++) {
    struct scratch *scratch;
    struct report report;
    struct error error = {0};
    report_init(&report);
    if (scratch_open(&(struct scratch_options){.folder = example_apps[i]}, &report, &scratch,
                     &error))
      fail_msg("%s: %s", example_apps[i], error.message);
    const struct generation *generation = scratch_generation(scratch);
    for (size_t k = 0; k < generation->contract_count; k++)
      wrong += send_all(scratch, generation->contracts[k], &sent);
    scratch_close(scratch);
    report_deinit(&report);
  }
  print_message("%zu requests\n", sent);
  assert_int_equal(wrong, 0);
  assert_true(sent > 1000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(of_single_schemas), cmocka_unit_test(no_more_than_are_wanted),
      cmocka_unit_test(of_every_contract), cmocka_unit_test(fixed_fields_are_only_broken),
      cmocka_unit_test(of_random_schemas), cmocka_unit_test(the_host_refuses_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
