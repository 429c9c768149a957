/* Facts about locals and fields of the input that the whole file tells, collected in one walk
 * before anything is checked. */
#include "advice/advising.h"

struct local_facts *facts_of(struct advising *advising, struct syntax_local *local)
{
  if (!local->notes) {
    struct local_facts *facts = arena_new(advising->arena, sizeof *facts);
    facts->checked = facts->compared = UINT32_MAX;
    local->notes = facts;
  }
  return local->notes;
}

struct column_facts *column_facts_of(struct advising *advising, const struct known *column)
{
  struct column_facts *facts = advising->columns;
  while (facts && !(facts->use == column->use && text_equal(facts->name, column->name)))
    facts = facts->next;
  if (facts) return facts;
  facts = arena_new(advising->arena, sizeof *facts);
  *facts = (struct column_facts){advising->columns, column->use, column->name, UINT32_MAX};
  return advising->columns = facts;
}

bool name_list_has(const struct name_list *list, struct text name)
{
  for (; list; list = list->next)
    if (text_equal(list->name, name)) return true;
  return false;
}

bool facts_assigned(const struct advising *advising, struct text name)
{
  return name_list_has(advising->assigned, name);
}

static void add_name(struct arena *arena, struct name_list **list, struct text name)
{
  if (name_list_has(*list, name)) return;
  struct name_list *item = arena_new(arena, sizeof *item);
  *item = (struct name_list){*list, name};
  *list = item;
}

/* --- What is passed on. --- */

/* Functions that look at their arguments and change nothing. */
static bool only_looks(struct advising *advising, const struct syntax_expression *call)
{
  static const char *const names[] = {"ipairs",   "pairs",  "next",     "type",
                                      "tostring", "print",  "assert",   "rawlen",
                                      "tonumber", "rawget", "rawequal", "select"};
  struct known callee = known_of(advising, call->callee);
  if (call->method.length > 0) return false;
  if (callee.kind == KNOWN_QUERY) return true;
  if (callee.kind == KNOWN_MEMBER)
    return text_is(callee.name, "log") || text_is(callee.name, "fail");
  for (size_t i = 0; callee.kind == KNOWN_GLOBAL && i < sizeof names / sizeof *names; i++)
    if (text_is(callee.name, names[i])) return true;
  return false;
}

static bool is_given(struct advising *advising, const struct visit *visit)
{
  switch (visit->usage) {
  case USAGE_VALUE:
  case USAGE_DEFAULT:
  case USAGE_METHOD:
  case USAGE_TARGET:
    return true;
  case USAGE_PART: /* what the handler returns nobody changes any more */
    return visit->function != advising->handler;
  case USAGE_ARGUMENT:
    return !only_looks(advising, visit->parent);
  default:
    return false;
  }
}

/* --- What is checked. --- */

/* A use after which it may be known whether there is a value. */
static bool may_check(enum usage usage)
{
  return usage == USAGE_TEST || usage == USAGE_DEFAULT || usage == USAGE_COMPARED ||
         usage == USAGE_ARGUMENT || usage == USAGE_TARGET;
}

/* #rows, rows[51], for i in ipairs(rows): how long the array is may be known behind it. */
static bool measures(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *parent = visit->parent;
  const struct syntax_statement *statement = visit->statement;
  struct text name;
  if (!parent) return false;
  if (parent->kind == SYNTAX_UNARY) return parent->operator== OPERATOR_LENGTH;
  if (parent->kind == SYNTAX_INDEX) return !known_key(advising, parent->key, &name);
  return parent->kind == SYNTAX_CALL && statement->kind == STATEMENT_GENERIC_FOR &&
         statement->locals->uses != NULL;
}

/* A use after which it may be known that the value is not null: its truth says nothing of it, nor
 * does whether it is nil. */
static bool may_compare(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *parent = visit->parent;
  if (visit->usage != USAGE_COMPARED)
    return visit->usage == USAGE_ARGUMENT || visit->usage == USAGE_TARGET;
  const struct syntax_expression *other =
      syntax_inner(parent->left) == visit->expression ? parent->right : parent->left;
  return known_of(advising, other).kind != KNOWN_NIL;
}

static void note_checked(uint32_t *checked, uint32_t offset)
{
  if (offset < *checked) *checked = offset;
}

static void collect_name(struct advising *advising, const struct visit *visit)
{
  const struct syntax_expression *name = visit->expression;
  if (!name->local) return;
  struct local_facts *facts = facts_of(advising, name->local);
  if (may_check(visit->usage) || visit->usage == USAGE_VALUE || visit->usage == USAGE_PART)
    note_checked(&facts->checked, name->offset);
  if (may_compare(advising, visit) || visit->usage == USAGE_VALUE || visit->usage == USAGE_PART)
    note_checked(&facts->compared, name->offset);
  if (is_given(advising, visit)) facts->given = true;
  if (measures(advising, visit)) facts->measured = true;
  struct known known = known_of(advising, name);
  if (facts->given && (known.kind == KNOWN_ELEMENT || known.kind == KNOWN_RESULT))
    advising->rows_given[known.use - advising->contract->uses] = true;
}

static void collect_field(struct advising *advising, const struct visit *visit)
{
  struct known known = known_of(advising, visit->expression);
  if (known.kind == KNOWN_FIELD && known.field && may_check(visit->usage))
    note_checked(&advising->checked[known.field - advising->contract->fields],
                 visit->expression->offset);
  if (known.kind == KNOWN_FIELD && known.field && may_compare(advising, visit))
    note_checked(&advising->compared[known.field - advising->contract->fields],
                 visit->expression->offset);
  if (known.kind == KNOWN_COLUMN && may_check(visit->usage))
    note_checked(&column_facts_of(advising, &known)->checked, visit->expression->offset);
  if (known.kind == KNOWN_INPUT && is_given(advising, visit) && visit->usage != USAGE_VALUE &&
      visit->usage != USAGE_PART)
    advising->input_given = true;
  if (known.kind == KNOWN_MEMBER && text_is(known.name, "principal") && may_check(visit->usage))
    advising->principal_checked = true;
}

/* a.b.c = …: the field c of some table, and b of the local a, are not what they were. */
static void collect_assigned(struct advising *advising, const struct syntax_expression *target)
{
  struct text name;
  for (bool first = true; target->kind == SYNTAX_INDEX; first = false) {
    const struct syntax_expression *object = syntax_inner(target->object);
    bool known = known_key(advising, target->key, &name);
    if (known && first) add_name(advising->arena, &advising->assigned, name);
    if (object->kind == SYNTAX_NAME && object->local) {
      struct local_facts *facts = facts_of(advising, object->local);
      if (known)
        add_name(advising->arena, &facts->assigned, name);
      else
        facts->given = true;
    }
    struct known input = known_of(advising, object);
    if (!known && input.kind == KNOWN_INPUT) advising->input_given = true;
    target = object;
  }
}

static void collect(void *context, const struct visit *visit)
{
  struct advising *advising = context;
  enum syntax_kind kind = visit->expression->kind;
  if (kind == SYNTAX_NAME) collect_name(advising, visit);
  if (kind == SYNTAX_NAME || kind == SYNTAX_INDEX) collect_field(advising, visit);
  if (kind == SYNTAX_INDEX && visit->usage == USAGE_TARGET)
    collect_assigned(advising, visit->expression);
}

void facts_collect(struct advising *advising)
{
  size_t count = advising->contract->field_count;
  advising->checked = arena_new_array(advising->arena, count + 1, sizeof *advising->checked);
  advising->compared = arena_new_array(advising->arena, count + 1, sizeof *advising->compared);
  for (size_t i = 0; i < count; i++) advising->checked[i] = advising->compared[i] = UINT32_MAX;
  advising->rows_given =
      arena_new_array(advising->arena, advising->contract->use_count, sizeof *advising->rows_given);
  walk_function(&(struct walker){.context = advising, .expression = collect}, advising->file);
}
