/* What the files of explain share: private to explain*.c. Each keyword of the language is one small
 * function that adds its facts; explain.c has the table. */
#ifndef WRIT_DESCRIBE_EXPLAIN_PARTS_H
#define WRIT_DESCRIBE_EXPLAIN_PARTS_H

#include "describe/explain.h"

struct explainer {
  struct arena *arena;
  const struct generation *generation;
  const struct contract *contract;
  struct fact *facts;
  size_t count, capacity;
  struct error *error;
  bool failed;
  /* While a `when` is explained: stands before each sentence and each key. */
  struct text condition, condition_key;
};

/* Adds a fact and returns it, to be filled in before the next one is added. */
struct fact *add_fact(struct explainer *explainer, enum fact_section section,
                      enum fact_direction direction, struct text key, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Moves what was added into the explanation. 0, or -1 if something failed. */
int explain_finish(struct explainer *explainer, struct explanation *explanation);

/* How a fact is shown in a list. */
void show_in_list(struct fact *fact, struct text subject, struct text group, struct text phrase);

/* "a day", "7 days". */
struct text words_of_duration(struct explainer *explainer, int64_t ms);

/* "a", "a and b", "a, b and c"; `last` is "and" or "or". */
struct text join_words(struct explainer *explainer, const struct text *words, size_t count,
                       const char *last);

/* JSON as text, for sentences and keys. */
struct text json_words(struct explainer *explainer, const struct json *value);

/* SQL with one space between its tokens and no comments: equal for statements that do the same. */
struct json plain_sql(struct explainer *explainer, struct text sql);
/* The same of a query, with all that its notes say. */
struct json plain_query(struct explainer *explainer, const struct query *query);

/* What `policy.json` says of a table, or NULL. */
const struct json *policy_of_table(const struct explainer *explainer, struct text table);
/* True if the list `which` ("secret", "guarded") of its line names the column. */
bool policy_lists(const struct explainer *explainer, struct text table, const char *which,
                  struct text column);

/* Every claim of a schema as a restriction, every member that it declares as a grant. `what` names
 * the value in sentences ("the input"); keys begin with `prefix` ("input"). Members are shown as
 * subjects, or, below a `subject`, as its groups. */
struct schema_facts {
  enum fact_section section;
  const char *prefix;
  struct text what, subject;
  const struct schema *schema;
  struct text part_of; /* all of it, if not empty */
};
void add_schema_facts(struct explainer *explainer, const struct schema_facts *about);

/* A schema that asks something of the input, in words: "amount is there and amount is at least 5".
 * *key is the same for schemas that ask the same. */
struct text words_of_question(struct explainer *explainer, const struct schema *schema,
                              struct text *key);

/* --- explain_auth.c */
void explain_route(struct explainer *explainer);
void explain_auth(struct explainer *explainer);
void explain_scopes(struct explainer *explainer);
void explain_verification(struct explainer *explainer);
void explain_or_role(struct explainer *explainer);
void explain_privileged(struct explainer *explainer);
void explain_owns(struct explainer *explainer);
void explain_owned(struct explainer *explainer, const struct ownership *ownership);

/* --- explain_input.c */
void explain_input(struct explainer *explainer);

/* --- explain_uses.c: and the rows of the tables that are touched */
void explain_queries(struct explainer *explainer);
void explain_computes(struct explainer *explainer);
void explain_sleep(struct explainer *explainer);
void explain_unasked(struct explainer *explainer);

/* --- explain_ensures.c */
void explain_rules(struct explainer *explainer);
void explain_rule(struct explainer *explainer, const struct rule *rule, bool before);
void explain_holds(struct explainer *explainer);
void explain_unchanged(struct explainer *explainer);
void explain_idempotent(struct explainer *explainer);
void explain_returns(struct explainer *explainer);
void explain_errors(struct explainer *explainer);
void explain_denials(struct explainer *explainer);
void explain_cache(struct explainer *explainer);
void explain_audit(struct explainer *explainer);
void explain_session(struct explainer *explainer);

/* --- explain_when.c */
void explain_when(struct explainer *explainer);

/* --- explain_others.c: keywords that no function here knows */
void explain_others(struct explainer *explainer);

/* --- explain_limits.c */
void explain_rate_limits(struct explainer *explainer);
void explain_limits(struct explainer *explainer);
void explain_policy_rates(struct explainer *explainer, const struct json *policy);

#endif
