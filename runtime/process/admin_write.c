/* What /readyz and /metrics say (admin.h). */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "dispatch/metrics.h"
#include "process/admin.h"

enum { NAMES_MAX = 100, LABEL_BYTES = 40 };

static size_t alive(const struct admin_status *status)
{
  size_t count = 0;
  for (size_t i = 0; i < status->worker_count; i++) count += status->workers[i].alive;
  return count;
}

static size_t segments_of(const struct admin_status *status, const void **segments)
{
  for (size_t i = 0; i < status->worker_count; i++) segments[i] = status->workers[i].metrics;
  return status->worker_count;
}

/* --- /readyz --- */

struct names {
  struct buffer *out;
  size_t count;
};

static void add_name(void *context, struct text contract)
{
  struct names *names = context;
  if (names->count++ >= NAMES_MAX) return;
  if (names->count > 1) buffer_append_byte(names->out, ',');
  json_write_string(names->out, contract);
}

/* How many, and the first of them. */
static void write_flagged(struct buffer *out, const void *const *segments, size_t count,
                          enum metric_flag flag)
{
  struct buffer list = {0};
  struct names names = {&list, 0};
  size_t found = metrics_flagged(segments, count, flag, add_name, &names);
  buffer_print(out, "\"%s\":{\"count\":%zu,\"names\":[", metric_flag_name(flag), found);
  buffer_append_text(out, buffer_text(&list));
  buffer_append_text(out, TEXT("]}"));
  buffer_deinit(&list);
}

static void write_time(struct buffer *out, int64_t ms)
{
  char text[sizeof "2026-01-31T23:59:59Z"];
  time_t seconds = ms / 1000;
  struct tm tm;
  if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
    buffer_append_text(out, TEXT("null"));
  else
    json_write_string(out, text_of(text));
}

static void write_reload(struct buffer *out, const struct admin_status *status)
{
  buffer_print(out, "\"reload\":{\"ok\":%s,\"at\":", status->reload_failed ? "false" : "true");
  if (status->reload_ms > 0)
    write_time(out, status->reload_ms);
  else
    buffer_append_text(out, TEXT("null"));
  if (status->reload_failed) {
    buffer_append_text(out, TEXT(",\"error\":"));
    json_write_string(out, (struct text){status->text, strnlen(status->text, sizeof status->text)});
  }
  buffer_append_byte(out, '}');
}

void admin_write_ready(struct buffer *out, const struct admin_status *status)
{
  const void *segments[SERVE_WORKERS_MAX];
  size_t count = segments_of(status, segments);
  buffer_print(out, "{\"ready\":%s,\"generation\":%llu,\"draining\":%s,",
               admin_is_ready(status) ? "true" : "false", (unsigned long long)status->generation,
               status->draining ? "true" : "false");
  write_reload(out, status);
  buffer_print(out, ",\"workers\":{\"configured\":%zu,\"alive\":%zu},\"handlers\":{",
               status->worker_count, alive(status));
  for (enum metric_flag flag = 0; flag < METRIC_FLAG_COUNT; flag++) {
    if (flag > 0) buffer_append_byte(out, ',');
    write_flagged(out, segments, count, flag);
  }
  buffer_append_text(out, TEXT("}}\n"));
}

/* --- /metrics --- */

static void write_one(struct buffer *out, const char *family, const char *type, const char *help,
                      uint64_t value)
{
  metrics_write_family(out, family, type, help);
  metrics_write_sample(out, family, TEXT(""), value);
}

static void write_version(struct buffer *out, const char *version)
{
  struct buffer label = {0};
  buffer_append_text(&label, TEXT("version=\""));
  metrics_write_label(&label, text_of(version));
  buffer_append_byte(&label, '"');
  metrics_write_family(out, "writ_build_info", "gauge", "1, with the version of Writ that serves");
  metrics_write_sample(out, "writ_build_info", buffer_text(&label), 1);
  buffer_deinit(&label);
}

static void write_reloads(struct buffer *out, const struct admin_status *status)
{
  static const char family[] = "writ_reloads_total";
  uint64_t failed = status->failed_reloads;
  metrics_write_family(out, family, "counter", "Times that the app was loaded again");
  metrics_write_sample(out, family, TEXT("outcome=\"ok\""),
                       status->reloads > failed ? status->reloads - failed : 0);
  metrics_write_sample(out, family, TEXT("outcome=\"failed\""), failed);
  write_one(out, "writ_reload_failed", "gauge",
            "1 if the last load failed, so that an older generation serves", status->reload_failed);
  write_one(out, "writ_reload_time_seconds", "gauge", "When the last load ended, since 1970",
            (uint64_t)status->reload_ms / 1000);
}

/* What each worker has of something, where it is known. */
static void write_workers(struct buffer *out, const struct admin_status *status, const char *family,
                          const char *type, const char *help, size_t offset, bool ns)
{
  metrics_write_family(out, family, type, help);
  for (size_t i = 0; i < status->worker_count; i++) {
    char label[LABEL_BYTES];
    uint64_t value;
    memcpy(&value, (const char *)&status->workers[i] + offset, sizeof value);
    if (!status->workers[i].alive || value == 0) continue;
    snprintf(label, sizeof label, "worker=\"%zu\"", i);
    if (ns)
      metrics_write_seconds(out, family, text_of(label), value);
    else
      metrics_write_sample(out, family, text_of(label), value);
  }
}

static void write_processes(struct buffer *out, const struct admin_status *status)
{
  metrics_write_family(out, "writ_workers", "gauge", "Worker processes, wanted and alive");
  metrics_write_sample(out, "writ_workers", TEXT("state=\"configured\""), status->worker_count);
  metrics_write_sample(out, "writ_workers", TEXT("state=\"alive\""), alive(status));
  write_one(out, "writ_worker_restarts_total", "counter", "Workers that were replaced",
            status->restarts);
  write_one(out, "writ_worker_kills_total", "counter",
            "Workers that hung and were killed, among the replaced", status->kills);
  write_workers(out, status, "writ_worker_generation", "gauge",
                "The generation that the worker serves", offsetof(struct admin_worker, generation),
                false);
  write_workers(out, status, "process_resident_memory_bytes", "gauge",
                "Memory of the worker, resident", offsetof(struct admin_worker, resident_bytes),
                false);
  write_workers(out, status, "process_open_fds", "gauge", "Open file descriptors of the worker",
                offsetof(struct admin_worker, open_fds), false);
  write_workers(out, status, "process_cpu_seconds_total", "counter", "CPU time of the worker",
                offsetof(struct admin_worker, cpu_ns), true);
}

void admin_write_metrics(struct buffer *out, const struct admin_status *status, const char *version,
                         uint64_t now_ns)
{
  const void *segments[SERVE_WORKERS_MAX];
  size_t count = segments_of(status, segments);
  write_version(out, version);
  write_one(out, "writ_start_time_seconds", "gauge", "When the server started, since 1970",
            (uint64_t)status->started_ms / 1000);
  write_one(out, "writ_ready", "gauge", "1 if /readyz says so", admin_is_ready(status));
  write_one(out, "writ_generation", "gauge", "The last generation of the app that loaded",
            status->generation);
  write_reloads(out, status);
  write_processes(out, status);
  metrics_write(out, segments, count, now_ns);
}
