/* Who calls in a spec: the people that the fixtures name. */
#include "base/file.h"
#include "cli/new_write.h"

enum { FIXTURES_MAX_BYTES = 4 * 1024 * 1024 };

struct person {
  struct text name, id;
};

static struct text next_word(struct text *rest)
{
  struct text word = TEXT("");
  while (word.length == 0 && text_split(rest, ' ', &word)) word = text_trim(word);
  return word;
}

/* `-- principal: NAME ID [PASSWORD]` */
static bool read_note(struct text line, struct person *person)
{
  if (!text_starts_with(line, "-- principal:")) return false;
  struct text rest = {line.data + strlen("-- principal:"), line.length - strlen("-- principal:")};
  person->name = next_word(&rest);
  person->id = next_word(&rest);
  return person->id.length > 0 && new_name_is_free(person->name, "", NULL);
}

/* Whether a row that begins with the id has this word in quotes: as good a guess as is to be had
 * without running them. */
static bool has_role(struct text fixtures, struct text id, struct text role, struct arena *arena)
{
  struct text word = arena_print(arena, "'%.*s'", TEXT_ARGS(role));
  struct text start = arena_print(arena, "'%.*s'", TEXT_ARGS(id));
  const char *row = memmem(fixtures.data, fixtures.length, start.data, start.length);
  if (!row) return false;
  const char *end = memchr(row, ')', fixtures.length - (size_t)(row - fixtures.data));
  size_t length = end ? (size_t)(end - row) : 0;
  return memmem(row, length, word.data, word.length) != NULL;
}

static struct text role_of(const struct new_writer *writer)
{
  struct text roles = text_of(writer->asked->role), role = TEXT("");
  text_split(&roles, ',', &role);
  return text_trim(role);
}

void new_set_people(struct new_writer *writer)
{
  struct person people[2] = {{TEXT("ada"), TEXT("01890000-0000-7000-8000-00000000000a")},
                             {TEXT("bob"), TEXT("01890000-0000-7000-8000-00000000000b")}};
  struct text fixtures, rest, line;
  size_t found = 0;
  if (file_read_below(writer->arena, writer->asked->folder, "tests/fixtures.sql",
                      FIXTURES_MAX_BYTES, &fixtures, NULL))
    fixtures = TEXT("");
  rest = fixtures;
  while (found < 2 && text_split(&rest, '\n', &line)) {
    struct person person;
    if (!read_note(text_trim(line), &person)) continue;
    if (writer->audience == AUDIENCE_ADMIN &&
        !has_role(fixtures, person.id, role_of(writer), writer->arena))
      continue;
    people[found++] = person;
  }
  new_set(writer, "person", people[0].name);
  new_set(writer, "person_id", people[0].id);
  new_set(writer, "other", people[1].name);
  new_set(writer, "caller",
          writer->audience == AUDIENCE_PUBLIC
              ? TEXT("app")
              : arena_print(writer->arena, "app:as(\"%.*s\")", TEXT_ARGS(people[0].name)));
}
