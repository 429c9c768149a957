/* The list of all named queries, from the files of contracts/queries. */
#include "contract/query.h"

#include <stdlib.h>

#include "base/memory.h"
#include "contract/name.h"
#include "contract/query_read.h"

static void read_file(struct query_reader *reader, const struct source *source, struct text path)
{
  struct source name_only = {.path = source->path};
  reader->source = source;
  reader->group = (struct text){path.data, path.length - strlen(".sql")};
  if (!name_is_lower(reader->group))
    report_error(reader->report, FINDING_QUERY_FILE, &name_only, 0,
                 "name it like users.sql, directly in contracts/queries",
                 "the name of this file is no name for a group of queries");
  else if (source->text.data)
    query_reader_run(reader);
}

static int by_name(const void *a, const void *b)
{
  const struct query *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  if (order != 0) return order;
  return x->offset < y->offset ? -1 : 1;
}

void query_list_read(const struct source_tree *sources, struct arena *arena,
                     struct query_list *list, struct report *report)
{
  struct query_reader reader = {.arena = arena, .report = report, .list = list};
  *list = (struct query_list){0};
  for (size_t i = 0; i < sources->count; i++) {
    const char *path = source_below(&sources->files[i], "contracts/queries/", ".sql");
    if (path) read_file(&reader, &sources->files[i], text_of(path));
  }
  if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, by_name);
  for (size_t i = 1; i < list->count; i++)
    if (strcmp(list->items[i - 1].name, list->items[i].name) == 0)
      report_error(report, FINDING_QUERY_TWICE, list->items[i].source, list->items[i].offset,
                   "rename one of them", "there are two queries '%s'", list->items[i].name);
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
