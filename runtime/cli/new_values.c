/* What takes the place of the names in the templates of `writ new`. */
#include <stdlib.h>

#include "cli/new_write.h"

void new_set(struct new_writer *writer, const char *name, struct text value)
{
  for (size_t i = 0; i < writer->value_count; i++)
    if (!strcmp(writer->values[i].name, name)) {
      writer->values[i].value = value;
      return;
    }
  if (writer->value_count == PLACEHOLDERS_MAX) abort(); /* a constant that is too small */
  writer->values[writer->value_count++] = (struct placeholder){name, value};
}

void new_append(struct new_writer *writer, struct text *list, const char *gap, struct text part)
{
  *list = arena_print(writer->arena, "%.*s%s%.*s", TEXT_ARGS(*list), list->length > 0 ? gap : "",
                      TEXT_ARGS(part));
}

/* --- Words. --- */

/* "note" of "notes", "story" of "stories", "box" of "boxes". */
static struct text singular(struct arena *arena, struct text name)
{
  static const char *const es[] = {"ses", "xes", "zes", "ches", "shes"};
  if (name.length > 4 && text_ends_with(name, "ies"))
    return arena_print(arena, "%.*sy", (int)name.length - 3, name.data);
  for (size_t i = 0; i < sizeof es / sizeof *es; i++)
    if (name.length > 4 && text_ends_with(name, es[i]))
      return arena_copy(arena, (struct text){name.data, name.length - 2});
  if (name.length > 2 && text_ends_with(name, "s") && !text_ends_with(name, "ss"))
    return arena_copy(arena, (struct text){name.data, name.length - 1});
  return name;
}

/* With spaces for underscores. */
static struct text words(struct arena *arena, struct text name)
{
  char *bytes = arena_alloc(arena, name.length + 1);
  for (size_t i = 0; i < name.length; i++) bytes[i] = name.data[i] == '_' ? ' ' : name.data[i];
  bytes[name.length] = '\0';
  return (struct text){bytes, name.length};
}

/* "an item", but "a user", "a unit". */
static bool has_vowel_first(struct text word)
{
  return strchr("aeio", word.data[0]) ||
         (word.data[0] == 'u' && !text_starts_with(word, "us") && !text_starts_with(word, "uni"));
}

static void set_words(struct new_writer *writer)
{
  struct text item, name = text_of(writer->table.name);
  writer->item = singular(writer->arena, name);
  item = words(writer->arena, writer->item);
  const char *article = has_vowel_first(item) ? "n" : "";
  bool theirs = new_owns(writer);
  struct text an_item = arena_print(writer->arena, "a%s %.*s", article, TEXT_ARGS(item));
  new_set(writer, "table", name);
  new_set(writer, "item", writer->item);
  new_set(writer, "items", words(writer->arena, name));
  new_set(writer, "an_item", an_item);
  new_set(writer, "An_item", arena_print(writer->arena, "A%s %.*s", article, TEXT_ARGS(item)));
  new_set(writer, "an_item_of_theirs",
          arena_print(writer->arena, "%.*s%s", TEXT_ARGS(an_item),
                      !theirs              ? ""
                      : writer->table.self ? ": themselves"
                                           : " of theirs"));
  new_set(writer, "listed",
          arena_print(writer->arena, "%s%.*s", theirs ? "their own " : "",
                      TEXT_ARGS(words(writer->arena, name))));
}

/* --- Errors that the database raises. --- */

static struct text errors(struct new_writer *writer, struct text first, struct text second)
{
  struct text all = first;
  if (second.length > 0) new_append(writer, &all, ",\n  ", second);
  if (all.length == 0) return all;
  return second.length > 0 && first.length > 0
             ? arena_print(writer->arena, "\"errors\": {\n  %.*s\n},", TEXT_ARGS(all))
             : arena_print(writer->arena, "\"errors\": { %.*s },", TEXT_ARGS(all));
}

static void set_errors(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text constraint = TEXT(""), missing = TEXT("");
  if (table->unique.length > 0)
    constraint = arena_print(writer->arena,
                             "\"%.*s_taken\": { \"status\": 409, \"on_unique\": \"%s.%.*s\" }",
                             TEXT_ARGS(table->unique), table->name, TEXT_ARGS(table->unique));
  if (table->references)
    new_append(writer, &constraint, ",\n  ",
               TEXT("\"no_such_reference\": { \"status\": 422, \"on_foreign_key\": true }"));
  if (new_looks_up(writer))
    missing = arena_print(writer->arena,
                          "\"no_such_%.*s\": { \"status\": 404, \"title\": \"There is no such "
                          "%.*s\" }",
                          TEXT_ARGS(writer->item), TEXT_ARGS(words(writer->arena, writer->item)));
  struct text code = arena_print(writer->arena, "no_such_%.*s", TEXT_ARGS(writer->item));
  bool refused = new_owns(writer) && !new_is_privileged(writer, new_first_role(writer));
  new_set(writer, "missing", code);
  new_set(writer, "problem", refused ? TEXT("not_found") : code); /* to who calls in the spec */
  new_set(writer, "constraint_errors", errors(writer, constraint, TEXT("")));
  new_set(writer, "missing_error", errors(writer, missing, TEXT("")));
  new_set(writer, "update_errors", errors(writer, missing, constraint));
}

int new_set_table(struct new_writer *writer)
{
  set_words(writer);
  if (new_set_def(writer)) return -1;
  new_set_columns(writer);
  set_errors(writer);
  new_set(writer, "key", writer->table.key);
  new_set(writer, "key_type", writer->table.integer_key ? TEXT("integer") : TEXT("string"));
  new_set(writer, "owner", writer->table.owner);
  return 0;
}

/* --- A contract. --- */

static void set_paths(struct new_writer *writer, const struct new_operation *operation,
                      struct text path)
{
  struct text one = TEXT("1000001"), none = TEXT("1000002");
  if (!writer->table.integer_key) {
    one = writer->table.self ? TEXT("{{person_id}}") : TEXT("01890000-0000-7000-8000-0000000000ee");
    none = TEXT("01890000-0000-7000-8000-0000000000ff");
  }
  one = placeholders_fill(writer->arena, one, writer->values, writer->value_count);
  new_set(writer, "path", path);
  new_set(writer, "lua_id",
          writer->table.integer_key ? one : arena_print(writer->arena, "\"%.*s\"", TEXT_ARGS(one)));
  new_set(writer, "sql_id",
          writer->table.integer_key ? one : arena_print(writer->arena, "'%.*s'", TEXT_ARGS(one)));
  if (!operation->one) return;
  while (path.length > 0 && path.data[path.length - 1] != '/') path.length--;
  new_set(writer, "path_of_one",
          arena_print(writer->arena, "%.*s%.*s", TEXT_ARGS(path), TEXT_ARGS(one)));
  new_set(writer, "path_of_none",
          arena_print(writer->arena, "%.*s%.*s", TEXT_ARGS(path), TEXT_ARGS(none)));
}

static struct text listed_where(struct new_writer *writer)
{
  const struct new_table *table = &writer->table;
  struct text after =
      arena_print(writer->arena, ":after IS NULL OR %.*s > :after", TEXT_ARGS(table->key));
  if (!new_owns(writer)) return after;
  return arena_print(writer->arena, "%.*s = :principal_id\n  AND (%.*s)", TEXT_ARGS(table->owner),
                     TEXT_ARGS(after));
}

void new_set_contract(struct new_writer *writer, const struct new_operation *operation,
                      struct text route, struct text owner_query)
{
  struct text path = route;
  text_split(&path, ' ', &(struct text){0});
  new_set(writer, "route", route);
  new_set_owns(writer, operation, owner_query);
  new_set(
      writer, "name",
      arena_print(writer->arena, "%.*s.%.*s", TEXT_ARGS(writer->group), TEXT_ARGS(writer->action)));
  new_set(writer, "action", writer->action);
  new_set(writer, "group", writer->group);
  new_set(writer, "key_field", writer->key_field);
  new_set(writer, "listed_where", listed_where(writer));
  set_paths(writer, operation, path);
  new_set_setup(writer);
}
