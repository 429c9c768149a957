#include "contract/manifest_text.h"

static int fail(struct manifest_text *text, const char *at, const char *why)
{
  if (text->wrong) return -1;
  text->wrong = why;
  text->wrong_at = (size_t)(at - text->all.data);
  return -1;
}

/* Takes the word off the beginning, with the space behind it. */
static bool take(struct text *line, const char *word)
{
  size_t length = strlen(word);
  if (!text_starts_with(*line, word) || line->length == length || line->data[length] != ' ')
    return false;
  line->data += length + 1;
  line->length -= length + 1;
  return true;
}

/* Digits, without a zero before them. */
static bool read_number(struct text digits, uint64_t *number)
{
  if (digits.length == 0 || digits.length > MANIFEST_VERSION_MAX_DIGITS) return false;
  if (digits.data[0] == '0' && digits.length > 1) return false;
  *number = 0;
  for (size_t i = 0; i < digits.length; i++) {
    if (digits.data[i] < '0' || digits.data[i] > '9') return false;
    *number = *number * 10 + (uint64_t)(digits.data[i] - '0');
  }
  return true;
}

static bool read_hash(struct text hex, unsigned char hash[HASH_BYTES])
{
  static const char digits[] = "0123456789abcdef";
  if (hex.length != 2 * HASH_BYTES) return false;
  for (size_t i = 0; i < hex.length; i++) {
    const char *found = memchr(digits, hex.data[i], sizeof digits - 1);
    if (!found) return false;
    unsigned high = i % 2 == 0 ? 0 : hash[i / 2] * 16u;
    hash[i / 2] = (unsigned char)(high + (unsigned)(found - digits));
  }
  return true;
}

/* ---- the signature ---- */

/* Where the last line begins. */
static size_t last_line(struct text all)
{
  size_t at = all.length;
  if (at > 0) at--; /* its own end */
  while (at > 0 && all.data[at - 1] != '\n') at--;
  return at;
}

int manifest_text_open(struct manifest_text *text, struct text all)
{
  *text = (struct manifest_text){.all = all};
  size_t at = last_line(all);
  struct text line = {all.data + at, all.length - at}, key;
  if (line.length == 0 || line.data[line.length - 1] != '\n' || !take(&line, "signature"))
    return fail(text, all.data + at, "the last line must be `signature`, a key and a signature");
  line.length--;
  text_split(&line, ' ', &key);
  if (!public_key_parse(key, &text->signer)) return fail(text, key.data, "this is no public key");
  if (!line.data || !crypto_unbase64(text->signature, sizeof text->signature, line))
    return fail(text, key.data, "what follows the key is no signature");
  text->is_signed = text->rest = (struct text){all.data, at};
  return 0;
}

/* ---- what is signed ---- */

/* All lines end in a line feed. False after the last one. */
static bool next_line(struct manifest_text *text, struct text *line)
{
  return text_split(&text->rest, '\n', line) && text->rest.data;
}

int manifest_text_begin(struct manifest_text *text, int64_t *version)
{
  struct text line;
  uint64_t number = 0;
  if (!next_line(text, &line) || !text_is(line, MANIFEST_HEADER))
    return fail(text, text->all.data, "the first line must be `" MANIFEST_HEADER "`");
  const char *at = text->rest.data;
  if (!next_line(text, &line) || !take(&line, "version") || !read_number(line, &number) ||
      number == 0)
    return fail(text, at, "the second line must be `version` and a number");
  *version = (int64_t)number;
  return 0;
}

bool manifest_text_next(struct manifest_text *text, struct manifest_entry *entry)
{
  struct text line, hash, bytes;
  if (text->wrong || !next_line(text, &line)) return false;
  const char *at = line.data;
  bool whole = take(&line, "file") && text_split(&line, ' ', &hash) && line.data &&
               text_split(&line, ' ', &bytes) && line.data && read_hash(hash, entry->hash) &&
               read_number(bytes, &entry->bytes);
  if (!whole) {
    fail(text, at, "this line must be `file`, a hash, a number of bytes and a path");
    return false;
  }
  entry->path = line;
  if (text->before.data && text_compare(text->before, line) >= 0) {
    fail(text, at, "the files must be in the order of their paths, each once");
    return false;
  }
  text->before = line;
  return true;
}
