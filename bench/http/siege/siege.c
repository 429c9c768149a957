/* A server under load of several kinds at once: healthy clients that are measured, and attackers.
 *
 *   bench_siege [--seconds S] [--calm S] PORT PARTY…
 *   PARTY: KIND[:OPTION=VALUE[,OPTION=VALUE]…]
 *
 *   bench_siege --calm 5 --seconds 25 8080 healthy:clients=64,rate=500,path=/me,token=… \
 *     slowloris:clients=2000,interval=5,from=127.0.0.2
 *
 * Each party has a thread; party.h says what is counted as what, healthy.c, attack.c and flood.c
 * what the kinds do. The server listens on 127.0.0.1; clients come from "from" and the addresses
 * that follow it, "addresses" of them. The attackers begin after the calm, with a low priority:
 * their work must not be taken for the server's slowness.
 *
 * Each second a line of JSON goes to stdout, and one at the end. SIGTERM and SIGINT: nothing more
 * is asked, what is under way is waited for; a second one ends it at once. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "party.h"
#include "report.h"

enum { PARTIES_MAX = 16 };

static const struct behaviour *const behaviours[] = {&healthy_behaviour,     &slowloris_behaviour,
                                                     &idle_behaviour,        &flood_behaviour,
                                                     &slow_reader_behaviour, &pipeline_behaviour};

enum option_type { OPTION_TEXT, OPTION_COUNT, OPTION_NUMBER };

static const struct party_option {
  const char *name;
  enum option_type type;
  size_t offset;
} party_options[] = {
    {"name", OPTION_TEXT, offsetof(struct settings, name)},
    {"clients", OPTION_COUNT, offsetof(struct settings, clients)},
    {"port", OPTION_COUNT, offsetof(struct settings, port)}, /* another one than PORT */
    {"tls", OPTION_COUNT, offsetof(struct settings, tls)},   /* 1: by TLS */
    {"from", OPTION_TEXT, offsetof(struct settings, from)},
    {"addresses", OPTION_COUNT, offsetof(struct settings, addresses)},
    {"targets", OPTION_TEXT, offsetof(struct settings, targets)}, /* a file: targets.c */
    {"path", OPTION_TEXT, offsetof(struct settings, path)},       /* instead of targets: a GET */
    {"token", OPTION_TEXT, offsetof(struct settings, token)},
    {"status", OPTION_COUNT, offsetof(struct settings, status)}, /* that it expects */
    {"rate", OPTION_NUMBER, offsetof(struct settings, rate)},    /* a second; 0: a closed loop */
    {"requests", OPTION_COUNT, offsetof(struct settings, requests)}, /* then it is done; 0: never */
    {"renew", OPTION_COUNT, offsetof(struct settings, renew)},       /* requests on a connection */
    {"timeout", OPTION_NUMBER, offsetof(struct settings, timeout)},  /* seconds, for a reply */
    {"part", OPTION_TEXT, offsetof(struct settings, part)},
    {"interval", OPTION_NUMBER, offsetof(struct settings, interval)},
    {"depth", OPTION_COUNT, offsetof(struct settings, depth)},
    {"reopen", OPTION_NUMBER, offsetof(struct settings, reopen)},
    {"ramp", OPTION_NUMBER, offsetof(struct settings, ramp)},
};

struct arguments {
  double seconds, calm;
  size_t party_count;
};

/* --- The command line --- */

static _Noreturn void usage(const char *wrong)
{
  fprintf(stderr, "bench_siege: %s\nusage: bench_siege [--seconds S] [--calm S] PORT PARTY…\n",
          wrong);
  exit(2);
}

static void set_option(struct settings *settings, char *text)
{
  char *value = strchr(text, '='), *end = NULL;
  if (!value) usage(text);
  *value++ = '\0';
  for (size_t i = 0; i < sizeof party_options / sizeof *party_options; i++) {
    const struct party_option *option = &party_options[i];
    void *place = (char *)settings + option->offset;
    if (strcmp(text, option->name) != 0) continue;
    if (option->type == OPTION_TEXT) *(const char **)place = value;
    if (option->type == OPTION_COUNT) *(int *)place = (int)strtol(value, &end, 10);
    if (option->type == OPTION_NUMBER) *(double *)place = strtod(value, &end);
    if (end && *end) usage(value);
    return;
  }
  usage(text);
}

/* Borrows `text`, and cuts it up. */
static void add_party(struct party *party, char *text, struct siege *siege)
{
  struct settings settings = {.from = "127.0.0.1",
                              .addresses = 1,
                              .path = "/",
                              .token = "-",
                              .part = "head",
                              .clients = 1,
                              .status = 200,
                              .timeout = 10,
                              .interval = 1,
                              .reopen = 1,
                              .ramp = 2000};
  char *options = strchr(text, ':'), *saved = NULL;
  const struct behaviour *behaviour = NULL;
  if (options) *options++ = '\0';
  for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
    if (strcmp(behaviours[i]->kind, text) == 0) behaviour = behaviours[i];
  if (!behaviour) usage(text);
  settings.name = behaviour->kind;
  settings.depth = behaviour == &flood_behaviour ? 0 : 1;
  for (char *option = options ? strtok_r(options, ",", &saved) : NULL; option;
       option = strtok_r(NULL, ",", &saved))
    set_option(&settings, option);
  if (settings.clients < 1 || settings.addresses < 1 || settings.addresses > ADDRESSES_MAX)
    usage("clients and addresses are at least 1");
  party_init(party, behaviour, &settings, siege);
}

static void read_arguments(struct arguments *arguments, struct siege *siege, struct party *parties,
                           int argc, char **argv)
{
  static const struct option names[] = {
      {"seconds", 1, NULL, 's'}, {"calm", 1, NULL, 'c'}, {NULL, 0, NULL, 0}};
  *arguments = (struct arguments){.seconds = 10};
  for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (option == 's') arguments->seconds = atof(optarg);
    if (option == 'c') arguments->calm = atof(optarg);
    if (option == '?') usage("no such option");
  }
  if (argc - optind < 2 || argc - optind > 1 + PARTIES_MAX) usage("PORT and 1 to 16 parties");
  siege->port = (uint16_t)atoi(argv[optind]);
  for (int i = optind + 1; i < argc; i++)
    add_party(&parties[arguments->party_count++], argv[i], siege);
}

/* --- The siege --- */

static void raise_file_limit(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) die("setrlimit");
}

static bool healthy_are_done(const struct siege *siege, const struct party *parties, size_t count)
{
  bool any = false;
  for (size_t i = 0; i < count; i++) {
    if (parties[i].behaviour->attacks) continue;
    any = true;
    if (!atomic_load(&parties[i].finished)) return false;
  }
  return any || now_ns() >= atomic_load(&siege->end_ns);
}

/* Until a signal or this time; whether a signal came. */
static bool wait_until(const sigset_t *signals, uint64_t until_ns)
{
  uint64_t now = now_ns(), left = until_ns > now ? until_ns - now : 0;
  struct timespec timeout = {(time_t)(left / SECOND_NS), (long)(left % SECOND_NS)};
  return sigtimedwait(signals, NULL, &timeout) > 0;
}

/* Prints a line each second. */
static void watch(struct siege *siege, struct party *parties, size_t count, const sigset_t *signals)
{
  struct latency_snapshot *before = calloc(count, sizeof *before);
  unsigned second = 1, asked = 0;
  if (!before) die("memory");
  while (!healthy_are_done(siege, parties, count) && asked < 2) {
    uint64_t line_ns = siege->begin_ns + second * SECOND_NS, soon_ns = now_ns() + SECOND_NS / 20;
    if (wait_until(signals, line_ns < soon_ns ? line_ns : soon_ns)) {
      atomic_store(&siege->end_ns, now_ns());
      asked++;
    }
    if (now_ns() >= line_ns) report_second(parties, count, before, second++);
  }
  atomic_store(&siege->over, true);
  free(before);
}

int main(int argc, char **argv)
{
  static struct siege siege;
  static struct party parties[PARTIES_MAX];
  pthread_t threads[PARTIES_MAX];
  struct arguments arguments;
  sigset_t signals;
  read_arguments(&arguments, &siege, parties, argc, argv);
  raise_file_limit();
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);

  siege.begin_ns = now_ns();
  siege.siege_ns = siege.begin_ns + (uint64_t)(arguments.calm * 1e9);
  siege.end_ns = siege.begin_ns + (uint64_t)(arguments.seconds * 1e9);
  for (size_t i = 0; i < arguments.party_count; i++)
    if (pthread_create(&threads[i], NULL, party_run, &parties[i])) die("pthread_create");
  watch(&siege, parties, arguments.party_count, &signals);
  for (size_t i = 0; i < arguments.party_count; i++) pthread_join(threads[i], NULL);
  report_end(parties, arguments.party_count, (double)(now_ns() - siege.begin_ns) / 1e9);
  return 0;
}
