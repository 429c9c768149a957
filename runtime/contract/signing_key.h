/* The keys of those who sign contracts, as short texts: a public key is "ed25519:…", a secret one
 * "ed25519-secret:…", in a file after lines of comment that begin with '#'. */
#ifndef WRIT_CONTRACT_SIGNING_KEY_H
#define WRIT_CONTRACT_SIGNING_KEY_H

#include "base/crypto.h"
#include "base/error.h"

enum { PUBLIC_KEY_CHARS = 8 + BASE64_CHARS(SIGNING_KEY_BYTES) };

struct public_key {
  unsigned char bytes[SIGNING_KEY_BYTES];
};

void public_key_print(char out[PUBLIC_KEY_CHARS + 1], const struct public_key *key);
bool public_key_parse(struct text text, struct public_key *key);

/* From the text of a key, or from the file that this is the path of. */
int public_key_read(const char *text_or_path, struct public_key *key, struct error *error);

/* Reads a secret key, which the caller wipes, from a file that is nobody's but its owner's. */
int signing_key_read(const char *path, unsigned char secret[SIGNING_KEY_BYTES],
                     struct error *error);

/* Makes a pair: the secret key in a file that only its owner may read, the public one in
 * `<path>.pub`. Files that are there already are left alone, which is an error. */
int signing_key_create(const char *path, struct public_key *key, struct error *error);

#endif
