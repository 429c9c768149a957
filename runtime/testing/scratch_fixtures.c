/* The fixtures of an app: SQL, and notes in it of who is who. */
#include <sys/stat.h>

#include "base/ascii.h"
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

/* So many words, the second of which may well be an id. */
static bool could_name(struct text words, bool colon)
{
  size_t count = 0;
  bool digits = false;
  for (struct text word; words.length > 0; count++) {
    word = next_word(&words);
    for (size_t i = 0; i < word.length && count == 1; i++) digits |= ascii_is_digit(word.data[i]);
  }
  return count > 1 && (digits || (colon && count <= 3));
}

/* A comment that was meant as a note: `principle: ada ID`, `Principal: …`, `principal ada ID`. */
static bool is_nearly_note(struct text line, struct text *word)
{
  enum { EDITS_MAX = 2, WORD_MAX = 16 };
  char lower[WORD_MAX];
  line = text_trim(line);
  if (!text_starts_with(line, "--")) return false;
  while (line.length > 0 && line.data[0] == '-')
    line = (struct text){line.data + 1, line.length - 1};
  line = text_trim(line);
  *word = (struct text){line.data, 0};
  while (word->length < line.length && ascii_is_letter(line.data[word->length])) word->length++;
  if (word->length == 0 || word->length > WORD_MAX) return false;
  for (size_t i = 0; i < word->length; i++) lower[i] = (char)(word->data[i] | 0x20);
  if (text_distance((struct text){lower, word->length}, TEXT("principal"), EDITS_MAX) > EDITS_MAX)
    return false;
  line = text_trim((struct text){line.data + word->length, line.length - word->length});
  bool colon = line.length > 0 && line.data[0] == ':';
  if (colon) line = (struct text){line.data + 1, line.length - 1};
  return could_name(line, colon);
}

static void warn_of_comment(const struct scratch *scratch, struct text word, struct report *report)
{
  report_warning(
      report, FINDING_FIXTURE_NOTE, &scratch->fixtures,
      (size_t)(word.data - scratch->fixtures.text.data), "did you mean `-- principal: NAME ID`?",
      "this comment is no note, so that it names nobody: it says `%.*s`", TEXT_ARGS(word));
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
    if (is_note(line, &note))
      read_note(scratch, note, report);
    else if (is_nearly_note(line, &note))
      warn_of_comment(scratch, note, report);
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
