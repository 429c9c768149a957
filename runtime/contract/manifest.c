/* Reading and verifying. The signature comes first: nothing else of a manifest is looked at before
 * somebody trusted is known to have written it. */
#include "contract/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "contract/manifest_text.h"

enum { MANIFEST_MAX_BYTES = 32 * 1024 * 1024 };

static const char sign_again[] =
    "restore what was signed, or have the change reviewed and sign it with `writ sign`";

struct verifying {
  const struct source_tree *sources;
  const struct public_key *keys;
  size_t key_count;
  struct arena arena;
  struct source source; /* the manifest */
  struct report *report;
};

static int read_manifest(struct verifying *verifying)
{
  struct error error = {0};
  struct stat status;
  const char *folder = verifying->sources->folder;
  if (lstat(file_join(&verifying->arena, folder, MANIFEST_FILE), &status) && errno == ENOENT)
    return report_error(verifying->report, FINDING_MANIFEST_MISSING, NULL, 0,
                        "have contracts/ reviewed and sign it: writ sign",
                        "there is no " MANIFEST_FILE ", so nobody has signed these contracts");
  if (file_read_below(&verifying->arena, folder, MANIFEST_FILE, MANIFEST_MAX_BYTES,
                      &verifying->source.text, &error))
    return report_error(verifying->report, FINDING_FILE_UNREADABLE, NULL, 0, NULL, "%s",
                        error.message);
  return 0;
}

static bool is_trusted(const struct verifying *verifying, const struct public_key *key)
{
  bool found = verifying->key_count == 0;
  for (size_t i = 0; i < verifying->key_count && !found; i++)
    found = crypto_equal(&verifying->keys[i], key, sizeof *key);
  return found;
}

static int check_signature(const struct verifying *verifying, const struct manifest_text *text)
{
  if (!crypto_is_signed(text->signature, text->signer.bytes, text->is_signed))
    return report_error(verifying->report, FINDING_SIGNATURE_WRONG, &verifying->source,
                        text->is_signed.length, sign_again,
                        "the signature is wrong: the manifest was altered after it was signed");
  if (is_trusted(verifying, &text->signer)) return 0;
  char key[PUBLIC_KEY_CHARS + 1];
  public_key_print(key, &text->signer);
  return report_error(verifying->report, FINDING_SIGNER_UNKNOWN, &verifying->source,
                      text->is_signed.length,
                      "have it signed by a key that is trusted, or trust this one",
                      "it is signed by %s, which is not trusted here", key);
}

/* ---- what is signed, and what is there ---- */

static void report_extra(const struct verifying *verifying, const struct source *file)
{
  struct source place = {.path = file->path};
  report_error(verifying->report, FINDING_FILE_UNSIGNED, &place, 0,
               "remove it, or have it reviewed and sign it with `writ sign`",
               "this file is not in the manifest");
}

static void report_missing(const struct verifying *verifying, const struct manifest_entry *entry)
{
  struct source place = {.path = arena_copy(&verifying->report->arena, entry->path).data};
  report_error(verifying->report, FINDING_FILE_MISSING, &place, 0, sign_again,
               "this file of the manifest is missing");
}

static void check_file(const struct verifying *verifying, const struct manifest_entry *entry,
                       const struct source *file)
{
  unsigned char hash[HASH_BYTES];
  struct source place = {.path = file->path};
  crypto_hash_text(hash, TEXT(""), file->text);
  if (entry->bytes == file->text.length && memcmp(hash, entry->hash, sizeof hash) == 0) return;
  report_error(verifying->report, FINDING_FILE_ALTERED, &place, 0, sign_again,
               "this file was altered: it is not the one of %llu bytes that was signed",
               (unsigned long long)entry->bytes);
}

/* Both are sorted by path. */
static void check_files(const struct verifying *verifying, struct manifest_text *text)
{
  const struct source *file = verifying->sources->files;
  const struct source *end = file + verifying->sources->count;
  struct manifest_entry entry;
  while (manifest_text_next(text, &entry)) {
    int order = 1;
    while (file < end && (order = text_compare(text_of(file->path), entry.path)) < 0)
      report_extra(verifying, file++);
    if (order == 0)
      check_file(verifying, &entry, file++);
    else
      report_missing(verifying, &entry);
  }
  while (!text->wrong && file < end) report_extra(verifying, file++);
}

static int verify(struct verifying *verifying, struct manifest *manifest)
{
  size_t errors = verifying->report->errors;
  struct manifest_text text;
  if (read_manifest(verifying)) return -1;
  if (manifest_text_open(&text, verifying->source.text) == 0 && check_signature(verifying, &text))
    return -1;
  if (!text.wrong && manifest_text_begin(&text, &manifest->version) == 0)
    check_files(verifying, &text);
  if (text.wrong)
    return report_error(verifying->report, FINDING_MANIFEST_WRONG, &verifying->source,
                        text.wrong_at, "write it anew with `writ sign`", "%s", text.wrong);
  manifest->signer = text.signer;
  crypto_hash_text(manifest->hash, TEXT(""), text.is_signed);
  return verifying->report->errors == errors ? 0 : -1;
}

int manifest_verify(const struct source_tree *sources, const struct public_key *keys,
                    size_t key_count, struct manifest *manifest, struct report *report)
{
  struct verifying verifying = {.sources = sources,
                                .keys = keys,
                                .key_count = key_count,
                                .source = {.path = MANIFEST_FILE},
                                .report = report};
  *manifest = (struct manifest){0};
  arena_init(&verifying.arena, 64 * 1024);
  int result = verify(&verifying, manifest);
  arena_deinit(&verifying.arena);
  return result;
}
