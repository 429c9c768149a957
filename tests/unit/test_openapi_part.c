/* The OpenAPI document in a bundle: the one that `writ openapi` writes, and written again only if
 * something of it has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "describe/openapi.h"
#include "process/openapi_part.h"

/* An app, loaded. */
struct loaded {
  struct source_tree sources;
  struct store *store;
  struct generation *generation;
  struct config config;
};

static void load(struct loaded *loaded, const char *folder)
{
  struct error error = {0};
  struct report report;
  struct arena arena;
  struct migration *migrations;
  size_t count, handler_errors;
  arena_init(&arena, 4096);
  report_init(&report);
  source_tree_read(&loaded->sources, folder, &report);
  if (config_read(&loaded->sources, &loaded->config, &report) ||
      store_open(&(struct store_config){0}, &loaded->store, &error) ||
      migrations_read(&loaded->sources, &arena, &migrations, &count, &error) ||
      store_migrate(loaded->store, migrations, count, NULL, &error))
    fail_msg("%s", error.message);
  loaded->generation =
      generation_load(&loaded->sources, loaded->store, NULL, &report, &handler_errors);
  assert_non_null(loaded->generation);
  loaded->config.openapi = true;
  report_deinit(&report);
  arena_deinit(&arena);
}

static void unload(struct loaded *loaded)
{
  generation_free(loaded->generation);
  store_close(loaded->store);
  source_tree_free(&loaded->sources);
}

/* Packs the document alone. *borrowed: it was taken from the bundle before. */
static struct bundle pack(const struct loaded *loaded, const struct bundle *before, bool *borrowed)
{
  struct bundle_writer writer;
  struct bundle bundle;
  int fd;
  bundle_writer_init(&writer);
  openapi_pack(&loaded->config, loaded->generation, before, &writer);
  *borrowed = false;
  for (size_t i = 0; before && i < writer.count; i++) {
    const char *at = writer.items[i].bytes.data;
    *borrowed |= at >= before->bytes && at < before->bytes + before->length;
  }
  assert_int_equal(bundle_seal(&writer, &fd, NULL), 0);
  bundle_writer_deinit(&writer);
  assert_int_equal(bundle_open(fd, &bundle, NULL), 0);
  close(fd);
  return bundle;
}

static void is_document_of(const struct bundle *bundle, const struct loaded *loaded)
{
  struct buffer expected = {0};
  struct openapi_info info = config_openapi(&loaded->config);
  openapi_write(&expected, loaded->generation, &info);
  assert_true(text_equal(openapi_unpack(bundle), buffer_text(&expected)));
  buffer_deinit(&expected);
}

static void is_written_again_only_if_it_changes(void **state)
{
  struct loaded app, other;
  bool borrowed;
  (void)state;
  load(&app, "tests/apps/blog");
  load(&other, "tests/apps/teams");
  struct bundle first = pack(&app, NULL, &borrowed);
  is_document_of(&first, &app);
  struct bundle second = pack(&app, &first, &borrowed);
  assert_true(borrowed);
  is_document_of(&second, &app);
  bundle_close(&first);
  struct bundle third = pack(&other, &second, &borrowed);
  assert_false(borrowed);
  is_document_of(&third, &other);
  bundle_close(&second);
  strcpy(other.config.api.title, "Another title");
  struct bundle fourth = pack(&other, &third, &borrowed);
  assert_false(borrowed);
  is_document_of(&fourth, &other);
  bundle_close(&third);
  strcpy(other.config.cookie_name, "another");
  struct bundle fifth = pack(&other, &fourth, &borrowed);
  assert_false(borrowed);
  bundle_close(&fifth);
  bundle_close(&fourth);
  unload(&other);
  unload(&app);
}

/* One contract that changes, or is only called otherwise. */
static void each_contract_counts(void **state)
{
  struct loaded app;
  bool borrowed;
  (void)state;
  load(&app, "tests/apps/blog");
  struct contract *contract = app.generation->contracts[1];
  struct bundle first = pack(&app, NULL, &borrowed), second;
  contract->hash[31] ^= 1;
  second = pack(&app, &first, &borrowed);
  assert_false(borrowed);
  bundle_close(&second);
  contract->hash[31] ^= 1;
  const char *name = contract->name;
  contract->name = "otherwise";
  second = pack(&app, &first, &borrowed);
  assert_false(borrowed);
  bundle_close(&second);
  contract->name = name;
  second = pack(&app, &first, &borrowed);
  assert_true(borrowed);
  bundle_close(&second);
  bundle_close(&first);
  unload(&app);
}

static void is_not_there_unless_it_is_served(void **state)
{
  struct loaded app;
  bool borrowed;
  (void)state;
  load(&app, "tests/apps/blog");
  struct bundle first = pack(&app, NULL, &borrowed);
  app.config.openapi = false;
  struct bundle second = pack(&app, &first, &borrowed);
  assert_int_equal(second.count, 0);
  assert_int_equal(openapi_unpack(&second).length, 0);
  bundle_close(&second);
  bundle_close(&first);
  unload(&app);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_written_again_only_if_it_changes),
      cmocka_unit_test(each_contract_counts),
      cmocka_unit_test(is_not_there_unless_it_is_served),
  };
  if (crypto_init(NULL)) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
