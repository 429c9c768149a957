/* Who calls in a spec: the people that the fixtures name, and rows of theirs. */
#include "base/file.h"
#include "cli/new_write.h"

#define FIXTURES "tests/fixtures.sql"
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

/* Those whom the fixtures name, up to two; with `role`, if that is not empty. */
static size_t find_people(const struct new_writer *writer, struct text fixtures, struct text role,
                          struct person people[2])
{
  struct text rest = fixtures, line;
  size_t found = 0;
  while (found < 2 && text_split(&rest, '\n', &line)) {
    struct person person;
    if (!read_note(text_trim(line), &person)) continue;
    if (role.length > 0 && !has_role(fixtures, person.id, role, writer->arena)) continue;
    people[found++] = person;
  }
  return found;
}

/* A value for each column but the key. */
static struct text row_of(struct new_writer *writer, struct text person_id)
{
  const struct new_table *table = &writer->table;
  struct text values = TEXT("");
  if (!table->shared) values = arena_print(writer->arena, "'%.*s'", TEXT_ARGS(person_id));
  for (size_t i = 0; i < table->fields.count; i++)
    new_append_column(writer, &values, new_field_literal(writer->arena, &table->fields.items[i]));
  new_append_column(writer, &values, TEXT("1767225600000"));
  return values;
}

/* A row of each of two people, for what `writ test` tries with somebody else's. */
static void add_rows(struct new_writer *writer, struct text fixtures, const struct person people[2])
{
  const struct new_table *table = &writer->table;
  struct text columns = table->key;
  if (!table->shared) new_append_column(writer, &columns, table->owner);
  for (size_t i = 0; i < table->fields.count; i++)
    new_append_column(writer, &columns, table->fields.items[i].name);
  new_append_column(writer, &columns, TEXT("created_at"));
  new_set(writer, "table", text_of(table->name));
  new_set(writer, "fixture_columns", columns);
  new_set(writer, "fixture_first", row_of(writer, people[0].id));
  new_set(writer, "fixture_second", row_of(writer, people[1].id));
  plan_edit(writer->plan, FIXTURES, fixtures,
            arena_print(writer->arena, "%.*s%.*s", TEXT_ARGS(fixtures),
                        TEXT_ARGS(new_fill(writer, "fixtures.sql"))));
}

void new_set_people(struct new_writer *writer)
{
  struct person people[2] = {{TEXT("ada"), TEXT("01890000-0000-7000-8000-00000000000a")},
                             {TEXT("bob"), TEXT("01890000-0000-7000-8000-00000000000b")}};
  struct text fixtures;
  if (file_read_below(writer->arena, writer->asked->folder, FIXTURES, FIXTURES_MAX_BYTES, &fixtures,
                      NULL))
    fixtures = TEXT("");
  size_t found = find_people(writer, fixtures, new_first_role(writer), people);
  if (found == 0) found = find_people(writer, fixtures, TEXT(""), people);
  if (!writer->table.exists && (found == 2 || (found == 1 && writer->table.shared)))
    add_rows(writer, fixtures, people);
  new_set(writer, "person", people[0].name);
  new_set(writer, "person_id", people[0].id);
  new_set(writer, "other", people[1].name);
  new_set(writer, "caller",
          writer->audience == AUDIENCE_PUBLIC
              ? TEXT("app")
              : arena_print(writer->arena, "app:as(\"%.*s\")", TEXT_ARGS(people[0].name)));
}
