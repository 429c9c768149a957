#include "store/store_internal.h" /* first: it asks sqlite3.h for the pre-update hook */

#include "store/backup.h"

#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store/copy.h"

static bool is_same_folder(const char *a, const char *b)
{
  struct stat of_a, of_b;
  char copies[2][COPY_PATH_BYTES];
  snprintf(copies[0], sizeof copies[0], "%s", a);
  snprintf(copies[1], sizeof copies[1], "%s", b);
  return stat(dirname(copies[0]), &of_a) == 0 && stat(dirname(copies[1]), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static const char *name_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* All names that begin with the database's are its own: a server has those files open. Nor is a
 * device, a pipe or a link to be lost to a copy. */
static int check_target(struct store *store, const char *path, struct error *error)
{
  struct stat status;
  const char *database = sqlite3_db_filename(connection_handle(store_reader(store)), "main");
  const char *name = name_of(database);
  if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
    return error_set(error, "%s: something is there that is no file: give another name", path);
  if (strncmp(name_of(path), name, strlen(name)) != 0 || !is_same_folder(path, database)) return 0;
  return error_set(error, "%s: names that begin with %s are the database's own here: give another",
                   path, name);
}

static int fill_and_check(struct copy *copy, struct store *store, const unsigned char *key,
                          struct audit_chain *chain, struct error *error)
{
  struct store *opened;
  if (copy_fill(copy, store, error) < 0 || copy_open(copy, &opened, error) < 0) return -1;
  int result = copy_check(opened, key, chain, error);
  store_close(opened);
  return result;
}

int backup_make(struct store *store, const char *path, bool replace, const unsigned char *key,
                struct audit_chain *chain, struct error *error)
{
  struct copy copy;
  if (check_target(store, path, error) < 0) return -1;
  int result = copy_begin(&copy, path, error);
  if (result == 0) result = fill_and_check(&copy, store, key, chain, error);
  if (result == 0) result = copy_publish(&copy, replace, error);
  copy_end(&copy);
  return result;
}
