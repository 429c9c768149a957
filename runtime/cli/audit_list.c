/* `writ audit list`: rows that pass a filter, for people or as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/units.h"
#include "cli/audit.h"
#include "cli/print.h"

bool audit_read_time(const char *text, int64_t *ms)
{
  int64_t age;
  if (!units_duration_ms(text_of(text), &age)) return units_time_ms(text_of(text), ms);
  *ms = clock_wall_ms() - age;
  return true;
}

static bool read_filter(const struct audit_arguments *arguments, struct audit_filter *filter)
{
  char *end = NULL;
  const char *limit = arguments->limit ? arguments->limit : "100";
  *filter = (struct audit_filter){.principal = text_of(arguments->principal),
                                  .action = text_of(arguments->action),
                                  .outcome = text_of(arguments->outcome),
                                  .reason = text_of(arguments->reason),
                                  .handler = text_of(arguments->handler),
                                  .address = text_of(arguments->address),
                                  .resource = text_of(arguments->resource),
                                  .limit = strtoll(limit, &end, 10)};
  if (*end || end == limit || filter->limit < 0) {
    fprintf(stderr, "writ: --limit %s is no number\n", limit);
    return false;
  }
  const char *const times[] = {arguments->since, arguments->until};
  int64_t *const into[] = {&filter->since_ms, &filter->until_ms};
  for (size_t i = 0; i < 2; i++) {
    if (!times[i] || audit_read_time(times[i], into[i])) continue;
    fprintf(stderr,
            "writ: %s is no time: write 2026-01-31, 2026-01-31T12:00:00Z or an age like 2h\n",
            times[i]);
    return false;
  }
  return true;
}

void audit_print_time(int64_t ms, char out[TIME_CHARS])
{
  char text[32] = "";
  struct tm tm;
  time_t seconds = (time_t)(ms / 1000);
  if (gmtime_r(&seconds, &tm)) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
  snprintf(out, TIME_CHARS, "%s.%03dZ", text, (int)(ms % 1000));
}

static struct text time_text(struct arena *arena, int64_t ms)
{
  char text[TIME_CHARS];
  audit_print_time(ms, text);
  return arena_copy(arena, text_of(text));
}

/* JSON in a column as what it is. */
static struct json value_of(struct arena *arena, struct text json)
{
  struct json value;
  if (json.length == 0) return json_null();
  return json_read(arena, arena_copy(arena, json), NULL, &value, NULL) ? json_string(json) : value;
}

static struct json hash_of(struct arena *arena, const unsigned char hash[HASH_BYTES])
{
  char *hex = arena_alloc(arena, 2 * HASH_BYTES + 1);
  crypto_hex(hex, hash, HASH_BYTES);
  return json_string(text_of(hex));
}

static void print_as_json(void *context, int64_t id, const struct audit_entry *entry)
{
  (void)context;
  struct arena arena;
  arena_init(&arena, 4096);
  const struct print_member columns[] = {
      {"id", json_integer(id)},
      {"time", json_string(time_text(&arena, entry->time_ms))},
      {"action", json_string(entry->action)},
      {"outcome", json_string(text_of(audit_outcome_name(entry->outcome)))},
      {"reason", json_string(entry->reason)},
      {"detail", json_string(entry->detail)},
      {"principal", entry->principal_id},
      {"handler", json_string(entry->handler)},
      {"contract_hash", hash_of(&arena, entry->contract_hash)},
      {"handler_hash", hash_of(&arena, entry->handler_hash)},
      {"resource", value_of(&arena, entry->resource)},
      {"input", value_of(&arena, entry->input)},
      {"address", json_string(entry->address)},
      {"request_id", json_string(entry->request_id)},
      {"duration_us", json_integer(entry->duration_us)},
      {"count", json_integer(entry->count)}};
  print_json_object(stdout, columns, sizeof columns / sizeof *columns);
  putchar('\n');
  arena_deinit(&arena);
}

static void print_as_line(void *context, int64_t id, const struct audit_entry *entry)
{
  (void)context;
  struct arena arena;
  arena_init(&arena, 4096);
  struct text principal = TEXT("-");
  if (entry->principal_id.type == JSON_STRING) principal = json_text(&entry->principal_id);
  if (entry->principal_id.type == JSON_INTEGER)
    principal = arena_print(&arena, "%" PRId64, entry->principal_id.integer);
  struct text line = arena_print(
      &arena, "%6" PRId64 "  %.*s  %-6s  %.*s%s%.*s  by %.*s%s%.*s%s%.*s", id,
      TEXT_ARGS(time_text(&arena, entry->time_ms)), audit_outcome_name(entry->outcome),
      TEXT_ARGS(entry->action), entry->reason.length ? ": " : "", TEXT_ARGS(entry->reason),
      TEXT_ARGS(principal), entry->address.length ? " from " : "", TEXT_ARGS(entry->address),
      entry->resource.length ? "  " : "", TEXT_ARGS(entry->resource));
  print_visible(stdout, line);
  if (entry->count > 1) printf("  (%" PRId64 " times)", entry->count);
  putchar('\n');
  arena_deinit(&arena);
}

int audit_list_rows(struct cli_data *data, const struct audit_arguments *arguments)
{
  struct audit_filter filter;
  if (!read_filter(arguments, &filter)) return EXIT_USAGE;
  audit_visitor visit = arguments->json ? print_as_json : print_as_line;
  if (audit_list(store_reader(data->store), &filter, visit, NULL, &data->error) == 0)
    return EXIT_OK;
  print_error("writ: ", &data->error);
  return EXIT_FINDINGS;
}
