/* The fixtures of an app: SQL, and notes in it of who is who. */
#include <sys/stat.h>

#include "base/file.h"
#include "testing/scratch_internal.h"

enum { FIXTURES_MAX_BYTES = 16 << 20 };

static bool is_there(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0;
}

static const char *find_fixtures(struct scratch *scratch, const struct scratch_options *options)
{
  static const char *const names[] = {"tests/fixtures.sql", "fixtures.sql"};
  if (options->fixtures) return options->fixtures;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *path = file_join(&scratch->arena, options->folder, names[i]);
    if (is_there(path)) return path;
  }
  return NULL;
}

static struct text next_word(struct text *rest)
{
  size_t length = 0;
  *rest = text_trim(*rest);
  while (length < rest->length && rest->data[length] != ' ' && rest->data[length] != '\t') length++;
  struct text word = {rest->data, length};
  *rest = text_trim((struct text){rest->data + length, rest->length - length});
  return word;
}

/* False if the line is no such note; else its rest. */
static bool is_note(struct text line, struct text *rest)
{
  static const char begins[] = "principal:";
  line = text_trim(line);
  if (!text_starts_with(line, "--")) return false;
  line = text_trim((struct text){line.data + 2, line.length - 2});
  if (!text_starts_with(line, begins)) return false;
  *rest = (struct text){line.data + sizeof begins - 1, line.length - (sizeof begins - 1)};
  return true;
}

static void read_note(struct scratch *scratch, struct text note, struct report *report)
{
  size_t offset = (size_t)(note.data - scratch->fixtures.text.data);
  struct scratch_principal principal;
  principal.name = next_word(&note);
  principal.id = next_word(&note);
  principal.password = note;
  if (principal.id.length == 0)
    report_error(report, FINDING_FIXTURE_PRINCIPAL, &scratch->fixtures, offset,
                 "write `-- principal: NAME ID`, and their password if tests log in with it",
                 "this note names nobody");
  else if (scratch_principal(scratch, principal.name))
    report_error(report, FINDING_FIXTURE_TWICE, &scratch->fixtures, offset,
                 "give each another name", "there are two principals called '%.*s'",
                 TEXT_ARGS(principal.name));
  else
    scratch->principals[scratch->principal_count++] = principal;
}

static int read_source(struct scratch *scratch, const struct scratch_options *options,
                       struct error *error)
{
  if (options->sql.data) {
    scratch->fixtures = (struct source){"fixtures", arena_copy(&scratch->arena, options->sql)};
    return 0;
  }
  scratch->fixtures.path = find_fixtures(scratch, options);
  if (!scratch->fixtures.path) return 0;
  return file_read(&scratch->arena, scratch->fixtures.path, FIXTURES_MAX_BYTES,
                   &scratch->fixtures.text, error);
}

int scratch_read_fixtures(struct scratch *scratch, const struct scratch_options *options,
                          struct report *report, struct error *error)
{
  struct text line, note;
  if (read_source(scratch, options, error)) return -1;
  if (!scratch->fixtures.path) return 0;
  struct text text = scratch->fixtures.text;
  size_t lines = 1, errors = report->errors;
  for (size_t i = 0; i < text.length; i++) lines += text.data[i] == '\n';
  scratch->principals = arena_new_array(&scratch->arena, lines, sizeof *scratch->principals);
  while (text_split(&text, '\n', &line))
    if (is_note(line, &note)) read_note(scratch, note, report);
  return report->errors == errors ? 0 : -1;
}

const struct scratch_principal *scratch_principals(const struct scratch *scratch, size_t *count)
{
  *count = scratch->principal_count;
  return scratch->principals;
}

const struct scratch_principal *scratch_principal(const struct scratch *scratch, struct text name)
{
  for (size_t i = 0; i < scratch->principal_count; i++)
    if (text_equal(scratch->principals[i].name, name)) return &scratch->principals[i];
  return NULL;
}
