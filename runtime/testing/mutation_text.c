/* Strings: lengths, patterns, formats; and hostile ones that fit. */
#include "base/ascii.h"
#include "testing/format_text.h"
#include "testing/mutation_parts.h"
#include "testing/pattern_text.h"

enum { LENGTH_TRIED = 1 << 20 };

/* U+1F600, of four bytes: a length counts characters. */
static struct text faces(struct mutating *m, uint32_t length)
{
  char *out = arena_alloc(m->values->arena, 4 * (size_t)length + 1);
  for (uint32_t i = 0; i < length; i++) memcpy(out + 4 * (size_t)i, "\xF0\x9F\x98\x80", 4);
  out[4 * (size_t)length] = '\0';
  return (struct text){out, 4 * (size_t)length};
}

/* The first of one byte: a text that is cut after so many bytes is cut within a character here, or
 * in one of four-byte characters alone. */
static struct text odd_faces(struct mutating *m, const struct says_limits *limits, uint32_t length)
{
  return arena_print(m->values->arena, "%c%.*s", limits->upper ? 'W' : 'w',
                     TEXT_ARGS(faces(m, length - 1)));
}

static struct text letters(struct mutating *m, const struct says_limits *limits, uint32_t length)
{
  char *out = arena_alloc(m->values->arena, (size_t)length + 1);
  memset(out, limits->upper ? 'W' : 'w', length);
  out[length] = '\0';
  return (struct text){out, length};
}

/* --- Lengths --- */

static const char *plural(uint32_t count)
{
  return count == 1 ? "" : "s";
}

static void refuse_lengths(struct mutating *m, const struct spot *spot,
                           const struct says_limits *limits, enum certainty certainty)
{
  uint32_t low = limits->length_min, high = limits->length_max;
  struct text text;
  if (low > 0 && low < LENGTH_TRIED) {
    if (!make_text_of_length(m->values, limits, low - 1, low - 1, &text))
      text = letters(m, limits, low - 1);
    mutate_refused(m, spot, certainty, json_string(text),
                   "%u character%s, where at least %u are asked for", low - 1, plural(low - 1),
                   low);
    mutate_refused(m, spot, certainty, json_string(faces(m, low - 1)),
                   "%u character%s of four bytes, where at least %u are asked for", low - 1,
                   plural(low - 1), low);
  }
  if (low > 0 && limits->trim)
    mutate_refused(m, spot, certainty, json_string(TEXT("    ")),
                   "blanks, which `trim` takes away");
  if (high >= LENGTH_TRIED) return;
  if (!make_text_of_length(m->values, limits, high + 1, high + 1, &text))
    text = letters(m, limits, high + 1);
  mutate_refused(m, spot, certainty, json_string(text),
                 "%u character%s, where at most %u are allowed", high + 1, plural(high + 1), high);
  mutate_refused(m, spot, certainty, json_string(faces(m, high + 1)),
                 "%u character%s of four bytes, where at most %u are allowed", high + 1,
                 plural(high + 1), high);
}

static void admit_length(struct mutating *m, const struct spot *spot,
                         const struct says_limits *limits, enum certainty certainty,
                         uint32_t length, const char *bound)
{
  enum { TRIES = 6 };
  struct text text;
  bool bare = limits_are_bounds(limits);
  for (int i = 0; i < TRIES; i++) {
    if (!make_text_of_length(m->values, limits, length, length, &text)) continue;
    mutate_admitted(m, spot, bare ? certainty : ASK, json_string(text), "%u character%s, the %s",
                    length, plural(length), bound);
    if (bare) break;
  }
  if (!bare) return;
  mutate_admitted(m, spot, certainty, json_string(faces(m, length)),
                  "%u character%s of four bytes, the %s", length, plural(length), bound);
  if (length > 1)
    mutate_admitted(m, spot, certainty, json_string(odd_faces(m, limits, length)),
                    "%u characters, one of a byte before others of four, the %s", length, bound);
}

static void admit_lengths(struct mutating *m, const struct spot *spot,
                          const struct says_limits *limits, enum certainty certainty)
{
  if (limits->listed) return;
  if (limits->length_min < LENGTH_TRIED)
    admit_length(m, spot, limits, certainty, limits->length_min, "least that is allowed");
  if (limits->length_max < LENGTH_TRIED)
    admit_length(m, spot, limits, certainty, limits->length_max, "most that is allowed");
}

/* --- Patterns and formats --- */

/* The validator is asked: nothing else knows patterns. */
static void break_pattern(struct mutating *m, const struct spot *spot,
                          const struct pattern_text *pattern)
{
  enum { BROKEN_MAX = 6 };
  struct arena *arena = m->values->arena;
  struct text text = json_text(&spot->value);
  struct text rest = {text.data + (text.length > 0), text.length - (text.length > 0)};
  const struct text tried[] = {arena_print(arena, "%.*s\n", TEXT_ARGS(text)),
                               arena_print(arena, "%.*s!", TEXT_ARGS(text)),
                               arena_print(arena, "!%.*s", TEXT_ARGS(rest)),
                               arena_print(arena, "%.*s\xC3\xA9", TEXT_ARGS(text)),
                               arena_print(arena, " %.*s", TEXT_ARGS(text)),
                               arena_print(arena, "%.*s%.*s", TEXT_ARGS(text), TEXT_ARGS(text)),
                               rest,
                               TEXT("\xF0\x9F\x98\x80"),
                               TEXT("<>"),
                               TEXT("0"),
                               TEXT("writ"),
                               TEXT("")};
  unsigned broken = 0;
  for (size_t i = 0; i < sizeof tried / sizeof *tried && broken < BROKEN_MAX; i++) {
    if (!text_is_utf8(tried[i]) || pattern_text_matches(pattern, tried[i])) continue;
    mutate_refused(m, spot, ASK, json_string(arena_copy(arena, tried[i])),
                   "'%.*s', which the pattern %.*s has no place for", TEXT_ARGS(tried[i]),
                   TEXT_ARGS(pattern->pattern));
    broken++;
  }
}

static void break_format(struct mutating *m, const struct spot *spot, enum certainty certainty,
                         struct text format)
{
  const struct format_fault *fault = format_text_faults(format);
  for (; fault && fault->text; fault++)
    mutate_refused(m, spot, certainty, json_string(text_of(fault->text)),
                   "'%s' (%s), which is no %.*s", fault->text, fault->what, TEXT_ARGS(format));
}

void mutate_text(struct mutating *m, const struct spot *spot, const struct says_limits *limits,
                 enum certainty certainty)
{
  refuse_lengths(m, spot, limits, certainty);
  admit_lengths(m, spot, limits, spot->plain && certainty == CERTAIN ? CERTAIN : ASK);
  for (uint32_t i = 0; i < limits->pattern_count; i++) {
    const struct pattern_text *pattern = pattern_text_of(m->values, limits->patterns[i]);
    if (pattern) break_pattern(m, spot, pattern);
  }
  for (uint32_t i = 0; i < limits->format_count; i++)
    break_format(m, spot, certainty, limits->formats[i]);
}

/* --- Payloads --- */

static const char *const payloads[] = {
    "' OR 1=1 --",
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "\"; DROP TABLE users; --",
    "' UNION SELECT password_hash FROM users --",
    "1); DELETE FROM users; --",
    "%' OR 1=1 --",
    "%_%",
    "\\",
    "\\'",
    "''",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "#{7*7}",
    "%00",
    "%s%s%s%n",
    "%d%x%p",
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "|id",
    ";id;",
    "$(id)",
    "`id`",
    "a\r\nSet-Cookie: session=1",
    "a\nb",
    "\x7F\x1B[31m",
    "\xE2\x80\xAEtxt.exe",
    "\xEF\xBB\xBFwrit",
    "null",
    "undefined",
    "NaN",
    "true",
    "__proto__",
    "constructor",
    "]]>",
    "<!--",
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 \xD8\xB9\xD8\xB1\xD8\xA8\xD9\x8A",
    "ZALGO\xCC\xB4\xCC\xB5\xCC\xB6",
    "return os.execute('id')",
    "{\"$ne\":null}",
};

static uint32_t characters(struct text text)
{
  uint32_t count = 0;
  for (size_t i = 0; i < text.length; i++) count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return count;
}

/* Cut in the middle of nothing, filled up with what says nothing. */
static bool fit(struct mutating *m, const struct says_limits *limits, struct text payload,
                struct text *fitted)
{
  enum { PADDED_MAX = 300 };
  uint32_t has = characters(payload);
  if (has > limits->length_max || limits->length_min > PADDED_MAX) return false;
  uint32_t missing = has < limits->length_min ? limits->length_min - has : 0;
  char *out = arena_alloc(m->values->arena, payload.length + missing + 1);
  for (size_t i = 0; i < payload.length; i++) {
    char c = payload.data[i];
    bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    out[i] = (lower && limits->upper) || (upper && limits->lower) ? (char)(c ^ 32) : c;
  }
  memset(out + payload.length, limits->upper ? 'X' : 'x', missing);
  out[payload.length + missing] = '\0';
  *fitted = (struct text){out, payload.length + missing};
  return true;
}

/* Before an address's domain a payload may stand as well: RFC 5321 lets in most punctuation. */
static const char *const addresses[] = {"'or'1'='1@example.com",
                                        "{{7*7}}@example.com",
                                        "%s%n@example.com",
                                        "\"' OR 1=1 --\"@example.com",
                                        "$(id)@example.com",
                                        "`id`@example.com",
                                        "\"<script>alert(1)</script>\"@example.com"};

void mutate_payloads(struct mutating *m, const struct spot *spot, const struct says_limits *limits)
{
  if (spot->fixed || spot->password || limits->listed || !(limits->types & 1U << JSON_STRING))
    return;
  bool sure = spot->plain && limits_are_bounds(limits);
  struct text fitted;
  for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
    if (fit(m, limits, text_of(payloads[i]), &fitted))
      mutate_payload(m, spot, sure ? CERTAIN : ASK, fitted);
  for (size_t i = 0; limits->format_count > 0 && i < sizeof addresses / sizeof *addresses; i++)
    if (fit(m, limits, text_of(addresses[i]), &fitted)) mutate_payload(m, spot, ASK, fitted);
}
