/* Signed contracts: what a manifest says, and everything that makes it a refusal. Manifests that
 * are wrong although their signature is good are signed here by hand. */
#include "temporary_app.h"

#include "contract/manifest.h"
#include "store/served.h"

static const unsigned char secret[SIGNING_KEY_BYTES] = {1}, other_secret[SIGNING_KEY_BYTES] = {2};

struct fixture {
  struct app app;
  struct source_tree tree;
  struct public_key key, other;
};

static int set_up(void **state)
{
  static struct fixture fixture;
  struct report report;
  app_begin(&fixture.app);
  app_write(&fixture.app, "contracts/policy.json", "{}");
  app_write(&fixture.app, "contracts/queries/a.sql", "-- a");
  app_write(&fixture.app, "contracts/users/list.json", "{ }");
  app_write(&fixture.app, "writ.json", "");
  crypto_public_key(fixture.key.bytes, secret);
  crypto_public_key(fixture.other.bytes, other_secret);
  report_init(&report);
  source_tree_read(&fixture.tree, fixture.app.folder, &report);
  assert_true(fixture.tree.complete);
  assert_int_equal(manifest_sign(&fixture.tree, secret, 7, NULL), 0);
  report_deinit(&report);
  *state = &fixture;
  return 0;
}

static int tear_down(void **state)
{
  struct fixture *fixture = *state;
  source_tree_free(&fixture->tree);
  app_end(&fixture->app);
  return 0;
}

/* Reads the folder anew and verifies it with the one key. */
static void expect(struct fixture *fixture, const char *name, const char *expected)
{
  struct manifest manifest;
  struct report report;
  report_init(&report);
  source_tree_free(&fixture->tree);
  source_tree_read(&fixture->tree, fixture->app.folder, &report);
  assert_true(fixture->tree.complete);
  int result = manifest_verify(&fixture->tree, &fixture->key, 1, &manifest, &report);
  app_expect(&report, name, expected);
  assert_int_equal(result, expected[0] ? -1 : 0);
  report_deinit(&report);
}

static char *read_manifest(const struct fixture *fixture)
{
  static char text[4096];
  FILE *file = fopen(app_path(&fixture->app, MANIFEST_FILE), "r");
  assert_non_null(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  return text;
}

/* Writes a manifest of this text with a signature that is good. */
static void sign_text(const struct fixture *fixture, const char *text)
{
  unsigned char signature[SIGNATURE_BYTES];
  char key[PUBLIC_KEY_CHARS + 1], encoded[BASE64_CHARS(SIGNATURE_BYTES) + 1], all[8192];
  crypto_sign_text(signature, secret, text_of(text));
  crypto_base64(encoded, signature, sizeof signature);
  public_key_print(key, &fixture->key);
  snprintf(all, sizeof all, "%ssignature %s %s\n", text, key, encoded);
  app_write(&fixture->app, MANIFEST_FILE, all);
}

#define EMPTY "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
#define HEAD  "writ-manifest 1\nversion 7\n"

static void says_what_was_signed(void **state)
{
  struct fixture *fixture = *state;
  expect(fixture, "as signed", "");
  const char *text = read_manifest(fixture);
  assert_ptr_equal(strstr(text, HEAD "file "), text);
  assert_non_null(strstr(text, "file " EMPTY " 0 writ.json\nsignature ed25519:"));
  const char *order[] = {" 2 contracts/policy.json\n", " 4 contracts/queries/a.sql\n",
                         " 3 contracts/users/list.json\n"};
  for (size_t i = 0; i < 3; i++) {
    text = strstr(text, order[i]);
    assert_non_null(text);
  }
  char first[4096];
  strcpy(first, read_manifest(fixture)); /* signing is deterministic */
  assert_int_equal(manifest_sign(&fixture->tree, secret, 7, NULL), 0);
  assert_string_equal(first, read_manifest(fixture));
}

static void tells_version_and_signer(void **state)
{
  struct fixture *fixture = *state;
  struct manifest manifest, again;
  struct report report;
  struct public_key keys[] = {fixture->other, fixture->key};
  report_init(&report);
  assert_int_equal(manifest_verify(&fixture->tree, keys, 2, &manifest, &report), 0);
  assert_int_equal(manifest.version, 7);
  assert_memory_equal(&manifest.signer, &fixture->key, sizeof fixture->key);
  assert_int_equal(manifest_verify(&fixture->tree, NULL, 0, &again, &report), 0);
  assert_memory_equal(&manifest, &again, sizeof manifest);
  assert_int_equal(manifest_sign(&fixture->tree, other_secret, 7, NULL), 0);
  assert_int_equal(manifest_verify(&fixture->tree, keys, 2, &again, &report), 0);
  assert_memory_equal(manifest.hash, again.hash, HASH_BYTES); /* the same files and version */
  assert_int_equal(manifest_sign(&fixture->tree, secret, 8, NULL), 0);
  assert_int_equal(manifest_verify(&fixture->tree, keys, 2, &again, &report), 0);
  assert_memory_not_equal(manifest.hash, again.hash, HASH_BYTES);
  report_deinit(&report);
}

static void refuses_other_files(void **state)
{
  struct fixture *fixture = *state;
  app_write(&fixture->app, "contracts/policy.json", "[]");
  app_write(&fixture->app, "contracts/queries/a.sql", "-- ab");
  app_write(&fixture->app, "contracts/a.json", "{}");
  app_write(&fixture->app, "contracts/z", "");
  app_write(&fixture->app, "zzz", "nothing of contracts/");
  app_write(&fixture->app, "writ.json", NULL);
  char to[256];
  strcpy(to, app_path(&fixture->app, "contracts/users/list2.json"));
  assert_int_equal(rename(app_path(&fixture->app, "contracts/users/list.json"), to), 0);
  expect(fixture, "other files",
         "contracts/a.json: error: this file is not in the manifest\n"
         "contracts/policy.json: error: this file was altered: it is not the one of 2 bytes\n"
         "contracts/queries/a.sql: error: this file was altered\n"
         "contracts/users/list.json: error: this file of the manifest is missing\n"
         "contracts/users/list2.json: error: this file is not in the manifest\n"
         "contracts/z: error: this file is not in the manifest\n"
         "writ.json: error: this file of the manifest is missing\n");
}

static void refuses_without_a_manifest(void **state)
{
  struct fixture *fixture = *state;
  app_write(&fixture->app, MANIFEST_FILE, NULL);
  expect(fixture, "none", "error: there is no contracts.manifest\n");
  assert_int_equal(symlink("elsewhere", app_path(&fixture->app, MANIFEST_FILE)), 0);
  expect(fixture, "a link", "error: contracts.manifest: symbolic links are not followed\n");
  app_write(&fixture->app, MANIFEST_FILE, NULL);
  assert_int_equal(mkfifo(app_path(&fixture->app, MANIFEST_FILE), 0600), 0);
  expect(fixture, "a FIFO", "error: contracts.manifest: not a regular file\n");
}

static void refuses_another_key(void **state)
{
  struct fixture *fixture = *state;
  assert_int_equal(manifest_sign(&fixture->tree, other_secret, 8, NULL), 0);
  expect(fixture, "another key", "contracts.manifest:7:1: error: it is signed by ed25519:");
}

/* Whichever byte is changed, and wherever it is cut. */
static void refuses_every_change_of_the_manifest(void **state)
{
  struct fixture *fixture = *state;
  char text[4096];
  strcpy(text, read_manifest(fixture));
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    struct manifest manifest;
    struct report report;
    report_init(&report);
    text[i] ^= 1;
    app_write(&fixture->app, MANIFEST_FILE, text);
    assert_int_equal(manifest_verify(&fixture->tree, &fixture->key, 1, &manifest, &report), -1);
    assert_true(report.errors > 0);
    text[i] ^= 1;
    char kept = text[i];
    text[i] = '\0';
    app_write(&fixture->app, MANIFEST_FILE, text);
    assert_int_equal(manifest_verify(&fixture->tree, &fixture->key, 1, &manifest, &report), -1);
    text[i] = kept;
    report_deinit(&report);
  }
  strcat(text, "\n");
  app_write(&fixture->app, MANIFEST_FILE, text);
  expect(fixture, "more", "contracts.manifest:8:1: error: the last line must be `signature`");
}

/* Not even who has the key gets another file in. */
static void refuses_what_is_not_its_one_spelling(void **state)
{
  struct fixture *fixture = *state;
  static const struct {
    const char *text, *expected;
  } table[] = {
      {"", "contracts.manifest:1:1: error: the first line"},
      {"writ-manifest 2\nversion 7\n", "contracts.manifest:1:1: error: the first line"},
      {"writ-manifest 1\n", "contracts.manifest:2:1: error: the second line"},
      {"writ-manifest 1\nversion 0\n", "contracts.manifest:2:1: error: the second line"},
      {"writ-manifest 1\nversion 07\n", "contracts.manifest:2:1: error: the second line"},
      {"writ-manifest 1\nversion -7\n", "contracts.manifest:2:1: error: the second line"},
      {"writ-manifest 1\nversion 1000000000000000000\n",
       "contracts.manifest:2:1: error: the second line"},
      {HEAD "\n", "contracts.manifest:3:1: error: this line must be `file`"},
      {HEAD "# file\n", "contracts.manifest:3:1: error: this line must be `file`"},
      {HEAD "file " EMPTY " a\n", "contracts.manifest:3:1: error: this line must be `file`"},
      {HEAD "file " EMPTY "0 0 a\n", "contracts.manifest:3:1: error: this line must be `file`"},
      {HEAD "file 0E5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8 0 a\n",
       "contracts.manifest:3:1: error: this line must be `file`"},
      {HEAD "file " EMPTY " 0 contracts/b\r\nfile " EMPTY " 0 contracts/a\n",
       "contracts.manifest:4:1: error: the files must be in the order"},
      {HEAD "file " EMPTY " 0 contracts/b\nfile " EMPTY " 0 contracts/b\n",
       "contracts.manifest:4:1: error: the files must be in the order"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct manifest manifest;
    struct report report;
    report_init(&report);
    sign_text(fixture, table[i].text);
    assert_int_equal(manifest_verify(&fixture->tree, &fixture->key, 1, &manifest, &report), -1);
    const struct finding *found = report.first;
    while (found && strcmp(found->path, MANIFEST_FILE) != 0) found = found->next;
    char shown[256];
    assert_non_null(found);
    snprintf(shown, sizeof shown, "%s:%u:%u: error: %s", found->path, found->line, found->column,
             found->message);
    if (strncmp(shown, table[i].expected, strlen(table[i].expected)) != 0)
      fail_msg("%s: %s", table[i].text, shown);
    report_deinit(&report);
  }
}

/* Paths are compared, never opened: what leads out is a file that is missing. */
static void opens_no_path_of_the_manifest(void **state)
{
  struct fixture *fixture = *state;
  app_write(&fixture->app, "outside", "");
  char text[4096];
  snprintf(text, sizeof text, "%.*sfile " EMPTY " 0 zz/../outside\n",
           (int)(strstr(read_manifest(fixture), "signature") - read_manifest(fixture)),
           read_manifest(fixture));
  sign_text(fixture, text);
  expect(fixture, "..", "zz/../outside: error: this file of the manifest is missing\n");
  sign_text(fixture, HEAD "file " EMPTY " 0 ../outside\nfile " EMPTY " 0 /dev/null\n");
  expect(fixture, "absolute",
         "../outside: error: this file of the manifest is missing\n"
         "/dev/null: error: this file of the manifest is missing\n"
         "contracts/policy.json: error: this file is not in the manifest\n"
         "contracts/queries/a.sql: error: this file is not in the manifest\n"
         "contracts/users/list.json: error: this file is not in the manifest\n"
         "writ.json: error: this file is not in the manifest\n");
}

static void keys_are_files_for_their_owner(void **state)
{
  struct fixture *fixture = *state;
  struct public_key key, read;
  struct error error = {0};
  struct stat status;
  unsigned char seed[SIGNING_KEY_BYTES];
  char path[256], public[256], text[PUBLIC_KEY_CHARS + 1];
  strcpy(path, app_path(&fixture->app, "key"));
  strcpy(public, app_path(&fixture->app, "key.pub"));
  assert_int_equal(signing_key_create(path, &key, &error), 0);
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
  assert_int_equal(signing_key_read(path, seed, &error), 0);
  crypto_public_key(read.bytes, seed);
  assert_memory_equal(&read, &key, sizeof key);
  assert_int_equal(public_key_read(public, &read, &error), 0);
  assert_memory_equal(&read, &key, sizeof key);
  public_key_print(text, &key);
  assert_int_equal(strlen(text), PUBLIC_KEY_CHARS);
  assert_int_equal(public_key_read(text, &read, &error), 0);
  assert_memory_equal(&read, &key, sizeof key);

  assert_int_equal(signing_key_create(path, &key, &error), -1);
  assert_non_null(strstr(error.message, "File exists"));
  unlink(path);
  error_clear(&error); /* the public one is still there, and stays */
  assert_int_equal(signing_key_create(path, &key, &error), -1);
  assert_non_null(strstr(error.message, "key.pub: cannot be made: File exists"));
  assert_int_equal(access(path, F_OK), -1);
  assert_int_equal(public_key_read(public, &key, NULL), 0);
  assert_memory_equal(&read, &key, sizeof key);
  assert_int_equal(signing_key_read(public, seed, NULL), -1);
  app_write(&fixture->app, "two", "ed25519:x\ned25519:y\n");
  assert_int_equal(public_key_read(app_path(&fixture->app, "two"), &key, NULL), -1);
}

static void remembers_the_highest_version_served(void **state)
{
  struct fixture *fixture = *state;
  struct store *store;
  struct served served = {0}, last;
  char path[256];
  strcpy(path, app_path(&fixture->app, "writ.db"));
  for (int relaxed = 0; relaxed < 2; relaxed++) {
    struct store_config config = {.path = path, .relaxed_sync = relaxed};
    assert_int_equal(store_open(&config, &store, NULL), 0);
    assert_int_equal(served_read(store, &last, NULL), 0);
    assert_int_equal(last.version, relaxed ? 9 : 0);
    static const struct {
      int64_t version;
      unsigned char hash;
      int result;
    } versions[] = {{3, 3, 0}, {9, 9, 0}, {9, 9, 0}, {5, 5, -1}, {9, 8, -1}};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
      served.version = versions[i].version;
      served.hash[0] = versions[i].hash;
      int expected = relaxed && served.version < 9 ? -1 : versions[i].result;
      assert_int_equal(served_write(store, &served, 1, NULL), expected);
    }
    store_close(store);
  }
  assert_int_equal(store_open(&(struct store_config){.path = path}, &store, NULL), 0);
  assert_int_equal(served_read(store, &last, NULL), 0);
  assert_int_equal(last.version, 9);
  assert_int_equal(last.hash[0], 9);
  store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(says_what_was_signed),
      TEST(tells_version_and_signer),
      TEST(refuses_other_files),
      TEST(refuses_without_a_manifest),
      TEST(refuses_another_key),
      TEST(refuses_every_change_of_the_manifest),
      TEST(refuses_what_is_not_its_one_spelling),
      TEST(opens_no_path_of_the_manifest),
      TEST(keys_are_files_for_their_owner),
      TEST(remembers_the_highest_version_served),
  };
  return crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
