/* What is wrong with an app, as commands say it. */
#ifndef WRIT_CLI_FINDINGS_H
#define WRIT_CLI_FINDINGS_H

#include "base/report.h"

/* On stdout, the document that docs/json/findings.schema.json describes. */
void findings_print_json(struct report *report);

/* For a command that does not go on where there are errors: lines on stderr. With its --json, such
 * errors are that document on stdout, in the place of the command's own. */
void findings_print(struct report *report, bool json);

#endif
