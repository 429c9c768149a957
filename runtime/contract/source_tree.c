/* One walk, which reads each file through the folder in which it was found. */
#include "contract/source_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "contract/characters.h"

enum {
  TREE_CHUNK_BYTES = 64 * 1024,
  FILE_MAX_BYTES = 4 * 1024 * 1024,
  TREE_MAX_BYTES = 256 * 1024 * 1024,
  TREE_MAX_FILES = 100000
};

struct tree_reader {
  struct source_tree *tree;
  struct report *report;
  struct source *files; /* on the heap */
  size_t count, capacity, bytes;
};

/* A name that looks the same everywhere, needs no quotes, and fits on a line of a manifest. */
static bool is_plain(struct text path)
{
  static const char marks[] = "/._-";
  for (size_t i = 0; i < path.length; i++) {
    char byte = path.data[i];
    bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                        (byte >= 'A' && byte <= 'Z');
    if (!alphanumeric && !memchr(marks, byte, sizeof marks - 1)) return false;
  }
  return true;
}

static struct source *add(struct tree_reader *reader, struct text path)
{
  if (reader->count == reader->capacity) {
    reader->capacity = reader->capacity > 0 ? reader->capacity * 2 : 64;
    reader->files = memory_resize(reader->files, reader->capacity * sizeof *reader->files);
  }
  struct source *file = &reader->files[reader->count++];
  *file = (struct source){.path = arena_copy(&reader->tree->arena, path).data};
  return file;
}

static int check_size(struct tree_reader *reader, const struct source *file)
{
  reader->bytes += file->text.length;
  if (reader->count <= TREE_MAX_FILES && reader->bytes <= TREE_MAX_BYTES) return 0;
  return report_error(
      reader->report, FINDING_TREE_TOO_LARGE, NULL, 0, "keep only contracts in contracts/",
      "contracts/ has more than %d files or %d bytes", TREE_MAX_FILES, TREE_MAX_BYTES);
}

static void check_text(struct tree_reader *reader, const struct source *file)
{
  struct text path = text_of(file->path);
  bool json = text_ends_with(path, ".json"), sql = text_ends_with(path, ".sql");
  if ((!json && !sql) || !characters_check(file, reader->report)) return;
  if (json) characters_check_escapes(file, reader->report);
  if (sql) characters_check_spaces(file, reader->report);
}

static int read_file(struct tree_reader *reader, int parent, const char *name, struct text path)
{
  struct source *file = add(reader, path);
  struct error error = {0};
  if (file_read_at(&reader->tree->arena, parent, name, "it cannot be read", FILE_MAX_BYTES,
                   &file->text, &error)) {
    report_error(reader->report, FINDING_FILE_UNREADABLE, file, 0, NULL, "%s", error.message);
    return 0;
  }
  check_text(reader, file);
  return check_size(reader, file);
}

static int visit(void *context, const struct file_entry *entry)
{
  struct tree_reader *reader = context;
  struct text path = arena_print(&reader->tree->arena, "contracts/%.*s", TEXT_ARGS(entry->path));
  struct source place = {.path = path.data};
  if (S_ISLNK(entry->mode))
    report_error(reader->report, FINDING_SYMBOLIC_LINK, &place, 0, "put the file itself here",
                 "symbolic links are not followed: what they lead to can change unseen");
  else if (!S_ISREG(entry->mode))
    report_error(reader->report, FINDING_NOT_A_FILE, &place, 0, "remove it",
                 "this is not a regular file");
  else if (!is_plain(entry->path))
    report_error(reader->report, FINDING_FILE_NAME, &place, 0, "rename it",
                 "names below contracts/ are made of ASCII letters, digits, '.', '_' and '-'");
  else
    return read_file(reader, entry->parent, entry->name, path);
  return 0;
}

static void read_contracts(struct tree_reader *reader)
{
  struct error error = {0};
  if (file_walk(reader->tree->folder, "contracts", visit, reader, &error) && error.message[0])
    report_error(reader->report, FINDING_FILE_UNREADABLE, NULL, 0, NULL, "%s", error.message);
}

static void read_config(struct tree_reader *reader)
{
  struct stat status;
  struct error error = {0};
  struct arena *arena = &reader->tree->arena;
  if (lstat(file_join(arena, reader->tree->folder, "writ.json"), &status) && errno == ENOENT)
    return;
  struct source *file = add(reader, TEXT("writ.json"));
  if (file_read_below(arena, reader->tree->folder, "writ.json", FILE_MAX_BYTES, &file->text,
                      &error))
    report_error(reader->report, FINDING_FILE_UNREADABLE, NULL, 0, NULL, "%s", error.message);
  else
    check_text(reader, file);
}

static int by_path(const void *a, const void *b)
{
  const struct source *x = a, *y = b;
  return strcmp(x->path, y->path);
}

void source_tree_read(struct source_tree *tree, const char *app_folder, struct report *report)
{
  struct tree_reader reader = {.tree = tree, .report = report};
  size_t errors = report->errors;
  *tree = (struct source_tree){.folder = app_folder};
  arena_init(&tree->arena, TREE_CHUNK_BYTES);
  read_contracts(&reader);
  read_config(&reader);
  tree->files = arena_new_array(&tree->arena, reader.count + 1, sizeof *tree->files);
  tree->count = reader.count;
  if (reader.count > 0) {
    qsort(reader.files, reader.count, sizeof *reader.files, by_path);
    memcpy(tree->files, reader.files, reader.count * sizeof *reader.files);
  }
  memory_free(reader.files);
  tree->complete = report->errors == errors;
}

void source_tree_free(struct source_tree *tree)
{
  arena_deinit(&tree->arena);
  *tree = (struct source_tree){0};
}

void source_tree_pack(const struct source_tree *tree, struct bundle_writer *writer)
{
  for (size_t i = 0; i < tree->count; i++)
    bundle_add(writer, tree->files[i].path, tree->files[i].text);
}

void source_tree_unpack(struct source_tree *tree, const struct bundle *bundle,
                        const char *app_folder)
{
  size_t first, end;
  struct text config;
  *tree = (struct source_tree){.folder = app_folder, .complete = true};
  arena_init(&tree->arena, TREE_CHUNK_BYTES);
  bundle_range(bundle, "contracts/", &first, &end);
  tree->files = arena_new_array(&tree->arena, end - first + 1, sizeof *tree->files);
  for (; first < end; first++) {
    struct bundle_part part = bundle_part(bundle, first);
    tree->files[tree->count++] = (struct source){part.name, part.bytes};
  }
  if (bundle_find(bundle, "writ.json", &config))
    tree->files[tree->count++] = (struct source){"writ.json", config};
}

void source_tree_hash(const struct source_tree *tree, unsigned char hash[HASH_BYTES])
{
  struct crypto_hash_part *parts = memory_new_array(2 * tree->count + 1, sizeof *parts);
  for (size_t i = 0; i < tree->count; i++) {
    const struct source *file = &tree->files[i];
    parts[2 * i] = (struct crypto_hash_part){file->path, strlen(file->path)};
    parts[2 * i + 1] = (struct crypto_hash_part){file->text.data, file->text.length};
  }
  crypto_hash_parts(hash, TEXT(""), parts, 2 * tree->count);
  memory_free(parts);
}

const struct source *source_tree_find(const struct source_tree *tree, struct text path)
{
  for (size_t low = 0, high = tree->count; low < high;) {
    size_t middle = low + (high - low) / 2;
    int order = text_compare(text_of(tree->files[middle].path), path);
    if (order == 0) return &tree->files[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const char *source_below(const struct source *file, const char *folder, const char *suffix)
{
  struct text path = text_of(file->path);
  bool below = text_starts_with(path, folder) && text_ends_with(path, suffix) &&
               path.length >= strlen(folder) + strlen(suffix);
  return below ? file->path + strlen(folder) : NULL;
}
