/* Keeping what attacks came to: where to look, what to say, which command does it again. */
#include <string.h>

#include "testing/attack_parts.h"

/* Of one guarantee of one contract; the others are counted. */
enum { FAILURES_SHOWN = 3, WORDS_MAX = 300 };

struct text reply_in_words(struct attack *attack, const struct scratch_reply *reply)
{
  struct buffer words = {0};
  const struct json *debug = json_get(&reply->json, "debug");
  struct text message = json_text(json_get(debug, "message"));
  if (message.length == 0) message = json_text(json_get(debug, "detail"));
  buffer_print(&words, "%d", reply->status);
  if (reply->code.length > 0) buffer_print(&words, " %.*s", TEXT_ARGS(reply->code));
  if (message.length > 0)
    buffer_print(&words, ": %.*s", TEXT_ARGS(message));
  else if (reply->code.length == 0 && reply->body.length > 0)
    buffer_print(&words, " with %.*s", TEXT_ARGS(reply->body));
  struct text text = buffer_text(&words);
  if (text.length > WORDS_MAX) {
    text.length = WORDS_MAX;
    while (text.length > 0 && (text.data[text.length] & 0xC0) == 0x80) text.length--;
    text = arena_print(attack->run->report_arena, "%.*s…", TEXT_ARGS(text));
  } else {
    text = arena_copy(attack->run->report_arena, text);
  }
  buffer_deinit(&words);
  return text;
}

/* Where in the contract the guarantee is said. */
static const char *const pointers[GUARANTEE_COUNT] = {
    [GUARANTEE_SERVES] = "/route",
    [GUARANTEE_TOKEN] = "/requires/auth",
    [GUARANTEE_ROLES] = "/requires/auth",
    [GUARANTEE_SCOPES] = "/requires/scopes",
    [GUARANTEE_WEBHOOK] = "/requires/auth",
    [GUARANTEE_FORM] = "/route",
    [GUARANTEE_INPUT] = "/requires/validates",
    [GUARANTEE_BOUNDS] = "/requires/validates",
    [GUARANTEE_DATA] = "/requires/validates",
    [GUARANTEE_OWNS] = "/requires/owns",
    [GUARANTEE_RULES] = "/requires/rules",
    [GUARANTEE_LOGIN] = "/ensures/session",
    [GUARANTEE_RATE] = "/requires/rate_limit",
    [GUARANTEE_REPEAT] = "/ensures/idempotent",
    [GUARANTEE_STATE] = "/route",
    [GUARANTEE_HOSTILE] = "/uses",
    [GUARANTEE_RETURNS] = "/ensures/returns",
    [GUARANTEE_AUDIT] = "/ensures/audit",
    [GUARANTEE_UNDO] = "/route",
};

static unsigned line_of_guarantee(struct attack *attack, enum guarantee guarantee)
{
  struct json document;
  unsigned line = 0, column;
  const struct source *source = attack->contract->source;
  if (json_read(&attack->arena, source->text, NULL, &document, NULL)) return 0;
  const struct json *at = json_at_pointer(&document, text_of(pointers[guarantee]));
  if (at) source_locate(source, at->offset, &line, &column);
  return line;
}

/* What a developer would be told of the same call. False: it is not about the app's own files. */
static bool place_as_told(struct attack *attack, const struct json *debug,
                          struct attack_failure *failure)
{
  struct arena *arena = attack->run->report_arena;
  const struct json *at = json_get(debug, "at");
  struct text file = json_text(json_get(at, "file"));
  const struct json *line = json_get(at, "line");
  if (failure->help.length == 0)
    failure->help = arena_copy(arena, json_text(json_get(debug, "help")));
  if (file.length == 0 || !line || line->type != JSON_INTEGER) return false;
  failure->file = arena_copy(arena, file).data;
  failure->line = (unsigned)line->integer;
  return true;
}

/* The handler's own mistakes are in the handler; everything else is said in the contract. */
static void place_failure(struct attack *attack, const struct scratch_reply *reply,
                          struct attack_failure *failure)
{
  const struct contract *contract = attack->contract;
  const struct json *debug = reply ? json_get(&reply->json, "debug") : NULL;
  failure->file = contract->source->path;
  failure->message = arena_copy(attack->run->report_arena, json_text(json_get(debug, "message")));
  bool of_handler = reply && !attack->replaced &&
                    (text_starts_with(reply->code, "handler_") ||
                     text_is(reply->code, denial_code(DENIAL_BREACH)));
  if (of_handler) failure->file = contract->handler_path;
  if (of_handler && place_as_told(attack, debug, failure)) return;
  if (!of_handler) failure->line = line_of_guarantee(attack, (enum guarantee)failure->guarantee);
}

static size_t failures_shown(const struct attack *attack, enum guarantee guarantee)
{
  size_t count = 0;
  for (const struct attack_failure *at = attack->result->failures; at; at = at->next)
    count += at->guarantee == guarantee;
  return count;
}

/* The handler's line that fails is the same, or the attack is: one mistake, however many requests
 * come to it. */
static bool is_known(const struct attack *attack, const struct attack_failure *failure)
{
  const struct attack_failure *at = attack->result->failures;
  for (; at; at = at->next)
    if (at->guarantee == failure->guarantee && text_equal(at->tried, failure->tried) &&
        text_equal(at->got, failure->got))
      return true;
  at = attack->result->failures;
  if (failure->line == 0 || strcmp(failure->file, attack->contract->handler_path) != 0)
    return false;
  for (; at; at = at->next)
    if (at->line == failure->line && strcmp(at->file, failure->file) == 0) return true;
  return false;
}

static void add_failure(struct attack *attack, enum guarantee guarantee,
                        const struct attempt *attempt, const struct scratch_reply *reply,
                        struct text expected, struct text got, const char *help)
{
  struct arena *arena = attack->run->report_arena;
  attack->result->outcomes[guarantee] = ATTACK_FAILED;
  attack->result->failed++;
  if (failures_shown(attack, guarantee) == FAILURES_SHOWN) {
    attack->result->more[guarantee]++;
    return;
  }
  struct attack_failure *failure = arena_new(arena, sizeof *failure);
  *failure = (struct attack_failure){.guarantee = guarantee,
                                     .tried = arena_copy(arena, text_of(attempt->tried)),
                                     .expected = arena_copy(arena, expected),
                                     .got = arena_copy(arena, got),
                                     .curl = attempt_as_curl(attack, attempt),
                                     .token = attempt_token_hint(attack, attempt),
                                     .help = arena_copy(arena, text_of(help))};
  place_failure(attack, reply, failure);
  if (is_known(attack, failure)) {
    attack->result->more[guarantee]++;
    return;
  }
  *attack->last_failure = failure;
  attack->last_failure = &failure->next;
}

static void note_outcome(struct attack *attack, enum guarantee guarantee,
                         enum attack_outcome outcome)
{
  enum attack_outcome *at = &attack->result->outcomes[guarantee];
  if (outcome > *at) *at = outcome;
}

void attack_passed(struct attack *attack)
{
  note_outcome(attack, attack->guarantee, ATTACK_PASSED);
  attack->result->passed++;
  attack->result->tried[attack->guarantee]++;
}

void attack_failed(struct attack *attack, const struct attempt *attempt,
                   const struct scratch_reply *reply, struct text expected, struct text got,
                   const char *help)
{
  attack->result->tried[attack->guarantee]++;
  add_failure(attack, attack->guarantee, attempt, reply, expected, got, help);
}

void attack_held(struct attack *attack, enum guarantee guarantee, bool held,
                 const struct attempt *attempt, const struct scratch_reply *reply,
                 struct text expected, struct text got, const char *help)
{
  note_outcome(attack, guarantee, ATTACK_PASSED);
  if (!held) add_failure(attack, guarantee, attempt, reply, expected, got, help);
}

void attack_not_tried(struct attack *attack, struct text tried, struct text reason,
                      struct text help)
{
  struct arena *arena = attack->run->report_arena;
  struct attack_untried *untried = arena_new(arena, sizeof *untried);
  note_outcome(attack, attack->guarantee, ATTACK_UNTRIED);
  attack->result->untried++;
  *untried = (struct attack_untried){.guarantee = attack->guarantee,
                                     .tried = arena_copy(arena, tried),
                                     .reason = arena_copy(arena, reason),
                                     .help = arena_copy(arena, help)};
  *attack->last_untried = untried;
  attack->last_untried = &untried->next;
}

void attack_left_out(struct attack *attack, enum guarantee guarantee, size_t count)
{
  attack->result->left_out[guarantee] += count;
}
