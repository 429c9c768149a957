/* Texts that are of no format. Each breaks a rule of the RFC that the draft cites, not a taste. */
#include "testing/format_text.h"

static const struct format_fault dates[] = {{"2025-02-30", "a day that does not exist"},
                                            {"2025-13-01", "a month that does not exist"},
                                            {"31.01.2025", "a date in another order"},
                                            {"2025-1-1", "a date without its zeros"},
                                            {"2025-01-31T12:00:00Z", "a date with a time"},
                                            {"tomorrow", "a word"},
                                            {NULL, NULL}};
static const struct format_fault date_times[] = {
    {"2025-01-31", "a date without a time"},
    {"2025-01-31T12:00:00", "a time without a zone"},
    {"2025-01-31T25:00:00Z", "an hour that does not exist"},
    {"2025-02-30T12:00:00Z", "a day that does not exist"},
    {"1767225600", "a UNIX time"},
    {NULL, NULL}};
static const struct format_fault times[] = {{"25:00:00Z", "an hour that does not exist"},
                                            {"12:60:00Z", "a minute that does not exist"},
                                            {"12:00:00", "a time without a zone"},
                                            {"noon", "a word"},
                                            {NULL, NULL}};
static const struct format_fault durations[] = {
    {"P", "a duration of nothing"}, {"1D", "no P"}, {"P1H", "hours without a T"}, {NULL, NULL}};
static const struct format_fault emails[] = {{"ada", "no @"},
                                             {"ada@", "no domain"},
                                             {"@example.com", "nobody before the @"},
                                             {"ada lovelace@example.com", "a space"},
                                             {"ada@example.com, bob@example.com", "two addresses"},
                                             {"ada@exa mple.com", "a space in the domain"},
                                             {"ada@example.com\nBcc: b@example.com", "a new line"},
                                             {NULL, NULL}};
static const struct format_fault hosts[] = {{"-example.com", "a hyphen at the start"},
                                            {"example..com", "an empty label"},
                                            {"exam ple.com", "a space"},
                                            {"https://example.com", "a URI"},
                                            {NULL, NULL}};
static const struct format_fault ipv4s[] = {
    {"256.0.2.1", "a number above 255"}, {"192.0.2", "three numbers"},
    {"192.0.2.01", "a leading zero"},    {"192.0.2.1/24", "a network"},
    {"2001:db8::1", "an IPv6 address"},  {NULL, NULL}};
static const struct format_fault ipv6s[] = {
    {"192.0.2.1", "an IPv4 address"},     {"2001:db8:::1", "three colons"},
    {"1:2:3:4:5:6:7:8:9", "nine groups"}, {"2001:db8::g", "a letter that is no digit"},
    {"fe80::1%eth0", "a zone"},           {NULL, NULL}};
static const struct format_fault uuids[] = {
    {"01890000-0000-7000-8000-00000000000", "a digit too few"},
    {"01890000-0000-7000-8000-00000000000g", "a letter that is no digit"},
    {"018900000000700080000000000000000000", "no hyphens"},
    {"{01890000-0000-7000-8000-000000000000}", "braces"},
    {"1", "a number"},
    {NULL, NULL}};
static const struct format_fault uris[] = {{"/a", "a URI without its scheme"},
                                           {"https://exa mple.com/", "a space"},
                                           {"https://example.com/<script>", "angle brackets"},
                                           {"https://example.com/%zz", "a percent sign of nothing"},
                                           {NULL, NULL}};
static const struct format_fault references[] = {{"/a b", "a space"},
                                                 {"/<script>", "angle brackets"},
                                                 {"/%zz", "a percent sign of nothing"},
                                                 {"\\a", "a backslash"},
                                                 {NULL, NULL}};
static const struct format_fault templates[] = {{"/users/{id", "an open brace"}, {NULL, NULL}};
static const struct format_fault pointers[] = {
    {"a/b", "no slash at the start"}, {"/a~2b", "a tilde of nothing"}, {NULL, NULL}};
static const struct format_fault relatives[] = {
    {"/a", "no number at the start"}, {"01/a", "a leading zero"}, {NULL, NULL}};
static const struct format_fault regexes[] = {{"[a", "an open bracket"},
                                              {"(a", "an open parenthesis"},
                                              {"*a", "nothing to repeat"},
                                              {NULL, NULL}};

const struct format_fault *format_text_faults(struct text format)
{
  static const struct {
    const char *format;
    const struct format_fault *faults;
  } all[] = {
      {"date", dates},
      {"date-time", date_times},
      {"time", times},
      {"duration", durations},
      {"email", emails},
      {"idn-email", emails},
      {"hostname", hosts},
      {"idn-hostname", hosts},
      {"ipv4", ipv4s},
      {"ipv6", ipv6s},
      {"uuid", uuids},
      {"uri", uris},
      {"iri", uris},
      {"uri-reference", references},
      {"iri-reference", references},
      {"uri-template", templates},
      {"json-pointer", pointers},
      {"relative-json-pointer", relatives},
      {"regex", regexes},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (text_is(format, all[i].format)) return all[i].faults;
  return NULL;
}
