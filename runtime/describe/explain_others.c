/* Keywords that none of the other files explains, as they stand: nothing that a contract says goes
 * unsaid. Whether such a keyword gives or takes is not known here. */
#include "contract/document.h"
#include "describe/explain_parts.h"

static const char *const requires_known[] = {
    "auth", "scopes",      "reason", "validates", "query", "body", "rate_limit",
    "owns", "credentials", "reauth", "or_role",   "rules", NULL};
static const char *const uses_known[] = {"queries", "computes", "unowned", "sleep", NULL};
static const char *const ensures_known[] = {
    "returns", "errors", "holds", "unchanged", "idempotent", "audit", "session", "cache", NULL};

static bool is_known(const char *const *known, struct text keyword)
{
  for (; *known != NULL; known++)
    if (text_is(keyword, *known)) return true;
  return false;
}

static void explain_part(struct explainer *explainer, const struct json *root, const char *part,
                         const char *const *known)
{
  const struct json *said = json_get(root, part);
  for (uint32_t i = 0; said && said->type == JSON_OBJECT && i < said->length; i++) {
    struct text keyword = json_text(&said->members[i].key);
    const struct json *value = &said->members[i].value;
    if (is_known(known, keyword)) continue;
    struct text words = json_words(explainer, value);
    add_fact(explainer, SECTION_CONDITIONS, FACT_EITHER,
             arena_print(explainer->arena, "%s.%.*s", part, TEXT_ARGS(keyword)), "%s.%.*s is %.*s",
             part, TEXT_ARGS(keyword), TEXT_ARGS(words))
        ->value = *value;
  }
}

void explain_others(struct explainer *explainer)
{
  const struct contract *contract = explainer->contract;
  const struct document *document = document_find(
      explainer->generation->documents, text_of(contract->source->path + strlen("contracts/")));
  explain_part(explainer, document->root, "requires", requires_known);
  explain_part(explainer, document->root, "uses", uses_known);
  explain_part(explainer, document->root, "ensures", ensures_known);
}
