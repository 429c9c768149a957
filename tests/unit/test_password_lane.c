/* The lane for argon2: results, order, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "checks/password.h"

static const struct password_cost cheap = {1, 8192};

struct fixture {
  uv_loop_t loop;
  struct password_lane *lane;
  int dones;
};

struct test_job {
  struct password_job job;
  struct fixture *fixture;
  int done_as; /* 1 for the first; 0: never */
  struct test_job *submit_in_done;
  bool submitted;
};

static void done(struct password_job *base)
{
  struct test_job *job = (struct test_job *)base;
  assert_int_equal(job->done_as, 0);
  job->done_as = ++job->fixture->dones;
  struct test_job *next = job->submit_in_done;
  if (next) next->submitted = password_lane_submit(job->fixture->lane, &next->job);
  memset(base, 0xa5, sizeof *base); /* the job is the caller's again */
}

static struct test_job hash_of(struct fixture *fixture, const char *password)
{
  struct test_job job = {.job = {.done = done, .to_hash = {text_of(password)}, .to_hash_count = 1},
                         .fixture = fixture};
  return job;
}

static void open_lane(struct fixture *fixture, size_t at_once, size_t queue)
{
  struct error error = {0};
  *fixture = (struct fixture){0};
  assert_int_equal(crypto_init(&error), 0);
  assert_int_equal(uv_loop_init(&fixture->loop), 0);
  if (password_lane_new(&fixture->loop, cheap, at_once, queue, &fixture->lane, &error))
    fail_msg("%s", error.message);
}

static void close_lane(struct fixture *fixture)
{
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  password_lane_free(fixture->lane);
  assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

/* What a job computed, kept from before its memory is given back. */
struct result {
  bool verified, failed;
  char hash[PASSWORD_HASH_BYTES];
};

struct kept_job {
  struct password_job job;
  struct result result;
};

static void keep(struct password_job *base)
{
  struct kept_job *job = (struct kept_job *)base;
  job->result = (struct result){.verified = base->verified, .failed = base->failed};
  memcpy(job->result.hash, base->hashes[0], PASSWORD_HASH_BYTES);
}

static struct result compute(const char *password, const char *hash, const char *to_hash)
{
  struct fixture fixture;
  struct kept_job job = {.job = {.done = keep}};
  open_lane(&fixture, 1, 0);
  if (password) {
    job.job.verify = true;
    job.job.password = text_of(password);
    job.job.hash = text_of(hash);
  }
  if (to_hash) job.job.to_hash[job.job.to_hash_count++] = text_of(to_hash);
  assert_true(password_lane_submit(fixture.lane, &job.job));
  close_lane(&fixture);
  return job.result;
}

static void test_results(void **state)
{
  (void)state;
  struct result first = compute(NULL, NULL, "secret");
  assert_true(crypto_password_verify(first.hash, TEXT("secret")));
  assert_true(compute("secret", first.hash, NULL).verified);
  assert_false(compute("Secret", first.hash, NULL).verified);
  assert_false(compute("", first.hash, NULL).verified);
  assert_false(compute("secret", "", NULL).verified); /* nobody has this name */
  assert_false(compute("secret", "$argon2id$", NULL).verified);
  struct result both = compute("secret", first.hash, "new");
  assert_true(both.verified && crypto_password_verify(both.hash, TEXT("new")));
  both = compute("wrong", first.hash, "new"); /* nothing is computed for who is not let in */
  assert_true(!both.verified && !both.failed && both.hash[0] == 0);
}

/* What argon2 refuses is a failure, never a hash. */
static void test_failure(void **state)
{
  (void)state;
  char password[PASSWORD_MAX_BYTES + 2];
  memset(password, 'x', sizeof password);
  password[PASSWORD_MAX_BYTES + 1] = 0;
  struct result result = compute(NULL, NULL, password);
  assert_true(result.failed && result.hash[0] == 0);
}

static void test_order_and_limits(void **state)
{
  (void)state;
  struct fixture fixture;
  open_lane(&fixture, 1, 2);
  struct test_job jobs[5], later = hash_of(&fixture, "later");
  for (int i = 0; i < 5; i++) {
    jobs[i] = hash_of(&fixture, "secret");
    jobs[i].submitted = password_lane_submit(fixture.lane, &jobs[i].job);
    assert_int_equal(jobs[i].submitted, i < 3); /* one runs, two wait */
  }
  jobs[0].submit_in_done = &later; /* which comes after those that wait already */
  uv_run(&fixture.loop, UV_RUN_DEFAULT);
  assert_true(later.submitted);
  assert_int_equal(later.done_as, 4);
  for (int i = 0; i < 5; i++) assert_int_equal(jobs[i].done_as, i < 3 ? i + 1 : 0);
  struct test_job again = hash_of(&fixture, "again"); /* all places are free again */
  assert_true(password_lane_submit(fixture.lane, &again.job));
  close_lane(&fixture);
  assert_int_equal(again.done_as, 5);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_results),
      cmocka_unit_test(test_failure),
      cmocka_unit_test(test_order_and_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
