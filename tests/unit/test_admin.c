/* What the admin listener answers, to whom. The handler is called as the HTTP server would. */
#include "prometheus_text.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "dispatch/metrics.h"
#include "process/admin.h"
#include "process/sockets.h"

enum { WORKERS = 2 };

struct fixture {
  void *segments[WORKERS];
  struct admin_status status; /* that the callback gives */
  struct admin *admin;
  int dones, code; /* of the last reply */
  const char *content_type;
  struct buffer body;
  char headers[512]; /* "Name: value\n" each */
};

static void give_status(void *context, struct admin_status *status)
{
  *status = ((const struct fixture *)context)->status;
}

static void open_admin(struct fixture *fixture, const char *token)
{
  static const struct config_admin terms = {
      .enabled = true, .hosts = {"writ.internal", "[fd00::1]"}, .host_count = 2};
  struct admin_config config = {.version = "1.2.3",
                                .terms = &terms,
                                .token = text_of(token),
                                .status = give_status,
                                .context = fixture};
  admin_free(fixture->admin);
  fixture->admin = admin_new(&config);
}

static int set_up(void **state)
{
  struct fixture *fixture = memory_new(sizeof *fixture);
  struct admin_status *status = &fixture->status;
  *status = (struct admin_status){.started_ms = 1700000000000,
                                  .generation = 7,
                                  .reloads = 6,
                                  .failed_reloads = 2,
                                  .reload_ms = 1700000100000,
                                  .restarts = 5,
                                  .kills = 1,
                                  .worker_count = WORKERS};
  for (size_t i = 0; i < WORKERS; i++) {
    fixture->segments[i] = memory_new(metrics_bytes());
    status->workers[i] = (struct admin_worker){.alive = true,
                                               .metrics = fixture->segments[i],
                                               .generation = 7 - i,
                                               .resident_bytes = 4096 * (i + 1),
                                               .open_fds = 20,
                                               .cpu_ns = 1500000000};
  }
  open_admin(fixture, "");
  *state = fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  admin_free(fixture->admin);
  for (size_t i = 0; i < WORKERS; i++) memory_free(fixture->segments[i]);
  buffer_deinit(&fixture->body);
  memory_free(fixture);
  return 0;
}

static void done(void *context, const struct reply *reply)
{
  struct fixture *fixture = context;
  size_t used = 0;
  fixture->dones++;
  fixture->code = reply->status;
  fixture->content_type = reply->content_type;
  buffer_clear(&fixture->body);
  buffer_append_text(&fixture->body, reply->body);
  fixture->headers[0] = 0;
  for (size_t i = 0; i < reply->header_count; i++)
    used += (size_t)snprintf(fixture->headers + used, sizeof fixture->headers - used, "%s: %.*s\n",
                             reply->headers[i].name, TEXT_ARGS(reply->headers[i].value));
}

static void ask(struct fixture *fixture, const struct request *request)
{
  struct server_handler handler = admin_handler(fixture->admin);
  fixture->dones = 0;
  assert_int_equal(handler.body_max(handler.context, request->method, request->path), 0);
  handler.handle(handler.context, request, done, fixture);
  assert_int_equal(fixture->dones, 1);
  assert_non_null(strstr(fixture->headers, "Cache-Control: no-store\n"));
  assert_null(strstr(fixture->headers, "Set-Cookie"));
}

static struct request get(const char *path)
{
  return (struct request){
      .method = METHOD_GET, .path = text_of(path), .host = TEXT("localhost:9180")};
}

static void get_page(struct fixture *fixture, const char *path, int status)
{
  struct request request = get(path);
  ask(fixture, &request);
  assert_int_equal(fixture->code, status);
}

static bool holds(const struct fixture *fixture, const char *part)
{
  return memmem(fixture->body.data, fixture->body.length, part, strlen(part)) != NULL;
}

static void expect_body(const struct fixture *fixture, const char *body)
{
  struct text found = buffer_text(&fixture->body);
  if (!text_is(found, body)) fail_msg("%.*s", TEXT_ARGS(found));
}

/* --- */

static void three_pages_and_no_more(void **state)
{
  static const struct {
    enum method method;
    const char *path;
    int status;
  } requests[] = {
      {METHOD_GET, "/healthz", 200},    {METHOD_HEAD, "/healthz", 200},
      {METHOD_GET, "/readyz", 200},     {METHOD_HEAD, "/readyz", 200},
      {METHOD_GET, "/metrics", 200},    {METHOD_HEAD, "/metrics", 200},
      {METHOD_GET, "/", 404},           {METHOD_GET, "/metrics/", 404},
      {METHOD_GET, "/%6Detrics", 404},  {METHOD_POST, "/nowhere", 404},
      {METHOD_POST, "/healthz", 405},   {METHOD_PUT, "/readyz", 405},
      {METHOD_DELETE, "/metrics", 405}, {METHOD_OPTIONS, "/metrics", 405},
      {METHOD_OTHER, "/metrics", 405},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
    struct request request = get(requests[i].path);
    request.method = requests[i].method;
    ask(fixture, &request);
    if (fixture->code != requests[i].status) fail_msg("%s: %d", requests[i].path, fixture->code);
    assert_true((fixture->code == 405) == (strstr(fixture->headers, "Allow: GET, HEAD\n") != NULL));
  }
}

static void only_by_names_that_it_has(void **state)
{
  static const struct {
    const char *host;
    int status;
  } hosts[] = {
      {"localhost", 200},
      {"localhost:1", 200},
      {"LocalHost:9180", 200},
      {"127.0.0.1", 200},
      {"127.0.0.1:80", 200},
      {"[::1]", 200},
      {"[::1]:9180", 200},
      {"writ.internal", 200},
      {"Writ.Internal:65535", 200},
      {"[fd00::1]:9180", 200},
      {"", 421},
      {"evil.example", 421},
      {"localhost.evil.com", 421},
      {"evil.localhost", 421},
      {"localhost:80.evil.com", 421},
      {"localhost:9180@evil", 421},
      {"127.0.0.1.nip.io", 421},
      {"127.0.0.2", 421},
      {"::1", 421},
      {"[::1", 421},
      {"localhos", 421},
      {"localhost.", 421},
      {"writ.internal.", 421},
      {"xwrit.internal", 421},
      {"0.0.0.0:9180", 421},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    struct request request = get("/healthz");
    request.host = text_of(hosts[i].host);
    ask(fixture, &request);
    if (fixture->code != hosts[i].status) fail_msg("%s: %d", hosts[i].host, fixture->code);
  }
}

static void nothing_for_pages(void **state)
{
  static const struct {
    const char *origin, *site;
    int status;
  } requests[] = {
      {"", "", 200},
      {"", "none", 200},
      {"", "same-origin", 200},
      {"", "same-site", 403},
      {"", "cross-site", 403},
      {"", "None", 403},
      {"null", "", 403},
      {"http://localhost:9180", "", 403},
      {"http://localhost:9180", "same-origin", 403},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
    struct request request = get("/metrics");
    request.origin = text_of(requests[i].origin);
    request.sec_fetch_site = text_of(requests[i].site);
    ask(fixture, &request);
    if (fixture->code != requests[i].status)
      fail_msg("%s %s: %d", requests[i].origin, requests[i].site, fixture->code);
  }
}

#define TOKEN "0123456789abcdef"

static void with_the_token_only(void **state)
{
  static const struct {
    const char *path, *authorization;
    int status;
  } requests[] = {
      {"/metrics", "Bearer " TOKEN, 200},
      {"/metrics", "bearer " TOKEN, 200},
      {"/metrics", "", 401},
      {"/metrics", "Bearer " TOKEN "0", 401},
      {"/metrics", "Bearer 0123456", 401},
      {"/metrics", "Bearer ", 401},
      {"/metrics", "Bearer 0123456789abcdeF", 401},
      {"/metrics", "Basic " TOKEN, 401},
      {"/metrics", "Bearer " TOKEN ", Bearer x", 401},
      {"/readyz", "Bearer " TOKEN, 200},
      {"/readyz", "Bearer wrong", 401},
      {"/healthz", "Bearer " TOKEN, 200},
      {"/healthz", "Bearer wrong", 401},
      {"/healthz", "", 200},
  };
  struct fixture *fixture = *state;
  open_admin(fixture, TOKEN);
  for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
    struct request request = get(requests[i].path);
    request.authorization = text_of(requests[i].authorization);
    request.cookie = TEXT("session=" TOKEN "; token=" TOKEN "; =" TOKEN);
    ask(fixture, &request);
    if (fixture->code != requests[i].status)
      fail_msg("%s %s: %d", requests[i].path, requests[i].authorization, fixture->code);
    bool asks = strstr(fixture->headers, "WWW-Authenticate: Bearer\n") != NULL;
    assert_true(asks == (fixture->code == 401));
  }
}

/* The socket stays what it was: one that others can reach, or that was opened under other terms. */
static void without_a_token_only_this_machine_is_told(void **state)
{
  static const struct {
    bool enabled, exposed;
    const char *token, *authorization;
    int metrics;
    bool told; /* by /readyz, more than yes or no */
  } cases[] = {
      {true, false, "", "", 200, true},    {true, false, "", "Bearer x", 200, true},
      {true, true, "", "", 401, false},    {true, true, "", "Bearer ", 401, false},
      {false, false, "", "", 401, false},  {false, true, "", "", 401, false},
      {true, true, TOKEN, "", 401, false}, {true, true, TOKEN, "Bearer " TOKEN, 200, true},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct config_admin terms = {.enabled = cases[i].enabled};
    struct request request = get("/metrics");
    admin_configure(fixture->admin, &(struct admin_config){.version = "1.2.3",
                                                           .terms = &terms,
                                                           .token = text_of(cases[i].token),
                                                           .exposed = cases[i].exposed,
                                                           .status = give_status,
                                                           .context = fixture});
    request.authorization = text_of(cases[i].authorization);
    ask(fixture, &request);
    if (fixture->code != cases[i].metrics) fail_msg("case %zu: %d", i, fixture->code);
    request.path = TEXT("/readyz");
    ask(fixture, &request);
    assert_true(holds(fixture, "generation") == cases[i].told);
  }
}

/* They are bound, and never listen. */
static int bound_to(const char *host)
{
  struct sockaddr_storage address = {0};
  struct sockaddr_in *four = (struct sockaddr_in *)&address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
  socklen_t length = sizeof(sa_family_t); /* of a unix socket: it gets a name of the kernel's */
  address.ss_family = AF_UNIX;
  if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
    address.ss_family = AF_INET;
    length = sizeof *four;
  } else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
    address.ss_family = AF_INET6;
    length = sizeof *six;
  }
  int fd = socket(address.ss_family, SOCK_STREAM, 0), on = 1;
  setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on); /* an address that is not ours */
  if (fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

static void sockets_that_others_can_reach(void **state)
{
  static const struct {
    const char *host;
    bool exposed;
  } hosts[] = {{"127.0.0.1", false},
               {"127.1.2.3", false},
               {"unix", false},
               {"0.0.0.0", true},
               {"192.0.2.1", true}};
  static const struct {
    const char *host;
    bool exposed;
  } if_there_is_ipv6[] = {{"::1", false}, {"::", true}};
  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    int fd = bound_to(hosts[i].host);
    assert_true(fd >= 0);
    if (socket_is_exposed(fd) != hosts[i].exposed) fail_msg("%s", hosts[i].host);
    close(fd);
  }
  for (size_t i = 0; i < 2; i++) {
    int fd = bound_to(if_there_is_ipv6[i].host);
    if (fd >= 0) assert_true(socket_is_exposed(fd) == if_there_is_ipv6[i].exposed);
    if (fd >= 0) close(fd);
  }
  assert_true(socket_is_exposed(-1));
}

static void a_probe_without_token_learns_yes_or_no(void **state)
{
  struct fixture *fixture = *state;
  open_admin(fixture, TOKEN);
  get_page(fixture, "/readyz", 200);
  expect_body(fixture, "{\"ready\":true}\n");
  fixture->status.draining = true;
  get_page(fixture, "/readyz", 503);
  expect_body(fixture, "{\"ready\":false}\n");
}

static void ready_says_what_there_is(void **state)
{
  struct fixture *fixture = *state;
  get_page(fixture, "/readyz", 200);
  assert_string_equal(fixture->content_type, "application/json");
  expect_body(
      fixture,
      "{\"ready\":true,\"generation\":7,\"draining\":false,"
      "\"reload\":{\"ok\":true,\"at\":\"2023-11-14T22:15:00Z\"},"
      "\"workers\":{\"configured\":2,\"alive\":2},"
      "\"handlers\":{\"unavailable\":{\"count\":0,\"names\":[]},"
      "\"stale\":{\"count\":0,\"names\":[]},\"quarantined\":{\"count\":0,\"names\":[]}}}\n");
}

/* The generation before serves: that is no reason to take requests away. */
static void a_failed_reload_is_ready_and_told(void **state)
{
  struct fixture *fixture = *state;
  fixture->status.reload_failed = true;
  snprintf(fixture->status.text, sizeof fixture->status.text,
           "contracts/a.json:3:5: \"x\" is not\na keyword");
  get_page(fixture, "/readyz", 200);
  assert_true(holds(fixture, "\"reload\":{\"ok\":false,\"at\":\"2023-11-14T22:15:00Z\",\"error\":"
                             "\"contracts/a.json:3:5: \\\"x\\\" is not\\na keyword\"}"));
}

static void not_ready(void **state)
{
  struct fixture *fixture = *state;
  struct admin_status good = fixture->status;
  fixture->status.workers[0].alive = false;
  get_page(fixture, "/readyz", 200); /* the other serves */
  fixture->status.workers[1].alive = false;
  get_page(fixture, "/readyz", 503);
  get_page(fixture, "/healthz", 200);
  fixture->status = good;
  fixture->status.generation = 0;
  get_page(fixture, "/readyz", 503);
  fixture->status = good;
  fixture->status.draining = true;
  get_page(fixture, "/readyz", 503);
  get_page(fixture, "/metrics", 200);
}

/* With any number of them it is JSON, and not without end. */
static void handlers_are_named(void **state)
{
  enum { MANY = 150 };
  struct fixture *fixture = *state;
  struct arena arena;
  struct json root;
  struct metrics *metrics = metrics_attach(fixture->segments[1], 0);
  uint64_t generation = metrics_begin_generation(metrics);
  for (int i = 0; i < MANY; i++) {
    char name[40];
    snprintf(name, sizeof name, "c%03d", i);
    metrics_set_flag(metrics, generation, metrics_row(metrics, text_of(name)), METRIC_STALE, true);
  }
  metrics_set_flag(metrics, generation, metrics_row(metrics, TEXT("c001")), METRIC_QUARANTINED,
                   true);
  get_page(fixture, "/readyz", 200);
  arena_init(&arena, 4096);
  assert_int_equal(json_read(&arena, buffer_text(&fixture->body), NULL, &root, NULL), 0);
  const struct json *handlers = json_get(&root, "handlers"), *stale = json_get(handlers, "stale");
  const struct json *names = json_get(json_get(handlers, "quarantined"), "names");
  assert_int_equal(json_get(stale, "count")->integer, MANY);
  assert_int_equal(json_get(stale, "names")->length, 100);
  assert_int_equal(names->length, 1);
  assert_true(json_is_string(&names->items[0], "c001"));
  arena_deinit(&arena);
}

static void metrics_of_processes(void **state)
{
  static const struct {
    const char *series;
    double value;
  } expected[] = {
      {"writ_build_info{version=\"1.2.3\"}", 1},
      {"writ_start_time_seconds", 1700000000},
      {"writ_ready", 1},
      {"writ_generation", 7},
      {"writ_reloads_total{outcome=\"ok\"}", 4},
      {"writ_reloads_total{outcome=\"failed\"}", 2},
      {"writ_reload_failed", 0},
      {"writ_reload_time_seconds", 1700000100},
      {"writ_workers{state=\"configured\"}", 2},
      {"writ_workers{state=\"alive\"}", 1},
      {"writ_worker_restarts_total", 5},
      {"writ_worker_kills_total", 1},
      {"writ_worker_generation{worker=\"0\"}", 7},
      {"writ_worker_generation{worker=\"1\"}", -1}, /* it is dead */
      {"process_resident_memory_bytes{worker=\"0\"}", 4096},
      {"process_open_fds{worker=\"0\"}", 20},
      {"process_cpu_seconds_total{worker=\"0\"}", 1.5},
      {"writ_http_sent_bytes_total", 3},
  };
  struct fixture *fixture = *state;
  fixture->status.workers[1].alive = false;
  metrics_add(metrics_attach(fixture->segments[1], 0), METRIC_SENT_BYTES, 3);
  get_page(fixture, "/metrics", 200);
  assert_string_equal(fixture->content_type, "text/plain; version=0.0.4; charset=utf-8");
  prometheus_read(buffer_text(&fixture->body));
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    double found = prometheus_value(buffer_text(&fixture->body), expected[i].series);
    if (found != expected[i].value) fail_msg("%s: %g", expected[i].series, found);
  }
}

/* --- docs/operations.md describes every metric, and no other. --- */

static bool is_name_char(char c)
{
  return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_described(struct text section, struct text family)
{
  for (size_t i = 0; i + family.length < section.length; i++)
    if (memcmp(section.data + i, family.data, family.length) == 0 &&
        !is_name_char(section.data[i + family.length]) && section.data[i - 1] == '`')
      return true;
  return false;
}

static bool is_metric(struct text metrics, struct text name)
{
  static const char *const parts[] = {"", "_bucket", "_sum", "_count"};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    char type[200];
    if (!text_ends_with(name, parts[i])) continue;
    snprintf(type, sizeof type, "# TYPE %.*s ", (int)(name.length - strlen(parts[i])), name.data);
    if (memmem(metrics.data, metrics.length, type, strlen(type))) return true;
  }
  return false;
}

static void expect_all_described(struct text metrics, struct text section)
{
  struct text rest = metrics, line, word;
  while (text_split(&rest, '\n', &line)) {
    if (!text_starts_with(line, "# HELP ")) continue;
    line = (struct text){line.data + 7, line.length - 7};
    text_split(&line, ' ', &word);
    if (!is_described(section, word))
      fail_msg("docs/operations.md does not describe %.*s", TEXT_ARGS(word));
  }
}

static void expect_all_exist(struct text metrics, struct text section)
{
  for (size_t i = 1; i < section.length; i++) {
    struct text rest = {section.data + i, section.length - i}, name = {rest.data, 0};
    if (is_name_char(section.data[i - 1]) ||
        !(text_starts_with(rest, "writ_") || text_starts_with(rest, "process_")))
      continue;
    while (name.length < rest.length && is_name_char(rest.data[name.length])) name.length++;
    if (!is_metric(metrics, name))
      fail_msg("docs/operations.md tells of %.*s, which is not there", TEXT_ARGS(name));
    i += name.length;
  }
}

static void the_manual_describes_every_metric(void **state)
{
  static const char title[] = "\n## Seeing it run\n";
  struct fixture *fixture = *state;
  struct arena arena;
  struct error error = {0};
  struct text manual;
  arena_init(&arena, 4096);
  get_page(fixture, "/metrics", 200);
  if (file_read(&arena, "docs/operations.md", 1 << 20, &manual, &error))
    fail_msg("%s", error.message);
  const char *begin = strstr(manual.data, title);
  assert_non_null(begin);
  begin += strlen(title);
  const char *end = strstr(begin, "\n## ");
  struct text section = {begin, end ? (size_t)(end - begin) : strlen(begin)};
  expect_all_described(buffer_text(&fixture->body), section);
  expect_all_exist(buffer_text(&fixture->body), section);
  arena_deinit(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(three_pages_and_no_more),
      TEST(only_by_names_that_it_has),
      TEST(nothing_for_pages),
      TEST(with_the_token_only),
      TEST(without_a_token_only_this_machine_is_told),
      TEST(sockets_that_others_can_reach),
      TEST(a_probe_without_token_learns_yes_or_no),
      TEST(ready_says_what_there_is),
      TEST(a_failed_reload_is_ready_and_told),
      TEST(not_ready),
      TEST(handlers_are_named),
      TEST(metrics_of_processes),
      TEST(the_manual_describes_every_metric),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
