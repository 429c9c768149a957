/* Key files are compared by their bytes: there is no time stamp too coarse to show a change, no
 * rename that a watch would lose, and a file caught half written is read again. */
#include "checks/issuers.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"

enum { KEYS_MAX_BYTES = 256 * 1024 };
#define LOOK_AGAIN_NS UINT64_C(1000000000)

struct issuer {
  const char *path;
  struct jwks *keys;              /* the last good ones */
  unsigned char seen[HASH_BYTES]; /* the file's bytes as last read, good or not */
  bool missing;                   /* it could not be read at all */
  uint64_t looked_ns;
};

struct issuers {
  struct jwt_issuer about[ISSUERS_MAX];
  struct issuer items[ISSUERS_MAX];
  size_t count;
  uint64_t version;
};

static void take(struct issuer *issuer, const struct jwt_issuer *about, struct text bytes,
                 struct report *report)
{
  struct source source = {issuer->path, bytes};
  struct jwks *keys = jwks_read(&source, about->algorithms, report);
  if (!keys) return;
  jwks_free(issuer->keys);
  issuer->keys = keys;
}

/* Takes what is in the file, if that is another than before. */
static void look(struct issuer *issuer, const struct jwt_issuer *about, struct report *report)
{
  struct arena arena;
  struct text bytes;
  struct error error = {0};
  unsigned char hash[HASH_BYTES];
  arena_init(&arena, 4096);
  if (file_read(&arena, issuer->path, KEYS_MAX_BYTES, &bytes, &error)) {
    if (!issuer->missing) report_error(report, NULL, 0, NULL, "%s", error.message);
    issuer->missing = true;
  } else {
    issuer->missing = false;
    crypto_hash_text(hash, TEXT(""), bytes);
    if (memcmp(hash, issuer->seen, sizeof hash) != 0) take(issuer, about, bytes, report);
    memcpy(issuer->seen, hash, sizeof hash);
  }
  arena_wipe(&arena); /* secrets may have been in it */
  arena_deinit(&arena);
}

int issuers_open(const struct jwt_issuer *about, const char *const *key_files, size_t count,
                 struct issuers **out, struct report *report)
{
  struct issuers *issuers = memory_new(sizeof *issuers);
  size_t errors = report->errors;
  for (size_t i = 0; i < count && i < ISSUERS_MAX; i++) {
    issuers->about[i] = about[i];
    issuers->items[i].path = key_files[i];
    issuers->count++;
    look(&issuers->items[i], &about[i], report);
  }
  issuers->version = 1;
  *out = issuers;
  if (report->errors == errors) return 0;
  issuers_free(issuers);
  *out = NULL;
  return -1;
}

void issuers_free(struct issuers *issuers)
{
  if (!issuers) return;
  for (size_t i = 0; i < issuers->count; i++) jwks_free(issuers->items[i].keys);
  memory_free(issuers);
}

static void log_findings(const struct report *report)
{
  for (const struct finding *finding = report->first; finding; finding = finding->next)
    if (finding->path)
      log_message(LOG_ERROR, "%s:%u:%u: %s: the keys from before stay in force", finding->path,
                  finding->line, finding->column, finding->message);
    else
      log_message(LOG_ERROR, "%s: the keys from before stay in force", finding->message);
}

static void refresh(struct issuers *issuers, size_t index, uint64_t monotonic_ns)
{
  struct report report;
  struct issuer *issuer = &issuers->items[index];
  struct jwks *before = issuer->keys;
  if (monotonic_ns - issuer->looked_ns < LOOK_AGAIN_NS) return;
  issuer->looked_ns = monotonic_ns;
  report_init(&report);
  look(issuer, &issuers->about[index], &report);
  log_findings(&report);
  if (issuer->keys != before) {
    issuers->version++;
    log_message(LOG_INFO, "%s: %zu keys are in force", issuer->path, issuer->keys->count);
  }
  report_deinit(&report);
}

uint64_t issuers_version(struct issuers *issuers, uint64_t monotonic_ns)
{
  for (size_t i = 0; i < issuers->count; i++) refresh(issuers, i, monotonic_ns);
  return issuers->version;
}

const char *issuers_verify(struct issuers *issuers, struct arena *arena, struct text token,
                           int64_t now_ms, uint64_t monotonic_ns, struct jwt_identity *identity)
{
  struct jwt jwt;
  const char *why = jwt_read(arena, token, &jwt);
  if (why) return why;
  const struct jwt_issuer *about = jwt_find_issuer(&jwt, issuers->about, issuers->count);
  if (!about) return "its iss is no issuer that writ.json names";
  size_t index = (size_t)(about - issuers->about);
  refresh(issuers, index, monotonic_ns);
  return jwt_verify(arena, &jwt, about, issuers->items[index].keys, now_ms, identity);
}
