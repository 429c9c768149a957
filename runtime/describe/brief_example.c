/* Two handlers to learn from. Where the contract grants a single query whose result is what has to
 * be returned, one of them is the contract's own; the others are files of lua/examples/. */
#include "describe/brief.h"

extern const char example_read[], example_page[], example_write[], example_compute[];

/* --- From the contract itself. --- */

/* An error that nobody but the handler raises; NULL if there is none, or more than one. */
static const struct brief_error *own_error(const struct brief *brief)
{
  const struct brief_error *found = NULL;
  for (size_t i = 0; i < brief->error_count; i++) {
    if (brief->errors[i].host.length > 0) continue;
    if (found) return NULL;
    found = &brief->errors[i];
  }
  return found;
}

static bool has_column(const struct brief_query *query, struct text name)
{
  for (size_t i = 0; i < query->column_count; i++)
    if (text_equal(query->columns[i].name, name)) return true;
  return false;
}

/* Whether a row is an object of this type, as far as names tell. */
static bool row_fits(const struct brief_query *query, const struct lua_type *type)
{
  if (!type || type->member_count == 0 || type->alternative_count > 0) return false;
  for (size_t i = 0; i < type->member_count; i++)
    if (type->members[i].required && !has_column(query, type->members[i].name)) return false;
  for (size_t i = 0; i < query->column_count; i++)
    if (!lua_type_is_open(type) && !lua_type_member(type, query->columns[i].name)) return false;
  return true;
}

static struct text group_of(const struct brief_query *query)
{
  struct text rest = text_of(query->use->query->name), group;
  text_split(&rest, '.', &group);
  return group;
}

/* ", 201" where the status has to be said for the reader's sake. */
static struct text status_of(const struct brief *brief, struct arena *arena)
{
  int status = brief->replies[0].status;
  return status == 200 ? TEXT("") : arena_print(arena, ", %d", status);
}

/* It gives its row, or fails. */
static bool is_insert(const struct brief_query *query)
{
  struct text sql = text_trim(query->use->query->sql);
  if (sql.length > strlen("INSERT")) sql.length = strlen("INSERT");
  return text_is_ignoring_case(sql, "INSERT");
}

static struct text row_example(const struct brief *brief, const struct brief_query *query,
                               struct arena *arena)
{
  const char *name = query->use->query->name;
  const struct brief_error *error = own_error(brief);
  struct text status = status_of(brief, arena);
  if (!row_fits(query, brief->replies[0].type)) return TEXT("");
  if (error && is_insert(query)) return TEXT(""); /* nobody can tell when it is raised */
  if (!error) return arena_print(arena, "  return ctx.db.%s()%.*s\n", name, TEXT_ARGS(status));
  return arena_print(arena,
                     "  local row = ctx.db.%s()\n"
                     "  if row == null then ctx.fail(\"%.*s\") end\n"
                     "  return row%.*s\n",
                     name, TEXT_ARGS(error->error->code), TEXT_ARGS(status));
}

static struct text list_example(const struct brief *brief, const struct brief_query *query,
                                struct arena *arena)
{
  const struct lua_type *type = brief->replies[0].type;
  const char *name = query->use->query->name;
  struct text status = status_of(brief, arena);
  if (type && type->types == 1u << JSON_ARRAY && type->element && row_fits(query, type->element))
    return arena_print(arena, "  return ctx.db.%s()%.*s\n", name, TEXT_ARGS(status));
  if (!type || type->member_count != 1) return TEXT("");
  const struct lua_type *list = type->members[0].type;
  if (!list->element || !row_fits(query, list->element)) return TEXT("");
  struct buffer key = {0};
  lua_type_write_key(&key, type->members[0].name);
  struct text code = arena_print(arena, "  return { %.*s = ctx.db.%s() }%.*s\n",
                                 TEXT_ARGS(buffer_text(&key)), name, TEXT_ARGS(status));
  buffer_deinit(&key);
  return code;
}

static struct text count_example(const struct brief *brief, const struct brief_query *query,
                                 struct arena *arena)
{
  const char *name = query->use->query->name;
  const struct brief_error *error = own_error(brief);
  if (brief->replies[0].type) return TEXT("");
  if (!error) return arena_print(arena, "  ctx.db.%s()\n", name);
  return arena_print(arena, "  if ctx.db.%s() == 0 then ctx.fail(\"%.*s\") end\n", name,
                     TEXT_ARGS(error->error->code));
}

/* The body of a function, or empty. */
static struct text own_example(const struct brief *brief, struct arena *arena)
{
  if (brief->query_count != 1 || brief->reply_count != 1 || brief->queries[0].computes)
    return TEXT("");
  const struct brief_query *query = &brief->queries[0];
  if (group_of(query).length == 0) return TEXT("");
  switch (query->use->query->rows) {
  case ROWS_ONE:
    return row_example(brief, query, arena);
  case ROWS_MANY:
    return list_example(brief, query, arena);
  case ROWS_EXEC:
    return count_example(brief, query, arena);
  case ROWS_VALUE:
    break;
  }
  return TEXT("");
}

/* --- From lua/examples/. --- */

static struct brief_example file_example(const char *source)
{
  struct text code = text_of(source), title;
  text_split(&code, '\n', &title);
  title.data += strlen("-- ");
  title.length -= strlen("-- .");
  return (struct brief_example){title, text_trim(code)};
}

enum shape { SHAPE_READ, SHAPE_PAGE, SHAPE_WRITE, SHAPE_COMPUTE };

static enum shape shape_of(const struct brief *brief)
{
  enum shape shape = SHAPE_WRITE;
  if (brief->contract->compute_count > 0) return SHAPE_COMPUTE;
  if (!brief->contract->writes) shape = SHAPE_READ;
  for (size_t i = 0; i < brief->query_count; i++)
    if (brief->queries[i].use->query->rows == ROWS_MANY) shape = SHAPE_PAGE;
  return shape;
}

void brief_examples(const struct brief *brief, struct arena *arena,
                    struct brief_example examples[BRIEF_EXAMPLES])
{
  static const char *const files[] = {[SHAPE_READ] = example_read,
                                      [SHAPE_PAGE] = example_page,
                                      [SHAPE_WRITE] = example_write,
                                      [SHAPE_COMPUTE] = example_compute};
  enum shape shape = shape_of(brief);
  struct text own = own_example(brief, arena);
  examples[0] = file_example(files[shape]);
  examples[1] = file_example(files[shape == SHAPE_READ ? SHAPE_PAGE : SHAPE_READ]);
  if (own.length == 0) return;
  examples[1] = examples[0];
  examples[0] = (struct brief_example){
      TEXT("This contract's own query and nothing more"),
      arena_print(arena, "return function(input, ctx)\n%.*send", TEXT_ARGS(own))};
}
