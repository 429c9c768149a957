/* contracts.manifest: what was reviewed, signed. It lies beside contracts/ and writ.json, and lists
 * every file of theirs, so that a folder either is what somebody with the key has seen, or is
 * refused. Plain lines, for people and git diff:
 *
 *   writ-manifest 1
 *   version 7
 *   file <BLAKE2b-256, hexadecimal> <bytes> contracts/users/list.json
 *   …                                              in the order of their paths, each once
 *   signature <public key> <Ed25519 signature of all bytes before this line>
 *
 * Paths of a manifest are compared with those that were read, never opened. */
#ifndef WRIT_CONTRACT_MANIFEST_H
#define WRIT_CONTRACT_MANIFEST_H

#include <stdint.h>

#include "base/report.h"
#include "contract/signing_key.h"
#include "contract/source_tree.h"

#define MANIFEST_FILE "contracts.manifest"

struct manifest {
  int64_t version;                /* raised by each signing */
  unsigned char hash[HASH_BYTES]; /* of what is signed */
  struct public_key signer;
};

/* Verifies a complete tree against its folder's manifest: a good signature of one of the keys
 * (none: of the key that the manifest names, whoever has it), over exactly the files of the tree.
 * -1: the report says of each file what is wrong. */
int manifest_verify(const struct source_tree *sources, const struct public_key *keys,
                    size_t key_count, struct manifest *manifest, struct report *report);

/* Signs a complete tree: writes its folder's manifest, in one step. */
#define MANIFEST_VERSION_MAX INT64_C(999999999999999999)
enum { MANIFEST_VERSION_MAX_DIGITS = 18 };
int manifest_sign(const struct source_tree *sources, const unsigned char secret[SIGNING_KEY_BYTES],
                  int64_t version, struct error *error);

#endif
