/* Reading templates. */
#include "contract/template.h"

#include "contract/load.h"

/* A template says what must hold as well; closing its schema would refuse the contracts' own
 * fields. */
static void refuse_closed(struct template *template, const struct json *validates,
                          struct report *report)
{
  const struct source *own = &template->document->source, *source;
  const struct json *closing = schema_closing(template->schema, &source);
  if (!closing) return;
  template->broken = true;
  report_error(report, FINDING_TEMPLATE_CLOSES, own,
               source == own ? closing->offset : validates->offset,
               "leave out the `false`, or refer to a schema that does not say it",
               "a template cannot close the input, as the `false` in %s does: it would refuse the "
               "fields of the contracts that extend it",
               source == own ? "this schema" : source->path);
}

static void read_template(struct loading *loading, struct template *template)
{
  const struct document *document = template->document;
  template->requires = member_of(document->root, "requires", JSON_OBJECT);
  const struct json *validates = member_of(template->requires, "validates", JSON_OBJECT);
  if (!document->root) return;
  meta_check(&loading->meta, document, loading->report);
  check_roles_known(loading, &document->source, member_of(template->requires, "auth", JSON_ARRAY));
  check_rates(loading, document, member_of(template->requires, "rate_limit", JSON_ARRAY));
  if (!validates) return;
  template->schema = schema_compile(loading->schemas, &document->source, document->path,
                                    document->root, validates, SCHEMA_STRICT, loading->report);
  template->broken = !template->schema;
  if (!template->schema) return;
  refuse_closed(template, validates, loading->report);
  const struct schema_mention *password = schema_passwords(template->schema, false, loading->arena);
  for (; password; password = password->next)
    report_error(loading->report, FINDING_TEMPLATE_PASSWORD, &document->source,
                 password->source == &document->source ? password->offset : validates->offset,
                 "declare it in the contract: the host looks for passwords there only",
                 "a template cannot make a field a password");
}

void template_list_read(struct loading *loading, struct template_list *list)
{
  const struct document_list *documents = &loading->documents;
  list->items = arena_new_array(loading->arena, documents->count + 1, sizeof *list->items);
  for (size_t i = 0; i < documents->count; i++) {
    if (documents->items[i].kind != DOCUMENT_TEMPLATE) continue;
    struct template *template = &list->items[list->count++];
    template->document = &documents->items[i];
    read_template(loading, template);
  }
}

const struct template *template_find(const struct template_list *list, struct text name)
{
  for (size_t i = 0; i < list->count; i++) {
    struct text path = text_of(list->items[i].document->path);
    path.length -= strlen(".json");
    if (text_equal(path, name)) return &list->items[i];
  }
  return NULL;
}
