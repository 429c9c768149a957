/* The meta-schema of draft 2020-12 and its vocabularies (runtime/schema/meta/), which are part of
 * the program: what refers to them needs no loader and no network. */
#include "schema/program.h"

#define DRAFT "https://json-schema.org/draft/2020-12/"

extern const char meta_schema[], meta_applicator[], meta_content[], meta_core[],
    meta_format_annotation[], meta_meta_data[], meta_unevaluated[], meta_validation[];

static const struct {
  const char *uri, *text;
} documents[] = {
    {DRAFT "schema", meta_schema},
    {DRAFT "meta/applicator", meta_applicator},
    {DRAFT "meta/content", meta_content},
    {DRAFT "meta/core", meta_core},
    {DRAFT "meta/format-annotation", meta_format_annotation},
    {DRAFT "meta/meta-data", meta_meta_data},
    {DRAFT "meta/unevaluated", meta_unevaluated},
    {DRAFT "meta/validation", meta_validation},
};

const struct json *schema_meta_document(struct arena *arena, struct text uri,
                                        const struct source **source)
{
  for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
    if (!text_is(uri, documents[i].uri)) continue;
    struct source *own = arena_new(arena, sizeof *own);
    struct json *root = arena_new(arena, sizeof *root);
    *own = (struct source){documents[i].uri, text_of(documents[i].text)};
    *source = own;
    return json_read(arena, own->text, NULL, root, NULL) == 0 ? root : NULL;
  }
  return NULL;
}
