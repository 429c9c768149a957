/* Reading the JSON below contracts/: its folder tells what a file is. */
#include "contract/document.h"

#include "base/file.h"

enum { DOCUMENT_MAX_BYTES = 1024 * 1024 };

static enum document_kind kind_of(struct text path)
{
  if (text_starts_with(path, "defs/")) return DOCUMENT_SCHEMA;
  if (text_starts_with(path, "templates/")) return DOCUMENT_TEMPLATE;
  if (text_is(path, "policy.json")) return DOCUMENT_POLICY;
  return DOCUMENT_CONTRACT;
}

/* The descriptions of the language itself lie in the same folder, for editors. */
static bool is_ours(struct text path)
{
  return text_is(path, "contract.schema.json") || text_is(path, "policy.schema.json");
}

static void read_document(const char *folder, struct arena *arena, struct document *document,
                          struct report *report)
{
  struct error error = {0};
  struct json_error wrong = {0};
  struct json root;
  if (file_read(arena, file_join(arena, folder, document->path), DOCUMENT_MAX_BYTES,
                &document->source.text, &error)) {
    report_error(report, &document->source, 0, NULL, "%s", error.message);
    return;
  }
  if (json_read(arena, document->source.text, NULL, &root, &wrong)) {
    report_error(report, &document->source, wrong.offset, NULL, "this is not JSON: %s",
                 wrong.message);
    return;
  }
  struct json *kept = arena_new(arena, sizeof *kept);
  *kept = root;
  document->root = kept;
}

void document_list_read(const char *contracts_folder, struct arena *arena,
                        struct document_list *list, struct report *report)
{
  struct text *paths;
  size_t count;
  struct error error = {0};
  *list = (struct document_list){0};
  if (file_list(arena, contracts_folder, ".json", &paths, &count, &error)) {
    report_error(report, NULL, 0, NULL, "contracts: %s", error.message);
    return;
  }
  list->items = arena_new_array(arena, count, sizeof *list->items);
  for (size_t i = 0; i < count; i++) {
    if (is_ours(paths[i])) continue;
    struct document *document = &list->items[list->count++];
    document->path = arena_copy(arena, paths[i]).data;
    document->kind = kind_of(paths[i]);
    document->source.path = arena_print(arena, "contracts/%s", document->path).data;
    read_document(contracts_folder, arena, document, report);
  }
}

const struct document *document_find(const struct document_list *list, struct text path)
{
  for (size_t low = 0, high = list->count; low < high;) {
    size_t middle = low + (high - low) / 2;
    const struct document *document = &list->items[middle];
    int order = text_compare(text_of(document->path), path);
    if (order == 0) return document;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const struct json *document_schema(void *list, struct text path, const struct source **source)
{
  const struct document *document = document_find(list, path);
  if (!document || document->kind != DOCUMENT_SCHEMA) return NULL;
  *source = &document->source;
  return document->root;
}
