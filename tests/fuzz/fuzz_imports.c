/* What a guest that has been taken over could do to the host: any import, with any numbers, in any
 * order, over memory that holds anything. Instead of the guest, a little machine runs on the run's
 * stack, and the input is its program. Two such runs take turns where they sleep.
 *
 * Whatever they do ends with an outcome; what comes out is as promised; no run can take what was
 * meant for the other; and the healthy handler answers exactly. */
#include "fuzz.h"

#include "runs.h"
#include "sandbox/instance.h"
#include "sandbox/wire.h"

enum { RUNS = 2, SLEEPS_MAX = 8, STEPS_MAX = 200, ROW_BYTES = 48 };

enum op { POKE, VALUE, QUERY, TAKE, LOG, RANDOM, SLEEP, TRY, THROW, END, OPS };

struct program {
  const uint8_t *next, *end;
};

struct attacker {
  char id; /* 'A' or 'B': what its queries answer */
  struct program program;
  struct arena arena;
  struct run_result result;
};

static struct patient patient;
static struct attacker *attacking; /* whose turn it is */

/* --- The program. --- */

static uint32_t take_byte(struct program *program)
{
  return program->next < program->end ? *program->next++ : 0;
}

static uint32_t take_word(struct program *program)
{
  uint32_t word = 0;
  for (int i = 0; i < 4; i++) word = word << 8 | take_byte(program);
  return word;
}

/* Mostly near a border, for little is gained elsewhere. */
static uint32_t take_address(struct program *program, const struct linear *linear)
{
  const uint32_t borders[] = {0,
                              64 * 1024,
                              linear->stack_low,
                              linear->stack_top,
                              linear->changing,
                              linear->image_end,
                              linear->high,
                              linear->limit,
                              UINT32_MAX};
  uint32_t which = take_byte(program);
  if (which >= 16 * sizeof borders / sizeof *borders) return take_word(program);
  uint32_t border = borders[which / 16];
  int8_t offset = (int8_t)take_byte(program);
  return border + (uint32_t)((int32_t)offset * (which % 16 < 8 ? 1 : 64));
}

static uint32_t take_length(struct program *program)
{
  uint32_t which = take_byte(program);
  if (which < 200) return which;
  return which < 250 ? (which - 199) << (take_byte(program) % 20) : take_word(program);
}

/* --- The machine. It writes as generated code does: a fault is the guest's. --- */

static void store(struct instance *instance, uint32_t address, const void *bytes, size_t length)
{
  const unsigned char *from = bytes;
  for (size_t i = 0; i < length; i++)
    ((volatile unsigned char *)instance->linear.base)[address + i] = from[i];
}

static void poke(struct instance *instance, struct program *program)
{
  uint32_t address = take_address(program, &instance->linear), length = take_byte(program);
  size_t left = (size_t)(program->end - program->next);
  if (length > left) length = (uint32_t)left;
  store(instance, address, program->next, length);
  program->next += length;
}

/* A value that is well-formed but for a byte. */
static void put_value(struct instance *instance, struct program *program)
{
  static const char *const texts[] = {"null",
                                      "{}",
                                      "[]",
                                      "{\"a\":[1,2.5,\"x\",true]}",
                                      "[[[[{\"k\":{\"l\":[]}}]]]]",
                                      "\"text\"",
                                      "{\"message\":\"m\",\"trace\":\"t\"}",
                                      "[\"m\",\"t\"]"};
  uint32_t address = take_address(program, &instance->linear), which = take_byte(program);
  uint32_t at = take_byte(program);
  struct arena arena;
  struct json value;
  struct buffer bytes = {0};
  instance->in_host = 1; /* this is ours, not the guest's */
  arena_init(&arena, 1024);
  PROMISE(json_read(&arena, text_of(texts[which % 8]), NULL, &value, NULL) == 0, "JSON");
  wire_write(&bytes, &value);
  if (which & 8) bytes.data[at % bytes.length] ^= (char)(1 << (which >> 5));
  char copy[256];
  size_t length = bytes.length < sizeof copy ? bytes.length : sizeof copy;
  memcpy(copy, bytes.data, length);
  buffer_deinit(&bytes);
  arena_deinit(&arena);
  instance->in_host = 0;
  store(instance, address, copy, length);
}

/* If the host let it have a row, it is a row of this run. */
static void take_row(struct instance *instance, struct program *program)
{
  uint32_t address = take_address(program, &instance->linear);
  uint32_t which = take_byte(program);
  uint32_t waiting = (uint32_t)instance->outgoing.length;
  uint32_t length = which < 200 ? waiting : take_length(program);
  bool is_row = waiting == ROW_BYTES + 5;
  IMPORTED(take)(&instance->link, address, length);
  if (length == 0 || !is_row) return;
  for (uint32_t i = 0; i < ROW_BYTES; i++)
    PROMISE(instance->linear.base[address + 5 + i] == attacking->id, "a row of somebody else");
}

static void step(struct instance *instance, struct program *program)
{
  struct guest_link *link = &instance->link;
  uint32_t op = take_byte(program) % OPS;
  uint32_t a, b, c;
  switch (op) {
  case POKE:
    poke(instance, program);
    return;
  case VALUE:
    put_value(instance, program);
    return;
  case QUERY:
    a = take_byte(program) % 4, b = take_address(program, &instance->linear);
    IMPORTED(query)(link, a == 3 ? take_word(program) : a, b, take_length(program));
    return;
  case TAKE:
    take_row(instance, program);
    return;
  case LOG:
    a = take_address(program, &instance->linear);
    IMPORTED(log)(link, a, take_length(program));
    return;
  case RANDOM:
    a = take_address(program, &instance->linear);
    IMPORTED(random)(link, a, take_length(program));
    return;
  case SLEEP:
    a = take_byte(program);
    IMPORTED(sleep)(link, a < 250 ? a : UINT64_C(0xffffffffffffff00) | a);
    return;
  case TRY:
    a = take_length(program), b = take_address(program, &instance->linear);
    c = take_address(program, &instance->linear);
    IMPORTED(try)(link, a, b, c, take_address(program, &instance->linear));
    return;
  case THROW:
    IMPORTED(throw)(link, take_length(program));
    return;
  default:
    a = take_byte(program), b = take_address(program, &instance->linear);
    c = take_length(program);
    IMPORTED(end)(link, a < 200 ? a % 8 : take_word(program), b, c, take_word(program));
  }
}

/* The entry, in place of the guest's. */
static void attack(struct instance *instance)
{
  for (int i = 0; i < STEPS_MAX; i++) {
    struct program *program = &attacking->program;
    if (program->next == program->end) return;
    step(instance, program);
  }
}

/* --- The host. --- */

static bool answer(void *context, uint32_t index, const struct json *parameters,
                   struct json *result)
{
  struct attacker *attacker = context;
  PROMISE(index < 3, "query %u", index);
  PROMISE(parameters->type == JSON_OBJECT || parameters->type == JSON_NULL, "parameters");
  char *row = arena_alloc(&attacker->arena, ROW_BYTES + 1);
  memset(row, attacker->id, ROW_BYTES);
  row[ROW_BYTES] = 0;
  *result = json_string((struct text){row, ROW_BYTES});
  return index != 2;
}

static void take_line(void *context, struct text line)
{
  (void)context;
  PROMISE(line.length <= 4096 && text_is_utf8(line), "%zu bytes logged", line.length);
}

static void start(struct attacker *attacker, struct text program, char id)
{
  static const struct run_limits limits = {.cpu_ns = 5000000,
                                           .total_ns = UINT64_C(60) * 1000000000,
                                           .memory_bytes = 256 * 1024,
                                           .result_bytes = 4096};
  struct run_host host = {attacker, answer, take_line};
  struct json input = json_string(TEXT("input")), context = {.type = JSON_OBJECT};
  struct run_input call = {.input = &input, .context = &context};
  const uint8_t *bytes = (const uint8_t *)program.data;
  *attacker = (struct attacker){.id = id, .program = {bytes, bytes + program.length}};
  arena_init(&attacker->arena, 4096);
  attacking = attacker;
  sandbox_enter(patient.sandbox, patient.healthy, &call, &limits, &host, &attacker->arena,
                &attacker->result, attack);
}

static void end(struct attacker *attacker)
{
  static const struct run_limits limits = {.result_bytes = 4096};
  sandbox_abandon(patient.sandbox, &attacker->result);
  check_result(&attacker->result, &limits);
  arena_deinit(&attacker->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct attacker attackers[RUNS];
  size_t half = size > 0 ? 1 + data[0] * (size - 1) / 255 : 0;
  const char *text = (const char *)data;
  if (size == 0) return 0;
  sandbox_claim_signals(); /* libFuzzer puts its own in front of them */
  start(&attackers[0], (struct text){text + 1, half - 1}, 'A');
  start(&attackers[1], (struct text){text + half, size - half}, 'B');
  for (int i = 0; i < SLEEPS_MAX; i++) {
    for (int k = 0; k < RUNS; k++) {
      if (!attackers[k].result.suspended) continue;
      attacking = &attackers[k];
      sandbox_resume(patient.sandbox, &attackers[k].result);
    }
  }
  for (int k = 0; k < RUNS; k++) end(&attackers[k]);
  patient_check(&patient);
  return 0;
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
  (void)count, (void)arguments;
  random_begin(1);
  patient_init(&patient);
  return 0;
}
