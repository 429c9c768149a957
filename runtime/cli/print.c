#include "cli/print.h"

#include "base/invisible.h"

static void print_bytes(FILE *out, struct text text)
{
  if (text.length > 0) fwrite(text.data, 1, text.length, out);
}

void print_visible(FILE *out, struct text text)
{
  struct buffer visible = {0};
  buffer_append_visible(&visible, text);
  print_bytes(out, buffer_text(&visible));
  buffer_deinit(&visible);
}

void print_lines(FILE *out, const char *indent, struct text lines)
{
  struct text line;
  while (lines.length > 0 && text_split(&lines, '\n', &line)) {
    fputs(indent, out);
    print_visible(out, line);
    fputc('\n', out);
  }
}

/* UTF-16, as JSON wants it. */
static void print_escape(FILE *out, uint32_t code_point)
{
  if (code_point < 0x10000) {
    fprintf(out, "\\u%04x", (unsigned)code_point);
    return;
  }
  code_point -= 0x10000;
  fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xD800 | code_point >> 10),
          (unsigned)(0xDC00 | (code_point & 0x3FF)));
}

/* The writer makes UTF-8, and escapes what JSON demands; so what is left stands in a string. */
void print_json(FILE *out, struct text json)
{
  size_t at = 0;
  int32_t code_point;
  while (invisible_find(json, &at, &code_point) && code_point != INVISIBLE_NOT_UTF8) {
    size_t length = text_utf8_sequence((struct text){json.data + at, json.length - at});
    print_bytes(out, (struct text){json.data, at});
    print_escape(out, (uint32_t)code_point);
    json = (struct text){json.data + at + length, json.length - at - length};
    at = 0;
  }
  print_bytes(out, json);
}

void print_json_object(FILE *out, const struct print_member *members, size_t count)
{
  struct arena arena;
  struct buffer line = {0};
  struct json_builder object = {0};
  arena_init(&arena, 4096);
  for (size_t i = 0; i < count; i++)
    json_builder_add(&object, &arena, text_of(members[i].name), members[i].value);
  struct json value = json_builder_object(&object);
  json_write(&line, &value);
  print_json(out, buffer_text(&line));
  buffer_deinit(&line);
  arena_deinit(&arena);
}

void print_error(const char *prefix, const struct error *error)
{
  if (!error->message[0]) return;
  fputs(prefix, stderr);
  print_visible(stderr, text_of(error->message));
  fputc('\n', stderr);
}
