/* Findings about an app's files: collected in the order in which they are found, shown in the order
 * of files and lines. Text from the files is shown so that it cannot command a terminal or fake a
 * line. */
#include "base/report.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"

enum { REPORT_CHUNK_BYTES = 4096 };

void report_init(struct report *report)
{
  *report = (struct report){.first = NULL};
  report->last = &report->first;
  arena_init(&report->arena, REPORT_CHUNK_BYTES);
}

void report_deinit(struct report *report)
{
  arena_deinit(&report->arena);
  *report = (struct report){.first = NULL};
}

/* ---- collecting ---- */

void source_locate(const struct source *source, size_t offset, unsigned *line, unsigned *column)
{
  const char *at = source->text.data;
  size_t left = offset < source->text.length ? offset : source->text.length;
  *line = 1;
  for (const char *end; left > 0 && (end = memchr(at, '\n', left)); at = end + 1) {
    left -= (size_t)(end + 1 - at);
    (*line)++;
  }
  *column = (unsigned)left + 1;
}

static const char *print_message(struct report *report, const char *format, va_list arguments)
{
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  size_t bytes = length > 0 ? (size_t)length + 1 : 1;
  char *message = arena_new(&report->arena, bytes);
  vsnprintf(message, bytes, format, arguments);
  return message;
}

/* Adds a finding that has a place but no message yet. */
static struct finding *add(struct report *report, enum severity severity, enum finding_code code,
                           const struct source *source, size_t offset, const char *help)
{
  struct finding *finding = arena_new(&report->arena, sizeof *finding);
  finding->severity = severity;
  finding->code = code;
  if (help) finding->help = arena_copy(&report->arena, text_of(help)).data;
  if (source) finding->path = arena_copy(&report->arena, text_of(source->path)).data;
  if (source && source->text.data) source_locate(source, offset, &finding->line, &finding->column);
  *report->last = finding;
  report->last = &finding->next;
  return finding;
}

int report_error(struct report *report, enum finding_code code, const struct source *source,
                 size_t offset, const char *help, const char *format, ...)
{
  struct finding *finding = add(report, SEVERITY_ERROR, code, source, offset, help);
  report->errors++;
  va_list arguments;
  va_start(arguments, format);
  finding->message = print_message(report, format, arguments);
  va_end(arguments);
  return -1;
}

void report_warning(struct report *report, enum finding_code code, const struct source *source,
                    size_t offset, const char *help, const char *format, ...)
{
  struct finding *finding = add(report, SEVERITY_WARNING, code, source, offset, help);
  report->warnings++;
  va_list arguments;
  va_start(arguments, format);
  finding->message = print_message(report, format, arguments);
  va_end(arguments);
}

/* ---- showing ---- */

/* A finding and its place in the list, which decides where the rest is equal. */
struct place {
  const struct finding *finding;
  size_t index;
};

static int compare_numbers(size_t a, size_t b)
{
  return (a > b) - (a < b);
}

static int compare_places(const void *a, const void *b)
{
  const struct place *left = a, *right = b;
  const struct finding *first = left->finding, *second = right->finding;
  int order = text_compare(text_of(first->path), text_of(second->path));
  if (order == 0) order = compare_numbers(first->line, second->line);
  if (order == 0) order = compare_numbers(first->column, second->column);
  return order != 0 ? order : compare_numbers(left->index, right->index);
}

static void print_finding(struct buffer *line, const struct finding *finding)
{
  buffer_append_visible(line, text_of(finding->path));
  if (finding->line > 0) buffer_print(line, ":%u:%u", finding->line, finding->column);
  if (finding->path) buffer_append_text(line, TEXT(": "));
  buffer_print(line, "%s W%04d: ", finding->severity == SEVERITY_ERROR ? "error" : "warning",
               (int)finding->code);
  buffer_append_visible(line, text_of(finding->message));
  if (finding->help) {
    buffer_append_text(line, TEXT(": "));
    buffer_append_visible(line, text_of(finding->help));
  }
  buffer_append_byte(line, '\n');
}

/* All findings, in the order in which they are shown; the caller frees the array. */
static struct place *sort(const struct report *report, size_t *count)
{
  size_t index = 0;
  *count = report->errors + report->warnings;
  struct place *places = memory_new_array(*count, sizeof *places);
  for (const struct finding *finding = report->first; finding; finding = finding->next, index++)
    places[index] = (struct place){finding, index};
  qsort(places, *count, sizeof *places, compare_places);
  return places;
}

void report_print(struct report *report, FILE *out)
{
  size_t count;
  struct place *places = sort(report, &count);
  struct buffer lines = {0};
  for (size_t i = 0; i < count; i++) print_finding(&lines, places[i].finding);
  if (lines.length > 0) fwrite(lines.data, 1, lines.length, out);
  buffer_deinit(&lines);
  memory_free(places);
}

static struct json string_or_null(const char *string)
{
  return string ? json_string(text_of(string)) : json_null();
}

static struct json json_of(const struct finding *finding, struct arena *arena)
{
  struct json_builder object = {0};
  bool error = finding->severity == SEVERITY_ERROR;
  struct text code = arena_print(arena, "W%04d", (int)finding->code);
  json_builder_add(&object, arena, TEXT("file"), string_or_null(finding->path));
  json_builder_add(&object, arena, TEXT("line"), json_integer(finding->line));
  json_builder_add(&object, arena, TEXT("column"), json_integer(finding->column));
  json_builder_add(&object, arena, TEXT("severity"),
                   json_string(error ? TEXT("error") : TEXT("warning")));
  json_builder_add(&object, arena, TEXT("code"), json_string(code));
  json_builder_add(&object, arena, TEXT("message"), string_or_null(finding->message));
  json_builder_add(&object, arena, TEXT("help"), string_or_null(finding->help));
  return json_builder_object(&object);
}

struct json report_json(struct report *report)
{
  struct arena *arena = &report->arena;
  struct json_builder object = {0};
  size_t count;
  struct place *places = sort(report, &count);
  struct json *items = arena_new_array(arena, count + 1, sizeof *items);
  for (size_t i = 0; i < count; i++) items[i] = json_of(places[i].finding, arena);
  memory_free(places);
  json_builder_add(&object, arena, TEXT("errors"), json_integer((int64_t)report->errors));
  json_builder_add(&object, arena, TEXT("warnings"), json_integer((int64_t)report->warnings));
  json_builder_add(&object, arena, TEXT("findings"),
                   (struct json){.type = JSON_ARRAY, .items = items, .length = (uint32_t)count});
  return json_builder_object(&object);
}
