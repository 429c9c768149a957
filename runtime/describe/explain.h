/* What a contract allows, as facts: for the person who reviews it (`writ check --explain`), and for
 * comparing two versions of it (`writ diff`).
 *
 * A fact is one sentence with a key that stays the same while its value changes. A grant gives
 * authority, a restriction takes some away: a grant that appears, and a restriction that disappears
 * or gets looser, loosen the contract. Facts come from what was compiled, never from a second
 * reading of the file, so they say what the host will do. */
#ifndef WRIT_DESCRIBE_EXPLAIN_H
#define WRIT_DESCRIBE_EXPLAIN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "contract/generation.h"

enum fact_section {
  SECTION_AUTH,
  SECTION_ROWS,
  SECTION_INPUT,
  SECTION_QUERIES,
  SECTION_COMPUTES,
  SECTION_CONDITIONS,
  SECTION_REPLY,
  SECTION_ERRORS,
  SECTION_LIMITS,
  SECTION_RECORD,
  SECTION_POLICY, /* of the app as a whole: explain_app */
  SECTION_SCHEMA,
  SECTION_COUNT
};

enum fact_direction {
  FACT_GRANT,
  FACT_RESTRICTION,
  FACT_EITHER, /* nobody can tell: whether it comes or goes, that counts as loosening */
  FACT_NOTE    /* only said */
};

/* Which of two values of one key is the tighter one. */
enum fact_order {
  ORDER_NONE,   /* only equal values compare */
  ORDER_LESS,   /* the smaller number */
  ORDER_MORE,   /* the greater number */
  ORDER_SUBSET, /* the array with fewer of the same elements */
  ORDER_RATE    /* [limit, per]: fewer at once, and fewer in the long run */
};

struct fact {
  enum fact_section section;
  enum fact_direction direction;
  enum fact_order order;
  struct text key;      /* "auth.role:editor"; the same one twice where several apply */
  struct json value;    /* null: that the fact is there says all */
  struct text sentence; /* "role editor may call it" */
  struct text risk;     /* a sentence for the top of the page, or empty */
  struct text origin;   /* "templates/signed_in.json"; empty: the contract itself */
  struct text part_of;  /* the key of a grant that this describes: comes and goes with it */
  bool of_app;          /* the policy says so for all contracts: compared once, in explain_app */
  const char *wider[2]; /* keys of grants that include this one, or NULL */
  /* How it is shown in a list: all facts of one subject in one paragraph, where those of one group
   * stand together: "email  from the body, at most 254 characters", "reads users (id, email)".
   * Empty: the sentence stands alone. */
  struct text subject, group, phrase;
  struct text sql; /* of a table, index or trigger: the statement that makes it, as written */
};

/* Everything lies in the arena that it was made in. */
struct explanation {
  struct fact *facts;
  size_t count;
};

/* "Who may call". */
const char *section_title(enum fact_section section);
/* "auth", for machines. */
const char *section_name(enum fact_section section);

/* The facts of one contract, by section. Not while its store serves: statement_describe. */
int explain_contract(const struct generation *generation, const struct contract *contract,
                     struct arena *arena, struct explanation *explanation, struct error *error);

/* What holds for all contracts: the policy, the migrations, and the tables and triggers that they
 * make. */
int explain_app(const struct source_tree *sources, const struct generation *generation,
                const struct store *store, struct arena *arena, struct explanation *explanation,
                struct error *error);

/* Of that, the tables, indexes and triggers alone: of a database that no policy need fit. */
int explain_schema(const struct store *store, struct arena *arena, struct explanation *explanation,
                   struct error *error);

/* --- Comparing two versions. --- */

enum change_kind {
  CHANGE_LOOSENED,
  CHANGE_TIGHTENED,
  CHANGE_UNORDERED /* nobody can say which: counts as loosened */
};

struct change {
  enum change_kind kind;
  struct text key, sentence;
  struct text diff; /* of a table, index or trigger: describe/sql_diff.h; or empty */
};

/* What differs, in sentences. Whatever cannot be shown to be tighter is loosened, or unordered. The
 * list lies in the arena. */
void explanation_compare(const struct explanation *before, const struct explanation *after,
                         struct arena *arena, struct change **changes, size_t *count);

#endif
