/* The list of all named queries, from the files of contracts/queries. */
#include "contract/query.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "contract/name.h"
#include "contract/query_read.h"

enum { QUERY_FILE_MAX_BYTES = 1024 * 1024 };

static void read_file(struct query_reader *reader, const char *folder, struct text path)
{
  struct error error = {0};
  struct source *source = arena_new(reader->arena, sizeof *source);
  source->path = arena_print(reader->arena, "contracts/queries/%.*s", TEXT_ARGS(path)).data;
  reader->source = source;
  reader->group = (struct text){path.data, path.length - strlen(".sql")};
  if (!name_is_lower(reader->group)) {
    report_error(reader->report, source, 0, "name it like users.sql, directly in contracts/queries",
                 "the name of this file is no name for a group of queries");
    return;
  }
  if (file_read(reader->arena, file_join(reader->arena, folder, path.data), QUERY_FILE_MAX_BYTES,
                &source->text, &error)) {
    report_error(reader->report, source, 0, NULL, "%s", error.message);
    return;
  }
  query_reader_run(reader);
}

static int by_name(const void *a, const void *b)
{
  const struct query *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  if (order != 0) return order;
  return x->offset < y->offset ? -1 : 1;
}

void query_list_read(const char *folder, struct arena *arena, struct query_list *list,
                     struct report *report)
{
  struct query_reader reader = {.arena = arena, .report = report, .list = list};
  const char *queries = file_join(arena, folder, "queries");
  struct text *paths;
  size_t count;
  struct error error = {0};
  *list = (struct query_list){0};
  if (file_list(arena, queries, ".sql", &paths, &count, &error)) {
    report_error(report, NULL, 0, NULL, "contracts/queries: %s", error.message);
    return;
  }
  for (size_t i = 0; i < count; i++) read_file(&reader, queries, paths[i]);
  if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, by_name);
  for (size_t i = 1; i < list->count; i++)
    if (strcmp(list->items[i - 1].name, list->items[i].name) == 0)
      report_error(report, list->items[i].source, list->items[i].offset, "rename one of them",
                   "there are two queries '%s'", list->items[i].name);
}

const struct query *query_find(const struct query_list *list, struct text name)
{
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct query *query = &list->items[middle];
    int order = text_compare(text_of(query->name), name);
    if (order == 0) return query;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const char *query_suggestion(const struct query_list *list, struct text name)
{
  if (list->count == 0) return NULL;
  const char **names = memory_new_array(list->count, sizeof *names);
  for (size_t i = 0; i < list->count; i++) names[i] = list->items[i].name;
  const char *suggestion = text_suggestion(name, names, list->count);
  memory_free(names);
  return suggestion;
}

bool query_is_optional(const struct query *query, struct text parameter)
{
  return text_is_among(parameter, query->optional, query->optional_count);
}

bool query_is_json(const struct query *query, struct text name)
{
  return text_is_among(name, query->json, query->json_count);
}
