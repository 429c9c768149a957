/* A session of TLS (http/tls.h) and a client, of which the input is the script: how the client
 * introduces itself, then steps. Its bytes go to the server as they are, or with bytes changed,
 * taken out or put in, or a second time; it says something, changes keys, renegotiates, ends; so
 * handshakes are good up to a point, and then are not. Without a client's flight, bytes that are
 * put in are all that the server gets.
 *
 * Each script runs twice, the second time with every delivery in pieces: the session must say and
 * do the same, byte by byte (OpenSSL's randomness begins anew with each run). What it says has been
 * said by the client, whatever was done to the bytes on the way; where nothing was done, it is all
 * of it. What a client can make it hold and answer is bounded as http/tls.h says. */
#include "fuzz.h"
#include "tls_client.h"

#include "http/tls.h"

enum {
  RECORD_BYTES = 16384,
  HANDSHAKE_MAX_BYTES = 32 << 10,
  RECORD_MAX_BYTES = 16384 + 256 + 5, /* of ciphertext */
  RECORD_MORE_BYTES = 29,             /* of ciphertext than of plaintext, at most */
  ANSWER_MAX_BYTES = 4096,            /* for one delivery: its flight, or 64 short messages */
  CONTROL_MAX_MESSAGES = 64,
  STEPS_MAX = 64
};

/* libFuzzer keeps an input for what is new here as well: OpenSSL's own branches it does not see. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t outcomes[4096];

static struct tls_context *context;

struct run {
  struct text script;
  bool pieces;         /* each delivery comes in pieces, */
  uint64_t piece_seed; /* whose lengths this says */
  struct tls_client *client;
  struct tls_session *session;
  struct buffer flight, last_flight; /* of the client's: not delivered yet; the last delivery */
  struct buffer said, read;          /* by the client; and what the server made of it */
  struct buffer answered, heard;     /* by the server; and what the client made of it */
  struct buffer log;                 /* all that the session did */
  size_t delivered;                  /* bytes of a handshake that is not done */
  unsigned controls;
  bool honest;     /* the bytes have come as they were sent */
  bool half_ended; /* the client has said that it ends */
};

/* The script */

static uint8_t next(struct run *run)
{
  if (run->script.length == 0) return 0;
  uint8_t byte = (uint8_t)run->script.data[0];
  run->script = (struct text){run->script.data + 1, run->script.length - 1};
  return byte;
}

static struct text next_bytes(struct run *run, size_t length)
{
  struct text bytes = {run->script.data, length < run->script.length ? length : run->script.length};
  run->script = (struct text){run->script.data + bytes.length, run->script.length - bytes.length};
  return bytes;
}

/* Less than `count`, if that is not 0. */
static size_t next_place(struct run *run, size_t count)
{
  size_t high = next(run), place = high << 8 | next(run);
  return count > 0 ? place % count : 0;
}

/* Delivery */

static void check_state(const struct run *run, enum tls_state before, enum tls_state state)
{
  PROMISE(state == tls_session_state(run->session), "two states");
  PROMISE(state == before || before <= TLS_OPEN, "from state %d to %d", before, state);
  PROMISE(state >= before, "from state %d back to %d", before, state);
  PROMISE(state != TLS_PLAIN_BYTES || before != TLS_OPEN, "plain after a handshake");
  PROMISE((state == TLS_FAILED) == (tls_session_failure(run->session) != NULL), "no reason");
}

static void note_outcome(const struct run *run, enum tls_state state)
{
  const char *failure = tls_session_failure(run->session);
  uint32_t hash = 2166136261U + (uint32_t)state;
  for (; failure && *failure; failure++) hash = (hash ^ (uint8_t)*failure) * 16777619U;
  outcomes[(hash ^ hash >> 12) % sizeof outcomes] = 1;
}

/* From a block of its own, so that whatever reads on is seen. */
static void deliver_piece(struct run *run, struct text piece)
{
  enum tls_state before = tls_session_state(run->session);
  size_t read = run->read.length, output = tls_session_output(run->session)->length;
  struct text copy = fuzz_copy((const uint8_t *)piece.data, piece.length);
  enum tls_state state = tls_session_receive(run->session, copy, &run->read);
  free((char *)(uintptr_t)copy.data);
  check_state(run, before, state);
  note_outcome(run, state);
  PROMISE(run->read.length - read <= piece.length + RECORD_BYTES, "more than came");
  PROMISE(tls_session_output(run->session)->length - output <= ANSWER_MAX_BYTES, "a long answer");
  if (state == TLS_HANDSHAKE) run->delivered += piece.length;
  PROMISE(run->delivered <= HANDSHAKE_MAX_BYTES + RECORD_MAX_BYTES, "a handshake of %zu bytes",
          run->delivered);
}

static size_t piece_length(struct run *run, size_t left)
{
  if (!run->pieces) return left;
  run->piece_seed = run->piece_seed * 6364136223846793005ULL + 1442695040888963407ULL;
  size_t length = 1 + (run->piece_seed >> 33) % (run->piece_seed >> 63 ? 900 : 9);
  return length < left ? length : left;
}

static void deliver(struct run *run, struct text bytes)
{
  for (size_t at = 0; at < bytes.length;) {
    size_t length = piece_length(run, bytes.length - at);
    deliver_piece(run, (struct text){bytes.data + at, length});
    at += length;
  }
}

/* What the server has to say reaches the client, whose answers wait in the flight. */
static void answer(struct run *run)
{
  struct buffer *output = tls_session_output(run->session);
  buffer_append_text(&run->log, buffer_text(output));
  tls_client_give(run->client, buffer_text(output));
  buffer_clear(output);
  tls_client_turn(run->client, &run->heard, &run->flight);
}

static void deliver_flight(struct run *run)
{
  deliver(run, buffer_text(&run->flight));
  if (run->flight.length > 0) {
    struct buffer empty = run->last_flight;
    run->last_flight = run->flight;
    run->flight = empty;
  }
  buffer_clear(&run->flight);
  buffer_print(&run->log, "\n%d %s %zu: ", tls_session_state(run->session),
               tls_session_failure(run->session) ? tls_session_failure(run->session) : "",
               run->read.length);
  answer(run);
}

/* Steps */

static void change(struct run *run)
{
  size_t place = next_place(run, run->flight.length);
  uint8_t value = next(run);
  if (run->flight.length == 0 || value == 0) return;
  run->flight.data[place] = (char)(run->flight.data[place] ^ value);
  run->honest = false;
}

static void take_out(struct run *run)
{
  struct buffer *flight = &run->flight;
  size_t place = next_place(run, flight->length), length = next(run);
  size_t left = flight->length - place;
  if (length > left) length = left;
  if (length == 0) return;
  memmove(flight->data + place, flight->data + place + length, left - length);
  flight->length -= length;
  run->honest = false;
}

static void put_in(struct run *run)
{
  size_t place = next_place(run, run->flight.length + 1), times = 1U + next(run);
  struct text bytes = next_bytes(run, next(run));
  struct buffer with = {0};
  if (bytes.length == 0) return;
  buffer_append(&with, run->flight.data, place);
  for (size_t i = 0; i < times; i++) buffer_append_text(&with, bytes);
  if (run->flight.length > place)
    buffer_append(&with, run->flight.data + place, run->flight.length - place);
  buffer_deinit(&run->flight);
  run->flight = with;
  run->honest = false;
}

static void again(struct run *run)
{
  if (run->last_flight.length == 0) return;
  run->honest = false;
  deliver(run, buffer_text(&run->last_flight));
}

/* So many bytes, of which each sixteen tell where they stand. */
static struct text speech(struct buffer *out, uint8_t size)
{
  enum { BLOCK = 16 };
  size_t before = out->length, length = (size_t)size * size;
  char *place = buffer_reserve(out, length + BLOCK);
  for (size_t at = 0; at < length; at += BLOCK)
    memset(place + at, (int)((before + at) / BLOCK * 31 & 0xff), BLOCK);
  out->length += length;
  return (struct text){place, length};
}

static void client_says(struct run *run)
{
  size_t before = run->said.length;
  struct text words = speech(&run->said, next(run));
  if (words.length > 0 && tls_client_say(run->client, words)) return;
  run->said.length = before;
}

static void client_controls(struct run *run)
{
  uint8_t said = next(run);
  enum tls_client_control control = said % TLS_CONTROLS;
  for (unsigned times = 1 + said / TLS_CONTROLS; times > 0; times--) {
    if (run->half_ended || !tls_client_control(run->client, control)) return;
    if (control == TLS_RENEGOTIATE) run->honest = false; /* it does not survive the refusal */
    if (control == TLS_CLOSE)
      run->half_ended = true;
    else
      run->controls++;
  }
}

static void server_says(struct run *run)
{
  enum tls_state state = tls_session_state(run->session);
  size_t before = run->answered.length;
  uint8_t size = next(run);
  struct text words = speech(&run->answered, size);
  size_t output = tls_session_output(run->session)->length;
  int result = tls_session_send(run->session, words);
  PROMISE(result == 0 || words.length == 0 || state == TLS_HANDSHAKE || state > TLS_ENDED ||
              tls_session_state(run->session) == TLS_FAILED,
          "state %d does not send", state);
  PROMISE(result == 0 || tls_session_output(run->session)->length == output, "it did send");
  if (result < 0) run->answered.length = before;
  if (result == 0)
    PROMISE(tls_session_output(run->session)->length - output <=
                words.length + RECORD_MORE_BYTES * (words.length / RECORD_BYTES + 2),
            "too many bytes for %zu", words.length);
}

static void step(struct run *run)
{
  static void (*const steps[])(struct run *) = {
      deliver_flight, change, take_out, put_in, again, client_says, client_controls, server_says};
  steps[next(run) % (sizeof steps / sizeof *steps)](run);
  tls_client_turn(run->client, &run->heard, &run->flight);
}

/* The run */

static bool begins(const struct buffer *all, const struct buffer *part)
{
  return part->length <= all->length &&
         (part->length == 0 || memcmp(all->data, part->data, part->length) == 0);
}

static void check_honest(const struct run *run, uint8_t how)
{
  enum tls_state state = tls_session_state(run->session);
  if ((how & (TLS_CLIENT_ALPN_HTTP | TLS_CLIENT_ALPN_OTHER)) == TLS_CLIENT_ALPN_OTHER) {
    PROMISE(state == TLS_FAILED, "a client that speaks h2 only");
    return;
  }
  if (run->controls > CONTROL_MAX_MESSAGES) PROMISE(state == TLS_FAILED, "too many keys");
  if (run->controls > CONTROL_MAX_MESSAGES / 2 - 2) return; /* answers count as well */
  PROMISE(state == (run->half_ended ? TLS_ENDED : TLS_OPEN), "state %d: %s", state,
          tls_session_failure(run->session));
  PROMISE(run->read.length == run->said.length, "%zu bytes said, %zu read", run->said.length,
          run->read.length);
}

static void finish(struct run *run, uint8_t how)
{
  for (int i = 0; i < 8; i++) deliver_flight(run);
  PROMISE(begins(&run->said, &run->read), "the server reads what the client has not said");
  PROMISE(begins(&run->answered, &run->heard), "the client hears what the server has not said");
  if (run->honest) check_honest(run, how);
  tls_session_close(run->session);
  PROMISE(tls_session_send(run->session, TEXT("more")) == -1, "it sends after its end");
  answer(run);
  buffer_print(&run->log, "\n%zu %zu", run->read.length, run->heard.length);
}

static void play(struct run *run)
{
  uint8_t how = next(run);
  run->honest = true;
  run->client = tls_client_new(how);
  run->session = tls_session_new(context);
  tls_random_begin(1); /* the first client takes some that others do not */
  tls_client_turn(run->client, &run->heard, &run->flight);
  for (int i = 0; i < STEPS_MAX && run->script.length > 0; i++) step(run);
  finish(run, how);
}

static void run_deinit(struct run *run)
{
  tls_client_free(run->client);
  tls_session_free(run->session);
  buffer_deinit(&run->flight);
  buffer_deinit(&run->last_flight);
  buffer_deinit(&run->said);
  buffer_deinit(&run->read);
  buffer_deinit(&run->answered);
  buffer_deinit(&run->heard);
  buffer_deinit(&run->log);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
  (void)count;
  (void)arguments;
  struct buffer certificate = {0}, key = {0};
  struct error error = {0};
  tls_init();
  tls_random_begin(0);
  tls_certificate_make(&certificate, &key);
  PROMISE(tls_context_new(buffer_text(&certificate), buffer_text(&key), &context, &error) == 0,
          "%s", error.message);
  buffer_deinit(&certificate);
  buffer_deinit(&key);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct run whole = {.script = {(const char *)data, size}};
  struct run cut = {.script = whole.script, .pieces = true, .piece_seed = size};
  for (size_t i = 0; i < size; i++) cut.piece_seed = (cut.piece_seed ^ data[i]) * 1099511628211ULL;
  play(&whole);
  play(&cut);
  PROMISE(text_equal(buffer_text(&whole.log), buffer_text(&cut.log)), "whole, and in pieces");
  PROMISE(text_equal(buffer_text(&whole.read), buffer_text(&cut.read)), "whole, and in pieces");
  run_deinit(&whole);
  run_deinit(&cut);
  return 0;
}
