/* Writing a manifest, in the one spelling that manifest_text.c reads. */
#include <inttypes.h>

#include "base/file.h"
#include "contract/manifest_text.h"

static void append_file(struct buffer *out, const struct source *file)
{
  unsigned char hash[HASH_BYTES];
  char hex[2 * HASH_BYTES + 1];
  crypto_hash_text(hash, TEXT(""), file->text);
  crypto_hex(hex, hash, sizeof hash);
  buffer_print(out, "file %s %zu %s\n", hex, file->text.length, file->path);
}

static void append_signature(struct buffer *out, const unsigned char secret[SIGNING_KEY_BYTES])
{
  struct public_key signer;
  unsigned char signature[SIGNATURE_BYTES];
  char key[PUBLIC_KEY_CHARS + 1], encoded[BASE64_CHARS(SIGNATURE_BYTES) + 1];
  crypto_public_key(signer.bytes, secret);
  crypto_sign_text(signature, secret, buffer_text(out));
  public_key_print(key, &signer);
  crypto_base64(encoded, signature, sizeof signature);
  buffer_print(out, "signature %s %s\n", key, encoded);
}

int manifest_sign(const struct source_tree *sources, const unsigned char secret[SIGNING_KEY_BYTES],
                  int64_t version, struct error *error)
{
  struct arena arena;
  struct buffer text = {0};
  arena_init(&arena, 512);
  buffer_print(&text, MANIFEST_HEADER "\nversion %" PRId64 "\n", version);
  for (size_t i = 0; i < sources->count; i++) append_file(&text, &sources->files[i]);
  append_signature(&text, secret);
  int result = file_replace(file_join(&arena, sources->folder, MANIFEST_FILE), 0644,
                            buffer_text(&text), error);
  buffer_deinit(&text);
  arena_deinit(&arena);
  return result;
}
