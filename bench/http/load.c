/* A load generator for HTTP/1.1 servers on this machine: kept-alive connections, never pipelined.
 *
 * Closed loop (no --rate): each connection sends its next request when it has the reply to the one
 * before. That finds the top rate and says little about latency, for a server that stalls is asked
 * less. Open loop (--rate): requests are due at fixed times, whatever the server does; one that
 * finds no free connection waits for it, and its latency counts from when it was due. So a stall is
 * felt by all that it held up (no "coordinated omission").
 *
 * One line for each name and value goes to stdout. What is no 2xx, and what is not answered within
 * five seconds after the end, is counted as failed and is no latency. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, TARGETS_MAX = 4096, REPLY_MAX = 16384, DIGITS = 11 };
static const uint64_t SECOND = UINT64_C(1000000000);

struct options {
  const char *method;
  uint16_t port;
  int connections;
  double seconds, warmup, rate;
};

/* What is sent for one line of the targets: everything but the body. */
struct target {
  char *head;
  size_t length;
};

struct connection {
  int socket;
  uint64_t due_ns; /* of the request under way */
  size_t length;
  char reply[REPLY_MAX + 1];
};

struct load {
  struct options options;
  struct target targets[TARGETS_MAX];
  size_t target_count;
  struct connection connections[CONNECTIONS_MAX];
  struct connection *idle[CONNECTIONS_MAX]; /* a queue: the one that waited longest is next */
  size_t idle_first, idle_count;
  int epoll;
  uint64_t begin_ns, measure_ns, end_ns; /* warm up, measure, drain */
  uint64_t sent, answered, failed, in_window, under_way;
  float *latencies_us;
  size_t latency_count, latency_capacity;
};

static _Noreturn void die(const char *what)
{
  fprintf(stderr, "bench_http: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* --- Requests --- */

/* 100 bytes, and another title each time. */
static const char body_format[] = "{\"title\":\"Note %0*llu\",\"body\":\"A body that makes this "
                                  "a hundred bytes long, as a note may be.\"}";

static bool has_body(const struct options *options)
{
  return strcmp(options->method, "PATCH") == 0;
}

static void add_target(struct load *load, const char *path, const char *token)
{
  struct target *target = &load->targets[load->target_count++];
  char length[96] = "", authorization[256] = "";
  if (has_body(&load->options))
    snprintf(length, sizeof length, "Content-Type: application/json\r\nContent-Length: %d\r\n",
             snprintf(NULL, 0, body_format, DIGITS, 0ULL));
  if (strcmp(token, "-") != 0)
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s\r\n", token);
  int size = asprintf(&target->head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s\r\n",
                      load->options.method, path, authorization, length);
  if (size < 0) die("targets");
  target->length = (size_t)size;
}

/* Each line is PATH TOKEN, "-" for none. */
static void read_targets(struct load *load, const char *name)
{
  char path[256], token[200];
  FILE *file = fopen(name, "r");
  if (file == NULL) die(name);
  while (load->target_count < TARGETS_MAX && fscanf(file, "%255s %199s", path, token) == 2)
    add_target(load, path, token);
  fclose(file);
  if (load->target_count == 0) die(name);
}

static void send_next(struct load *load, struct connection *connection, uint64_t due_ns)
{
  const struct target *target = &load->targets[load->sent % load->target_count];
  char request[1024];
  memcpy(request, target->head, target->length);
  size_t length = target->length;
  if (has_body(&load->options))
    length += (size_t)snprintf(request + length, sizeof request - length, body_format, DIGITS,
                               (unsigned long long)load->sent);
  connection->due_ns = due_ns;
  connection->length = 0;
  load->sent++;
  load->under_way++;
  if (send(connection->socket, request, length, MSG_NOSIGNAL) != (ssize_t)length) die("send");
}

/* --- Replies --- */

/* Whether all of the reply is there. All servers measured here send a Content-Length. */
static bool is_complete(const struct connection *connection)
{
  const char *end = strstr(connection->reply, "\r\n\r\n");
  const char *field = strcasestr(connection->reply, "\r\ncontent-length:");
  if (end == NULL) return false;
  if (field == NULL || field > end) {
    errno = EPROTO;
    die("a reply without Content-Length");
  }
  size_t body = strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
  return connection->length >= (size_t)(end + 4 - connection->reply) + body;
}

static void note_latency(struct load *load, uint64_t ns)
{
  if (load->latency_count == load->latency_capacity) {
    load->latency_capacity = load->latency_capacity ? load->latency_capacity * 2 : 1 << 20;
    load->latencies_us = realloc(load->latencies_us, load->latency_capacity * sizeof(float));
    if (load->latencies_us == NULL) die("memory");
  }
  load->latencies_us[load->latency_count++] = (float)ns / 1000;
}

static void finish(struct load *load, struct connection *connection, uint64_t now)
{
  bool good = strncmp(connection->reply, "HTTP/1.1 2", 10) == 0;
  if (!good && load->failed++ == 0) fprintf(stderr, "bench_http: %s\n", connection->reply);
  load->answered++;
  load->under_way--;
  if (good && now >= load->measure_ns && now < load->end_ns) load->in_window++;
  if (good && connection->due_ns >= load->measure_ns) note_latency(load, now - connection->due_ns);
  load->idle[(load->idle_first + load->idle_count++) % CONNECTIONS_MAX] = connection;
}

static void receive(struct load *load, struct connection *connection)
{
  ssize_t got = recv(connection->socket, connection->reply + connection->length,
                     REPLY_MAX - connection->length, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) die("a server closed the connection");
  connection->length += (size_t)got;
  connection->reply[connection->length] = '\0';
  if (is_complete(connection)) finish(load, connection, now_ns());
}

/* --- The loop --- */

static struct connection *take_idle(struct load *load)
{
  struct connection *connection = load->idle[load->idle_first];
  load->idle_first = (load->idle_first + 1) % CONNECTIONS_MAX;
  load->idle_count--;
  return connection;
}

/* When the next request is due; in a closed loop at once. */
static uint64_t next_due(const struct load *load, uint64_t now)
{
  if (load->options.rate <= 0) return now;
  return load->begin_ns + (uint64_t)((double)load->sent * 1e9 / load->options.rate);
}

static void send_due(struct load *load)
{
  uint64_t now = now_ns(), due;
  while (load->idle_count > 0 && (due = next_due(load, now)) <= now && due < load->end_ns)
    send_next(load, take_idle(load), due);
}

/* Until a reply comes or the next request is due. */
static int wait_for_events(struct load *load, struct epoll_event *events)
{
  uint64_t now = now_ns(), until = load->end_ns + 5 * SECOND, due = next_due(load, now);
  if (load->idle_count > 0 && due < load->end_ns) until = due;
  uint64_t left = until > now ? until - now : 0;
  struct timespec timeout = {(time_t)(left / SECOND), (long)(left % SECOND)};
  int count = epoll_pwait2(load->epoll, events, CONNECTIONS_MAX, &timeout, NULL);
  if (count < 0 && errno != EINTR) die("epoll_pwait2");
  return count;
}

static void run(struct load *load)
{
  static struct epoll_event events[CONNECTIONS_MAX];
  load->begin_ns = now_ns();
  load->measure_ns = load->begin_ns + (uint64_t)(load->options.warmup * 1e9);
  load->end_ns = load->measure_ns + (uint64_t)(load->options.seconds * 1e9);
  for (uint64_t now; (now = now_ns()) < load->end_ns + 5 * SECOND;) {
    send_due(load);
    if (load->under_way == 0 && now >= load->end_ns) return;
    int count = wait_for_events(load, events);
    for (int i = 0; i < count; i++) receive(load, events[i].data.ptr);
  }
  load->failed += load->under_way;
}

static void connect_all(struct load *load)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(load->options.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  load->epoll = epoll_create1(0);
  for (int i = 0; i < load->options.connections; i++) {
    struct connection *connection = &load->connections[i];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->socket, &event)) die("epoll_ctl");
    load->idle[load->idle_count++] = connection;
  }
}

/* --- Results --- */

static int compare(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void print_results(struct load *load)
{
  static const double quantiles[] = {0.5, 0.99, 0.999};
  static const char *const names[] = {"p50_us", "p99_us", "p999_us"};
  size_t count = load->latency_count;
  if (count > 0) qsort(load->latencies_us, count, sizeof(float), compare);
  printf("replies %llu\nfailed %llu\nrate %.1f\n", (unsigned long long)load->answered,
         (unsigned long long)load->failed, (double)load->in_window / load->options.seconds);
  for (size_t i = 0; i < 3 && count > 0; i++)
    printf("%s %.1f\n", names[i],
           (double)load->latencies_us[(size_t)(quantiles[i] * (double)(count - 1))]);
}

static void parse(struct options *options, int argc, char **argv)
{
  *options = (struct options){.method = "GET", .connections = 1, .seconds = 2, .warmup = 0.5};
  static const struct option names[] = {{"method", 1, NULL, 'm'},  {"connections", 1, NULL, 'c'},
                                        {"seconds", 1, NULL, 's'}, {"warmup", 1, NULL, 'w'},
                                        {"rate", 1, NULL, 'r'},    {NULL, 0, NULL, 0}};
  for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (option == 'm') options->method = optarg;
    if (option == 'c') options->connections = atoi(optarg);
    if (option == 's') options->seconds = atof(optarg);
    if (option == 'w') options->warmup = atof(optarg);
    if (option == 'r') options->rate = atof(optarg);
  }
  if (optind + 2 == argc && options->connections >= 1 && options->connections <= CONNECTIONS_MAX) {
    options->port = (uint16_t)atoi(argv[optind]);
    return;
  }
  fprintf(stderr, "usage: bench_http [--method GET|PATCH] [--connections N] [--rate PER_SECOND]\n"
                  "         [--warmup S] [--seconds S] PORT TARGETS\n");
  exit(2);
}

int main(int argc, char **argv)
{
  static struct load load;
  parse(&load.options, argc, argv);
  prctl(PR_SET_TIMERSLACK, 1); /* requests are due to the microsecond */
  read_targets(&load, argv[argc - 1]);
  connect_all(&load);
  run(&load);
  print_results(&load);
  return load.failed > 0;
}
