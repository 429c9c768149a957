/* `writ validate`: holds JSON documents against a JSON Schema. The schema may refer to other files;
 * it is a user's own, on the command line, so it reaches whatever that user can read. */
#include "cli/validate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/print.h"

static const char help[] =
    "usage: writ validate [OPTION…] SCHEMA FILE…\n"
    "       writ validate --stdin [OPTION…]\n\n"
    "Holds JSON documents against a JSON Schema (draft 2020-12) and says on stdout what does not\n"
    "fit, one line each:\n\n"
    "  FILE:LINE:COLUMN: /pointer/into/it what must be; got what\n\n"
    "A FILE that is - is standard input. What SCHEMA refers to is looked for relative to the file\n"
    "that refers. At most 16 MB each.\n\n"
    "  --json            answer with one JSON document instead: docs/json/validate.schema.json\n"
    "  --stdin           read lines {\"schema\": …, \"data\": …} and answer each at once with a "
    "line\n"
    "                    {\"valid\": …, \"errors\": [{\"instance\": …, \"schema\": …, \"keyword\": "
    "…,\n"
    "                    \"message\": …}]}, or with {\"error\": …} if it is not such a line\n"
    "  --no-format       do not check `format`: it only describes\n"
    "  --strict          refuse keywords that the draft does not have, with a suggestion\n"
    "  --map URI=FOLDER  look in FOLDER for schemas whose URIs begin with URI\n\n"
    "Exit code 0: all documents are valid (with --stdin: every line was answered, whether valid "
    "or\n"
    "not); 1: some are not (some line got an error); 2: the command line, the schema or a file\n"
    "cannot be used.\n\n"
    "examples: writ validate user.schema.json ada.json bob.json\n"
    "          curl -s https://example.com/users/1 | writ validate user.schema.json -\n"
    "          echo '{\"schema\": {\"type\": \"integer\"}, \"data\": 1.5}' | writ validate "
    "--stdin\n";

const struct json_limits validate_limits = {.depth = 1000, .nodes = 1000000};

/* --- the schema --- */

/* Reads a file or, for "-", standard input. Symbolic links are followed, pipes are read. */
static int read_file(struct arena *arena, const char *path, struct text *text, struct error *error)
{
  bool standard_input = !strcmp(path, "-");
  FILE *file = standard_input ? stdin : fopen(path, "re");
  if (!file) return error_set(error, "%s: %s", path, strerror(errno));
  struct buffer bytes = {0};
  size_t got;
  do {
    got = fread(buffer_reserve(&bytes, 65536), 1, 65536, file);
    bytes.length += got;
  } while (got > 0 && bytes.length <= VALIDATE_MAX_BYTES);
  int result = 0;
  if (ferror(file)) result = error_set(error, "%s: %s", path, strerror(errno));
  if (bytes.length > VALIDATE_MAX_BYTES)
    result = error_set(error, "%s: is larger than %d MB", path, VALIDATE_MAX_BYTES >> 20);
  if (!standard_input) fclose(file);
  if (result == 0) *text = arena_copy(arena, buffer_text(&bytes));
  buffer_deinit(&bytes);
  return result;
}

/* A schema, read and parsed; NULL with a finding, or without one if there is no such file. */
static const struct json *read_schema(struct validating *v, const char *path,
                                      const struct source **source)
{
  struct source *read = arena_new(&v->arena, sizeof *read);
  struct json *root = arena_new(&v->arena, sizeof *root);
  struct json_error wrong;
  read->path = path;
  *source = read;
  if (read_file(&v->arena, path, &read->text, NULL)) return NULL;
  if (json_read(&v->arena, read->text, &validate_limits, root, &wrong)) {
    report_error(&v->report, FINDING_NOT_JSON, read, wrong.offset, NULL, "this is not JSON: %s",
                 wrong.message);
    return NULL;
  }
  return root;
}

/* As people would write it from where they are. */
static const char *short_path(const char *path)
{
  char here[4096];
  size_t length = getcwd(here, sizeof here) ? strlen(here) : 0;
  bool below = length > 0 && !strncmp(path, here, length) && path[length] == '/';
  return below ? path + length + 1 : path;
}

static const struct json *load(void *context, struct text path, const struct source **source)
{
  struct validating *v = context;
  if (v->map_folder && text_starts_with(path, v->map_uri.data))
    return read_schema(v, file_join(&v->arena, v->map_folder, path.data + v->map_uri.length),
                       source);
  if (!v->reads_files || memchr(path.data, ':', path.length)) return NULL;
  return read_schema(v, short_path(arena_print(&v->arena, "/%s", path.data).data), source);
}

const struct schema *validate_compile(struct validating *v, const struct source *source,
                                      const char *path, const struct json *root,
                                      struct schema_set **set)
{
  *set = schema_set_new(&v->arena, load, v);
  return schema_compile(*set, source, path, root, root, v->flags, &v->report);
}

struct text validate_findings(struct validating *v)
{
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  if (!out) return TEXT("the schema cannot be used");
  report_print(&v->report, out);
  fclose(out);
  struct text copy = arena_copy(&v->arena, text_trim((struct text){text, length}));
  free(text);
  return copy;
}

/* --- what is said of a document --- */

static void write_member(struct buffer *out, const char *name, struct text value)
{
  buffer_print(out, ",\"%s\":", name);
  json_write_string(out, value);
}

void validate_write_errors(struct buffer *out, const struct schema_problems *problems,
                           const struct source *source)
{
  buffer_append_text(out, TEXT("\"errors\":["));
  for (size_t i = 0; i < problems->count; i++) {
    const struct schema_problem *problem = &problems->items[i];
    unsigned line, column;
    buffer_append_text(out, i > 0 ? TEXT(",{") : TEXT("{"));
    if (source) {
      source_locate(source, problem->offset, &line, &column);
      buffer_print(out, "\"line\":%u,\"column\":%u,", line, column);
    }
    buffer_append_text(out, TEXT("\"instance\":"));
    json_write_string(out, problem->instance);
    write_member(out, "schema", problem->location);
    write_member(out, "keyword", problem->keyword);
    write_member(out, "message", problem->message);
    buffer_append_byte(out, '}');
  }
  buffer_append_byte(out, ']');
}

static void write_lines(struct buffer *out, const struct schema_problems *problems,
                        const struct source *source)
{
  for (size_t i = 0; i < problems->count; i++) {
    const struct schema_problem *problem = &problems->items[i];
    unsigned line, column;
    source_locate(source, problem->offset, &line, &column);
    buffer_append_visible(out, text_of(source->path));
    buffer_print(out, ":%u:%u: ", line, column);
    buffer_append_visible(out, problem->instance);
    if (problem->instance.length > 0) buffer_append_byte(out, ' ');
    buffer_append_text(out, problem->message);
    buffer_append_byte(out, '\n');
  }
}

/* One document; what is not JSON has one problem. Returns the exit code. */
static int validate_document(const struct schema *schema, const struct source *source,
                             struct schema_problems *problems)
{
  struct json value;
  struct json_error wrong;
  if (json_read(problems->arena, source->text, &validate_limits, &value, &wrong)) {
    struct text message = arena_print(problems->arena, "is not JSON: %s", wrong.message);
    problems->items[problems->count++] = (struct schema_problem){
        .instance = TEXT(""), .location = TEXT(""), .message = message, .offset = wrong.offset};
    return EXIT_FINDINGS;
  }
  return schema_valid(schema, &value, problems) ? EXIT_OK : EXIT_FINDINGS;
}

static int validate_file(const struct schema *schema, const char *path, bool json,
                         struct buffer *out)
{
  struct arena arena;
  struct error error = {0};
  struct source source = {.path = path};
  arena_init(&arena, 1 << 16);
  struct schema_problems problems = {.arena = &arena};
  int code = EXIT_USAGE;
  if (read_file(&arena, path, &source.text, &error) == 0)
    code = validate_document(schema, &source, &problems);
  if (json) {
    buffer_append_text(out, TEXT("{\"file\":"));
    json_write_string(out, text_of(path));
    buffer_print(out, ",\"valid\":%s,", code == EXIT_OK ? "true" : "false");
    if (code == EXIT_USAGE) {
      buffer_append_text(out, TEXT("\"error\":"));
      json_write_string(out, text_of(error.message));
    } else {
      validate_write_errors(out, &problems, &source);
    }
    buffer_append_byte(out, '}');
  } else if (code == EXIT_USAGE) {
    print_error("", &error);
  } else {
    write_lines(out, &problems, &source);
  }
  arena_deinit(&arena);
  return code;
}

/* Before what stderr says next, also where both go to one file. */
static void flush(struct buffer *out)
{
  print_json(stdout, buffer_text(out));
  fflush(stdout);
  buffer_clear(out);
}

static int validate_files(const struct schema *schema, const char **paths, size_t count, bool json)
{
  struct buffer out = {0}, documents = {0};
  int worst = EXIT_OK;
  size_t good = 0;
  for (size_t i = 0; i < count; i++) {
    if (json && i > 0) buffer_append_byte(&documents, ',');
    int code = validate_file(schema, paths[i], json, &documents);
    if (!json) flush(&documents);
    if (code > worst) worst = code;
    good += code == EXIT_OK;
  }
  if (json) {
    buffer_print(&out, "{\"valid\":%s,\"documents\":[", worst == EXIT_OK ? "true" : "false");
    buffer_append_text(&out, buffer_text(&documents));
    buffer_append_text(&out, TEXT("]}\n"));
    flush(&out);
  } else if (worst == EXIT_OK) {
    printf("%zu document%s, nothing wrong\n", count, count == 1 ? "" : "s");
  } else {
    fprintf(stderr, "%zu of %zu document%s not valid\n", count - good, count,
            count == 1 ? "" : "s");
  }
  buffer_deinit(&documents);
  buffer_deinit(&out);
  return worst;
}

/* --- the command line --- */

static int run(struct validating *v, const char **paths, size_t count, bool json)
{
  struct error error = {0};
  const struct schema *schema = NULL;
  struct schema_set *set = NULL;
  struct source *source = arena_new(&v->arena, sizeof *source);
  struct json *root = arena_new(&v->arena, sizeof *root);
  struct json_error wrong;
  char *real = strcmp(paths[0], "-") ? realpath(paths[0], NULL) : NULL;
  source->path = paths[0];
  v->reads_files = true;
  if (read_file(&v->arena, paths[0], &source->text, &error))
    report_error(&v->report, FINDING_FILE_UNREADABLE, NULL, 0, NULL, "%s", error.message);
  else if (json_read(&v->arena, source->text, &validate_limits, root, &wrong))
    report_error(&v->report, FINDING_NOT_JSON, source, wrong.offset, NULL, "this is not JSON: %s",
                 wrong.message);
  else
    schema = validate_compile(v, source, real ? real + 1 : "", root, &set);
  int code = EXIT_USAGE;
  if (schema) code = validate_files(schema, paths + 1, count - 1, json);
  if (!schema && json) {
    struct buffer out = {0};
    buffer_append_text(&out, TEXT("{\"error\":"));
    json_write_string(&out, validate_findings(v));
    buffer_append_text(&out, TEXT("}\n"));
    flush(&out);
    buffer_deinit(&out);
  } else {
    report_print(&v->report, stderr);
  }
  schema_set_free(set);
  free(real);
  return code;
}

static int misused(const char *what)
{
  fprintf(stderr, "writ: %s; see writ validate --help\n", what);
  return EXIT_USAGE;
}

static int with_operands(struct validating *v, const char **paths, size_t count, bool json,
                         bool lines, const char *map)
{
  const char *equals = map ? strrchr(map, '=') : NULL;
  if (lines && (json || count > 0)) return misused("--stdin takes neither files nor --json");
  if (!lines && count < 2) return misused("validate needs a schema and a document at least");
  if (map && !equals) return misused("--map needs URI=FOLDER");
  if (map) {
    v->map_uri = arena_copy(&v->arena, (struct text){map, (size_t)(equals - map)});
    v->map_folder = equals + 1;
  }
  return lines ? validate_stdin(v) : run(v, paths, count, json);
}

int cli_validate(int argc, char **argv)
{
  bool json = false, lines = false, no_format = false, strict = false;
  const char *map = NULL;
  const struct option options[] = {{.name = "--json", .flag = &json},
                                   {.name = "--stdin", .flag = &lines},
                                   {.name = "--no-format", .flag = &no_format},
                                   {.name = "--strict", .flag = &strict},
                                   {.name = "--map", .value = &map}};
  struct validating v = {0};
  arena_init(&v.arena, 1 << 16);
  report_init(&v.report);
  const char **operands = arena_new_array(&v.arena, (size_t)argc, sizeof *operands);
  size_t count;
  int code;
  if (cli_arguments(argc, argv, options, sizeof options / sizeof *options, operands, &count, help,
                    &code)) {
    v.flags = (no_format ? SCHEMA_FORMAT_ANNOTATES : 0u) | (strict ? SCHEMA_STRICT : 0u);
    code = with_operands(&v, operands, count, json, lines, map);
  }
  report_deinit(&v.report);
  arena_deinit(&v.arena);
  return code;
}
