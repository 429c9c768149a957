/* What the files mutation*.c share: private to testing/.
 *
 * The walk goes through input and schema together, from the root to every member and to the first
 * elements of arrays. At each spot the keywords that hold for sure give mutations that are demanded
 * to be refused; then those of the alternatives that the present value satisfies give some that the
 * validator is asked about.
 *
 * Where more may come of it than are wanted the walk is gone twice: the first time what could be
 * offered is counted, so that the second time a sample of all of it is. */
#ifndef WRIT_TESTING_MUTATION_PARTS_H
#define WRIT_TESTING_MUTATION_PARTS_H

#include "testing/mutations.h"
#include "testing/sample.h"
#include "testing/values_make.h"

enum { MALFORMED = MUTATION_KINDS, LOTS }; /* the malformed are a lot of their own */

struct mutating {
  struct values *values;
  const struct generation *generation;
  const struct contract *contract;
  const struct json *fixed; /* or NULL */
  mutation_taker take;
  void *context;
  struct mutation_counts *counts;
  bool counting;              /* nothing is given out: how many could be is counted */
  size_t offered[LOTS];       /* so many */
  struct sample chosen[LOTS]; /* of them */
  uint32_t alternatives;      /* that have been taken besides those of the input */
  struct buffer seen;         /* hashes of what was given out: the same request is sent once */
};

/* A place of the input. */
struct spot {
  const struct spot *up; /* NULL: the whole input */
  struct text name;      /* of the member; its data is NULL for an element */
  uint32_t index;        /* of the element */
  struct json value;     /* that is there */
  struct says says;      /* with the alternatives that the value satisfies, which are not sure */
  bool textual;          /* it comes from path or query string */
  bool password;         /* a field that the handler never sees */
  bool fixed;            /* it must stay as it is for the call to succeed */
  bool listed; /* something around it has const or enum: there the problem is said to be */
  bool plain;  /* all that is said of it and of what is around it is understood: no conditions */
  bool other;  /* the value is of an alternative that the input has not taken */
  uint32_t depth;
};

/* How sure a mutation is: demanded, or to be asked of the validator. */
enum certainty { CERTAIN, ASK };

/* --- mutation_offer.c --- */

/* Gives out the input with another value at the spot. The label goes behind the spot's name. All
 * count what they do not give out. */
void mutate_refused(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct json value, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void mutate_admitted(struct mutating *m, const struct spot *spot, enum certainty certainty,
                     struct json value, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void mutate_payload(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct text payload);

/* The same for an object at the spot without, or with, a member of this name, which is what the
 * problem is about. */
void mutate_missing(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct text name, bool refused);
void mutate_unknown(struct mutating *m, const struct spot *spot, enum certainty certainty,
                    struct text name, struct json value);

/* Gives out a request that says no input: it must be refused as `malformed`. */
void mutate_malformed(struct mutating *m, struct text field, const struct parts *parts,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The input that has this value at the spot. */
struct json spot_input(struct mutating *m, const struct spot *spot, struct json value);

/* A value for a label, cut if it is long. */
struct text mutation_written(struct mutating *m, const struct json *value);

/* --- mutations.c --- */

/* Everything about one spot, and what is below it. */
void mutate_spot(struct mutating *m, const struct spot *spot);

/* --- mutation_scalar.c, _number.c, _text.c, _container.c, _raw.c --- */

void mutate_type(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                 enum certainty certainty);
void mutate_listed(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                   enum certainty certainty);
void mutate_number(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                   enum certainty certainty);
void mutate_text(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                 enum certainty certainty);
void mutate_payloads(struct mutating *m, const struct spot *spot, const struct says_limits *limits);
void mutate_array(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                  enum certainty certainty);
/* An array that could have elements and has none: its elements are looked at in one that has. */
void mutate_filled(struct mutating *m, const struct spot *spot, const struct says_limits *limits);
void mutate_object(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                   enum certainty certainty);
/* Requests that cannot be read, made of a valid input. */
void mutate_raw(struct mutating *m, const struct json *input);

/* Whether bounds of this place are all there is to satisfy. */
bool limits_are_bounds(const struct says_limits *limits);

#endif
