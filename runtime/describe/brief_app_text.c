/* A whole app as Markdown, for whoever designs new contracts: all of it, or what fits. */
#include "describe/brief_parts.h"
#include "describe/tokens.h"

/* What is left out by then, what one misses least first; each line leaves out what those above it
 * do, and more. */
struct detail {
  bool queries, schemas, tables, routes; /* in full, not by their names alone */
  size_t most;                           /* of each list */
  const char *left_out;
};

static const struct detail details[] = {
    {true, true, true, true, SIZE_MAX, ""},
    {false, true, true, true, SIZE_MAX, "what queries take and give"},
    {false, false, true, true, SIZE_MAX, "what shared schemas say"},
    {false, false, false, true, SIZE_MAX, "the columns of tables"},
    {false, false, false, false, SIZE_MAX, "paths of routes, and who may call them"},
    {false, false, false, false, 100, "what comes behind the first 100 of a list"},
    {false, false, false, false, 30, "what comes behind the first 30"},
    {false, false, false, false, 8, "what comes behind the first 8"},
};
enum { DETAILS = sizeof details / sizeof *details };

struct writing {
  struct buffer *out;
  const struct brief_app *app;
  const struct detail *detail;
};

/* Whether the next item of a list is written; where it ends early that is said. */
static bool may_list(const struct writing *writing, size_t i, size_t count)
{
  if (i < writing->detail->most) return true;
  if (i == writing->detail->most)
    buffer_print(writing->out, "- … and %zu more\n", count - writing->detail->most);
  return false;
}

/* --- Names alone, those of a group on one line: "notes: create, list". --- */

struct group {
  struct text name;
  size_t listed, names; /* groups; names of this one */
};

static void begin_group(const struct writing *writing, struct group *group, struct text name)
{
  *group = (struct group){name, group->listed + 1, 0};
  if (group->listed - 1 == writing->detail->most)
    buffer_append_text(writing->out, TEXT("\n- … and more"));
  else if (group->listed <= writing->detail->most)
    buffer_print(writing->out, "%s- %.*s: ", group->listed > 1 ? "\n" : "", TEXT_ARGS(name));
}

static void write_in_group(const struct writing *writing, struct group *group, const char *name,
                           bool writes)
{
  const char *dot = strrchr(name, '.'), *rest = dot ? dot + 1 : name;
  struct text first = {name, (size_t)(rest - name) - (dot != NULL)};
  size_t most = writing->detail->most;
  if (group->listed == 0 || !text_equal(group->name, first)) begin_group(writing, group, first);
  size_t i = group->names++;
  if (group->listed > most || i > most) return;
  if (i == most)
    buffer_append_text(writing->out, TEXT(", …"));
  else
    buffer_print(writing->out, "%s`%s`%s", i > 0 ? ", " : "", rest, writes ? "*" : "");
}

/* --- Lists. --- */

static void write_table(const struct writing *writing, const struct brief_table *table)
{
  struct buffer *out = writing->out;
  if (!writing->detail->tables) {
    buffer_print(out, "- `%.*s`", TEXT_ARGS(table->name));
    if (table->line) buffer_append_text(out, TEXT(": `"));
    if (table->line) json_write(out, table->line);
    buffer_append_text(out, table->line ? TEXT("`\n") : TEXT("\n"));
    return;
  }
  buffer_print(out, "\n### %.*s\n\n", TEXT_ARGS(table->name));
  if (table->line) {
    buffer_append_byte(out, '`');
    json_write(out, table->line);
    buffer_append_text(out, TEXT("`\n\n"));
  }
  buffer_print(out, "```sql\n%.*s\n```\n", TEXT_ARGS(table->sql));
}

static void write_tables(const struct writing *writing)
{
  const struct brief_app *app = writing->app;
  buffer_append_text(writing->out,
                     TEXT("\n## Tables\n\nEach with its line in contracts/policy.json.\n"));
  if (!writing->detail->tables) buffer_append_byte(writing->out, '\n');
  for (size_t i = 0; i < app->table_count; i++)
    if (may_list(writing, i, app->table_count)) write_table(writing, &app->tables[i]);
}

static void write_query(struct buffer *out, const struct query *query)
{
  bool first = true;
  buffer_print(out, "- `%s` :%s%s (", query->name, brief_rows_name(query->rows),
               query->writes ? "*" : "");
  for (size_t k = 0; k < query->parameter_count + query->choice_count; k++) {
    struct text name = k < query->parameter_count
                           ? query->parameters[k]
                           : query->choices[k - query->parameter_count].parameter;
    buffer_print(out, "%s:%.*s", first ? "" : ", ", TEXT_ARGS(name));
    first = false;
  }
  buffer_append_text(out, TEXT(")\n"));
}

static void write_queries(const struct writing *writing)
{
  const struct query_list *queries = &writing->app->generation->queries;
  struct group group = {0};
  buffer_append_text(writing->out,
                     TEXT("\n## Queries\n\nIn contracts/queries/. A star: it writes.\n\n"));
  for (size_t i = 0; i < queries->count; i++)
    if (writing->detail->queries)
      write_query(writing->out, &queries->items[i]);
    else
      write_in_group(writing, &group, queries->items[i].name, queries->items[i].writes);
  if (group.listed > 0) buffer_append_byte(writing->out, '\n');
}

static void write_route(struct buffer *out, const struct contract *contract)
{
  buffer_print(out, "- `%s %.*s` %s (", method_name(contract->route.method),
               TEXT_ARGS(contract->route.path), contract->name);
  if (contract->public || contract->role_count == 0)
    buffer_append_text(out, contract->public ? TEXT("public") : TEXT("anybody signed in"));
  for (size_t k = 0; !contract->public && k < contract->role_count; k++)
    buffer_print(out, "%s%.*s", k > 0 ? ", " : "", TEXT_ARGS(contract->roles[k]));
  buffer_print(out, "): %.*s\n", TEXT_ARGS(contract->summary));
}

static void write_routes(const struct writing *writing)
{
  const struct generation *generation = writing->app->generation;
  struct group group = {0};
  buffer_append_text(writing->out, TEXT("\n## Routes\n\n"));
  for (size_t i = 0; i < generation->contract_count; i++)
    if (writing->detail->routes)
      write_route(writing->out, generation->contracts[i]);
    else
      write_in_group(writing, &group, generation->contracts[i]->name, false);
  if (group.listed > 0) buffer_append_byte(writing->out, '\n');
}

static size_t count_documents(const struct document_list *documents, enum document_kind kind)
{
  size_t count = 0;
  for (size_t i = 0; i < documents->count; i++) count += documents->items[i].kind == kind;
  return count;
}

static void write_template(struct buffer *out, const struct document *document)
{
  const struct json *requires = json_get(document->root, "requires");
  struct text summary = json_text(json_get(document->root, "summary"));
  buffer_print(out, "- `%.*s`%s%.*s", TEXT_ARGS(brief_document_name(document)),
               summary.length > 0 ? ": " : "", TEXT_ARGS(summary));
  if (requires) {
    buffer_append_text(out, TEXT("; requires `"));
    json_write(out, requires);
    buffer_append_byte(out, '`');
  }
  buffer_append_byte(out, '\n');
}

static void write_shared_schema(const struct writing *writing, const struct document *document)
{
  struct buffer *out = writing->out;
  const struct json *parts = json_get(document->root, "$defs");
  struct text title = json_text(json_get(document->root, "title"));
  buffer_print(out, "- `%s`%s%.*s", document->path, title.length > 0 ? ": " : "", TEXT_ARGS(title));
  uint32_t count = parts && parts->type == JSON_OBJECT ? parts->length : 0;
  for (uint32_t k = 0; k < count; k++) {
    struct text name = json_text(&parts->members[k].key);
    if (!writing->detail->schemas) {
      if (k < writing->detail->most)
        buffer_print(out, "%s`%.*s`", k > 0 ? ", " : "; ", TEXT_ARGS(name));
      continue;
    }
    buffer_print(out, "\n  - `#/$defs/%.*s`: `", TEXT_ARGS(name));
    json_write(out, &parts->members[k].value);
    buffer_append_byte(out, '`');
  }
  buffer_append_byte(out, '\n');
}

static void write_documents(const struct writing *writing, enum document_kind kind)
{
  const struct document_list *documents = writing->app->generation->documents;
  size_t count = count_documents(documents, kind), listed = 0;
  for (size_t i = 0; i < documents->count; i++) {
    const struct document *document = &documents->items[i];
    if (document->kind != kind || !may_list(writing, listed++, count)) continue;
    if (kind == DOCUMENT_TEMPLATE)
      write_template(writing->out, document);
    else
      write_shared_schema(writing, document);
  }
}

static void write_roles(const struct writing *writing)
{
  const struct generation *generation = writing->app->generation;
  buffer_append_text(writing->out, TEXT("\n## Roles\n\n"));
  for (size_t i = 0; i < writing->app->role_count; i++) {
    struct text role = writing->app->roles[i];
    bool privileged =
        text_is_among(role, generation->privileged_roles, generation->privileged_role_count);
    if (may_list(writing, i, writing->app->role_count))
      buffer_print(writing->out, "- `%.*s`%s\n", TEXT_ARGS(role),
                   privileged ? ", privileged: all rows are open to it where a contract lists it"
                              : "");
  }
}

/* --- All of it. --- */

static void write_left_out(const struct writing *writing)
{
  if (writing->detail == details) return;
  for (const struct detail *detail = details + 1; detail <= writing->detail; detail++)
    buffer_print(writing->out, "%s%s", detail == details + 1 ? "\nLeft out, to stay short: " : ", ",
                 detail->left_out);
  buffer_append_text(writing->out, TEXT(". `writ brief --app --full` has all of it.\n"));
}

static void write_all(const struct writing *writing)
{
  static const char guide[] = "The contract language in short";
  buffer_append_text(writing->out, TEXT("# The app, for new contracts\n"));
  write_routes(writing);
  write_tables(writing);
  write_queries(writing);
  buffer_append_text(writing->out, TEXT("\n## Templates\n\n"));
  write_documents(writing, DOCUMENT_TEMPLATE);
  buffer_append_text(writing->out, TEXT("\n## Shared schemas\n\nTo be referred to, as "
                                        "`{ \"$ref\": \"../defs/note.json#/$defs/id\" }`.\n\n"));
  write_documents(writing, DOCUMENT_SCHEMA);
  write_roles(writing);
  buffer_print(writing->out, "\n## %s\n\n", guide);
  buffer_append_text(writing->out, brief_guide(guide));
  buffer_append_byte(writing->out, '\n');
  write_left_out(writing);
}

int brief_app_write(struct buffer *out, const struct generation *generation, struct store *store,
                    struct arena *arena, bool full, struct error *error)
{
  struct brief_app app;
  size_t before = out->length, level = 0;
  if (brief_app_of(generation, store, arena, &app, error)) return -1;
  do {
    const struct writing writing = {out, &app, &details[level]};
    out->length = before;
    write_all(&writing);
    struct text text = {out->data + before, out->length - before};
    if (full || tokens_estimate(text) <= BRIEF_APP_TOKENS_MAX) break;
  } while (++level < DETAILS);
  return 0;
}
