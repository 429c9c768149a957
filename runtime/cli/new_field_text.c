/* What becomes of a field in JSON, SQL and Lua. */
#include <inttypes.h>

#include "cli/new.h"

static struct text list(struct arena *arena, const struct new_field *field, const char *quote)
{
  struct text all = TEXT("");
  for (size_t i = 0; i < field->value_count; i++)
    all = arena_print(arena, "%.*s%s%s%.*s%s", TEXT_ARGS(all), i > 0 ? ", " : "", quote,
                      TEXT_ARGS(field->values[i]), quote);
  return all;
}

static const char *type_of(const struct new_field *field)
{
  switch (field->kind) {
  case FIELD_INTEGER:
    return "integer";
  case FIELD_NUMBER:
    return "number";
  case FIELD_BOOLEAN:
    return "boolean";
  default:
    return "string";
  }
}

/* Up to the end of its type, without the brace that closes it. */
static struct text head(struct arena *arena, const struct new_field *field, bool nullable)
{
  if (field->kind == FIELD_ENUM)
    return arena_print(arena, "{ \"enum\": [%.*s%s]", TEXT_ARGS(list(arena, field, "\"")),
                       nullable ? ", null" : "");
  if (nullable) return arena_print(arena, "{ \"type\": [\"%s\", \"null\"]", type_of(field));
  return arena_print(arena, "{ \"type\": \"%s\"", type_of(field));
}

struct text new_field_shown(struct arena *arena, const struct new_field *field)
{
  return arena_print(arena, "%.*s }", TEXT_ARGS(head(arena, field, field->nullable)));
}

/* `, "minLength": 1, "maxLength": 200`, or of values. */
static struct text bounds(struct arena *arena, const struct new_field *field)
{
  bool length = field->kind == FIELD_STRING || field->kind == FIELD_TEXT;
  struct text all = TEXT("");
  if (field->has_minimum && !(length && field->minimum == 0))
    all =
        arena_print(arena, ", \"%s\": %" PRId64, length ? "minLength" : "minimum", field->minimum);
  if (field->has_maximum)
    all = arena_print(arena, "%.*s, \"%s\": %" PRId64, TEXT_ARGS(all),
                      length ? "maxLength" : "maximum", field->maximum);
  return all;
}

struct text new_field_schema(struct arena *arena, const struct new_field *field)
{
  static const char *const more[FIELD_ENUM + 1] = {
      [FIELD_STRING] = ", \"normalize\": [\"trim\"]",
      [FIELD_DATE] = ", \"format\": \"date\"",
      [FIELD_DATETIME] = ", \"format\": \"date-time\"",
      [FIELD_EMAIL] =
          ", \"format\": \"email\", \"maxLength\": 254, \"normalize\": [\"trim\", \"lower\"]",
      [FIELD_UUID] = ", \"format\": \"uuid\"",
      [FIELD_URL] = ", \"format\": \"uri\", \"maxLength\": 2000",
  };
  return arena_print(arena, "%.*s%.*s%s }", TEXT_ARGS(head(arena, field, field->optional)),
                     TEXT_ARGS(bounds(arena, field)), more[field->kind] ? more[field->kind] : "");
}

struct text new_field_column(struct arena *arena, const struct new_field *field, int width)
{
  const char *type = field->kind == FIELD_NUMBER ? "REAL" : "TEXT";
  struct text check = TEXT("");
  if (field->kind == FIELD_INTEGER || field->kind == FIELD_BOOLEAN) type = "INTEGER";
  if (field->kind == FIELD_BOOLEAN)
    check = arena_print(arena, " CHECK (%.*s IN (0, 1))", TEXT_ARGS(field->name));
  if (field->kind == FIELD_ENUM)
    check = arena_print(arena, " CHECK (%.*s IN (%.*s))", TEXT_ARGS(field->name),
                        TEXT_ARGS(list(arena, field, "'")));
  return arena_print(arena, "%-*.*s %s%s%.*s", width, TEXT_ARGS(field->name), type,
                     field->optional ? "" : " NOT NULL", TEXT_ARGS(check));
}

/* A text of a length that is allowed: "Example", cut or repeated. */
static struct text sample(struct arena *arena, const struct new_field *field)
{
  static const char word[] = "Example";
  size_t length = sizeof word - 1, least = (size_t)field->minimum, most = (size_t)field->maximum;
  if (field->has_minimum && length < least) length = least;
  if (field->has_maximum && length > most) length = most;
  char *bytes = arena_alloc(arena, length + 1);
  for (size_t i = 0; i < length; i++) bytes[i] = word[i % (sizeof word - 1)];
  bytes[length] = '\0';
  return (struct text){bytes, length};
}

/* Without quotes. */
static struct text value_of(struct arena *arena, const struct new_field *field)
{
  int64_t number = field->has_minimum ? field->minimum : 1;
  if (field->has_maximum && number > field->maximum) number = field->maximum;
  switch (field->kind) {
  case FIELD_INTEGER:
  case FIELD_NUMBER:
    return arena_print(arena, "%" PRId64, number);
  case FIELD_BOOLEAN:
    return TEXT("true");
  case FIELD_DATE:
    return TEXT("2026-05-01");
  case FIELD_DATETIME:
    return TEXT("2026-05-01T12:00:00Z");
  case FIELD_EMAIL:
    return TEXT("eve@example.com");
  case FIELD_UUID:
    return TEXT("01890000-0000-7000-8000-0000000000e1");
  case FIELD_URL:
    return TEXT("https://example.com/");
  case FIELD_ENUM:
    return field->values[0];
  default:
    return sample(arena, field);
  }
}

static bool is_quoted(const struct new_field *field)
{
  return field->kind != FIELD_INTEGER && field->kind != FIELD_NUMBER &&
         field->kind != FIELD_BOOLEAN;
}

struct text new_field_example(struct arena *arena, const struct new_field *field)
{
  struct text value = value_of(arena, field);
  return is_quoted(field) ? arena_print(arena, "\"%.*s\"", TEXT_ARGS(value)) : value;
}

struct text new_field_literal(struct arena *arena, const struct new_field *field)
{
  struct text value = value_of(arena, field);
  if (field->kind == FIELD_BOOLEAN) return TEXT("1");
  return is_quoted(field) ? arena_print(arena, "'%.*s'", TEXT_ARGS(value)) : value;
}
