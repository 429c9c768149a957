/* The text that metrics are written in (metrics.h).
 * https://prometheus.io/docs/instrumenting/exposition_formats/, "Text format". */
#include "dispatch/metrics_write.h"

enum { DIGITS_MAX = 20, NS_DIGITS = 9 };
static const uint64_t NS_PER_S = 1000000000;

static void append_number(struct buffer *out, uint64_t value)
{
  char digits[DIGITS_MAX];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + value % 10);
  while (value /= 10);
  buffer_append(out, digits + at, sizeof digits - at);
}

/* Exactly, without zeros at its end: 0.0025, 10. */
static void append_seconds(struct buffer *out, uint64_t ns)
{
  char digits[NS_DIGITS];
  size_t length = NS_DIGITS;
  uint64_t fraction = ns % NS_PER_S;
  append_number(out, ns / NS_PER_S);
  if (fraction == 0) return;
  for (size_t i = NS_DIGITS; i > 0; fraction /= 10) digits[--i] = (char)('0' + fraction % 10);
  while (digits[length - 1] == '0') length--;
  buffer_append_byte(out, '.');
  buffer_append(out, digits, length);
}

static void append_value(struct buffer *out, uint64_t value, bool seconds)
{
  if (seconds)
    append_seconds(out, value);
  else
    append_number(out, value);
}

void metrics_write_family(struct buffer *out, const char *family, const char *type,
                          const char *help)
{
  buffer_print(out, "# HELP %s %s.\n# TYPE %s %s\n", family, help, family, type);
}

void metrics_write_part(struct buffer *out, const char *name, const char *suffix,
                        struct text labels, uint64_t value, bool seconds)
{
  buffer_append_text(out, text_of(name));
  buffer_append_text(out, text_of(suffix));
  if (labels.length > 0) {
    buffer_append_byte(out, '{');
    buffer_append_text(out, labels);
    buffer_append_byte(out, '}');
  }
  buffer_append_byte(out, ' ');
  append_value(out, value, seconds);
  buffer_append_byte(out, '\n');
}

void metrics_write_sample(struct buffer *out, const char *name, struct text labels, uint64_t value)
{
  metrics_write_part(out, name, "", labels, value, false);
}

void metrics_write_seconds(struct buffer *out, const char *name, struct text labels, uint64_t ns)
{
  metrics_write_part(out, name, "", labels, ns, true);
}

void metrics_write_label(struct buffer *out, struct text value)
{
  for (size_t i = 0; i < value.length; i++) {
    char c = value.data[i];
    if (c == '\\' || c == '"') buffer_append_byte(out, '\\');
    buffer_append_byte(out, c >= ' ' && c <= '~' ? c : '?');
  }
}

void metrics_write_histogram(struct buffer *out, struct text labels,
                             const struct metric_histogram_spec *spec,
                             const struct histogram *histogram)
{
  uint64_t count = 0;
  struct buffer bucket = {0};
  for (size_t i = 0; i <= BUCKETS; i++) {
    bool last = i == BUCKETS;
    count += word_read(&histogram->buckets[i]);
    if (!last && spec->bounds[i] == UINT64_MAX) continue;
    buffer_clear(&bucket);
    buffer_append_text(&bucket, labels);
    buffer_append_text(&bucket, labels.length > 0 ? TEXT(",le=\"") : TEXT("le=\""));
    if (last)
      buffer_append_text(&bucket, TEXT("+Inf"));
    else
      append_value(&bucket, spec->bounds[i], spec->seconds);
    buffer_append_byte(&bucket, '"');
    metrics_write_part(out, spec->family, "_bucket", buffer_text(&bucket), count, false);
  }
  metrics_write_part(out, spec->family, "_sum", labels, word_read(&histogram->sum), spec->seconds);
  metrics_write_part(out, spec->family, "_count", labels, count, false);
  buffer_deinit(&bucket);
}

void histogram_add(struct histogram *total, const struct histogram *part)
{
  for (size_t i = 0; i <= BUCKETS; i++) word_add(&total->buckets[i], word_read(&part->buckets[i]));
  word_add(&total->sum, word_read(&part->sum));
}
