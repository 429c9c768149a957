#include "cli/placeholders.h"

static const struct placeholder *find(struct text name, const struct placeholder *placeholders,
                                      size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (text_is(name, placeholders[i].name)) return &placeholders[i];
  return NULL;
}

/* The placeholder that the text begins with, and the bytes that it takes; else NULL. */
static const struct placeholder *begins(struct text text, const struct placeholder *placeholders,
                                        size_t count, size_t *length)
{
  if (!text_starts_with(text, "{{")) return NULL;
  const char *end = memmem(text.data, text.length, "}}", 2);
  if (!end) return NULL;
  *length = (size_t)(end - text.data) + 2;
  return find((struct text){text.data + 2, *length - 4}, placeholders, count);
}

static void append(struct buffer *out, struct text value, struct text indent)
{
  struct text line;
  bool first = true;
  while (text_split(&value, '\n', &line)) {
    if (!first) buffer_append_byte(out, '\n');
    if (!first && line.length > 0) buffer_append_text(out, indent);
    buffer_append_text(out, line);
    first = false;
  }
}

static struct text indent_of(struct text line)
{
  size_t blank = 0;
  while (blank < line.length && line.data[blank] == ' ') blank++;
  return (struct text){line.data, blank};
}

/* Whether anything was left of the line, or nothing was replaced in it. */
static bool fill_line(struct buffer *out, struct text line, const struct placeholder *placeholders,
                      size_t count)
{
  size_t before = out->length, length;
  struct text indent = indent_of(line);
  bool replaced = false;
  while (line.length > 0) {
    const struct placeholder *placeholder = begins(line, placeholders, count, &length);
    if (placeholder)
      append(out, placeholder->value, indent);
    else
      buffer_append_byte(out, line.data[0]);
    replaced |= placeholder != NULL;
    if (!placeholder) length = 1;
    line = (struct text){line.data + length, line.length - length};
  }
  struct text filled = {out->data + before, out->length - before};
  if (!replaced || text_trim(filled).length > 0) return true;
  out->length = before;
  return false;
}

struct text placeholders_fill(struct arena *arena, struct text template,
                              const struct placeholder *placeholders, size_t count)
{
  struct buffer out = {0};
  struct text line;
  buffer_reserve(&out, template.length + 1);
  while (text_split(&template, '\n', &line))
    if (fill_line(&out, line, placeholders, count) && template.data) buffer_append_byte(&out, '\n');
  struct text filled = arena_copy(arena, buffer_text(&out));
  buffer_deinit(&out);
  return filled;
}
