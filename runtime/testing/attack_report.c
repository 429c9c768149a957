/* What the attacks found, for people at a terminal. */
#include <inttypes.h>

#include "contract/contract.h"
#include "testing/attack.h"

static const char *const words[] = {[ATTACK_DOES_NOT_APPLY] = "-",
                                    [ATTACK_PASSED] = "ok",
                                    [ATTACK_UNTRIED] = "?",
                                    [ATTACK_FAILED] = "FAIL"};

/* All that were tried passed, but they were not all there are. */
static const char *word_of(const struct attack_result *result, size_t guarantee)
{
  enum attack_outcome outcome = result->outcomes[guarantee];
  bool part = outcome == ATTACK_PASSED && result->left_out[guarantee] > 0;
  return part ? "part" : words[outcome];
}

static size_t guarantee_count(void)
{
  size_t count = 0;
  while (guarantee_name(count)) count++;
  return count;
}

/* Of no contract: its column says nothing. */
static bool is_shown(const struct attack_report *report, size_t guarantee)
{
  for (size_t i = 0; i < report->result_count; i++)
    if (report->results[i].outcomes[guarantee] != ATTACK_DOES_NOT_APPLY) return true;
  return false;
}

static void print_text(FILE *out, struct text text)
{
  struct buffer visible = {0};
  buffer_append_visible(&visible, text);
  fwrite(visible.data ? visible.data : "", 1, visible.length, out);
  buffer_deinit(&visible);
}

/* Spaces behind it, as far as the column goes. */
static void print_cell(FILE *out, struct text text, size_t width)
{
  print_text(out, text);
  for (size_t i = text.length; i < width; i++) fputc(' ', out);
}

static struct text route_of(const struct attack_result *result, struct arena *arena)
{
  const struct route *route = &result->contract->route;
  return arena_print(arena, "%s %.*s", method_name(route->method), TEXT_ARGS(route->path));
}

static size_t cell_width(size_t guarantee)
{
  size_t length = strlen(guarantee_name(guarantee));
  return length < 4 ? 4 : length;
}

static void print_table(const struct attack_report *report, struct arena *arena, FILE *out)
{
  size_t width = 0, count = guarantee_count();
  for (size_t i = 0; i < report->result_count; i++) {
    struct text route = route_of(&report->results[i], arena);
    if (route.length > width) width = route.length;
  }
  print_cell(out, TEXT(""), width);
  for (size_t k = 0; k < count; k++)
    if (is_shown(report, k)) {
      fputs("  ", out);
      print_cell(out, text_of(guarantee_name(k)), cell_width(k));
    }
  fputc('\n', out);
  for (size_t i = 0; i < report->result_count; i++) {
    print_cell(out, route_of(&report->results[i], arena), width);
    for (size_t k = 0; k < count; k++)
      if (is_shown(report, k)) {
        fputs("  ", out);
        print_cell(out, text_of(word_of(&report->results[i], k)), cell_width(k));
      }
    fputc('\n', out);
  }
}

static void print_line(FILE *out, const char *label, struct text text)
{
  if (text.length == 0) return;
  fprintf(out, "  %-9s", label);
  print_text(out, text);
  fputc('\n', out);
}

static void print_failure(const struct attack_result *result, const struct attack_failure *failure,
                          struct arena *arena, FILE *out)
{
  print_text(out, route_of(result, arena));
  fprintf(out, ": W%04u %s: ", guarantee_code(failure->guarantee),
          guarantee_sentence(failure->guarantee));
  print_text(out, failure->tried);
  fputs("\n", out);
  print_line(out, "expected", failure->expected);
  print_line(out, "got", failure->got);
  fprintf(out, "  %-9s", "look at"); /* which a handler may have made up in its error's message */
  print_text(out, text_of(failure->file));
  if (failure->line) fprintf(out, ":%u", failure->line);
  fputc('\n', out);
  print_line(out, "help", failure->help);
  print_line(out, "again", failure->curl);
  print_line(out, "$TOKEN", failure->token);
  fputc('\n', out);
}

static void print_failures(const struct attack_report *report, struct arena *arena, FILE *out)
{
  for (size_t i = 0; i < report->result_count; i++) {
    const struct attack_result *result = &report->results[i];
    const struct attack_failure *failure = result->failures;
    for (; failure; failure = failure->next) print_failure(result, failure, arena, out);
    for (size_t k = 0; k < guarantee_count(); k++) {
      if (result->more[k] == 0) continue;
      print_text(out, route_of(result, arena));
      fprintf(out, ": W%04u %s: %zu more like these\n\n", guarantee_code(k), guarantee_sentence(k),
              result->more[k]);
    }
  }
}

static void print_untried(const struct attack_report *report, struct arena *arena, FILE *out)
{
  bool any = false;
  for (size_t i = 0; i < report->result_count; i++) {
    const struct attack_result *result = &report->results[i];
    const struct attack_untried *untried = result->untried_attacks;
    for (; untried; untried = untried->next) {
      if (!any) fputs("not tried (?):\n", out);
      any = true;
      fputs("  ", out);
      print_text(out, route_of(result, arena));
      fprintf(out, ": %s: ", guarantee_name(untried->guarantee));
      print_text(out, untried->tried);
      fputs(": ", out);
      print_text(out, untried->reason);
      if (untried->help.length > 0) fputs(": ", out);
      print_text(out, untried->help);
      fputc('\n', out);
    }
  }
  if (any) fputc('\n', out);
}

static void print_left_out(const struct attack_report *report, struct arena *arena, FILE *out)
{
  if (report->left_out == 0) return;
  fprintf(out, "left out (part), by --most %zu:\n", report->most);
  for (size_t i = 0; i < report->result_count; i++) {
    const struct attack_result *result = &report->results[i];
    for (size_t k = 0; k < guarantee_count(); k++) {
      if (result->left_out[k] == 0) continue;
      fputs("  ", out);
      print_text(out, route_of(result, arena));
      fprintf(out, ": %s: %zu of about %zu tried\n", guarantee_name(k), result->tried[k],
              result->tried[k] + result->left_out[k]);
    }
  }
  fputc('\n', out);
}

void attack_report_print(const struct attack_report *report, FILE *out)
{
  struct arena arena;
  arena_init(&arena, 4096);
  print_table(report, &arena, out);
  fputc('\n', out);
  print_failures(report, &arena, out);
  print_untried(report, &arena, out);
  print_left_out(report, &arena, out);
  arena_deinit(&arena);
  fprintf(out, "%zu attacks on %zu contract%s: %zu passed, %zu failed, %zu not tried",
          report->passed + report->failed + report->untried, report->result_count,
          report->result_count == 1 ? "" : "s", report->passed, report->failed, report->untried);
  if (report->left_out > 0) fprintf(out, ", %zu left out", report->left_out);
  fprintf(out, " (%zu requests in %.1f s, --seed %" PRIu64 ")\n", report->requests,
          (double)report->elapsed_ns / 1e9, report->seed);
}
