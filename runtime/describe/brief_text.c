/* A brief as Markdown. It is written with less and less detail until it is short enough; what was
 * left out stands at its end. */
#include "describe/brief.h"
#include "describe/tokens.h"

/* What is written. Each level lacks something more than the one before: what the handler's writer
 * misses least comes first. */
static const struct detail {
  const char *left_out; /* by this level */
  bool second_example, sql, rows, bounds, example;
  size_t lines_max; /* of a list */
  size_t type_max;  /* bytes of a type */
} details[] = {
    {"", true, true, true, true, true, SIZE_MAX, SIZE_MAX},
    {"the second example", false, true, true, true, true, SIZE_MAX, SIZE_MAX},
    {"whose rows the queries see", false, true, false, true, true, SIZE_MAX, SIZE_MAX},
    {"the queries' SQL", false, false, false, true, true, SIZE_MAX, SIZE_MAX},
    {"the example", false, false, false, true, false, SIZE_MAX, SIZE_MAX},
    {"bounds of values", false, false, false, false, false, SIZE_MAX, SIZE_MAX},
    {"the ends of long types and lists", false, false, false, false, false, 24, 400},
    {"", false, false, false, false, false, 12, 200},
    {"", false, false, false, false, false, 6, 100},
};
enum { DETAILS = sizeof details / sizeof *details };

struct writing {
  struct buffer *out;
  const struct brief *brief;
  const struct detail *detail;
  struct arena *arena;
};

/* --- Small parts. --- */

static void heading(struct writing *writing, const char *title)
{
  buffer_print(writing->out, "\n## %s\n\n", title);
}

/* A list item to come: false, and a word, if there are too many. */
static bool may_list(struct writing *writing, size_t index, size_t count)
{
  if (index < writing->detail->lines_max) return true;
  if (index == writing->detail->lines_max)
    buffer_print(writing->out, "- … and %zu more\n", count - index);
  return false;
}

static void append_code(struct writing *writing, struct text code)
{
  bool whole = code.length <= writing->detail->type_max;
  if (!whole) code.length = writing->detail->type_max;
  while (!whole && code.length > 0 && ((unsigned char)code.data[code.length] & 0xc0) == 0x80)
    code.length--;
  buffer_append_byte(writing->out, '`');
  buffer_append_text(writing->out, code);
  buffer_append_text(writing->out, whole ? TEXT("`") : TEXT("…`"));
}

static void append_type(struct writing *writing, struct text before, const struct lua_type *type)
{
  struct buffer code = {0};
  buffer_append_text(&code, before);
  lua_type_write(&code, type);
  append_code(writing, buffer_text(&code));
  buffer_deinit(&code);
}

static void append_bounds(struct writing *writing, const struct lua_type *type, bool all)
{
  struct buffer words = {0};
  if (all)
    lua_type_write_all_bounds(&words, type);
  else
    lua_type_write_bounds(&words, type);
  if (words.length > 0 && writing->detail->bounds) {
    buffer_append_text(writing->out, TEXT("; "));
    buffer_append_text(writing->out, buffer_text(&words));
  }
  buffer_deinit(&words);
}

static void append_names(struct writing *writing, const struct text *names, size_t count)
{
  for (size_t i = 0; i < count; i++)
    buffer_print(writing->out, "%s%.*s", i > 0 ? ", " : "", TEXT_ARGS(names[i]));
}

/* --- Sections. --- */

static void write_title(struct writing *writing)
{
  const struct contract *contract = writing->brief->contract;
  const char *name = contract->name;
  buffer_print(writing->out,
               "# %s: %s %.*s\n\n%.*s%s\n\nWrite the handler, `%s`:\n\n"
               "```lua\n---@param input writ.%s.input\n---@param ctx writ.%s.ctx\n"
               "---@return writ.%s.body?, writ.%s.status?\n"
               "return function(input, ctx)\n  -- …\nend\n```\n",
               name, method_name(contract->route.method), TEXT_ARGS(contract->route.path),
               TEXT_ARGS(contract->summary), text_ends_with(contract->summary, ".") ? "" : ".",
               contract->handler_path, name, name, name, name);
}

static void write_field(struct writing *writing, const struct brief_field *field)
{
  static const char *const origins[] = {[FIELD_PATH] = "path",
                                        [FIELD_QUERY] = "query string",
                                        [FIELD_BODY] = "body",
                                        [FIELD_WHOLE_BODY] = "the whole body"};
  const struct schema_field *schema = &field->field->schema;
  struct buffer name = {0};
  lua_type_write_key(&name, schema->name);
  buffer_append_text(&name, schema->required || schema->initial ? TEXT(": ") : TEXT("?: "));
  buffer_append_text(writing->out, TEXT("- "));
  append_type(writing, buffer_text(&name), field->type);
  buffer_deinit(&name);
  buffer_print(writing->out, " %s", origins[field->field->origin]);
  append_bounds(writing, field->type, false);
  if (schema->initial) {
    buffer_append_text(writing->out, TEXT("; if not sent: "));
    json_write(writing->out, schema->initial);
  }
  buffer_append_byte(writing->out, '\n');
}

static void write_input(struct writing *writing)
{
  const struct brief *brief = writing->brief;
  size_t shown = 0, count = 0;
  heading(writing, "input");
  for (size_t i = 0; i < brief->field_count; i++) count += !brief->fields[i].field->schema.password;
  if (count == 0) buffer_append_text(writing->out, TEXT("An empty table.\n"));
  for (size_t i = 0; i < brief->field_count; i++)
    if (!brief->fields[i].field->schema.password && may_list(writing, shown++, count))
      write_field(writing, &brief->fields[i]);
  for (size_t i = 0; i < brief->field_count; i++)
    if (brief->fields[i].field->schema.password)
      buffer_print(writing->out, "\nThe password `%.*s` is not in it: only the host sees it.\n",
                   TEXT_ARGS(brief->fields[i].field->schema.name));
}

static void write_principal(struct writing *writing)
{
  const struct brief *brief = writing->brief;
  const struct contract *contract = brief->contract;
  heading(writing, "ctx.principal");
  if (brief->principal_id.length == 0) {
    buffer_append_text(writing->out, contract->webhook
                                         ? TEXT("`nil`: a webhook, whose signature was checked.\n")
                                         : TEXT("`nil`: anybody may call it.\n"));
    return;
  }
  buffer_print(writing->out, "`{ id: %.*s, roles: string[] }`", TEXT_ARGS(brief->principal_id));
  if (contract->credentials.present)
    buffer_append_text(writing->out, TEXT(": whose password was verified; no roles"));
  else if (contract->role_count > 0)
    buffer_print(writing->out, ": somebody with %s ",
                 contract->role_count > 1 ? "one of the roles" : "the role");
  append_names(writing, contract->roles, contract->role_count);
  buffer_append_text(writing->out, TEXT(".\n"));
}

/* --- Queries. --- */

static void write_computed(struct writing *writing, const struct brief_query *query)
{
  bool first = true;
  for (size_t i = 0; i < query->parameter_count; i++) {
    const struct brief_parameter *parameter = &query->parameters[i];
    if (!parameter->type) continue;
    buffer_append_text(writing->out, first ? TEXT(" You compute ") : TEXT(", "));
    append_type(writing, arena_print(writing->arena, "%.*s: ", TEXT_ARGS(parameter->name)),
                parameter->type);
    append_bounds(writing, parameter->type, true);
    first = false;
  }
  if (!first) buffer_append_byte(writing->out, '.');
}

static void write_bound(struct writing *writing, const struct brief_query *query)
{
  bool first = true;
  for (size_t i = 0; i < query->parameter_count; i++) {
    if (query->parameters[i].type) continue;
    buffer_print(writing->out, "%s:%.*s", first ? " Bound by the host: " : ", ",
                 TEXT_ARGS(query->parameters[i].name));
    first = false;
  }
  if (!first) buffer_append_byte(writing->out, '.');
}

static void write_call(struct writing *writing, const struct brief_query *query)
{
  const char *name = query->use->query->name;
  buffer_print(writing->out, "- `ctx.db.%s", name);
  if (!query->computes) {
    buffer_append_text(writing->out, TEXT("()`"));
    return;
  }
  bool first = true;
  for (size_t i = 0; i < query->parameter_count; i++) {
    if (!query->parameters[i].type) continue;
    buffer_print(writing->out, "%s%.*s = …", first ? " { " : ", ",
                 TEXT_ARGS(query->parameters[i].name));
    first = false;
  }
  buffer_append_text(writing->out, TEXT(" }`"));
}

static void write_query(struct writing *writing, const struct brief_query *query)
{
  static const char *const gives[] = {[ROWS_ONE] = " a row, or `null` if there is none",
                                      [ROWS_MANY] = " rows, perhaps none",
                                      [ROWS_VALUE] = " one value, or `null` if there is no row",
                                      [ROWS_EXEC] = " how many rows changed"};
  const struct use *use = query->use;
  write_call(writing, query);
  if (query->never_null && use->query->rows == ROWS_ONE)
    buffer_append_text(writing->out, TEXT(" gives a row, always: "));
  else if (query->never_null && use->query->rows == ROWS_VALUE)
    buffer_append_text(writing->out, TEXT(" gives one value: "));
  else
    buffer_print(writing->out, " gives%s: ", gives[use->query->rows]);
  append_code(writing, query->type);
  buffer_append_byte(writing->out, '.');
  if (use->calls == 1) buffer_append_text(writing->out, TEXT(" Once a call."));
  if (use->calls > 1) buffer_print(writing->out, " At most %u times a call.", use->calls);
  write_computed(writing, query);
  write_bound(writing, query);
  buffer_append_byte(writing->out, '\n');
  if (!writing->detail->sql) return;
  struct text sql = text_trim(use->query->sql), line;
  buffer_append_text(writing->out, TEXT("  ```sql\n"));
  while (text_split(&sql, '\n', &line)) buffer_print(writing->out, "  %.*s\n", TEXT_ARGS(line));
  buffer_append_text(writing->out, TEXT("  ```\n"));
}

static void write_queries(struct writing *writing)
{
  const struct brief *brief = writing->brief;
  heading(writing, "Queries");
  if (brief->query_count == 0) buffer_append_text(writing->out, TEXT("None is granted.\n"));
  for (size_t i = 0; i < brief->query_count; i++)
    if (may_list(writing, i, brief->query_count)) write_query(writing, &brief->queries[i]);
  for (size_t i = 0; writing->detail->rows && i < brief->row_count; i++)
    buffer_print(writing->out, "%s%.*s%s", i == 0 ? "\nRows: " : "; ", TEXT_ARGS(brief->rows[i]),
                 i + 1 == brief->row_count ? ".\n" : "");
}

/* --- Errors, replies, what the host does. --- */

static void write_errors(struct writing *writing)
{
  const struct brief *brief = writing->brief;
  heading(writing, "Errors");
  if (brief->error_count == 0)
    buffer_append_text(writing->out, TEXT("None is declared: `ctx.fail` has no use here.\n"));
  for (size_t i = 0; i < brief->error_count; i++) {
    const struct brief_error *error = &brief->errors[i];
    if (!may_list(writing, i, brief->error_count)) return;
    if (error->host.length == 0)
      buffer_print(writing->out, "- `ctx.fail(\"%.*s\")`: %d, %.*s\n",
                   TEXT_ARGS(error->error->code), error->error->status,
                   TEXT_ARGS(error->error->title));
    else
      buffer_print(writing->out, "- `%.*s` (%d), raised by the host itself: %.*s\n",
                   TEXT_ARGS(error->error->code), error->error->status, TEXT_ARGS(error->host));
  }
}

static void write_reply(struct writing *writing, const struct brief_reply *reply, bool first)
{
  const struct contract *contract = writing->brief->contract;
  const char *optional = first ? " (the status may be left out)" : "";
  if (!reply->type) {
    buffer_print(writing->out, "- `return nil, %d`%s: no body\n", reply->status, optional);
    return;
  }
  buffer_print(writing->out, "- `return body, %d`%s: ", reply->status, optional);
  append_type(writing, TEXT(""), reply->type);
  append_bounds(writing, reply->type, true);
  if (contract->session_field.length > 0)
    buffer_print(writing->out, "; the host adds `%.*s`, the session's token",
                 TEXT_ARGS(contract->session_field));
  buffer_append_byte(writing->out, '\n');
}

static void write_replies(struct writing *writing)
{
  const struct brief *brief = writing->brief;
  heading(writing, "Return");
  for (size_t i = 0; i < brief->reply_count; i++)
    if (may_list(writing, i, brief->reply_count)) write_reply(writing, &brief->replies[i], i == 0);
}

static void write_done(struct writing *writing)
{
  const struct brief *brief = writing->brief;
  if (brief->done_count == 0) return;
  heading(writing, "What the host sees to");
  for (size_t i = 0; i < brief->done_count; i++)
    if (may_list(writing, i, brief->done_count))
      buffer_print(writing->out, "- %.*s\n", TEXT_ARGS(brief->done[i]));
}

static void write_limits(struct writing *writing)
{
  const struct contract *contract = writing->brief->contract;
  heading(writing, "Limits");
  buffer_print(writing->out, "%.4g ms of CPU time, %.4g MB of memory",
               (double)contract->time_ns / 1e6, (double)contract->memory_bytes / 1048576);
  if (contract->sleeps)
    buffer_print(writing->out, ", %.4g ms in all; `ctx.sleep(ms)` lets others run",
                 (double)contract->total_ns / 1e6);
  buffer_append_text(writing->out, TEXT(".\n"));
}

static void write_guide(struct writing *writing, const char *title)
{
  heading(writing, title);
  buffer_append_text(writing->out, brief_guide(title));
  buffer_append_byte(writing->out, '\n');
}

static void write_examples(struct writing *writing)
{
  struct brief_example examples[BRIEF_EXAMPLES];
  if (!writing->detail->example) return;
  brief_examples(writing->brief, writing->arena, examples);
  heading(writing, "Examples");
  for (size_t i = 0; i < BRIEF_EXAMPLES; i++)
    if (i == 0 || writing->detail->second_example)
      buffer_print(writing->out, "%s%.*s:\n\n```lua\n%.*s\n```\n", i > 0 ? "\n" : "",
                   TEXT_ARGS(examples[i].title), TEXT_ARGS(examples[i].code));
}

static void write_left_out(struct writing *writing)
{
  bool first = true;
  for (const struct detail *detail = details; detail <= writing->detail; detail++) {
    if (detail->left_out[0] == 0) continue;
    buffer_print(writing->out, "%s%s", first ? "\nLeft out, to stay short: " : ", ",
                 detail->left_out);
    first = false;
  }
  if (!first)
    buffer_print(writing->out, ". `writ brief --full %s` has all of it.\n",
                 writing->brief->contract->name);
}

static void write_all(struct writing *writing)
{
  write_title(writing);
  write_input(writing);
  write_principal(writing);
  write_queries(writing);
  write_errors(writing);
  write_replies(writing);
  write_done(writing);
  write_limits(writing);
  write_guide(writing, "Rules of the house");
  write_guide(writing, "The library");
  write_examples(writing);
  write_left_out(writing);
}

void brief_write(struct buffer *out, const struct brief *brief, struct arena *arena, bool full)
{
  size_t before = out->length, level = 0;
  do {
    struct writing writing = {out, brief, &details[level], arena};
    out->length = before;
    write_all(&writing);
    struct text text = {out->data + before, out->length - before};
    if (full || tokens_estimate(text) <= BRIEF_TOKENS_MAX) return;
  } while (++level < DETAILS);
}
