/* A manifest as an attacker may write it: what is read of it is all of it, so writing that again
 * gives the same bytes; and whatever is wrong lies within it. The same bytes as a JSON file, whose
 * escapes are looked for before anything has parsed it. */
#include "fuzz.h"

#include <inttypes.h>

#include "contract/characters.h"
#include "contract/manifest_text.h"

static void append_entry(struct buffer *out, const struct manifest_entry *entry)
{
  char hex[2 * HASH_BYTES + 1];
  crypto_hex(hex, entry->hash, sizeof entry->hash);
  buffer_print(out, "file %s %" PRIu64 " ", hex, entry->bytes);
  buffer_append_text(out, entry->path);
  buffer_append_byte(out, '\n');
}

static void append_signature(struct buffer *out, const struct manifest_text *text)
{
  char key[PUBLIC_KEY_CHARS + 1], signature[BASE64_CHARS(SIGNATURE_BYTES) + 1];
  public_key_print(key, &text->signer);
  crypto_base64(signature, text->signature, sizeof text->signature);
  buffer_print(out, "signature %s %s\n", key, signature);
}

static void check_manifest(struct text all)
{
  struct manifest_text text;
  struct manifest_entry entry;
  struct buffer again = {0};
  int64_t version;
  if (manifest_text_open(&text, all) == 0 && manifest_text_begin(&text, &version) == 0) {
    buffer_print(&again, MANIFEST_HEADER "\nversion %" PRId64 "\n", version);
    while (manifest_text_next(&text, &entry)) append_entry(&again, &entry);
    append_signature(&again, &text);
    PROMISE(text.wrong || text_equal(buffer_text(&again), all), "read as %.*s",
            TEXT_ARGS(buffer_text(&again)));
  }
  PROMISE(!text.wrong || text.wrong_at <= all.length, "wrong at %zu of %zu", text.wrong_at,
          all.length);
  buffer_deinit(&again);
}

static void check_escapes(struct text all)
{
  struct source source = {"x.json", all};
  struct report report;
  report_init(&report);
  PROMISE(characters_check_escapes(&source, &report) == (report.errors == 0), "refused in silence");
  report_deinit(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct text text = fuzz_copy(data, size);
  check_manifest(text);
  check_escapes(text);
  free((void *)(uintptr_t)text.data);
  return 0;
}
