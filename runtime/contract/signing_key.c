/* Key files: one line that counts. A secret is wiped from memory as soon as it has been used. */
#include "contract/signing_key.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { KEY_FILE_MAX_BYTES = 4096 };

static const char public_prefix[] = "ed25519:", secret_prefix[] = "ed25519-secret:";

void public_key_print(char out[PUBLIC_KEY_CHARS + 1], const struct public_key *key)
{
  memcpy(out, public_prefix, sizeof public_prefix);
  crypto_base64(out + strlen(public_prefix), key->bytes, sizeof key->bytes);
}

static bool parse(struct text text, const char *prefix, unsigned char key[SIGNING_KEY_BYTES])
{
  size_t length = strlen(prefix);
  if (!text_starts_with(text, prefix)) return false;
  return crypto_unbase64(key, SIGNING_KEY_BYTES,
                         (struct text){text.data + length, text.length - length});
}

bool public_key_parse(struct text text, struct public_key *key)
{
  return parse(text, public_prefix, key->bytes);
}

/* The only line of a file that is neither empty nor comment; empty if there is none or another. */
static struct text only_line(struct text text)
{
  struct text line, found = {0};
  while (text_split(&text, '\n', &line)) {
    line = text_trim(line);
    if (line.length == 0 || line.data[0] == '#') continue;
    if (found.length > 0) return (struct text){0};
    found = line;
  }
  return found;
}

static int read_key(const char *path, const char *prefix, unsigned char key[SIGNING_KEY_BYTES],
                    struct error *error)
{
  struct arena arena;
  struct text text;
  arena_init(&arena, KEY_FILE_MAX_BYTES);
  int result = file_read(&arena, path, KEY_FILE_MAX_BYTES, &text, error);
  if (result == 0 && !parse(only_line(text), prefix, key))
    result = error_set(error, "%s: must hold one key, %s and %d characters", path, prefix,
                       BASE64_CHARS(SIGNING_KEY_BYTES));
  arena_wipe(&arena);
  arena_deinit(&arena);
  return result;
}

int public_key_read(const char *text_or_path, struct public_key *key, struct error *error)
{
  if (!text_starts_with(text_of(text_or_path), public_prefix))
    return read_key(text_or_path, public_prefix, key->bytes, error);
  if (public_key_parse(text_of(text_or_path), key)) return 0;
  return error_set(error, "%s is no key: %s must be followed by %d characters", text_or_path,
                   public_prefix, BASE64_CHARS(SIGNING_KEY_BYTES));
}

int signing_key_read(const char *path, unsigned char secret[SIGNING_KEY_BYTES], struct error *error)
{
  struct stat status;
  if (stat(path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)))
    return error_set(error, "%s: others can get at it: chmod 600, and make a new key if they did",
                     path);
  return read_key(path, secret_prefix, secret, error);
}

static int create_secret(const char *path, const unsigned char secret[SIGNING_KEY_BYTES],
                         struct error *error)
{
  char encoded[BASE64_CHARS(SIGNING_KEY_BYTES) + 1], text[256];
  crypto_base64(encoded, secret, SIGNING_KEY_BYTES);
  snprintf(text, sizeof text,
           "# A key of writ sign. Keep it secret: whoever has it can change contracts.\n%s%s\n",
           secret_prefix, encoded);
  int result = file_create(path, 0600, text_of(text), error);
  crypto_wipe(encoded, sizeof encoded);
  crypto_wipe(text, sizeof text);
  return result;
}

static int create_public(const char *path, const struct public_key *key, struct error *error)
{
  char encoded[PUBLIC_KEY_CHARS + 1], text[256];
  public_key_print(encoded, key);
  snprintf(text, sizeof text,
           "# The public key of who signs contracts, for writ serve --trust.\n%s\n", encoded);
  return file_create(path, 0644, text_of(text), error);
}

int signing_key_create(const char *path, struct public_key *key, struct error *error)
{
  struct arena arena;
  unsigned char secret[SIGNING_KEY_BYTES];
  arena_init(&arena, 512);
  crypto_random(secret, sizeof secret);
  crypto_public_key(key->bytes, secret);
  int result = create_secret(path, secret, error);
  if (result == 0 && create_public(arena_print(&arena, "%s.pub", path).data, key, error)) {
    unlink(path);
    result = -1;
  }
  crypto_wipe(secret, sizeof secret);
  arena_deinit(&arena);
  return result;
}
