/* argon2 in libuv's thread pool, bounded. */
#include "checks/password.h"

#include "base/memory.h"

struct password_lane {
  uv_loop_t *loop;
  struct password_cost cost;
  size_t at_once, queue;
  size_t running, waiting;
  struct password_job *first, **last;
  char decoy[PASSWORD_HASH_BYTES]; /* what an unknown name is verified against */
};

int password_lane_new(uv_loop_t *loop, struct password_cost cost, size_t at_once, size_t queue,
                      struct password_lane **out, struct error *error)
{
  struct password_lane *lane = memory_new(sizeof *lane);
  lane->loop = loop;
  lane->cost = cost;
  lane->at_once = at_once;
  lane->queue = queue;
  lane->last = &lane->first;
  char secret[TOKEN_CHARS + 1];
  crypto_token(secret);
  if (crypto_password_hash(lane->decoy, text_of(secret), cost, error)) {
    password_lane_free(lane);
    return -1;
  }
  *out = lane;
  return 0;
}

void password_lane_free(struct password_lane *lane)
{
  memory_free(lane);
}

/* On a thread of the pool. */
static void compute(uv_work_t *work)
{
  struct password_job *job = work->data;
  const struct password_lane *lane = job->lane;
  if (job->verify) {
    bool known = job->hash.length > 0;
    bool matches = crypto_password_verify(known ? job->hash.data : lane->decoy, job->password);
    job->verified = known && matches;
    if (!job->verified) return; /* what follows would be thrown away */
  }
  for (size_t i = 0; i < job->to_hash_count && !job->failed; i++)
    job->failed = crypto_password_hash(job->hashes[i], job->to_hash[i], lane->cost, NULL) != 0;
}

static void computed(uv_work_t *work, int status);

static void start(struct password_lane *lane, struct password_job *job)
{
  lane->running++;
  job->work.data = job;
  uv_queue_work(lane->loop, &job->work, compute, computed); /* fails only without a callback */
}

static void computed(uv_work_t *work, int status)
{
  struct password_job *job = work->data;
  struct password_lane *lane = job->lane;
  lane->running--;
  if (status) job->failed = true;
  struct password_job *next = lane->first;
  if (next) {
    lane->first = next->next;
    if (!lane->first) lane->last = &lane->first;
    lane->waiting--;
    start(lane, next);
  }
  job->done(job);
}

bool password_lane_submit(struct password_lane *lane, struct password_job *job)
{
  job->lane = lane;
  job->next = NULL;
  if (lane->running < lane->at_once) {
    start(lane, job);
    return true;
  }
  if (lane->waiting >= lane->queue) return false;
  *lane->last = job;
  lane->last = &job->next;
  lane->waiting++;
  return true;
}
