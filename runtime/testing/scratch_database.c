/* Where the database of a scratch app lies: in a folder that is there only while it is opened. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing/scratch_internal.h"

int scratch_make_folder(struct scratch *scratch, char path[SCRATCH_PATH_BYTES], struct error *error)
{
  const char *temporary = getenv("TMPDIR");
  const char *const places[] = {"/dev/shm", temporary && temporary[0] ? temporary : "/tmp"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    int length = snprintf(scratch->folder, sizeof scratch->folder, "%s/writ-scratch-%d-XXXXXX",
                          places[i], (int)getpid());
    if (length + 16 < SCRATCH_PATH_BYTES && mkdtemp(scratch->folder)) {
      snprintf(path, SCRATCH_PATH_BYTES, "%.*s/writ.db", SCRATCH_PATH_BYTES - 16, scratch->folder);
      return 0;
    }
  }
  scratch->folder[0] = 0;
  return error_set(error, "cannot make a folder in %s: %s", places[1], strerror(errno));
}

void scratch_remove_folder(struct scratch *scratch)
{
  DIR *folder = scratch->folder[0] ? opendir(scratch->folder) : NULL;
  for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
    if (entry->d_name[0] != '.') unlinkat(dirfd(folder), entry->d_name, 0);
  if (folder) closedir(folder);
  if (scratch->folder[0]) rmdir(scratch->folder);
  scratch->folder[0] = 0;
}
