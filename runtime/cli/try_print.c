/* A tried call on a page. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/print.h"
#include "cli/try.h"

static struct text written(const struct json *value, struct arena *arena)
{
  struct buffer bytes = {0};
  json_write(&bytes, value);
  struct text copy = arena_copy(arena, buffer_text(&bytes));
  buffer_deinit(&bytes);
  return copy;
}

static void print_value(const struct json *value)
{
  struct buffer bytes = {0};
  json_write(&bytes, value);
  print_visible(stdout, buffer_text(&bytes));
  buffer_deinit(&bytes);
}

static void print_request(const struct tried *tried, struct arena *arena)
{
  const struct request *request = &tried->request;
  printf("%s ", method_name(request->method));
  print_visible(stdout, request->path);
  if (request->query.length > 0) putchar('?');
  print_visible(stdout, request->query);
  fputs(tried->as ? "  as " : "  as nobody", stdout);
  print_visible(stdout, text_of(tried->as));
  if (tried->trace.roles.length > 0) fputs(" ", stdout);
  if (tried->trace.roles.length > 0) print_value(&tried->trace.roles);
  putchar('\n');
  if (request->body.length > 0) print_lines(stdout, "  ", written(&tried->sent, arena));
}

static void print_reply(const struct tried *tried)
{
  const struct scratch_reply *reply = &tried->reply;
  struct buffer bytes = {0};
  printf("\n%d ", reply->status);
  print_visible(stdout, reply->content_type.length ? reply->content_type : TEXT("without a body"));
  putchar('\n');
  for (size_t i = 0; i < reply->header_count; i++) {
    fputs("  ", stdout);
    print_visible(stdout, reply->headers[i].name);
    fputs(": ", stdout);
    print_visible(stdout, reply->headers[i].value);
    putchar('\n');
  }
  if (tried->body.type == JSON_NULL && reply->body.length == 0) return;
  json_write_pretty(&bytes, &tried->body);
  print_lines(stdout, "  ", buffer_text(&bytes));
  buffer_deinit(&bytes);
}

/* --- Why it failed. --- */

static void print_place(const struct json *place)
{
  const struct json *line = json_get(place, "line"), *keyword = json_get(place, "keyword");
  if (!place) return;
  fputs("  ", stdout);
  print_visible(stdout, json_text(json_get(place, "file")));
  printf(":%" PRId64, line && line->type == JSON_INTEGER ? line->integer : 0);
  if (keyword) fputs("  ", stdout);
  print_visible(stdout, json_text(keyword));
  putchar('\n');
  print_lines(stdout, "    ", json_text(json_get(place, "source")));
}

static void print_failure(const struct tried *tried)
{
  const struct json *debug = &tried->debug;
  struct text message = json_text(json_get(debug, "message"));
  struct text detail = json_text(json_get(debug, "detail"));
  struct text mending = json_text(json_get(debug, "help"));
  if (debug->type == JSON_NULL) return;
  puts("\nwhy");
  print_lines(stdout, "  ", message);
  print_lines(stdout, "  ", detail);
  print_place(json_get(debug, "at"));
  print_place(json_get(debug, "rule"));
  if (tried->people.length > 0 && tried->reply.status == 401 && !tried->as) {
    fputs("  to mend it: say who calls with --as, such as ", stdout);
    print_visible(stdout, tried->people);
    putchar('\n');
    return;
  }
  if (mending.length == 0) return;
  fputs("  to mend it: ", stdout);
  print_visible(stdout, mending);
  putchar('\n');
}

/* --- Queries. --- */

static size_t wider(size_t width, size_t length)
{
  enum { WIDTH_MAX = 40 };
  return length > width && length <= WIDTH_MAX ? length : width;
}

/* Three columns: name, value, and where that is from. */
static void print_parameters(const struct scratch_query *query, struct arena *arena)
{
  size_t name_width = 0, value_width = 0, count = query->parameter_count;
  struct text *values = arena_new_array(arena, count + 1, sizeof *values);
  for (size_t i = 0; i < count; i++) {
    values[i] = written(&query->parameters[i].value, arena);
    name_width = wider(name_width, query->parameters[i].name.length);
    value_width = wider(value_width, values[i].length);
  }
  for (size_t i = 0; i < count; i++) {
    const struct scratch_parameter *parameter = &query->parameters[i];
    printf("    :%-*.*s  ", (int)name_width, TEXT_ARGS(parameter->name));
    print_visible(stdout, values[i]);
    printf("%*s  ", values[i].length < value_width ? (int)(value_width - values[i].length) : 0, "");
    print_visible(stdout, text_of(parameter->source));
    putchar('\n');
  }
}

static void print_queries(const struct scratch_trace *trace, struct arena *arena)
{
  if (!trace->queries) return;
  puts("\nqueries");
  for (const struct scratch_query *query = trace->queries; query; query = query->next) {
    fputs("  ", stdout);
    print_visible(stdout, query->name);
    printf("%s%s\n", query->host ? "  (the host's)" : "",
           query->exempt && !query->host ? "  over all rows" : "");
    print_parameters(query, arena);
    if (query->failure.length > 0) {
      fputs("    failed: ", stdout);
      print_visible(stdout, query->failure);
      putchar('\n');
    } else if (query->shown) {
      fputs("    = ", stdout);
      print_value(&query->result);
      putchar('\n');
    }
  }
}

/* --- Rows. --- */

static void print_member(const struct json_member *member)
{
  fputs("    ", stdout);
  print_visible(stdout, json_text(&member->key));
  fputs("  ", stdout);
}

/* A row that changed: what is different, after what tells it from others (its first column). */
static void print_difference(const struct json *before, const struct json *after)
{
  for (uint32_t i = 0; i < after->length; i++) {
    const struct json_member *member = &after->members[i];
    const struct json *old = json_get_text(before, json_text(&member->key));
    bool changed = !old || !json_equal(old, &member->value);
    if (!changed && i > 0) continue;
    print_member(member);
    if (changed && old) print_value(old);
    if (changed && old) fputs(" -> ", stdout);
    print_value(&member->value);
    putchar('\n');
  }
}

static void print_row(const struct json *row)
{
  for (uint32_t i = 0; i < row->length; i++) {
    print_member(&row->members[i]);
    print_value(&row->members[i].value);
    putchar('\n');
  }
}

static void print_changes(const struct json *changes)
{
  puts(changes->length > 0 ? "\nrows changed" : "\nno row changed");
  for (uint32_t i = 0; i < changes->length; i++) {
    const struct json *change = &changes->items[i];
    const struct json *before = json_get(change, "before"), *after = json_get(change, "after");
    bool is_new = before->type == JSON_NULL, is_gone = after->type == JSON_NULL;
    fputs("  ", stdout);
    print_visible(stdout, json_text(json_get(change, "table")));
    puts(is_new ? ": a new row" : is_gone ? ": a row that is gone" : "");
    if (is_new || is_gone)
      print_row(is_new ? after : before);
    else
      print_difference(before, after);
  }
}

/* --- The rest. --- */

static void print_log(const struct scratch_trace *trace)
{
  if (trace->lines) puts("\nlog");
  for (const struct scratch_line *line = trace->lines; line; line = line->next)
    print_lines(stdout, "  ", line->text);
}

static void print_use(const struct tried *tried)
{
  const struct scratch_trace *trace = &tried->trace;
  const struct contract *contract = tried->contract;
  if (!trace->ran) {
    puts("\nthe handler was not reached");
    return;
  }
  printf("\nthe handler took %.2f ms of CPU time (limits.time: %.0f ms), %u KB of memory "
         "(limits.memory: %u KB)\n",
         (double)trace->cpu_ns / 1e6, (double)contract->time_ns / 1e6,
         (unsigned)(trace->memory_bytes / 1024), (unsigned)(contract->memory_bytes / 1024));
}

static void print_audit(const struct json *audit)
{
  static const char *const shown[] = {"reason", "detail", "resource", "input"};
  if (audit->type == JSON_NULL) {
    puts("\nno row in the audit log");
    return;
  }
  fputs("\naudit  ", stdout);
  print_visible(stdout, json_text(json_get(audit, "outcome")));
  fputs("  ", stdout);
  print_visible(stdout, json_text(json_get(audit, "action")));
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
    struct text text = json_text(json_get(audit, shown[i]));
    if (text.length > 0) fputs("  ", stdout);
    print_visible(stdout, text);
  }
  putchar('\n');
}

void try_print(const struct tried *tried, struct arena *arena)
{
  print_request(tried, arena);
  print_reply(tried);
  print_failure(tried);
  print_queries(&tried->trace, arena);
  print_changes(&tried->changes);
  print_log(&tried->trace);
  print_use(tried);
  print_audit(&tried->audit);
}
