/* Which characters a class, an escape or a dot of a pattern stands for: a sample of them, by asking
 * the validator of each. */
#include "base/ascii.h"
#include "testing/pattern_text.h"

enum { SAMPLE_MAX = 320 };

/* --- The validator's answer --- */

const struct schema *pattern_text_probe(struct values *values, struct text pattern)
{
  struct report report;
  struct json_builder builder = {0};
  struct source *source = arena_new(&values->own, sizeof *source);
  struct json *document = arena_new(&values->own, sizeof *document);
  source->path = arena_print(&values->own, "pattern-%p", (void *)document).data;
  json_builder_add(&builder, &values->own, TEXT("pattern"),
                   json_string(arena_copy(&values->own, pattern)));
  *document = json_builder_object(&builder);
  report_init(&report);
  const struct schema *schema =
      schema_compile(values->probes, source, source->path, document, document, 0, &report);
  report_deinit(&report);
  return schema;
}

static bool fits(const struct schema *schema, struct text text)
{
  struct json value = json_string(text);
  return schema_valid(schema, &value, NULL);
}

bool pattern_text_matches(const struct pattern_text *pattern, struct text text)
{
  return fits(pattern->schema, text);
}

/* --- Characters --- */

struct sample {
  struct text items[SAMPLE_MAX];
  uint32_t count;
};

static void sample_add(struct values *values, struct sample *sample, uint32_t code)
{
  char bytes[5] = {0};
  size_t length = 0;
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return;
  if (code < 0x80) {
    bytes[length++] = (char)code;
  } else {
    int shift = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18;
    bytes[length++] = (char)((shift == 6 ? 0xC0U : shift == 12 ? 0xE0U : 0xF0U) | code >> shift);
    while ((shift -= 6) >= 0) bytes[length++] = (char)(0x80U | (code >> shift & 0x3FU));
  }
  struct text text = {bytes, length};
  for (uint32_t i = 0; i < sample->count; i++)
    if (text_equal(sample->items[i], text)) return;
  if (sample->count < SAMPLE_MAX) sample->items[sample->count++] = arena_copy(&values->own, text);
}

/* The code point that an escape after \u or \x spells; moves *at behind it. */
static uint32_t escaped(struct text slice, size_t *at)
{
  uint32_t code = 0;
  size_t digits = 0, most = slice.data[*at - 1] == 'x' ? 2 : 4;
  bool braces = *at < slice.length && slice.data[*at] == '{';
  if (braces) ++*at, most = 6;
  for (; digits < most && *at < slice.length && ascii_hex_value(slice.data[*at]) >= 0; ++*at)
    code = code << 4 | (uint32_t)ascii_hex_value(slice.data[*at]), digits++;
  return code;
}

/* What stands in a class itself belongs to the sample: the ends of its ranges. */
static void sample_add_slice(struct values *values, struct sample *sample, struct text slice)
{
  static const char letters[] = "tnvfr0", meant[] = "\t\n\v\f\r";
  for (size_t at = 0; at < slice.length;) {
    struct text rest = {slice.data + at, slice.length - at};
    size_t length = text_utf8_sequence(rest);
    bool escape = slice.data[at] == '\\' && at + 1 < slice.length;
    const char *letter = escape ? strchr(letters, slice.data[at + 1]) : NULL;
    at += escape ? 2 : length > 0 ? length : 1;
    if (letter && *letter)
      sample_add(values, sample, (uint32_t)(unsigned char)meant[letter - letters]);
    else if (escape && (rest.data[1] == 'u' || rest.data[1] == 'x'))
      sample_add(values, sample, escaped(slice, &at));
    else if (escape && rest.data[1] == 'c' && at < slice.length)
      sample_add(values, sample, (uint32_t)slice.data[at] & 31);
    else if (!escape && length > 0)
      sample_add(values, sample, text_utf8_decode((struct text){rest.data, length}));
  }
}

/* Letters and digits first, then what ASCII has besides, then some of the rest of the world. */
static void sample_init(struct values *values, struct sample *sample)
{
  static const uint32_t others[] = {' ',    '\t',   '\n',   '\r',   1,      0xA0,   0xE9,    0xDF,
                                    0x130,  0x3A9,  0x416,  0x5D0,  0x627,  0x663,  0x905,   0xE01,
                                    0x2028, 0x20AC, 0x3042, 0x30A2, 0x4E2D, 0xAC00, 0x1F600, 0x301};
  for (uint32_t c = 'a'; c <= 'z'; c++) sample_add(values, sample, c);
  for (uint32_t c = '0'; c <= '9'; c++) sample_add(values, sample, c);
  for (uint32_t c = 'A'; c <= 'Z'; c++) sample_add(values, sample, c);
  for (uint32_t c = '!'; c <= '~'; c++) sample_add(values, sample, c);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) sample_add(values, sample, others[i]);
}

void pattern_text_sample(struct values *values, struct text slice, struct pattern_node *node)
{
  struct sample *sample = arena_new(&values->own, sizeof *sample);
  struct text *found = arena_new_array(&values->own, SAMPLE_MAX, sizeof *found);
  const struct schema *schema =
      pattern_text_probe(values, arena_print(&values->own, "^(?:%.*s)$", TEXT_ARGS(slice)));
  sample_init(values, sample);
  sample_add_slice(values, sample, slice);
  for (uint32_t i = 0; schema && i < sample->count; i++) {
    if (!fits(schema, sample->items[i])) continue;
    char c = sample->items[i].data[0];
    if (ascii_is_letter(c) || ascii_is_digit(c)) node->plain++;
    found[node->count++] = sample->items[i];
  }
  node->characters = found;
}
