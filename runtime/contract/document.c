/* Parsing the JSON below contracts/: its folder tells what a file is. */
#include "contract/document.h"

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
  return text_is(path, "contract.schema.json") || text_is(path, "policy.schema.json") ||
         text_is(path, "writ.schema.json");
}

void document_parse(struct arena *arena, struct document *document, struct report *report)
{
  struct json_error wrong = {0};
  struct json root;
  if (!document->source.text.data) return;
  if (json_read(arena, document->source.text, NULL, &root, &wrong)) {
    report_error(report, FINDING_NOT_JSON, &document->source, wrong.offset, NULL,
                 "this is not JSON: %s", wrong.message);
    return;
  }
  struct json *kept = arena_new(arena, sizeof *kept);
  *kept = root;
  document->root = kept;
}

void document_list_read(const struct source_tree *sources, struct arena *arena,
                        struct document_list *list, struct report *report)
{
  *list =
      (struct document_list){.items = arena_new_array(arena, sources->count, sizeof *list->items)};
  for (size_t i = 0; i < sources->count; i++) {
    const char *path = source_below(&sources->files[i], "contracts/", ".json");
    if (!path || is_ours(text_of(path))) continue;
    struct document *document = &list->items[list->count++];
    *document = (struct document){
        .path = path, .kind = kind_of(text_of(path)), .source = sources->files[i]};
    document_parse(arena, document, report);
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
