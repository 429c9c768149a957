/* Patterns by PCRE2, in bounded time.
 *
 * A pattern is compiled twice. Short texts go through the JIT-compiled code under a match limit
 * that only tame patterns stay below. Longer ones, and those that hit the limit, go through the
 * interpreter, whose automatic callouts count every step of the matching, backtracking included,
 * against the steps that the validation has left. So nothing a client sends can keep a worker: it
 * runs out of steps and is not valid.
 *
 * PCRE2 needs a block of memory per match; threads leave theirs in a slot of the set for the next
 * one. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/memory.h"
#include "schema/program.h"

enum {
  SHORT_BYTES = 256,          /* the longest text for the JIT-compiled code */
  HEAP_LIMIT_KIB = 32 * 1024, /* of the interpreter */
  PATTERN_BYTES_MAX = 16 * 1024,
};

struct schema_pattern {
  struct schema_pattern *next;
  struct text text;
  pcre2_code *code, *watched;
};

struct schema_matcher {
  pcre2_match_data *data;
  pcre2_match_context *context;
};

static pcre2_code *compile(struct text text, uint32_t extra, struct error *error)
{
  struct buffer translated = {0};
  pcre2_code *code = NULL;
  if (text.length > PATTERN_BYTES_MAX) {
    error_set(error, "it is longer than %d bytes", PATTERN_BYTES_MAX);
    return NULL;
  }
  if (schema_pattern_translate(&translated, text, error) == 0) {
    int number;
    PCRE2_SIZE offset;
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                       PCRE2_NEVER_BACKSLASH_C | extra;
    code = pcre2_compile((PCRE2_SPTR)(translated.length > 0 ? translated.data : ""),
                         translated.length, options, &number, &offset, NULL);
    if (!code) {
      PCRE2_UCHAR message[200];
      pcre2_get_error_message(number, message, sizeof message);
      error_set(error, "%s", (const char *)message);
    }
  }
  buffer_deinit(&translated);
  return code;
}

const struct schema_pattern *schema_pattern_new(struct schema_set *set, struct text text,
                                                struct error *error)
{
  struct schema_pattern *pattern = set->patterns;
  while (pattern && !text_equal(pattern->text, text)) pattern = pattern->next;
  if (pattern) return pattern;

  pcre2_code *code = compile(text, 0, error);
  pcre2_code *watched = code ? compile(text, PCRE2_AUTO_CALLOUT, error) : NULL;
  if (!watched) {
    pcre2_code_free(code);
    return NULL;
  }
  (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it, it is only slower */
  pattern = arena_new(set->arena, sizeof *pattern);
  *pattern = (struct schema_pattern){set->patterns, text, code, watched};
  return set->patterns = pattern;
}

void schema_append_pattern(struct buffer *out, const struct schema_pattern *pattern)
{
  enum { SHOWN_BYTES = 200 };
  struct text text = pattern->text, shown = {text.data, 0};
  while (shown.length < text.length && shown.length < SHOWN_BYTES) {
    struct text rest = {text.data + shown.length, text.length - shown.length};
    size_t sequence = text_utf8_sequence(rest);
    shown.length += sequence > 0 ? sequence : 1;
  }
  buffer_append_text(out, shown);
  if (shown.length < text.length) buffer_append_text(out, TEXT("…"));
}

bool schema_pattern_is_valid(struct text text)
{
  pcre2_code *code = compile(text, 0, NULL);
  pcre2_code_free(code);
  return code != NULL;
}

/* --- matching */

static void matcher_free(struct schema_matcher *matcher)
{
  if (!matcher) return;
  pcre2_match_data_free(matcher->data);
  pcre2_match_context_free(matcher->context);
  memory_free(matcher);
}

static struct schema_matcher *borrow_matcher(struct schema_set *set)
{
  struct schema_matcher *matcher = atomic_exchange(&set->spare, NULL);
  if (matcher) return matcher;
  matcher = memory_new(sizeof *matcher);
  matcher->data = pcre2_match_data_create(1, NULL);
  matcher->context = pcre2_match_context_create(NULL);
  if (!matcher->data || !matcher->context) {
    matcher_free(matcher);
    return NULL;
  }
  pcre2_set_heap_limit(matcher->context, HEAP_LIMIT_KIB);
  return matcher;
}

static void return_matcher(struct schema_set *set, struct schema_matcher *matcher)
{
  matcher_free(atomic_exchange(&set->spare, matcher));
}

static int count_step(pcre2_callout_block *block, void *run)
{
  (void)block;
  return schema_spend(run, 1) ? 0 : PCRE2_ERROR_CALLOUT;
}

/* One attempt. The result is PCRE2's. */
static int attempt(struct schema_matcher *matcher, const pcre2_code *code, struct text text,
                   uint32_t limit, struct schema_run *watcher)
{
  pcre2_set_match_limit(matcher->context, limit);
  pcre2_set_callout(matcher->context, watcher ? count_step : NULL, watcher);
  return pcre2_match(code, (PCRE2_SPTR)(text.data ? text.data : ""), text.length, 0, 0,
                     matcher->data, matcher->context);
}

enum schema_match schema_pattern_match(struct schema_run *run, struct schema_set *set,
                                       const struct schema_pattern *pattern, struct text text)
{
  bool is_short = text.length <= SHORT_BYTES;
  uint32_t bytes = text.length < NO_LIMIT ? (uint32_t)text.length : NO_LIMIT;
  if (!schema_spend(run, is_short ? 1 + bytes * bytes / 32 : 1 + bytes / 16)) return MATCH_GAVE_UP;
  struct schema_matcher *matcher = borrow_matcher(set);
  if (!matcher) return MATCH_GAVE_UP;

  int result = PCRE2_ERROR_MATCHLIMIT;
  if (is_short) result = attempt(matcher, pattern->code, text, 256 + 4 * bytes, NULL);
  if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_JIT_STACKLIMIT) {
    result = attempt(matcher, pattern->watched, text, NO_LIMIT, run);
    matcher_free(matcher); /* it may have become large */
  } else {
    return_matcher(set, matcher);
  }
  if (result >= 0) return MATCH_YES;
  return result == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_GAVE_UP;
}

void schema_patterns_free(struct schema_set *set)
{
  for (struct schema_pattern *pattern = set->patterns; pattern; pattern = pattern->next) {
    pcre2_code_free(pattern->code);
    pcre2_code_free(pattern->watched);
  }
  set->patterns = NULL;
  matcher_free(atomic_exchange(&set->spare, NULL));
}
