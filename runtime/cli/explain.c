/* Facts on a page: risks first, then section by section, wrapped at 100 columns; or as JSON. */
#include "cli/explain.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/find_contract.h"
#include "cli/print.h"

enum { PAGE_WIDTH = 100, INDENT = 4, SUBJECT_MAX = 28 };

/* --- Sentences. --- */

/* Prints the words from `column` on, and what does not fit on further lines at `indent`. */
static void print_wrapped(struct text words, size_t column, size_t indent)
{
  struct text word;
  bool first = true;
  while (words.data != NULL && text_split(&words, ' ', &word)) {
    size_t width = 0; /* characters, not bytes */
    for (size_t i = 0; i < word.length; i++) width += ((unsigned char)word.data[i] & 0xc0) != 0x80;
    if (!first && column + 1 + width > PAGE_WIDTH) {
      printf("\n%*s", (int)indent, "");
      column = indent;
      first = true;
    }
    if (!first) putchar(' ');
    column += width + (first ? 0 : 1);
    first = false;
    print_visible(stdout, word);
  }
  putchar('\n');
}

static struct text with_origin(struct arena *arena, struct text words, const struct fact *fact)
{
  if (fact->origin.length == 0) return words;
  return arena_print(arena, "%.*s (%.*s)", TEXT_ARGS(words), TEXT_ARGS(fact->origin));
}

/* One group of a subject: "reads users (id, email)", or a phrase alone. */
static struct text group_words(struct arena *arena, const struct explanation *all, size_t first)
{
  const struct fact *head = &all->facts[first];
  struct text phrases = {"", 0};
  if (head->group.length == 0) return with_origin(arena, head->phrase, head);
  for (size_t i = first; i < all->count; i++) {
    const struct fact *fact = &all->facts[i];
    if (fact->section != head->section || !text_equal(fact->subject, head->subject) ||
        !text_equal(fact->group, head->group) || fact->phrase.length == 0)
      continue;
    struct text phrase = with_origin(arena, fact->phrase, fact);
    phrases = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(phrases), phrases.length ? ", " : "",
                          TEXT_ARGS(phrase));
  }
  if (phrases.length == 0) return head->group;
  return arena_print(arena, "%.*s (%.*s)", TEXT_ARGS(head->group), TEXT_ARGS(phrases));
}

static bool is_first_of(const struct explanation *all, size_t index, bool of_group)
{
  const struct fact *fact = &all->facts[index];
  for (size_t i = 0; i < index; i++) {
    const struct fact *other = &all->facts[i];
    if (other->section == fact->section && text_equal(other->subject, fact->subject) &&
        (!of_group || text_equal(other->group, fact->group)))
      return false;
  }
  return true;
}

static struct text subject_words(struct arena *arena, const struct explanation *all, size_t first)
{
  const struct fact *head = &all->facts[first];
  struct text words = {"", 0};
  for (size_t i = first; i < all->count; i++) {
    const struct fact *fact = &all->facts[i];
    if (fact->section != head->section || !text_equal(fact->subject, head->subject)) continue;
    if (fact->group.length > 0 && !is_first_of(all, i, true)) continue;
    struct text group = group_words(arena, all, i);
    if (group.length == 0) continue;
    words = arena_print(arena, "%.*s%s%.*s", TEXT_ARGS(words), words.length ? ", " : "",
                        TEXT_ARGS(group));
  }
  return words;
}

/* Others stand in the title, or are there to be compared. */
static bool is_shown(const struct fact *fact)
{
  return fact->subject.length > 0 ||
         !(text_starts_with(fact->key, "sql:") || text_starts_with(fact->key, "route:"));
}

static size_t subject_width(const struct explanation *all, enum fact_section section)
{
  size_t width = 0;
  for (size_t i = 0; i < all->count; i++) {
    size_t length = all->facts[i].subject.length;
    if (all->facts[i].section == section && length > width) width = length;
  }
  return width < SUBJECT_MAX ? width : SUBJECT_MAX;
}

static void print_section(struct arena *arena, const struct explanation *all,
                          enum fact_section section)
{
  size_t width = subject_width(all, section), indent = INDENT + width + 2;
  bool titled = false;
  for (size_t i = 0; i < all->count; i++) {
    const struct fact *fact = &all->facts[i];
    if (fact->section != section || !is_shown(fact)) continue;
    if (!titled) printf("\n  %s\n", section_title(section));
    titled = true;
    if (fact->subject.length == 0) {
      printf("%*s", INDENT, "");
      print_wrapped(with_origin(arena, fact->sentence, fact), INDENT, INDENT + 2);
    } else if (is_first_of(all, i, false)) {
      printf("%*s", INDENT, "");
      print_visible(stdout, arena_print(arena, "%-*.*s  ", (int)width, TEXT_ARGS(fact->subject)));
      size_t column = INDENT + 2 + (fact->subject.length > width ? fact->subject.length : width);
      print_wrapped(subject_words(arena, all, i), column, indent);
    }
  }
}

static void print_risks(const struct explanation *all)
{
  bool any = false;
  for (size_t i = 0; i < all->count; i++) {
    const struct fact *fact = &all->facts[i];
    bool said = fact->risk.length == 0;
    for (size_t k = 0; k < i && !said; k++) said = text_equal(all->facts[k].risk, fact->risk);
    if (said) continue;
    fputs(any ? "    ! " : "\n  Risks\n    ! ", stdout);
    print_wrapped(fact->risk, INDENT + 2, INDENT + 2);
    any = true;
  }
  if (!any) puts("\n  Risks\n    none of the kinds that are looked for");
}

static void print_sentences(struct arena *arena, const struct contract *contract,
                            const struct explanation *all, bool first)
{
  if (!first) putchar('\n');
  printf("%s  %s %.*s\n", contract->name, method_name(contract->route.method),
         TEXT_ARGS(contract->route.path));
  print_visible(stdout, contract->summary);
  putchar('\n');
  print_risks(all);
  for (int section = 0; section < SECTION_COUNT; section++)
    print_section(arena, all, (enum fact_section)section);
}

/* --- JSON. --- */

static void write_objects(struct arena *arena, const char *contract, const struct explanation *all,
                          struct buffer *out)
{
  static const char *const directions[] = {[FACT_GRANT] = "grant",
                                           [FACT_RESTRICTION] = "restriction",
                                           [FACT_EITHER] = "either",
                                           [FACT_NOTE] = "note"};
  for (size_t i = 0; i < all->count; i++) {
    const struct fact *fact = &all->facts[i];
    struct json_builder object = {0};
    json_builder_add(&object, arena, TEXT("contract"), json_string(text_of(contract)));
    json_builder_add(&object, arena, TEXT("section"),
                     json_string(text_of(section_name(fact->section))));
    json_builder_add(&object, arena, TEXT("key"), json_string(fact->key));
    json_builder_add(&object, arena, TEXT("direction"),
                     json_string(text_of(directions[fact->direction])));
    json_builder_add(&object, arena, TEXT("value"), fact->value);
    json_builder_add(&object, arena, TEXT("sentence"), json_string(fact->sentence));
    if (fact->subject.length > 0)
      json_builder_add(&object, arena, TEXT("subject"), json_string(fact->subject));
    if (fact->risk.length > 0)
      json_builder_add(&object, arena, TEXT("risk"), json_string(fact->risk));
    if (fact->origin.length > 0)
      json_builder_add(&object, arena, TEXT("from"), json_string(fact->origin));
    struct json value = json_builder_object(&object);
    buffer_append_text(out, out->length == 0 ? TEXT("[\n  ") : TEXT(",\n  "));
    json_write(out, &value);
  }
}

/* --- The whole. --- */

/* Sentences go out at once; JSON is a document only when all of it is there. */
static int tell_contract(const struct generation *generation, const struct contract *contract,
                         struct arena *arena, bool first, struct buffer *json, struct error *error)
{
  struct explanation explanation;
  struct error wrong = {0};
  if (explain_contract(generation, contract, arena, &explanation, &wrong) < 0)
    return error_set(error, "%s: %s", contract->name, wrong.message);
  if (json)
    write_objects(arena, contract->name, &explanation, json);
  else
    print_sentences(arena, contract, &explanation, first);
  return 0;
}

int explain_print(const struct generation *generation, const char *const *names, size_t count,
                  bool json, struct error *error)
{
  struct arena arena;
  struct buffer document = {0};
  size_t all = count > 0 ? count : generation->contract_count;
  int result = 0;
  arena_init(&arena, 64 * 1024);
  for (size_t i = 0; i < all && result == 0; i++) {
    const struct contract *contract = count > 0
                                          ? cli_find_contract(generation, names[i], &arena, error)
                                          : generation->contracts[i];
    result = contract ? tell_contract(generation, contract, &arena, i == 0, json ? &document : NULL,
                                      error)
                      : -1;
  }
  if (json && result == 0) {
    buffer_append_text(&document, document.length == 0 ? TEXT("[]\n") : TEXT("\n]\n"));
    print_json(stdout, buffer_text(&document));
  }
  buffer_deinit(&document);
  arena_deinit(&arena);
  return result;
}
