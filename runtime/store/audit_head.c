/* Heads of the audit log that are kept elsewhere. */
#include <inttypes.h>
#include <stdio.h>

#include "base/ascii.h"
#include "store/audit_row.h"

static void head_mac(unsigned char mac[HASH_BYTES], const struct audit_head *head,
                     const unsigned char key[HASH_BYTES])
{
  struct audit_parts parts = {.count = 0};
  audit_parts_add_text(&parts, TEXT("audit_head"));
  audit_parts_add_integer(&parts, head->id);
  audit_parts_add(&parts, head->hash, HASH_BYTES);
  audit_parts_hash(mac, key, &parts);
}

void audit_head_print(const struct audit_head *head, const unsigned char key[HASH_BYTES],
                      char out[AUDIT_HEAD_CHARS])
{
  unsigned char mac[HASH_BYTES];
  char hash_hex[2 * HASH_BYTES + 1], mac_hex[2 * HASH_BYTES + 1];
  head_mac(mac, head, key);
  crypto_hex(hash_hex, head->hash, HASH_BYTES);
  crypto_hex(mac_hex, mac, HASH_BYTES);
  snprintf(out, AUDIT_HEAD_CHARS, "%" PRId64 " %s %s", head->id, hash_hex, mac_hex);
}

static bool read_hex(struct text hex, unsigned char out[HASH_BYTES])
{
  if (hex.length != 2 * HASH_BYTES) return false;
  for (size_t i = 0; i < HASH_BYTES; i++) {
    int high = ascii_hex_value(hex.data[2 * i]), low = ascii_hex_value(hex.data[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = (unsigned char)(high * 16 + low);
  }
  return true;
}

static bool read_count(struct text digits, int64_t *count)
{
  *count = 0;
  for (size_t i = 0; i < digits.length; i++)
    if (!ascii_is_digit(digits.data[i]) || __builtin_mul_overflow(*count, 10, count) ||
        __builtin_add_overflow(*count, digits.data[i] - '0', count))
      return false;
  return digits.length > 0;
}

int audit_head_read(struct text line, const unsigned char key[HASH_BYTES], struct audit_head *head,
                    struct error *error)
{
  unsigned char mac[HASH_BYTES], expected[HASH_BYTES];
  struct text rest = text_trim(line), id, hash;
  if (!text_split(&rest, ' ', &id) || !text_split(&rest, ' ', &hash) ||
      !read_count(id, &head->id) || !read_hex(hash, head->hash) || !read_hex(rest, mac))
    return error_set(error, "this is no checkpoint: it is a line of `writ audit checkpoint`");
  head_mac(expected, head, key);
  if (crypto_equal(expected, mac, HASH_BYTES)) return 0;
  return error_set(error, "this checkpoint was made with another key, or changed");
}
