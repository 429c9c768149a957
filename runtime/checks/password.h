/* The lane for argon2: off the loop, so many at once and no more.
 *
 * Each computation takes tens of milliseconds and megabytes on purpose. A short queue waits; what
 * does not fit is refused at once, so that a flood of logins cannot take the machine from everybody
 * else. */
#ifndef WRIT_CHECKS_PASSWORD_H
#define WRIT_CHECKS_PASSWORD_H

#include <stdbool.h>
#include <uv.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "contract/contract.h"

struct password_lane;

/* What is to be computed: verify one password, hash others. The caller owns it until `done`; the
 * texts are borrowed and wiped by nobody but the caller. */
struct password_job {
  bool verify;
  struct text password; /* to verify */
  struct text hash; /* against this one; empty: nobody has this name, and a hash is computed all the
                       same, so that the answer takes as long */
  struct text to_hash[CONTRACT_PASSWORDS_MAX];
  size_t to_hash_count;

  bool verified; /* results */
  bool failed;   /* argon2 did not work at all (no memory) */
  char hashes[CONTRACT_PASSWORDS_MAX][PASSWORD_HASH_BYTES];

  void (*done)(struct password_job *job); /* on the loop */

  struct password_job *next; /* the lane's */
  struct password_lane *lane;
  uv_work_t work;
};

/* `at_once` computations in libuv's thread pool and `queue` waiting. */
int password_lane_new(uv_loop_t *loop, struct password_cost cost, size_t at_once, size_t queue,
                      struct password_lane **lane, struct error *error);
void password_lane_free(struct password_lane *lane); /* no job may be open */

/* False: the lane is full, and done will not be called. */
bool password_lane_submit(struct password_lane *lane, struct password_job *job);

#endif
