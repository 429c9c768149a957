/* The file beside the database: counters that are mapped, and bytes that are locked.
 *
 * No byte that is locked holds anything. One says that the database is open: everybody has it
 * shared, who wants to be alone has it exclusively. One is held by who wants to be first, until it
 * lets others in. One is the gate, held while a ticket is drawn.
 * From TURNS on there is one for each ticket, which its owner locks inside the gate and holds until
 * its turn is over; it is its turn once no earlier ticket's byte is locked. Tickets are never used
 * twice, so neither holder nor waiter can be taken for another, and whoever dies leaves the queue.
 * (This is Lamport's bakery, with the kernel as witness.) */
#include "store/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { OPEN_BYTE = 0, GATE_BYTE = 1, FIRST_BYTE = 2, TURNS = 4096 };

struct memory {
  _Atomic uint64_t tickets; /* drawn so far */
  _Atomic uint64_t commits;
  _Atomic uint64_t identities; /* odd: they are being changed */
  _Atomic uint64_t others;     /* how often other programs' changes were noticed */
  _Atomic uint64_t identifying;
  _Atomic uint32_t last_change;
};

struct shared {
  int file; /* -1: in memory */
  bool alone;
  struct memory *memory;
  uint64_t ticket; /* of the turn that is taken */
};

/* --- Locks --- */

static int lock(int file, short type, uint64_t start, uint64_t length, bool wait)
{
  struct flock range = {
      .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)start, .l_len = (off_t)length};
  int result;
  do result = fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
  while (result < 0 && errno == EINTR);
  return result;
}

int shared_take_turn(struct shared *shared, struct error *error)
{
  int file = shared->file;
  if (file < 0) return 0;
  if (lock(file, F_WRLCK, GATE_BYTE, 1, true) < 0) goto fail;
  uint64_t ticket = atomic_fetch_add(&shared->memory->tickets, 1);
  int drawn = lock(file, F_WRLCK, TURNS + ticket, 1, true);
  lock(file, F_UNLCK, GATE_BYTE, 1, true);
  shared->ticket = ticket;
  if (drawn == 0 && (ticket == 0 || lock(file, F_RDLCK, TURNS, ticket, true) == 0)) return 0;

fail:
  error_set(error, "cannot wait for the turn to write: %s", strerror(errno));
  shared_give_turn(shared);
  return -1;
}

void shared_give_turn(struct shared *shared)
{
  if (shared->file >= 0) lock(shared->file, F_UNLCK, TURNS, shared->ticket + 1, true);
}

/* --- Counters --- */

uint64_t shared_commits(const struct shared *shared)
{
  return atomic_load(&shared->memory->commits);
}

void shared_count_commit(struct shared *shared)
{
  atomic_fetch_add(&shared->memory->commits, 1);
}

uint64_t shared_identities(const struct shared *shared)
{
  uint64_t version = atomic_load(&shared->memory->identities);
  if (version % 2 != 0) return 0;
  return version / 2 + atomic_load(&shared->memory->others) + 1; /* each of them only grows */
}

void shared_notice_others(struct shared *shared)
{
  shared_count_commit(shared); /* first: whoever asks for the version takes a new snapshot then */
  atomic_fetch_add(&shared->memory->others, 1);
}

void shared_change_identities(struct shared *shared)
{
  atomic_fetch_or(&shared->memory->identities, 1);
}

void shared_identities_changed(struct shared *shared)
{
  atomic_fetch_add(&shared->memory->identities, 1);
}

uint64_t shared_identifying(const struct shared *shared)
{
  return atomic_load(&shared->memory->identifying);
}

void shared_add_identifying(struct shared *shared, uint64_t tables)
{
  atomic_fetch_or(&shared->memory->identifying, tables);
}

uint32_t shared_last_change(const struct shared *shared)
{
  return atomic_load(&shared->memory->last_change);
}

void shared_set_last_change(struct shared *shared, uint32_t change)
{
  atomic_store(&shared->memory->last_change, change);
}

void shared_replace_last_change(struct shared *shared, uint32_t seen, uint32_t change)
{
  atomic_compare_exchange_strong(&shared->memory->last_change, &seen, change);
}

/* --- Opening --- */

/* Nobody else has it open. Its blocks are reserved: on a full disk, writing to memory that has none
 * would be a SIGBUS. */
static int begin_anew(int file)
{
  if (ftruncate(file, 0) < 0) return -1;
  int code = posix_fallocate(file, 0, sizeof(struct memory));
  if (code != 0) errno = code;
  return code == 0 ? 0 : -1;
}

enum company { COMPANY_SHARED, COMPANY_FIRST, COMPANY_ALONE };

/* Those who would be first come one after the other: whoever was alone may die of what it did, and
 * is succeeded by one of them. */
static int join(struct shared *shared, enum company company)
{
  int file = shared->file;
  if (company == COMPANY_FIRST && lock(file, F_WRLCK, FIRST_BYTE, 1, true) < 0) return -1;
  bool alone = lock(file, F_WRLCK, OPEN_BYTE, 1, false) == 0;
  if (!alone && company == COMPANY_ALONE) return -1;
  if (!alone && lock(file, F_RDLCK, OPEN_BYTE, 1, true) < 0) return -1;
  if (!alone && company == COMPANY_FIRST) alone = lock(file, F_WRLCK, OPEN_BYTE, 1, false) == 0;
  if (!alone) return 0;
  if (begin_anew(file) < 0) return -1;
  shared->alone = company != COMPANY_SHARED;
  return shared->alone ? 0 : lock(file, F_RDLCK, OPEN_BYTE, 1, true);
}

static struct memory *map(int file)
{
  struct stat status;
  if (fstat(file, &status) < 0) return MAP_FAILED;
  if ((size_t)status.st_size < sizeof(struct memory)) {
    errno = EINVAL;
    return MAP_FAILED;
  }
  return mmap(NULL, sizeof(struct memory), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

/* Root's commands must leave no file behind that the server may not open: like SQLite with its own,
 * it is given to whom the database belongs. Where that is not to be had, it stays root's. */
static void take_owner(int file, const char *database)
{
  struct stat status;
  if (geteuid() != 0 || stat(database, &status) < 0) return;
  if (fchown(file, status.st_uid, status.st_gid) < 0) return;
}

static int open_file(struct shared *shared, const char *path, const char *database,
                     enum company company, struct error *error)
{
  shared->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (shared->file < 0) return error_set(error, "%s: %s", path, strerror(errno));
  take_owner(shared->file, database);
  if (join(shared, company) < 0) {
    bool taken = company == COMPANY_ALONE && (errno == EAGAIN || errno == EACCES);
    return taken ? error_set(error, "another process uses it, such as a server: stop that first")
                 : error_set(error, "%s: %s", path, strerror(errno));
  }
  shared->memory = map(shared->file);
  if (shared->memory != MAP_FAILED) return 0;
  shared->memory = NULL;
  return error_set(error, "%s: cannot be mapped: %s", path, strerror(errno));
}

static int open_as(const char *database, enum company company, struct shared **result,
                   struct error *error)
{
  char path[4096];
  struct shared *shared = memory_new(sizeof *shared);
  shared->file = -1;
  if (database == NULL) {
    shared->memory = memory_new(sizeof *shared->memory);
    shared->alone = true;
  } else {
    snprintf(path, sizeof path, "%s-shared", database);
    if (open_file(shared, path, database, company, error) < 0) {
      shared_close(shared);
      return -1;
    }
  }
  *result = shared;
  return 0;
}

int shared_open(const char *database, bool alone, struct shared **result, struct error *error)
{
  return open_as(database, alone ? COMPANY_ALONE : COMPANY_SHARED, result, error);
}

int shared_open_first(const char *database, struct shared **result, struct error *error)
{
  return open_as(database, COMPANY_FIRST, result, error);
}

bool shared_is_alone(const struct shared *shared)
{
  return shared->alone;
}

int shared_let_in(struct shared *shared, struct error *error)
{
  if (shared->file < 0) return 0;
  shared->alone = false;
  if (lock(shared->file, F_RDLCK, OPEN_BYTE, 1, true) == 0 &&
      lock(shared->file, F_UNLCK, FIRST_BYTE, 1, true) == 0)
    return 0;
  return error_set(error, "cannot let others open the database: %s", strerror(errno));
}

void shared_close(struct shared *shared)
{
  if (shared == NULL) return;
  if (shared->file >= 0) {
    if (shared->memory != NULL) munmap(shared->memory, sizeof *shared->memory);
    close(shared->file);
  } else {
    memory_free(shared->memory);
  }
  memory_free(shared);
}
