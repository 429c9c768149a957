/* contracts/templates: restrictions that several contracts share. Each is checked once, whoever
 * extends it. */
#ifndef WRIT_CONTRACT_TEMPLATE_H
#define WRIT_CONTRACT_TEMPLATE_H

#include "contract/document.h"
#include "schema/schema.h"

struct loading;

struct template
{
  const struct document *document;
  const struct json *requires; /* object, or NULL */
  const struct schema *schema; /* what the input must satisfy as well, or NULL */
  bool broken;                 /* its schema is wrong, which has been reported */
};

struct template_list {
  struct template *items;
  size_t count;
};

/* Reads all templates; what is wrong goes to the report. */
void template_list_read(struct loading *loading, struct template_list *list);

/* The template that a contract calls "templates/signed_in", or NULL. */
const struct template *template_find(const struct template_list *list, struct text name);

#endif
