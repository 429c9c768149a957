/* What is wrong with an app, as commands say it. */
#ifndef WRIT_CLI_FINDINGS_H
#define WRIT_CLI_FINDINGS_H

#include "base/error.h"
#include "base/report.h"

/* On stdout, the document that docs/json/findings.schema.json describes. */
void findings_print_json(struct report *report);

/* For a command that does not go on where there are errors: lines on stderr. With its --json, such
 * errors are that document on stdout, in the place of the command's own. */
void findings_print(struct report *report, bool json);

/* For a command that cannot do what was asked, and has printed nothing: the error, if one is set,
 * on a line of stderr. With its --json it joins the findings of the report, which are that document
 * on stdout. */
void findings_print_error(struct report *report, const struct error *error, bool json);

#endif
