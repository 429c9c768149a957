/* When sessions were used last: moved forward coarsely, by a job of the writer's that no reply
 * waits for, many sessions at once. A use that finds no room, or whose job fails, is noted by the
 * next request, for the row is as stale as before. */
#include "base/log.h"
#include "base/memory.h"
#include "dispatch/call.h"

enum { USES_MAX = 256 };

struct use_of_session {
  unsigned char id[HASH_BYTES];
  int64_t at_ms;
};

struct last_uses {
  struct writer *writer;
  struct writer_job job;
  bool submitted;
  struct use_of_session uses[USES_MAX];
  size_t count;
  size_t written; /* by the job: the first of them */
};

static struct last_uses *of_job(struct writer_job *job)
{
  return (struct last_uses *)((char *)job - offsetof(struct last_uses, job));
}

static bool write_uses(struct writer_job *job, struct connection *connection)
{
  struct last_uses *last = of_job(job);
  struct error error = {0};
  for (last->written = 0; last->written < last->count; last->written++) {
    const struct use_of_session *use = &last->uses[last->written];
    if (session_used(connection, use->id, use->at_ms, &error) == 0) continue;
    log_message(LOG_ERROR, "%s", error.message);
    return false;
  }
  return true;
}

static void submit(struct last_uses *last);

/* Those that came while the job was being committed are the next one's; all others are forgotten,
 * written or not. */
static void written(struct writer_job *job, bool committed, const struct error *error)
{
  struct last_uses *last = of_job(job);
  if (!committed && error->message[0])
    log_message(LOG_ERROR, "the last use of sessions could not be noted: %s", error->message);
  size_t done = committed ? last->written : last->count;
  last->count -= done;
  memmove(last->uses, last->uses + done, last->count * sizeof *last->uses);
  last->submitted = false;
  if (last->count > 0) submit(last);
}

static void submit(struct last_uses *last)
{
  last->job = (struct writer_job){.run = write_uses, .done = written};
  last->submitted = true;
  writer_submit(last->writer, &last->job);
}

struct last_uses *last_uses_new(struct writer *writer)
{
  struct last_uses *last = memory_new(sizeof *last);
  last->writer = writer;
  return last;
}

void last_uses_free(struct last_uses *last)
{
  memory_free(last);
}

static bool is_noted(const struct last_uses *last, const struct session *session)
{
  for (size_t i = 0; i < last->count; i++)
    if (!memcmp(last->uses[i].id, session->id, HASH_BYTES)) return true;
  return false;
}

void last_uses_note(struct last_uses *last, const struct session *session, int64_t now_ms)
{
  if (!session_is_stale(session, now_ms) || last->count == USES_MAX || is_noted(last, session))
    return;
  struct use_of_session *use = &last->uses[last->count++];
  memcpy(use->id, session->id, HASH_BYTES);
  use->at_ms = now_ms;
  if (!last->submitted) submit(last);
}
