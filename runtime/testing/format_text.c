#include "testing/format_text.h"

/* How each format is written: a start and an end, between which letters make it as long as is
 * asked. Fixed ones have no letters between. */
struct shape {
  const char *format, *start, *end;
  uint32_t most;    /* characters in all; 0: any number */
  uint32_t segment; /* after so many letters one is a separator; 0: none */
  char separator;
  bool fixed;
};

static const struct shape shapes[] = {
    {"email", "", "@example.com", 76, 0, 0, false},
    {"idn-email", "", "@example.com", 76, 0, 0, false},
    {"hostname", "", ".example", 253, 40, '.', false},
    {"idn-hostname", "", ".example", 253, 40, '.', false},
    {"hostname", "", "", 63, 0, 0, false},
    {"idn-hostname", "", "", 63, 0, 0, false},
    {"uri", "https://example.com/", "", 0, 60, '/', false},
    {"iri", "https://example.com/", "", 0, 60, '/', false},
    {"uri", "a:", "", 0, 0, 0, false},
    {"iri", "a:", "", 0, 0, 0, false},
    {"uri-reference", "/", "", 0, 60, '/', false},
    {"iri-reference", "/", "", 0, 60, '/', false},
    {"uri-reference", "", "", 0, 0, 0, false},
    {"iri-reference", "", "", 0, 0, 0, false},
    {"uri-template", "/users/{id}/", "", 0, 60, '/', false},
    {"uri-template", "", "", 0, 0, 0, false},
    {"json-pointer", "/", "", 0, 20, '/', false},
    {"json-pointer", "", "", 0, 0, 0, true},
    {"relative-json-pointer", "1/", "", 0, 20, '/', false},
    {"relative-json-pointer", "0", "", 0, 0, 0, true},
    {"regex", "^", "$", 0, 0, 0, false},
    {"regex", "", "", 0, 0, 0, false},
    {"password", "", "", 0, 0, 0, false},
    {"duration", "P1DT12H", "", 0, 0, 0, true},
    {"duration", "P1D", "", 0, 0, 0, true},
    {"duration", "P", "D", 0, 0, '1', false}, /* digits, not letters */
    {"ipv6", "2001:db8::1", "", 0, 0, 0, true},
    {"ipv6", "2001:db8:0:0:0:0:0:1", "", 0, 0, 0, true},
    {"ipv6", "2001:0db8:0000:0000:0000:0000:0000:0001", "", 0, 0, 0, true},
    {"ipv6", "::", "", 0, 0, 0, true},
};

/* --- Formats that are numbers --- */

static struct text date_of(struct values *values)
{
  return arena_print(values->arena, "%04u-%02u-%02u", 1980 + dice_below(&values->dice, 60),
                     1 + dice_below(&values->dice, 12), 1 + dice_below(&values->dice, 28));
}

/* With a fraction of so many digits. */
static struct text time_of(struct values *values, uint32_t digits)
{
  struct buffer out = {0};
  struct dice *dice = &values->dice;
  buffer_print(&out, "%02u:%02u:%02u", dice_below(dice, 24), dice_below(dice, 60),
               dice_below(dice, 60));
  for (uint32_t i = 0; i < digits; i++)
    buffer_print(&out, i == 0 ? ".%u" : "%u", dice_below(dice, 10));
  buffer_append_byte(&out, 'Z');
  struct text text = arena_copy(values->arena, buffer_text(&out));
  buffer_deinit(&out);
  return text;
}

/* Version 4 of RFC 9562: nobody has this one already. */
static struct text uuid_of(struct values *values)
{
  uint64_t high = dice_roll(&values->dice), low = dice_roll(&values->dice);
  return arena_print(values->arena, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32),
                     (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFF),
                     (unsigned)(0x8000 | (low >> 48 & 0x3FFF)),
                     (unsigned long long)(low & UINT64_C(0xFFFFFFFFFFFF)));
}

/* Addresses that are set aside for documentation (RFC 5737), one of each length. */
static struct text ipv4_of(struct values *values, uint32_t most)
{
  if (most < 9) return arena_copy(values->arena, TEXT("0.0.0.0"));
  uint32_t last = 1 + dice_below(&values->dice, most < 10 ? 9 : most < 11 ? 99 : 254);
  return arena_print(values->arena, "192.0.2.%u", last);
}

static bool make_number(struct values *values, struct text format, uint32_t wanted,
                        struct text *text)
{
  uint32_t beyond = wanted > 20 ? wanted - 21 : 0;
  if (text_is(format, "date"))
    *text = date_of(values);
  else if (text_is(format, "time"))
    *text = time_of(values, wanted > 10 ? wanted - 10 : 0);
  else if (text_is(format, "date-time"))
    *text = arena_print(values->arena, "%sT%s", date_of(values).data, time_of(values, beyond).data);
  else if (text_is(format, "uuid"))
    *text = uuid_of(values);
  else if (text_is(format, "ipv4"))
    *text = ipv4_of(values, wanted);
  else
    return false;
  return true;
}

/* --- Those that have a shape --- */

static void write_letters(struct values *values, const struct shape *shape, uint32_t count,
                          struct buffer *out)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
  for (uint32_t i = 0; i < count; i++) {
    bool separates =
        shape->segment > 0 && i % shape->segment == shape->segment - 1 && i + 1 < count;
    char c = letters[dice_below(&values->dice, 26)];
    if (shape->segment == 0 && shape->separator) c = shape->separator;
    buffer_append_byte(out, separates ? shape->separator : c);
  }
}

/* More than a local part may have goes into the domain (RFC 5321, 4.5.3.1). */
static void write_long_address(struct values *values, uint32_t length, struct buffer *out)
{
  static const struct shape local = {0}, domain = {.segment = 40, .separator = '.'};
  write_letters(values, &local, 64, out);
  buffer_append_byte(out, '@');
  write_letters(values, &domain, length - 64 - 1 - 8, out);
  buffer_append_text(out, TEXT(".example"));
}

static bool make_shape(struct values *values, const struct shape *shape, uint32_t length,
                       struct text *text)
{
  uint32_t around = (uint32_t)(strlen(shape->start) + strlen(shape->end));
  bool address = strchr(shape->end, '@') != NULL, long_address = address && length > shape->most;
  if (length < around || (shape->fixed && length != around)) return false;
  if (shape->most > 0 && length > shape->most && !(long_address && length <= 254)) return false;
  bool empty = length == around && !shape->fixed; /* "@example.com" */
  if (empty && (shape->end[0] != '\0' || shape->separator)) return false;
  struct buffer out = {0};
  buffer_reserve(&out, length + 1);
  if (long_address) {
    write_long_address(values, length, &out);
  } else {
    buffer_append_text(&out, text_of(shape->start));
    write_letters(values, shape, length - around, &out);
    buffer_append_text(&out, text_of(shape->end));
  }
  *text = arena_copy(values->arena, buffer_text(&out));
  buffer_deinit(&out);
  return true;
}

static bool make_exactly(struct values *values, struct text format, uint32_t length,
                         struct text *text)
{
  struct text made;
  if (make_number(values, format, length, &made)) {
    *text = made;
    return made.length == length;
  }
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    if (text_is(format, shapes[i].format) && make_shape(values, &shapes[i], length, text))
      return true;
  return false;
}

bool format_text_make(struct values *values, struct text format, uint32_t least, uint32_t most,
                      uint32_t wanted, struct text *text)
{
  enum { LENGTHS_MAX = 300 };
  if (make_exactly(values, format, wanted, text)) return true;
  for (uint32_t i = 1; i < LENGTHS_MAX; i++) {
    if (wanted + i <= most && make_exactly(values, format, wanted + i, text)) return true;
    if (wanted >= least + i && make_exactly(values, format, wanted - i, text)) return true;
  }
  return false;
}
