/* What a bundle says of each contract's handler: the parts "handler/NAME" and, unless its route
 * answers 503, "image/NAME". Whoever serves takes both as they are; whoever builds the next
 * generation looks there for what has not changed, and for the last good version. */
#ifndef WRIT_CONTRACT_HANDLER_PART_H
#define WRIT_CONTRACT_HANDLER_PART_H

#include "base/bundle.h"
#include "contract/contract.h"

struct handler_part {
  enum handler_state state;
  unsigned char handler_hash[HASH_BYTES]; /* as in struct contract: of the version that serves */
  unsigned char image_key[HASH_BYTES];    /* the same */
  unsigned char grants[HASH_BYTES]; /* of what of the contract is fixed in the image: which queries
                                       have which number, and whether it may sleep */
};

/* Adds the parts of a contract whose handler has been built, or was kept. The image is borrowed. */
void handler_part_add(struct bundle_writer *writer, const struct contract *contract);

/* The part of the contract of this name; false if there is none, or it is malformed. */
bool handler_part_find(const struct bundle *bundle, const char *name, struct handler_part *part);

/* Gives the contract the handler that the part describes, in the state given. -1: it has no image,
 * or one that does not fit the contract. The bundle must outlive the image. */
int handler_part_take(const struct bundle *bundle, const struct handler_part *part,
                      enum handler_state state, struct contract *contract, struct error *error);

/* Whether the image was made for the same queries, in the same order, as the contract grants now.
 */
bool handler_part_fits(const struct handler_part *part, const struct contract *contract);

#endif
