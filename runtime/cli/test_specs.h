/* The half of `writ test` that runs an app's busted specs: the files *_spec.lua in its folder
 * tests/ and in folders there, or what its own .busted says.
 *
 * They run in the machine's Lua 5.4, in a process of its own, in the app's folder, where
 * `require "writ.testing"` finds the helper. What busted prints goes to stdout as it comes. */
#ifndef WRIT_CLI_TEST_SPECS_H
#define WRIT_CLI_TEST_SPECS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

struct test_specs_options {
  const char *folder;           /* of the app */
  const char *const *arguments; /* for busted: what stood after "--" */
  size_t argument_count;
  bool quiet_stdout; /* what busted prints goes to stderr: stdout is the document's */
};

/* A test that failed, or something that broke. */
struct test_specs_failure {
  struct text name;    /* "notes are refused to others" */
  struct text file;    /* relative to the app's folder; empty if it is not known */
  unsigned line;       /* 0 if it is not known */
  struct text message; /* of several lines */
  bool error;          /* it broke, rather than an assertion failed */
};

struct test_specs {
  bool any;                                  /* the app has specs */
  size_t passed, failed, pending;            /* tests */
  size_t errors;                             /* tests, and blocks around them, that broke */
  const struct test_specs_failure *failures; /* failed + errors of them, in the order they came */
  size_t failure_count;
};

/* Runs them all. Texts and failures lie in the arena. -1: they could not be run (no Lua 5.4, no
 * busted: the error says which package has it; or busted did not take its arguments), else 0,
 * whatever failed. */
int test_specs_run(const struct test_specs_options *options, struct arena *arena,
                   struct test_specs *specs, struct error *error);

/* The same as JSON: {"passed":,"failed":,"errors":,"pending":,"failures":[{"name":,"file":,"line":,
 * "message":,"error":}]}; file is null and line 0 where they are not known. */
struct json test_specs_json(const struct test_specs *specs, struct arena *arena);

#endif
