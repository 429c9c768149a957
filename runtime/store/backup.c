#include "store/backup.h"

#include "store/copy.h"

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
  int result = copy_begin(&copy, path, error);
  if (result == 0) result = fill_and_check(&copy, store, key, chain, error);
  if (result == 0) result = copy_publish(&copy, replace, error);
  copy_end(&copy);
  return result;
}
