/* The formats of strings: what JSON Schema names, by the RFCs it cites. Each looks at the text once
 * and keeps nothing. Months, days and leap seconds are checked; whether a host or an address exists
 * is not. */
#include "schema/program.h"

#include "base/ascii.h"

static void skip(struct text *text, size_t bytes)
{
  text->data += bytes;
  text->length -= bytes;
}

static bool take_byte(struct text *text, char byte)
{
  if (text->length == 0 || text->data[0] != byte) return false;
  skip(text, 1);
  return true;
}

/* Exactly `count` digits with a value from `low` to `high`. */
static bool take_number(struct text *text, size_t count, int low, int high, int *number)
{
  int value = 0;
  if (text->length < count) return false;
  for (size_t i = 0; i < count; i++) {
    if (!ascii_is_digit(text->data[i])) return false;
    value = value * 10 + (text->data[i] - '0');
  }
  skip(text, count);
  *number = value;
  return value >= low && value <= high;
}

/* --- RFC 3339 */

static bool take_date(struct text *text)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year, month, day;
  if (!take_number(text, 4, 0, 9999, &year) || !take_byte(text, '-') ||
      !take_number(text, 2, 1, 12, &month) || !take_byte(text, '-'))
    return false;
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return take_number(text, 2, 1, days[month - 1] + (month == 2 && leap), &day);
}

static bool take_time(struct text *text)
{
  int hour, minute, second, zone_hour = 0, zone_minute = 0, zone_sign = 1;
  if (!take_number(text, 2, 0, 23, &hour) || !take_byte(text, ':') ||
      !take_number(text, 2, 0, 59, &minute) || !take_byte(text, ':') ||
      !take_number(text, 2, 0, 60, &second))
    return false;
  if (take_byte(text, '.')) {
    if (text->length == 0 || !ascii_is_digit(text->data[0])) return false;
    while (text->length > 0 && ascii_is_digit(text->data[0])) skip(text, 1);
  }
  if (!take_byte(text, 'Z') && !take_byte(text, 'z')) {
    if (take_byte(text, '-'))
      zone_sign = -1;
    else if (!take_byte(text, '+'))
      return false;
    if (!take_number(text, 2, 0, 23, &zone_hour) || !take_byte(text, ':') ||
        !take_number(text, 2, 0, 59, &zone_minute))
      return false;
  }
  int day = 24 * 60, utc = hour * 60 + minute - zone_sign * (zone_hour * 60 + zone_minute);
  return second < 60 || (utc + day) % day == day - 1; /* a leap second ends a day of UTC */
}

static bool date(struct text text)
{
  return take_date(&text) && text.length == 0;
}

static bool time_of_day(struct text text)
{
  return take_time(&text) && text.length == 0;
}

static bool date_time(struct text text)
{
  return take_date(&text) && (take_byte(&text, 'T') || take_byte(&text, 't')) && take_time(&text) &&
         text.length == 0;
}

/* Numbers with the units in `units`, in that order and without a gap; returns how many. */
static int take_units(struct text *text, const char *units)
{
  int count = 0;
  while (text->length > 0 && ascii_is_digit(text->data[0])) {
    while (text->length > 0 && ascii_is_digit(text->data[0])) skip(text, 1);
    const char *unit = text->length > 0 ? strchr(units, text->data[0]) : NULL;
    if (!unit || *unit == '\0' || (count > 0 && unit != units)) return -1;
    units = unit + 1;
    skip(text, 1);
    count++;
  }
  return count;
}

static bool duration(struct text text)
{
  if (!take_byte(&text, 'P')) return false;
  struct text weeks = text;
  if (take_units(&weeks, "W") == 1 && weeks.length == 0) return true;
  int days = take_units(&text, "YMD"), times = 0;
  if (take_byte(&text, 'T')) {
    times = take_units(&text, "HMS");
    if (times <= 0) return false;
  }
  return days >= 0 && days + times > 0 && text.length == 0;
}

/* --- hosts and addresses */

bool schema_format_ipv4(struct text text)
{
  struct text part;
  int parts = 0;
  while (text_split(&text, '.', &part)) {
    int number;
    bool canonical =
        part.length == 1 || (part.length <= 3 && part.length > 0 && part.data[0] != '0');
    if (!canonical || !take_number(&part, part.length, 0, 255, &number)) return false;
    parts++;
  }
  return parts == 4;
}

bool schema_format_ipv6(struct text text)
{
  int groups = 0;
  bool gap = text_starts_with(text, "::");
  if (gap) skip(&text, 2);
  while (text.length > 0) {
    size_t digits = 0;
    while (digits < text.length && ascii_hex_value(text.data[digits]) >= 0) digits++;
    if (digits < text.length && text.data[digits] == '.') {
      groups += 2;
      return schema_format_ipv4(text) && (gap ? groups < 8 : groups == 8);
    }
    if (digits == 0 || digits > 4 || ++groups > 8) return false;
    skip(&text, digits);
    if (text.length == 0) break;
    if (!take_byte(&text, ':') || text.length == 0) return false;
    if (text.data[0] != ':') continue;
    if (gap) return false;
    gap = true;
    skip(&text, 1);
  }
  return gap ? groups < 8 : groups == 8;
}

static bool local_part(struct text text, bool ascii)
{
  if (text.length == 0 || text.length > 64) return false;
  bool quoted = text.data[0] == '"';
  if (quoted) {
    if (text.length < 2 || text.data[text.length - 1] != '"') return false;
    for (size_t i = 1; i + 1 < text.length; i++) {
      unsigned char c = (unsigned char)text.data[i];
      if (c == '\\' && ++i + 1 >= text.length) return false;
      if (c == '"' || c < 32 || c == 127 || (ascii && c > 127)) return false;
    }
    return true;
  }
  if (text.data[0] == '.' || text.data[text.length - 1] == '.') return false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '.' && text.data[i - 1] == '.') return false;
    if (ascii_is_digit(c) || ascii_is_letter(c) || (!ascii && (unsigned char)c >= 0x80)) continue;
    if (c == '\0' || !strchr(".!#$%&'*+-/=?^_`{|}~", c)) return false;
  }
  return true;
}

static bool mail_address(struct text text, bool ascii)
{
  size_t at = text.length;
  while (at > 0 && text.data[at - 1] != '@') at--;
  if (at == 0 || text.length > 254) return false;
  struct text local = {text.data, at - 1}, domain = {text.data + at, text.length - at};
  if (!local_part(local, ascii)) return false;
  if (domain.length < 2 || domain.data[0] != '[')
    return ascii ? schema_format_hostname(domain) : schema_format_idn_hostname(domain);
  if (domain.data[domain.length - 1] != ']') return false;
  domain = (struct text){domain.data + 1, domain.length - 2};
  if (!text_starts_with(domain, "IPv6:")) return schema_format_ipv4(domain);
  skip(&domain, 5);
  return schema_format_ipv6(domain);
}

static bool email(struct text text)
{
  return mail_address(text, true);
}

static bool idn_email(struct text text)
{
  return mail_address(text, false);
}

/* --- the rest */

static bool uuid(struct text text)
{
  if (text.length != 36) return false;
  for (size_t i = 0; i < 36; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text.data[i] != '-' : ascii_hex_value(text.data[i]) < 0) return false;
  }
  return true;
}

static bool json_pointer(struct text text)
{
  if (text.length > 0 && text.data[0] != '/') return false;
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '~' &&
        (i + 1 == text.length || (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
      return false;
  return true;
}

static bool relative_json_pointer(struct text text)
{
  size_t digits = 0;
  while (digits < text.length && ascii_is_digit(text.data[digits])) digits++;
  if (digits == 0 || (digits > 1 && text.data[0] == '0')) return false;
  skip(&text, digits);
  return text_is(text, "#") || json_pointer(text);
}

static bool regex(struct text text)
{
  return schema_pattern_is_valid(text);
}

static bool password(struct text text)
{
  (void)text; /* any string: the format says that it is secret */
  return true;
}

static const struct schema_format formats[] = {
    {"date", "a date like 2025-01-31", date},
    {"date-time", "a date and time like 2025-01-31T12:00:00Z", date_time},
    {"duration", "a duration like P1DT12H", duration},
    {"email", "an email address", email},
    {"hostname", "a host name like www.example.com", schema_format_hostname},
    {"idn-email", "an email address", idn_email},
    {"idn-hostname", "a host name like www.example.com", schema_format_idn_hostname},
    {"ipv4", "an IPv4 address like 192.0.2.1", schema_format_ipv4},
    {"ipv6", "an IPv6 address like 2001:db8::1", schema_format_ipv6},
    {"iri", "an IRI like https://example.com/ä", schema_format_iri},
    {"iri-reference", "an IRI reference like /ä", schema_format_iri_reference},
    {"json-pointer", "a JSON Pointer like /a/0", json_pointer},
    {"password", "a password", password},
    {"regex", "a regular expression", regex},
    {"relative-json-pointer", "a relative JSON Pointer like 1/a", relative_json_pointer},
    {"time", "a time like 12:00:00Z", time_of_day},
    {"uri", "a URI like https://example.com/a", schema_format_uri},
    {"uri-reference", "a URI reference like /a", schema_format_uri_reference},
    {"uri-template", "a URI template like /users/{id}", schema_format_uri_template},
    {"uuid", "a UUID like 01890000-0000-7000-8000-000000000000", uuid},
};
enum { FORMATS = sizeof formats / sizeof *formats };

const struct schema_format *schema_format_find(struct text name)
{
  for (size_t i = 0; i < FORMATS; i++)
    if (text_is(name, formats[i].name)) return &formats[i];
  return NULL;
}

const char *schema_format_suggestion(struct text name)
{
  const char *names[FORMATS];
  for (size_t i = 0; i < FORMATS; i++) names[i] = formats[i].name;
  return text_suggestion(name, names, FORMATS);
}

bool schema_format_is_password(const struct schema_format *format)
{
  return format->valid == password;
}
