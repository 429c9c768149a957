/* A real server, its loop and a client on a unix socket, with a stub in the dispatcher's place. The
 * client sends arbitrary bytes. What comes back must be well-formed HTTP: one reply for each
 * request that the stub was given, in its order, and then at most one refusal, which is the last.
 * Cut in another way, answered later, read late, or said by TLS, the same bytes get the same
 * replies.
 *
 * The input's script (cuts.h) has a step for each piece: its length, and whether the loop runs
 * before the next and whether a reply that waits goes out. The server's clock stands still; only in
 * a run of its own does it move, and there replies may be missing. */
#include "cuts.h"
#include "tls_client.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/server.h"

enum {
  SMALL_BODY_MAX = 64,
  LARGE_BODY_MAX = 2048,
  LARGE_REPLY_BYTES = 300000, /* more than a unix socket takes at once */
  SINGLE_BYTES = 128,         /* at both ends, in the run that sends byte by byte */
  TURNS_MAX = 20000,          /* by far more than anything needs: then it hangs */
  STEP_LENGTH = 0x3f,         /* of a step's bits */
  STEP_ANSWERS = 0x40,
  STEP_COALESCES = 0x80
};

/* How one run differs from the others. */
struct manner {
  struct cuts cuts; /* empty: all at once, or byte by byte */
  bool single_bytes;
  bool later;  /* replies wait for a step that lets them go, or for the end */
  bool deaf;   /* the client reads only when it has sent everything */
  bool ageing; /* the clock moves */
  bool secure; /* by TLS */
};

struct given {
  struct buffer reply; /* the body that it gets */
  bool head, empty;    /* a request by HEAD; a reply of 204 */
};

struct run {
  struct manner manner;
  int fd;
  struct tls_client *tls; /* NULL: not secure */
  struct buffer flight;   /* ciphertext to be sent */
  bool ended;             /* the server has closed its side */
  struct buffer received;
  struct given *given; /* requests, in order */
  size_t given_count;
  const struct request *waiting; /* that has no reply yet */
  dispatch_done done;
  void *done_context;
};

static struct {
  uv_loop_t loop;
  struct server *server;
  struct tls_context *tls;
  struct sockaddr_un address;
  socklen_t address_length;
  uint64_t now_ms;
  struct run *run;
} world;

static uint64_t now_ms(void)
{
  return world.now_ms;
}

/* The stub */

static void describe(struct buffer *out, const struct request *request, size_t number)
{
  buffer_print(out, "%zu %s %.*s?%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", number,
               method_name(request->method), TEXT_ARGS(request->path), TEXT_ARGS(request->query),
               TEXT_ARGS(request->host), TEXT_ARGS(request->authorization),
               TEXT_ARGS(request->cookie), TEXT_ARGS(request->content_type),
               TEXT_ARGS(request->body));
  if (!text_starts_with(request->path, "/b")) return;
  size_t before = out->length;
  buffer_reserve(out, LARGE_REPLY_BYTES);
  memset(out->data + before, 'x', LARGE_REPLY_BYTES);
  out->length += LARGE_REPLY_BYTES;
}

/* The request is borrowed until now, and must not have changed. */
static void answer(struct run *run)
{
  const struct given *given = &run->given[run->given_count - 1];
  struct buffer again = {0};
  describe(&again, run->waiting, run->given_count);
  PROMISE(text_equal(buffer_text(&again), buffer_text(&given->reply)), "a request has changed");
  struct reply reply = {.status = 200, .content_type = "text/plain", .body = buffer_text(&again)};
  if (given->empty) reply = (struct reply){.status = 204};
  run->waiting = NULL;
  run->done(run->done_context, &reply);
  buffer_deinit(&again);
}

static void handle(void *context, const struct request *request, dispatch_done done,
                   void *done_context)
{
  (void)context;
  struct run *run = world.run;
  PROMISE(!run->waiting, "a request before the reply to the one before");
  struct given given = {.head = request->method == METHOD_HEAD,
                        .empty = text_starts_with(request->path, "/n")};
  run->given = realloc(run->given, (run->given_count + 1) * sizeof *run->given);
  if (run->given == NULL) abort();
  describe(&given.reply, request, run->given_count + 1);
  run->given[run->given_count++] = given;
  run->waiting = request;
  run->done = done;
  run->done_context = done_context;
  if (!run->manner.later) answer(run);
}

static size_t body_max(void *context, enum method method, struct text path)
{
  (void)context;
  (void)method;
  return text_starts_with(path, "/l") ? LARGE_BODY_MAX : SMALL_BODY_MAX;
}

/* The world */

/* A unix socket without a file: the kernel chooses an abstract name. */
static int listen_anywhere(void)
{
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sa_family_t family = AF_UNIX;
  world.address.sun_family = family;
  world.address_length = sizeof world.address;
  PROMISE(bind(fd, (struct sockaddr *)&world.address, sizeof family) == 0, "%s", strerror(errno));
  PROMISE(listen(fd, 8) == 0, "%s", strerror(errno));
  getsockname(fd, (struct sockaddr *)&world.address, &world.address_length);
  return fd;
}

static void make_tls(void)
{
  struct buffer certificate = {0}, key = {0};
  struct error error = {0};
  tls_init();
  tls_random_begin(0);
  tls_certificate_make(&certificate, &key);
  PROMISE(tls_context_new(buffer_text(&certificate), buffer_text(&key), &world.tls, &error) == 0,
          "%s", error.message);
  buffer_deinit(&certificate);
  buffer_deinit(&key);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
  (void)count;
  (void)arguments;
  struct error error = {0};
  struct listener listener;
  struct server_limits limits;
  struct server_handler handler = {.handle = handle, .body_max = body_max};
  struct server_config config = {
      .listeners = &listener, .listener_count = 1, .limits = &limits, .now_ms = now_ms};
  server_limits_default(&limits);
  limits.head = (struct guard_limits){.head_bytes = 1024, .fields = 16, .target_bytes = 256};
  limits.tick_ms = 1;
  world.now_ms = 1000000;
  make_tls();
  uv_loop_init(&world.loop);
  PROMISE(listener_adopt(listen_anywhere(), &listener, &error) == 0, "%s", error.message);
  PROMISE(server_open(&world.loop, &config, &handler, &world.server, &error) == 0, "%s",
          error.message);
  return 0;
}

/* The client */

static void hear(struct run *run, struct text bytes)
{
  if (!run->tls) {
    buffer_append_text(&run->received, bytes);
    return;
  }
  tls_client_give(run->tls, bytes);
  tls_client_turn(run->tls, &run->received, &run->flight);
}

static void receive(struct run *run)
{
  static char room[65536];
  for (;;) {
    ssize_t length = recv(run->fd, room, sizeof room, MSG_DONTWAIT);
    if (length > 0) {
      hear(run, (struct text){room, (size_t)length});
      continue;
    }
    if (length == 0 || (errno != EAGAIN && errno != EINTR)) run->ended = true;
    return;
  }
}

/* Lets the server do what it can do now. */
static void turn(struct run *run)
{
  uv_run(&world.loop, UV_RUN_NOWAIT);
  if (!run->manner.deaf) receive(run);
}

static void age(struct run *run)
{
  world.now_ms += 7000;
  uv_run(&world.loop, UV_RUN_ONCE); /* until the server's timer has looked at the clock */
  turn(run);
}

static void step(struct run *run, uint8_t step)
{
  if (step & STEP_COALESCES) return;
  turn(run);
  if (run->waiting && step & STEP_ANSWERS) answer(run);
  if (run->manner.ageing && (step & STEP_LENGTH) == 0) age(run);
}

static size_t next_length(struct run *run, size_t at, size_t all, uint8_t step)
{
  size_t left = all - at;
  bool middle = at > SINGLE_BYTES && left > SINGLE_BYTES;
  size_t length = left;
  if (run->manner.single_bytes) length = middle ? left - SINGLE_BYTES : 1;
  if (run->manner.cuts.script.length > 0) length = 1 + (step & STEP_LENGTH);
  return length < left ? length : left;
}

/* The server reads no further while a reply waits: it gets its reply, and the client hears it. */
static void make_room(struct run *run)
{
  if (run->waiting) answer(run);
  uv_run(&world.loop, UV_RUN_NOWAIT);
  receive(run);
}

/* How many of the bytes were taken; -1 if the server takes no more. */
static ssize_t send_some(struct run *run, const char *bytes, size_t length)
{
  for (int turns = 0; turns < TURNS_MAX; turns++) {
    ssize_t sent = send(run->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EPIPE || errno == ECONNRESET) return -1;
    PROMISE(errno == EAGAIN, "send: %s", strerror(errno));
    make_room(run);
  }
  PROMISE(false, "the server does not read");
  return -1;
}

static bool send_bytes(struct run *run, struct text bytes)
{
  for (size_t at = 0; at < bytes.length;) {
    ssize_t sent = send_some(run, bytes.data + at, bytes.length - at);
    if (sent < 0) return false;
    at += (size_t)sent;
  }
  return true;
}

/* All that the client has encrypted, in two pieces. False: the server takes no more. */
static bool send_flight(struct run *run)
{
  struct buffer flight = run->flight;
  run->flight = (struct buffer){0};
  size_t half = flight.length / 2;
  bool taken = send_bytes(run, (struct text){flight.data, half});
  if (taken) turn(run);
  taken = taken && send_bytes(run, (struct text){flight.data + half, flight.length - half});
  buffer_deinit(&flight);
  return taken;
}

/* As send_some, but all of it. */
static ssize_t say(struct run *run, const char *bytes, size_t length)
{
  if (!run->tls) return send_some(run, bytes, length);
  if (!tls_client_say(run->tls, (struct text){bytes, length})) return -1;
  tls_client_turn(run->tls, &run->received, &run->flight);
  return send_flight(run) ? (ssize_t)length : -1;
}

static void shake_hands(struct run *run)
{
  tls_random_begin(1);
  run->tls = tls_client_new(0);
  tls_client_turn(run->tls, &run->received, &run->flight);
  for (int turns = 0; run->flight.length > 0 || turns < 2; turns++) {
    PROMISE(turns < TURNS_MAX && send_flight(run), "no handshake");
    uv_run(&world.loop, UV_RUN_NOWAIT);
    receive(run);
  }
}

/* Whatever the server does not take because it has closed is lost. */
static void send_all(struct run *run, struct text bytes)
{
  for (size_t at = 0; at < bytes.length && !run->ended;) {
    uint8_t present = cuts_next(&run->manner.cuts);
    size_t length = next_length(run, at, bytes.length, present);
    ssize_t sent = say(run, bytes.data + at, length);
    if (sent < 0) return;
    at += (size_t)sent;
    step(run, present);
  }
}

/* Until the server has nothing more to say, and has forgotten the client. */
static void finish(struct run *run)
{
  run->manner.deaf = false;
  if (run->tls && tls_client_control(run->tls, TLS_CLOSE)) {
    tls_client_turn(run->tls, &run->received, &run->flight);
    send_flight(run);
  }
  shutdown(run->fd, SHUT_WR);
  for (int turns = 0; !run->ended; turns++) {
    PROMISE(turns < TURNS_MAX, "the server does not end");
    turn(run);
    if (run->waiting) answer(run);
  }
  close(run->fd);
  for (int turns = 0; server_connections(world.server) > 0; turns++) {
    PROMISE(turns < TURNS_MAX, "a connection is never over");
    uv_run(&world.loop, UV_RUN_NOWAIT);
    if (run->waiting) answer(run);
  }
}

static void run_init(struct run *run, struct manner manner)
{
  *run = (struct run){.manner = manner, .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  world.run = run;
  server_set_tls(world.server, manner.secure ? world.tls : NULL);
  PROMISE(connect(run->fd, (struct sockaddr *)&world.address, world.address_length) == 0, "%s",
          strerror(errno));
  turn(run);
  if (manner.secure) shake_hands(run);
}

static void run_deinit(struct run *run)
{
  for (size_t i = 0; i < run->given_count; i++) buffer_deinit(&run->given[i].reply);
  free(run->given);
  buffer_deinit(&run->received);
  buffer_deinit(&run->flight);
  if (run->tls) tls_client_free(run->tls);
}

/* Replies */

struct answer {
  int status;
  bool close, problem;
  struct text head, body;
};

/* The value of a field that is there at most once; NULL data if it is not. */
static struct text field(struct text head, const char *name)
{
  struct text found = {NULL, 0}, line;
  size_t length = strlen(name);
  while (text_split(&head, '\n', &line)) {
    if (line.length <= length || line.data[length] != ':' ||
        !text_is_ignoring_case((struct text){line.data, length}, name))
      continue;
    PROMISE(!found.data, "%s is there twice", name);
    found = text_trim((struct text){line.data + length + 1, line.length - length - 1});
  }
  return found;
}

static size_t number(struct text digits)
{
  size_t value = 0;
  PROMISE(digits.length > 0 && digits.length < 10, "Content-Length: %.*s", TEXT_ARGS(digits));
  for (size_t i = 0; i < digits.length; i++) {
    PROMISE(digits.data[i] >= '0' && digits.data[i] <= '9', "a length of %.*s", TEXT_ARGS(digits));
    value = value * 10 + (size_t)(digits.data[i] - '0');
  }
  return value;
}

/* Takes a head off; *rest begins behind it. */
static struct text take_head(struct text *rest)
{
  const char *end = memmem(rest->data, rest->length, "\r\n\r\n", 4);
  PROMISE(end, "a head without an end: %.*s", TEXT_ARGS(*rest));
  struct text head = {rest->data, (size_t)(end + 2 - rest->data)};
  PROMISE(head.length > 15 && text_starts_with(head, "HTTP/1.1 "), "%.*s", TEXT_ARGS(head));
  for (size_t i = 0; i < head.length; i++) {
    bool line_end = head.data[i] == '\r' && head.data[i + 1] == '\n';
    bool was_cr = head.data[i] == '\n' && i > 0 && head.data[i - 1] == '\r';
    PROMISE(line_end || was_cr || (head.data[i] >= 0x20 && head.data[i] < 0x7f),
            "a byte in a head");
  }
  *rest = (struct text){end + 4, rest->length - head.length - 2};
  return head;
}

/* Whether there is one depends on when the body comes. */
static void skip_continue(struct text *rest)
{
  static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!text_starts_with(*rest, interim)) return;
  *rest = (struct text){rest->data + sizeof interim - 1, rest->length - (sizeof interim - 1)};
}

/* Takes a reply off. `given`: the request that it must be to, or NULL. */
static struct answer take_answer(struct text *rest, const struct given *given)
{
  struct answer answer = {.head = take_head(rest)};
  answer.status = (int)number((struct text){answer.head.data + 9, 3});
  answer.close = text_is(field(answer.head, "Connection"), "close");
  answer.problem = text_is(field(answer.head, "Content-Type"), "application/problem+json");
  PROMISE(field(answer.head, "Date").length == 29, "a date of another length");
  struct text length = field(answer.head, "Content-Length");
  bool none = answer.status == 204;
  PROMISE(none == !length.data, "Content-Length in a reply %d", answer.status);
  bool head = given ? given->head : rest->length == 0; /* a refused HEAD */
  size_t bytes = none || head ? 0 : number(length);
  PROMISE(bytes <= rest->length, "a body of %zu bytes has %zu", bytes, rest->length);
  answer.body = (struct text){rest->data, bytes};
  *rest = (struct text){rest->data + bytes, rest->length - bytes};
  return answer;
}

/* Without the date, which may differ. */
static void note(struct buffer *out, const struct answer *answer)
{
  const char *date = memmem(answer->head.data, answer->head.length, "Date: ", 6);
  size_t before = (size_t)(date - answer->head.data), after = before + 6 + 29;
  buffer_append(out, answer->head.data, before);
  buffer_append(out, answer->head.data + after, answer->head.length - after);
  buffer_append_text(out, answer->body);
  buffer_append_byte(out, '\n');
}

/* What the client got, in *out; what it must not have got ends the program. */
static void check_replies(const struct run *run, struct buffer *out)
{
  struct text rest = buffer_text(&run->received);
  size_t count = 0;
  bool last = false;
  for (skip_continue(&rest); rest.length > 0; skip_continue(&rest)) {
    PROMISE(!last, "bytes behind the last reply: %.*s", TEXT_ARGS(rest));
    const struct given *given = count < run->given_count ? &run->given[count] : NULL;
    struct answer answer = take_answer(&rest, given);
    note(out, &answer);
    last = answer.close;
    if (given) {
      PROMISE(answer.status == (given->empty ? 204 : 200), "a reply %d", answer.status);
      if (!given->head && !given->empty)
        PROMISE(text_equal(answer.body, buffer_text(&given->reply)),
                "the reply to another request");
    } else {
      PROMISE(answer.problem && answer.status >= 400 && answer.close, "a reply too many: %.*s",
              TEXT_ARGS(answer.head));
    }
    count++;
  }
  PROMISE(count >= run->given_count || run->manner.ageing, "%zu requests, %zu replies",
          run->given_count, count);
  PROMISE(count <= run->given_count + 1, "%zu requests, %zu replies", run->given_count, count);
}

/* With `expected`, the run must end in the same replies. */
static void try(struct text bytes, struct manner manner, struct buffer *replies,
                const struct buffer *expected)
{
  struct run run;
  run_init(&run, manner);
  send_all(&run, bytes);
  finish(&run);
  check_replies(&run, replies);
  if (expected)
    PROMISE(text_equal(buffer_text(replies), buffer_text(expected)), "whole:\n%.*s\ncut:\n%.*s",
            TEXT_ARGS(buffer_text(expected)), TEXT_ARGS(buffer_text(replies)));
  run_deinit(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text script, bytes = cuts_split(data, size, &script);
  struct cuts cuts = {.script = script};
  /* What has a scheme is misdirected. */
  bool secure = bytes.length > 0 && !memmem(bytes.data, bytes.length, "://", 3);
  const struct manner manners[] = {
      {.single_bytes = true, .later = true},
      {.cuts = cuts},
      {.cuts = cuts, .later = true},
      {.cuts = cuts, .later = true, .deaf = true},
      {.cuts = cuts, .later = true, .secure = secure},
  };
  struct buffer whole = {0}, other = {0};
  try(bytes, (struct manner){0}, &whole, NULL);
  for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
    buffer_clear(&other);
    try(bytes, manners[i], &other, &whole);
  }
  if (script.length > 0) {
    buffer_clear(&other);
    try(bytes, (struct manner){.cuts = cuts, .later = true, .ageing = true}, &other, NULL);
  }
  buffer_deinit(&whole);
  buffer_deinit(&other);
  return 0;
}
