/* `writ validate --stdin`: one question a line, one answer a line. Whatever a line holds, it is
 * answered and the next one is read; nothing is kept from one to the next. Schemas that arrive this
 * way are somebody else's: they reach no files but those of --map. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/validate.h"

/* Lines of standard input. One that is too long is skipped to its end. */
struct lines {
  struct buffer bytes;
  size_t begin; /* of the line to come, in `bytes` */
  bool ended;
};

enum line { LINE_END, LINE_READ, LINE_TOO_LONG };

/* False at the end of the input. */
static bool read_more(struct lines *lines)
{
  enum { CHUNK_BYTES = 65536 };
  struct buffer *bytes = &lines->bytes;
  if (lines->begin > 0) {
    bytes->length -= lines->begin;
    memmove(bytes->data, bytes->data + lines->begin, bytes->length);
    lines->begin = 0;
  }
  ssize_t got;
  do got = read(STDIN_FILENO, buffer_reserve(bytes, CHUNK_BYTES), CHUNK_BYTES);
  while (got < 0 && errno == EINTR);
  if (got > 0) bytes->length += (size_t)got;
  return got > 0;
}

/* The text is valid until the next call. What stands behind the last line's end is a line if it is
 * not empty. */
static enum line next_line(struct lines *lines, struct text *line)
{
  size_t searched = 0;
  bool too_long = false;
  buffer_reserve(&lines->bytes, 1); /* the sums below are of a pointer */
  for (;;) {
    const char *begin = lines->bytes.data + lines->begin;
    size_t length = lines->bytes.length - lines->begin;
    const char *end = length > searched ? memchr(begin + searched, '\n', length - searched) : NULL;
    if (end) length = (size_t)(end - begin);
    if (length > VALIDATE_MAX_BYTES) too_long = true;
    if (end || lines->ended) {
      lines->begin += length + (end != NULL);
      *line = (struct text){begin, length};
      if (!end && length == 0 && !too_long) return LINE_END;
      return too_long ? LINE_TOO_LONG : LINE_READ;
    }
    if (too_long) lines->begin += length;
    searched = too_long ? 0 : length;
    lines->ended = !read_more(lines);
  }
}

static bool refuse(struct buffer *out, struct text why)
{
  buffer_append_text(out, TEXT("{\"error\":"));
  json_write_string(out, why);
  buffer_append_text(out, TEXT("}\n"));
  return false;
}

/* False if the line got an error. */
static bool answer(struct validating *v, struct text line, struct buffer *out)
{
  struct json root;
  struct json_error wrong;
  struct schema_set *set;
  if (json_read(&v->arena, line, &validate_limits, &root, &wrong))
    return refuse(out, arena_print(&v->arena, "the line is not JSON: %s at byte %u", wrong.message,
                                   wrong.offset));
  const struct json *value = json_get(&root, "schema"), *data = json_get(&root, "data");
  if (!value || !data)
    return refuse(out, TEXT("the line must be an object with \"schema\" and \"data\""));

  struct source source = {.path = "schema"};
  const struct schema *schema = validate_compile(v, &source, "", value, &set);
  if (schema) {
    struct schema_problems problems = {.arena = &v->arena};
    bool valid = schema_valid(schema, data, &problems);
    buffer_print(out, "{\"valid\":%s,", valid ? "true" : "false");
    validate_write_errors(out, &problems, NULL);
    buffer_append_text(out, TEXT("}\n"));
  } else {
    refuse(out, validate_findings(v));
  }
  schema_set_free(set);
  return schema != NULL;
}

int validate_stdin(struct validating *v)
{
  struct lines lines = {0};
  struct buffer out = {0};
  struct arena_mark mark = arena_mark(&v->arena);
  struct text line;
  int code = EXIT_OK;
  for (enum line read; (read = next_line(&lines, &line)) != LINE_END;) {
    bool answered = read == LINE_READ ? answer(v, line, &out)
                                      : refuse(&out, TEXT("the line is longer than 16 MB"));
    if (!answered) code = EXIT_FINDINGS;
    fwrite(out.data, 1, out.length, stdout);
    if (fflush(stdout)) break; /* nobody listens any more */
    buffer_clear(&out);
    arena_rewind(&v->arena, mark);
    report_deinit(&v->report);
    report_init(&v->report);
  }
  buffer_deinit(&out);
  buffer_deinit(&lines.bytes);
  return code;
}
