/* Laying statements out, and comparing their lines by the longest common subsequence. */
#include "describe/sql_diff.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "store/sql.h"

/* --- Layout. --- */

static bool makes_table(struct text sql)
{
  bool create = sql_is(sql_next(&sql), "create");
  return create && sql_is(sql_next(&sql), "table");
}

/* One line for each column and constraint: what stands between commas in the outer parentheses. */
static struct text lay_out(struct arena *arena, struct text sql)
{
  struct buffer out = {0};
  struct text rest = sql;
  const char *end = sql.data; /* of the token before */
  struct sql_token token;
  unsigned depth = 0;
  bool fresh = true; /* a line has just begun */
  while ((token = sql_next(&rest)).type != SQL_END && token.type != SQL_BAD) {
    bool opens = sql_is_symbol(token, '('), closes = sql_is_symbol(token, ')');
    if (closes && depth > 0 && --depth == 0)
      buffer_append_byte(&out, '\n');
    else if (!fresh && token.text.data > end && !sql_is_symbol(token, ','))
      buffer_append_byte(&out, ' ');
    buffer_append_text(&out, token.text);
    end = token.text.data + token.text.length;
    fresh = (opens && ++depth == 1) || (depth == 1 && sql_is_symbol(token, ','));
    if (fresh) buffer_append_text(&out, TEXT("\n  "));
  }
  struct text text = token.type == SQL_BAD ? sql : arena_copy(arena, buffer_text(&out));
  buffer_deinit(&out);
  return text;
}

/* --- Lines. --- */

struct lines {
  struct text *items;
  size_t count;
};

static struct lines split(struct arena *arena, struct text sql)
{
  struct text rest = makes_table(sql) ? lay_out(arena, sql) : sql, line;
  struct lines lines = {0};
  if (sql.length == 0) return lines;
  size_t most = 1;
  for (size_t i = 0; i < rest.length; i++) most += rest.data[i] == '\n';
  lines.items = arena_new_array(arena, most, sizeof *lines.items);
  while (text_split(&rest, '\n', &line)) lines.items[lines.count++] = line;
  return lines;
}

/* The comma that only separates a column from one that came or went does not count. */
static bool is_same(struct text a, struct text b)
{
  if (a.length > 0 && a.data[a.length - 1] == ',') a.length--;
  if (b.length > 0 && b.data[b.length - 1] == ',') b.length--;
  return text_equal(a, b);
}

/* --- Comparing. --- */

struct comparison {
  struct lines before, after;
  uint32_t *common; /* how many lines [i…] and [k…] have in common; NULL: not worth finding out */
  struct buffer out;
};

enum { CELLS_MAX = 4 * 1024 * 1024 };

static uint32_t *cell(const struct comparison *comparison, size_t i, size_t k)
{
  return &comparison->common[i * (comparison->after.count + 1) + k];
}

static void find_common(struct comparison *comparison)
{
  size_t n = comparison->before.count, m = comparison->after.count;
  if ((n + 1) * (m + 1) > CELLS_MAX) return;
  comparison->common = memory_new_array((n + 1) * (m + 1), sizeof *comparison->common);
  for (size_t i = n; i-- > 0;)
    for (size_t k = m; k-- > 0;) {
      uint32_t down = *cell(comparison, i + 1, k), right = *cell(comparison, i, k + 1);
      *cell(comparison, i, k) = is_same(comparison->before.items[i], comparison->after.items[k])
                                    ? 1 + *cell(comparison, i + 1, k + 1)
                                : down > right ? down
                                               : right;
    }
}

static void print_line(struct comparison *comparison, char mark, struct text line)
{
  buffer_print(&comparison->out, "%c %.*s\n", mark, TEXT_ARGS(line));
}

/* Lines that went stand before those that came in their place. */
static void print_lines(struct comparison *comparison)
{
  const struct lines *before = &comparison->before, *after = &comparison->after;
  bool known = comparison->common != NULL;
  size_t i = 0, k = 0;
  while (i < before->count || k < after->count) {
    bool both = known && i < before->count && k < after->count;
    if (both && is_same(before->items[i], after->items[k])) {
      print_line(comparison, ' ', after->items[k++]);
      i++;
    } else if (i < before->count &&
               (!both || *cell(comparison, i + 1, k) >= *cell(comparison, i, k + 1))) {
      print_line(comparison, '-', before->items[i++]);
    } else {
      print_line(comparison, '+', after->items[k++]);
    }
  }
}

struct text sql_diff(struct arena *arena, struct text before, struct text after)
{
  struct comparison comparison = {.before = split(arena, before), .after = split(arena, after)};
  find_common(&comparison);
  print_lines(&comparison);
  struct text text = arena_copy(arena, buffer_text(&comparison.out));
  buffer_deinit(&comparison.out);
  memory_free(comparison.common);
  return text;
}
