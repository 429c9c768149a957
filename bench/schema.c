/* What checking input costs: reading a JSON body and writing one, against jansson; holding the
 * input against the schema of the example's PATCH. Run from the repository's root. */
#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "measure.h"
#include "peer.h"
#include "process/app.h"

enum { ROUNDS = 101 };

static const double slice_ms = 5;

static const struct text body = TEXT_INITIALIZER(
    "{\"email\":\"augusta.ada.king@analytical-engines.example\",\"name\":\"Ada King, Countess of "
    "Lovelace\"}");

/* The schema of the example's contract, and an input for it. */
struct subject {
  const struct schema *schema;
  struct json input, body; /* settled and valid; what arrived */
  struct arena arena;      /* reset each time */
  struct buffer out;
};

static void give_up(const char *what)
{
  fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

/* --- what is measured --- */

static void validate(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++)
    if (!schema_valid(subject->schema, &subject->input, NULL)) give_up("the input is not valid");
}

static void settle(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    arena_reset(&subject->arena);
    struct json settled = subject->input;
    struct schema_problems problems = {.arena = &subject->arena};
    if (!schema_settle(subject->schema, &settled, SETTLE_NORMALIZE, &problems))
      give_up("the input is too complex");
    if (settled.length != subject->input.length) give_up("a field was lost");
  }
}

/* What a request pays. */
static void settle_and_validate(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    arena_reset(&subject->arena);
    struct json settled = subject->input;
    struct schema_problems problems = {.arena = &subject->arena};
    if (!schema_settle(subject->schema, &settled, SETTLE_NORMALIZE, &problems) ||
        !schema_valid(subject->schema, &settled, NULL))
      give_up("the input is not valid");
  }
}

static void read_ours(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    struct json value;
    arena_reset(&subject->arena);
    if (json_read(&subject->arena, body, NULL, &value, NULL)) give_up("the body is not JSON");
  }
}

static void write_ours(void *context, long times)
{
  struct subject *subject = context;
  for (long i = 0; i < times; i++) {
    buffer_clear(&subject->out);
    json_write(&subject->out, &subject->body);
  }
}

/* --- */

static void prepare(struct subject *subject, const struct generation *generation,
                    struct arena *arena)
{
  const struct contract *contract = NULL;
  for (size_t i = 0; i < generation->contract_count; i++)
    if (!strcmp(generation->contracts[i]->name, "users.update_profile"))
      contract = generation->contracts[i];
  if (!contract) give_up("the example has no users.update_profile");
  subject->schema = contract->input;
  if (json_read(arena, body, NULL, &subject->body, NULL)) give_up("the body is not JSON");

  struct json_builder object = {0};
  json_builder_add(&object, arena, TEXT("user_id"),
                   json_string(TEXT("01890000-0000-7000-8000-00000000000a")));
  for (uint32_t i = 0; i < subject->body.length; i++)
    json_builder_add(&object, arena, json_text(&subject->body.members[i].key),
                     subject->body.members[i].value);
  subject->input = json_builder_object(&object);
  struct schema_problems problems = {.arena = arena};
  if (!schema_settle(subject->schema, &subject->input, SETTLE_NORMALIZE, &problems))
    give_up("the input is too complex");
}

static void show(const char *what, struct contender *contender)
{
  printf("%-58s %7.3f us\n", what, measure_rank(&contender->ns, 0.5) / 1000);
}

static void show_pair(const char *what, struct contender *ours, struct contender *peer)
{
  double ratio = measure_ratio(&peer->ns, &ours->ns);
  printf("%-58s %7.3f us   jansson %.3f us, %.1f x\n", what, measure_rank(&ours->ns, 0.5) / 1000,
         measure_rank(&peer->ns, 0.5) / 1000, ratio);
}

int main(void)
{
  struct error error = {0};
  struct report report;
  struct app app;
  struct arena arena;
  struct subject subject = {.schema = NULL};
  report_init(&report);
  arena_init(&arena, 65536);
  arena_init(&subject.arena, 65536);
  if (crypto_init(&error) ||
      app_open(&app, &(struct app_options){.folder = "."}, &report, &error)) {
    report_print(&report, stderr);
    give_up(error.message);
  }
  prepare(&subject, app.generation, &arena);

  struct peer *peer = peer_new(body);
  if (!peer) give_up("the body is not JSON");
  struct contender all[] = {{.run = validate, .context = &subject},
                            {.run = settle, .context = &subject},
                            {.run = settle_and_validate, .context = &subject},
                            {.run = read_ours, .context = &subject},
                            {.run = peer_read, .context = peer},
                            {.run = write_ours, .context = &subject},
                            {.run = peer_write, .context = peer}};
  measure_interleave(all, sizeof all / sizeof *all, ROUNDS, slice_ms);
  show("example's PATCH: input held against its schema", &all[0]);
  show("example's PATCH: input normalized", &all[1]);
  show("example's PATCH: both", &all[2]);
  char what[64];
  snprintf(what, sizeof what, "its body of %zu bytes read", body.length);
  show_pair(what, &all[3], &all[4]);
  show_pair("its body written", &all[5], &all[6]);

  peer_free(peer);
  buffer_deinit(&subject.out);
  arena_deinit(&subject.arena);
  arena_deinit(&arena);
  app_close(&app);
  report_deinit(&report);
  return 0;
}
