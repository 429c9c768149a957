/* Advice about handlers: whatever bytes a handler is made of, under each of the contracts of
 * tests/advice, findings lie in its file and say something. */
#include "fuzz.h"

#include "advice/advice.h"
#include "process/app.h"

enum { SOURCE_MAX = 65536 };

/* Open for as long as the program runs: a sanitizer that looks for leaks sees it here. */
static struct app app;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
  struct report report;
  struct error error = {0};
  (void)count, (void)arguments;
  report_init(&report);
  int opened =
      app_open(&app, &(struct app_options){.folder = WRIT_TESTS "/advice", .contracts_only = true},
               &report, &error);
  if (opened != 0) report_print(&report, stderr);
  PROMISE(opened == 0 && app.generation->contract_count > 3, "%s", error.message);
  report_deinit(&report);
  return 0;
}

static void check_findings(const struct report *report, const char *path, struct text source)
{
  unsigned last, column;
  const struct source file = {path, source};
  source_locate(&file, source.length, &last, &column);
  for (const struct finding *finding = report->first; finding; finding = finding->next) {
    PROMISE(finding->path && strcmp(finding->path, path) == 0, "%s", finding->message);
    PROMISE(finding->line >= 1 && finding->line <= last && finding->column >= 1, "%u:%u: %s",
            finding->line, finding->column, finding->message);
    PROMISE(finding->code >= 620 && finding->code < 700, "W%04d", (int)finding->code);
    PROMISE(finding->message[0] && finding->help && finding->help[0], "%s", finding->message);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size > SOURCE_MAX) return -1;
  struct text source = fuzz_copy(data, size);
  for (size_t i = 0; i < app.generation->contract_count; i++) {
    const struct contract *contract = app.generation->contracts[i];
    struct app_script script = {.name = contract->name, .source = {contract->handler_path, source}};
    struct app_tree scripts = {.handlers = {.items = &script, .count = 1}};
    struct report report;
    report_init(&report);
    advise_contract(app.generation, contract, &scripts, &report);
    check_findings(&report, contract->handler_path, source);
    report_deinit(&report);
  }
  free((void *)(uintptr_t)source.data);
  return 0;
}
