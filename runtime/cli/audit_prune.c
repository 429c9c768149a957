/* `writ audit prune`: the oldest rows go. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/audit.h"
#include "cli/print.h"

int audit_prune_rows(struct cli_data *data, const struct audit_arguments *arguments)
{
  unsigned char key[HASH_BYTES];
  int64_t before_ms, pruned;
  if (!arguments->before || !audit_read_time(arguments->before, &before_ms)) {
    fputs("writ: prune needs --before TIME: 2026-01-31, 2026-01-31T12:00:00Z or an age like 90d\n",
          stderr);
    return EXIT_USAGE;
  }
  if (!cli_data_key(data, key)) return EXIT_FINDINGS;
  int result = audit_prune(data->store, key, before_ms, clock_wall_ms(), &pruned, &data->error);
  crypto_wipe(key, sizeof key);
  print_error("writ: nothing more is pruned: ", &data->error);
  if (arguments->json && (result == 0 || pruned > 0))
    printf("{\"pruned\":%" PRId64 "}\n", pruned);
  else if (result == 0 || pruned > 0)
    printf("%" PRId64 " %s pruned\n", pruned, pruned == 1 ? "row was" : "rows were");
  return result == 0 ? EXIT_OK : EXIT_FINDINGS;
}
