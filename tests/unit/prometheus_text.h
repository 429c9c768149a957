/* A strict reader of Prometheus' text exposition format 0.0.4, for tests: fails a text that
 * Prometheus would refuse, or that breaks the rules which promtool looks after. */
#ifndef WRIT_TESTS_PROMETHEUS_TEXT_H
#define WRIT_TESTS_PROMETHEUS_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

struct prometheus {
  struct text family, type; /* that is being read */
  struct text series;       /* of the last bucket: its labels up to le */
  double buckets, bound;    /* of the last bucket */
  bool ends;                /* it was +Inf */
  size_t families, samples;
};

static inline bool prometheus_is_name(struct text name)
{
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
  }
  return name.length > 0;
}

static inline double prometheus_number(struct text text)
{
  char digits[64], *end;
  if (text.length == 0 || text.length >= sizeof digits || text.data[0] == ' ')
    fail_msg("no number: '%.*s'", TEXT_ARGS(text));
  snprintf(digits, sizeof digits, "%.*s", TEXT_ARGS(text));
  double number = strtod(digits, &end);
  if (*end) fail_msg("no number: '%s'", digits);
  return number;
}

/* {name="value",…}: moves on behind it, and gives the value of le. */
static inline struct text prometheus_labels(struct text *rest, struct text line)
{
  struct text le = {0};
  size_t i = 1;
  while (i < rest->length && rest->data[i - 1] != '}') {
    size_t begin = i;
    while (i < rest->length && rest->data[i] != '=') i++;
    struct text name = {rest->data + begin, i - begin};
    if (!prometheus_is_name(name) || i + 1 >= rest->length || rest->data[++i] != '"')
      fail_msg("no label: %.*s", TEXT_ARGS(line));
    size_t value = ++i;
    for (; i < rest->length && rest->data[i] != '"'; i++)
      if (rest->data[i] == '\\' && (++i >= rest->length || !strchr("\\\"n", rest->data[i])))
        fail_msg("no escape: %.*s", TEXT_ARGS(line));
    if (text_is(name, "le")) le = (struct text){rest->data + value, i - value};
    i += 2; /* behind the quote, and the comma or brace after it */
    if (i > rest->length || !strchr(",}", rest->data[i - 1]))
      fail_msg("labels do not end: %.*s", TEXT_ARGS(line));
  }
  *rest = (struct text){rest->data + i, rest->length - i};
  return le;
}

static inline struct text prometheus_word(struct text *rest)
{
  struct text word;
  text_split(rest, ' ', &word);
  return word;
}

static inline void prometheus_end_family(const struct prometheus *read)
{
  if (text_is(read->type, "histogram") && read->series.data && !read->ends)
    fail_msg("%.*s: buckets without +Inf", TEXT_ARGS(read->family));
}

static inline void prometheus_comment(struct prometheus *read, struct text rest, struct text line)
{
  struct text what = prometheus_word(&rest), name = prometheus_word(&rest);
  bool help = text_is(what, "HELP");
  if (!prometheus_is_name(name) || rest.length == 0) fail_msg("%.*s", TEXT_ARGS(line));
  if (help) {
    prometheus_end_family(read);
    *read = (struct prometheus){
        .family = name, .families = read->families + 1, .samples = read->samples};
  } else if (!text_is(what, "TYPE") || !text_equal(name, read->family) || read->type.data) {
    fail_msg("neither HELP nor its TYPE: %.*s", TEXT_ARGS(line));
  } else {
    read->type = rest;
    if (text_is(rest, "counter") != text_ends_with(name, "_total"))
      fail_msg("counters, and they alone, end in _total: %.*s", TEXT_ARGS(line));
  }
}

/* Buckets rise, within one series, up to +Inf, whose count is that of the series. */
static inline void prometheus_bucket(struct prometheus *read, struct text labels, struct text le,
                                     double value, struct text line)
{
  size_t before = le.data ? (size_t)(le.data - labels.data) : 0;
  struct text series = {labels.data, before};
  if (!le.data) fail_msg("a bucket without le: %.*s", TEXT_ARGS(line));
  double bound = text_is(le, "+Inf") ? 1e300 : prometheus_number(le);
  if (read->series.data && !read->ends) {
    if (!text_equal(series, read->series) || bound <= read->bound || value < read->buckets)
      fail_msg("buckets in disorder: %.*s", TEXT_ARGS(line));
  }
  read->series = series;
  read->bound = bound;
  read->buckets = value;
  read->ends = text_is(le, "+Inf");
}

static inline void prometheus_sample(struct prometheus *read, struct text line)
{
  struct text rest = line, labels = {0}, le = {0};
  size_t length = 0;
  while (length < line.length && !strchr("{ ", line.data[length])) length++;
  struct text name = {line.data, length};
  rest = (struct text){line.data + length, line.length - length};
  if (rest.length > 0 && rest.data[0] == '{') {
    labels = rest;
    le = prometheus_labels(&rest, line);
  }
  if (rest.length < 2 || rest.data[0] != ' ') fail_msg("no value: %.*s", TEXT_ARGS(line));
  double value = prometheus_number((struct text){rest.data + 1, rest.length - 1});
  struct text suffix = {name.data + read->family.length, name.length - read->family.length};
  bool histogram = text_is(read->type, "histogram"), summary = text_is(read->type, "summary");
  if (name.length < read->family.length ||
      memcmp(name.data, read->family.data, read->family.length))
    fail_msg("not of %.*s: %.*s", TEXT_ARGS(read->family), TEXT_ARGS(line));
  read->samples++;
  if (histogram && text_is(suffix, "_bucket"))
    prometheus_bucket(read, labels, le, value, line);
  else if (histogram && text_is(suffix, "_count") && (value != read->buckets || !read->ends))
    fail_msg("another count than +Inf's: %.*s", TEXT_ARGS(line));
  else if (histogram || summary ? !text_is(suffix, "_sum") && !text_is(suffix, "_count")
                                : suffix.length > 0)
    fail_msg("not of the family: %.*s", TEXT_ARGS(line));
}

/* What tells a line from others, up to and with a space: the series, or "# HELP family ". */
static inline size_t prometheus_key(struct text line)
{
  size_t length = line.length;
  if (line.data[0] == '#')
    return (size_t)(strchr(line.data + strlen("# HELP "), ' ') - line.data) + 1;
  while (line.data[length - 1] != ' ') length--;
  return length;
}

/* No family and no series twice. */
static inline void prometheus_expect_unique(struct text text)
{
  struct text rest = text, line, other;
  while (text_split(&rest, '\n', &line) && line.length > 0) {
    size_t key = prometheus_key(line);
    for (struct text later = rest; text_split(&later, '\n', &other);)
      if (other.length > key && memcmp(line.data, other.data, key) == 0)
        fail_msg("twice: %.*s", TEXT_ARGS(other));
  }
}

/* Reads all of a text; fails the test if it is not right. */
static inline struct prometheus prometheus_read(struct text text)
{
  struct prometheus read = {0};
  struct text rest = text, line;
  assert_true(text_ends_with(text, "\n"));
  while (text_split(&rest, '\n', &line) && (line.length > 0 || rest.data)) {
    if (text_starts_with(line, "# "))
      prometheus_comment(&read, (struct text){line.data + 2, line.length - 2}, line);
    else
      prometheus_sample(&read, line);
  }
  prometheus_end_family(&read);
  prometheus_expect_unique(text);
  return read;
}

/* The value of one series, "name{label=\"value\"}"; -1: it is not there. */
static inline double prometheus_value(struct text text, const char *series)
{
  struct text rest = text, line;
  size_t length = strlen(series);
  while (text_split(&rest, '\n', &line))
    if (line.length > length && memcmp(line.data, series, length) == 0 && line.data[length] == ' ')
      return prometheus_number((struct text){line.data + length + 1, line.length - length - 1});
  return -1;
}

#endif
