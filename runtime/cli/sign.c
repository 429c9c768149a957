/* `writ sign`: keys, signing what has been reviewed, checking signatures. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/print.h"
#include "contract/manifest.h"

static const char help[] =
    "usage: writ sign --new-key FILE [--json]\n"
    "       writ sign --key FILE [--version N] [--json] [FOLDER]\n"
    "       writ sign --check [--trust KEY]… [--json] [FOLDER]\n\n"
    "Signs contracts/ and writ.json of the app in FOLDER (default: .), so that `writ serve "
    "--trust`\n"
    "serves nothing else: writes " MANIFEST_FILE
    ", with a version, the hash of every file, and the\n"
    "signature. Sign what you have reviewed, where no one else can change it. Handlers are not\n"
    "signed; they may change at any time.\n\n"
    "  --new-key FILE  make a key: the secret one in FILE, the public one in FILE.pub\n"
    "  --key FILE      sign with the secret key in FILE\n"
    "  --version N     of the manifest, instead of one more than that of the last one of this\n"
    "                  key; a server refuses versions older than the last it has served\n"
    "  --check         say whether the files are those that were signed\n"
    "  --trust KEY     by this public key (its text or its file); may be given several times\n"
    "  --json          what was done, as an object: docs/json/sign.schema.json\n\n"
    "Exit code 0: done; 1: refused, stderr says why; 2: the command line is not understood.\n\n"
    "example: writ sign --new-key ~/contracts.key && writ sign --key ~/contracts.key\n";

struct sign_options {
  const char *new_key, *key, *version, *folder;
  bool check, json;
  struct trust trust;
};

static int fail(const struct error *error)
{
  print_error("writ: ", error);
  return EXIT_FINDINGS;
}

static int make_key(const char *path, bool json)
{
  struct public_key key;
  struct error error = {0};
  char text[PUBLIC_KEY_CHARS + 1];
  if (signing_key_create(path, &key, &error)) return fail(&error);
  public_key_print(text, &key);
  if (json) {
    const struct print_member members[] = {{"secret_key_file", json_string(text_of(path))},
                                           {"public_key", json_string(text_of(text))}};
    print_json_object(stdout, members, sizeof members / sizeof *members);
    putchar('\n');
    return EXIT_OK;
  }
  printf("%s is secret: keep it where neither the app nor its authors get at it\n"
         "%s.pub is public: writ serve --trust %s\n",
         path, path, text);
  return EXIT_OK;
}

static int print_findings(struct report *report, bool json)
{
  findings_print(report, json);
  return EXIT_FINDINGS;
}

static void print_manifest(const struct source_tree *sources, const struct manifest *manifest)
{
  char signer[PUBLIC_KEY_CHARS + 1];
  public_key_print(signer, &manifest->signer);
  printf("version %" PRId64 ", %zu files, signed by %s\n", manifest->version, sources->count,
         signer);
}

/* `changes` since the version before; NULL: not asked, or not known. */
static void print_object(const struct source_tree *sources, const struct manifest *manifest,
                         const struct report *changes)
{
  char signer[PUBLIC_KEY_CHARS + 1];
  struct arena arena;
  arena_init(&arena, 4096);
  public_key_print(signer, &manifest->signer);
  struct json *items = arena_new_array(&arena, (changes ? changes->errors : 0) + 1, sizeof *items);
  uint32_t count = 0;
  for (const struct finding *change = changes ? changes->first : NULL; change;
       change = change->next) {
    struct json_builder object = {0};
    json_builder_add(&object, &arena, TEXT("file"), json_string(text_of(change->path)));
    json_builder_add(&object, &arena, TEXT("message"), json_string(text_of(change->message)));
    items[count++] = json_builder_object(&object);
  }
  const struct json list = {.type = JSON_ARRAY, .items = items, .length = count};
  const struct print_member members[] = {{"version", json_integer(manifest->version)},
                                         {"files", json_integer((int64_t)sources->count)},
                                         {"signer", json_string(text_of(signer))},
                                         {"changes", changes ? list : json_null()}};
  print_json_object(stdout, members, sizeof members / sizeof *members);
  putchar('\n');
  arena_deinit(&arena);
}

static int check(const struct source_tree *sources, const struct sign_options *options,
                 struct report *report)
{
  const struct trust *trust = &options->trust;
  struct manifest manifest;
  if (manifest_verify(sources, trust->keys, trust->count, &manifest, report))
    return print_findings(report, options->json);
  if (options->json) {
    print_object(sources, &manifest, NULL);
    return EXIT_OK;
  }
  print_manifest(sources, &manifest);
  if (trust->count == 0) puts("whether this key is to be trusted was not asked: --trust KEY");
  return EXIT_OK;
}

/* ---- signing ---- */

static bool parse_version(const char *text, int64_t *version)
{
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > MANIFEST_VERSION_MAX_DIGITS || text[digits]) return false;
  *version = strtoll(text, NULL, 10);
  return *version > 0;
}

/* What was signed last, with this very key: whoever can write beside contracts/ can sign with
 * another, and would have a say in what the reviewer hears of the changes. */
struct before {
  struct manifest manifest; /* version 0: there is none, or none that counts */
  struct report changes;    /* what is not as it was signed */
  bool exists;
};

static void read_before(const struct source_tree *sources, const struct public_key *key,
                        struct before *before)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/" MANIFEST_FILE, sources->folder);
  before->exists = access(path, F_OK) == 0;
  manifest_verify(sources, key, 1, &before->manifest, &before->changes);
}

static int choose_version(const char *asked, const struct before *before, int64_t *version,
                          struct error *error)
{
  int64_t last = before->manifest.version;
  if (asked && !parse_version(asked, version))
    return error_set(error, "--version: \"%s\" must be a number from 1 on", asked);
  if (asked) return 0;
  if (last == 0 && before->exists)
    return error_set(error, MANIFEST_FILE " is damaged or signed by another key, so its version "
                                          "says nothing: say which comes next with --version N");
  if (last == MANIFEST_VERSION_MAX)
    return error_set(error, MANIFEST_FILE ": version %" PRId64 " is the last there is", last);
  *version = last + 1;
  return 0;
}

static void print_changes(const struct before *before)
{
  const struct finding *change = before->changes.first;
  if (before->manifest.version == 0) {
    if (before->exists)
      puts("what has changed is not known: " MANIFEST_FILE " is damaged or signed by another key");
    return;
  }
  printf("since version %" PRId64 ":\n", before->manifest.version);
  if (!change) puts("  nothing has changed");
  for (; change; change = change->next) printf("  %s: %s\n", change->path, change->message);
}

static int sign_with(const struct source_tree *sources, const unsigned char *secret,
                     const struct sign_options *options, struct before *before)
{
  struct manifest manifest = {0};
  struct error error = {0};
  crypto_public_key(manifest.signer.bytes, secret);
  read_before(sources, &manifest.signer, before);
  if (choose_version(options->version, before, &manifest.version, &error)) return fail(&error);
  if (!options->json) print_changes(before);
  if (manifest_sign(sources, secret, manifest.version, &error)) return fail(&error);
  if (options->json)
    print_object(sources, &manifest, before->manifest.version > 0 ? &before->changes : NULL);
  else
    print_manifest(sources, &manifest);
  return EXIT_OK;
}

static int sign(const struct source_tree *sources, const struct sign_options *options)
{
  unsigned char secret[SIGNING_KEY_BYTES];
  struct error error = {0};
  struct before before = {0};
  if (signing_key_read(options->key, secret, &error)) return fail(&error);
  report_init(&before.changes);
  int code = sign_with(sources, secret, options, &before);
  report_deinit(&before.changes);
  crypto_wipe(secret, sizeof secret);
  return code;
}

static int sign_or_check(const struct sign_options *options)
{
  struct source_tree sources;
  struct report report;
  int code;
  report_init(&report);
  source_tree_read(&sources, options->folder ? options->folder : ".", &report);
  if (!sources.complete)
    code = print_findings(&report, options->json);
  else if (options->check)
    code = check(&sources, options, &report);
  else
    code = sign(&sources, options);
  source_tree_free(&sources);
  report_deinit(&report);
  return code;
}

static bool is_understood(const struct sign_options *options)
{
  int tasks = (options->new_key != NULL) + (options->key != NULL) + options->check;
  if (tasks != 1) return false;
  if (options->version && !options->key) return false;
  if (options->trust.count > 0 && !options->check) return false;
  return !(options->new_key && options->folder);
}

int cli_sign(int argc, char **argv)
{
  struct sign_options options = {0};
  const struct option table[] = {{"--new-key", &options.new_key, NULL},
                                 {"--key", &options.key, NULL},
                                 {"--version", &options.version, NULL},
                                 {"--check", NULL, &options.check},
                                 {"--json", NULL, &options.json}};
  int code;
  if (!cli_trust(&argc, argv, &options.trust, &code) ||
      !cli_options(argc, argv, table, sizeof table / sizeof table[0], &options.folder, help, &code))
    return code;
  if (!is_understood(&options)) {
    fputs("writ: one of --new-key, --key and --check must be given; see --help\n", stderr);
    return EXIT_USAGE;
  }
  return options.new_key ? make_key(options.new_key, options.json) : sign_or_check(&options);
}
