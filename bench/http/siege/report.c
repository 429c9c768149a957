#include "report.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[TALLIES] = {
    [TALLY_TRIED] = "tried",
    [TALLY_OPENED] = "opened",
    [TALLY_OPEN] = "open",
    [TALLY_SENT] = "sent",
    [TALLY_ANSWERED] = "answered",
    [TALLY_STATUS] = "status",
    [TALLY_RESET] = "reset",
    [TALLY_CLOSED] = "closed",
    [TALLY_TIMEOUT] = "timeout",
    [TALLY_MALFORMED] = "malformed",
    [TALLY_REFUSED] = "refused",
    [TALLY_UNCONNECTED] = "unconnected",
    [TALLY_CLOSED_IDLE] = "closed_idle",
    [TALLY_SAID_CLOSE] = "said_close",
};

static int64_t tally_of(const struct party *party, enum phase phase, enum tally tally)
{
  return atomic_load_explicit(&party->tallies[phase][tally], memory_order_relaxed);
}

static int64_t sum_of(const struct party *party, unsigned phases, const enum tally *tallies,
                      size_t count)
{
  int64_t sum = 0;
  for (unsigned phase = 0; phase < PHASES; phase++)
    for (size_t i = 0; i < count && (phases & 1U << phase); i++)
      sum += tally_of(party, phase, tallies[i]);
  return sum;
}

/* Of the phases in the set. */
static void print_counts(const struct party *party, unsigned phases)
{
  static const enum tally failed[] = {TALLY_RESET,     TALLY_CLOSED,  TALLY_TIMEOUT,
                                      TALLY_MALFORMED, TALLY_REFUSED, TALLY_UNCONNECTED,
                                      TALLY_STATUS};
  enum { LOST = 4, FAILED = sizeof failed / sizeof *failed };
  for (enum tally tally = 0; tally < TALLIES; tally++)
    printf("\"%s\":%" PRId64 ",", names[tally], sum_of(party, phases, &tally, 1));
  printf("\"lost\":%" PRId64 ",\"failed\":%" PRId64, sum_of(party, phases, failed, LOST),
         sum_of(party, phases, failed, FAILED));
}

static void print_latencies(const struct latency_snapshot *latencies)
{
  printf("\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f", latency_quantile_ms(latencies, 0.5),
         latency_quantile_ms(latencies, 0.99), latency_quantile_ms(latencies, 1));
}

static void print_statuses(const struct party *party)
{
  const char *comma = "";
  printf("\"statuses\":{");
  for (int i = 0; i < STATUS_MAX; i++) {
    uint64_t count = atomic_load_explicit(&party->statuses[i], memory_order_relaxed);
    if (count == 0) continue;
    printf("%s\"%d\":%" PRIu64, comma, i, count);
    comma = ",";
  }
  printf("}");
}

/* Of both phases together. */
static void take_latencies(const struct party *party, struct latency_snapshot *all)
{
  struct latency_snapshot siege;
  latency_take(&party->latencies[PHASE_CALM], all);
  latency_take(&party->latencies[PHASE_SIEGE], &siege);
  for (unsigned i = 0; i < LATENCY_SLOTS; i++) all->slots[i] += siege.slots[i];
  all->count += siege.count;
}

static void print_party(const struct party *party, const struct latency_snapshot *latencies)
{
  printf(",\"%s\":{\"kind\":\"%s\",", party->settings.name, party->behaviour->kind);
  print_counts(party, 1U << PHASE_CALM | 1U << PHASE_SIEGE);
  printf(",");
  print_statuses(party);
  if (party->behaviour->attacks) return;
  printf(",");
  print_latencies(latencies);
}

static void print_phase(const struct party *party, enum phase phase, const char *name)
{
  struct latency_snapshot latencies;
  latency_take(&party->latencies[phase], &latencies);
  printf(",\"%s\":{", name);
  print_counts(party, 1U << phase);
  printf(",");
  print_latencies(&latencies);
  printf("}");
}

void report_second(struct party *parties, size_t count, struct latency_snapshot *before,
                   unsigned second)
{
  printf("{\"second\":%u", second);
  for (size_t i = 0; i < count; i++) {
    struct latency_snapshot latencies;
    take_latencies(&parties[i], &latencies);
    latency_since(&latencies, &before[i]);
    print_party(&parties[i], &latencies);
    printf("}");
  }
  printf("}\n");
  fflush(stdout);
}

void report_end(struct party *parties, size_t count, double seconds)
{
  printf("{\"end\":true,\"seconds\":%.3f", seconds);
  for (size_t i = 0; i < count; i++) {
    struct latency_snapshot latencies;
    take_latencies(&parties[i], &latencies);
    print_party(&parties[i], &latencies);
    if (!parties[i].behaviour->attacks) {
      print_phase(&parties[i], PHASE_CALM, "calm");
      print_phase(&parties[i], PHASE_SIEGE, "siege");
    }
    printf("}");
  }
  printf("}\n");
  fflush(stdout);
}
