/* The text of a manifest, from its end to its end: first what is signed and by whom, then line by
 * line. There is one spelling for each manifest; whatever else stands there is wrong. Private to
 * manifest*.c. */
#ifndef WRIT_CONTRACT_MANIFEST_TEXT_H
#define WRIT_CONTRACT_MANIFEST_TEXT_H

#include "contract/manifest.h"

#define MANIFEST_HEADER "writ-manifest 1"

struct manifest_text {
  struct text all, is_signed, rest; /* rest: lines that have not been read */
  struct public_key signer;
  unsigned char signature[SIGNATURE_BYTES];
  struct text before; /* the path of the last entry */
  const char *wrong;  /* the first thing that is, or NULL */
  size_t wrong_at;    /* its offset */
};

struct manifest_entry {
  struct text path;
  uint64_t bytes;
  unsigned char hash[HASH_BYTES];
};

/* Splits off the signature, which is not verified. -1: text->wrong. */
int manifest_text_open(struct manifest_text *text, struct text all);

/* Reads what comes before the entries. */
int manifest_text_begin(struct manifest_text *text, int64_t *version);

/* Reads the next entry; false after the last one, and if text->wrong. */
bool manifest_text_next(struct manifest_text *text, struct manifest_entry *entry);

#endif
