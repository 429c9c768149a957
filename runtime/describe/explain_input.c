/* What may come in: each field, where it comes from, and its schema in words. */
#include "contract/template.h"
#include "describe/explain_parts.h"

static const char *words_of_origin(enum field_origin origin)
{
  return origin == FIELD_PATH    ? "from the path"
         : origin == FIELD_QUERY ? "from the query string"
         : origin == FIELD_BODY  ? "from the body"
                                 : "the whole body";
}

/* What a template says of the input, too: then it is the template's. */
static void find_origins(struct explainer *explainer, size_t first)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->template_count; i++) {
    const struct template *template = contract->templates[i];
    struct schema_claim *claims;
    size_t count = 0;
    if (!template->schema || schema_claims(template->schema, explainer->arena, &claims, &count) < 0)
      continue;
    for (size_t c = 0; c < count; c++) {
      struct text key = arena_print(explainer->arena, "input:%.*s:%.*s", TEXT_ARGS(claims[c].place),
                                    TEXT_ARGS(claims[c].keyword));
      for (size_t k = first; k < explainer->count; k++)
        if (text_equal(explainer->facts[k].key, key) &&
            json_equal(&explainer->facts[k].value, &claims[c].value))
          explainer->facts[k].origin = text_of(template->document->path);
    }
  }
}

static void say_where_from(struct explainer *explainer, size_t first)
{
  const struct contract *contract = explainer->contract;
  for (size_t i = 0; i < contract->field_count; i++) {
    const struct field *field = &contract->fields[i];
    struct text key = arena_print(explainer->arena, "input:/%.*s", TEXT_ARGS(field->schema.name));
    struct text from = text_of(words_of_origin(field->origin));
    for (size_t k = first; k < explainer->count; k++) {
      struct fact *fact = &explainer->facts[k];
      if (!text_equal(fact->key, key)) continue;
      fact->value = json_string(from);
      fact->phrase = field->schema.required
                         ? from
                         : arena_print(explainer->arena, "%.*s, optional", TEXT_ARGS(from));
      fact->sentence = arena_print(explainer->arena, "the field %.*s may come in, %.*s",
                                   TEXT_ARGS(field->schema.name), TEXT_ARGS(from));
    }
  }
}

void explain_input(struct explainer *explainer)
{
  size_t first = explainer->count;
  add_schema_facts(explainer, &(struct schema_facts){.section = SECTION_INPUT,
                                                     .prefix = "input",
                                                     .what = TEXT("the input"),
                                                     .schema = explainer->contract->input});
  say_where_from(explainer, first);
  find_origins(explainer, first);
  if (explainer->contract->field_count == 0)
    add_fact(explainer, SECTION_INPUT, FACT_NOTE, TEXT("input"), "nothing: any field is refused");
  else
    add_fact(explainer, SECTION_INPUT, FACT_NOTE, TEXT("input"), "any other field is refused");
}
