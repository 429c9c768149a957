/* A disk that fails when it is told to, for specs: LD_PRELOAD puts it under the SQLite of a server.
 *
 * WRIT_FAULTS names a file of a few bytes, which the spec changes while the server runs; each byte
 * says how a fault is in force (enum fault): '0' not, '1' each time, 'o' once, 's' now and then, by
 * chance from WRIT_FAULTS_SEED. Reads, writes and so on then fail as those of a broken disk do,
 * before anything has happened; TORN writes half, and FULL is for writes that make a file longer.
 *
 * With LOSES the machine's memory is lost with the server: beside each file, FILE.durable holds
 * what a disk would hold if nothing reached it but by fsync. What was written before an fsync that
 * failed is never made durable by a later one, as Linux has it. With LEAKS as well, what is written
 * between two fsyncs reaches the disk by itself: all of it, none, or some of its sectors. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum fault { READ, WRITE, TRUNCATE, SYNC, FULL, SHARED_MEMORY, TORN, LOSES, LEAKS, FAULTS };
enum { SECTOR = 512, SOMETIMES = 8 /* one time of so many */ };

struct range {
  off_t start, length;
};

struct file {
  sqlite3_file base;
  char *path;            /* NULL: nothing has to be durable */
  int durable;           /* -1: not yet */
  struct range *written; /* since the last fsync */
  size_t count, capacity;
  unsigned leaking; /* since the last fsync, of 2 sectors so many reach the disk */
  sqlite3_file real[];
};

static char *faults;
static uint32_t chances; /* the state of the generator; all that matters is that it moves on */
static sqlite3_vfs *real_vfs;

static unsigned chance(unsigned of)
{
  uint32_t x = __atomic_add_fetch(&chances, 0x9e3779b9U, __ATOMIC_RELAXED);
  x = (x ^ x >> 16) * 0x85ebca6bU;
  x = (x ^ x >> 13) * 0xc2b2ae35U;
  return (x ^ x >> 16) % of;
}

static bool fails(enum fault fault)
{
  char how = __atomic_load_n(&faults[fault], __ATOMIC_RELAXED);
  if (how == 'o') return __atomic_exchange_n(&faults[fault], '0', __ATOMIC_RELAXED) == 'o';
  return how == '1' || (how == 's' && chance(SOMETIMES) == 0);
}

static sqlite3_file *real_of(sqlite3_file *file)
{
  return ((struct file *)file)->real;
}

/* --- What is durable --- */

/* Reads through SQLite's file: closing another descriptor would end the process's locks. */
static void copy_range(const struct file *file, struct range range, off_t size)
{
  char buffer[65536];
  off_t end = range.start + range.length < size ? range.start + range.length : size;
  for (off_t at = range.start; at < end;) {
    off_t length = end - at < (off_t)sizeof buffer ? end - at : (off_t)sizeof buffer;
    sqlite3_file *real = (sqlite3_file *)file->real;
    if (real->pMethods->xRead(real, buffer, (int)length, at) != SQLITE_OK ||
        pwrite(file->durable, buffer, (size_t)length, at) != length)
      abort();
    at += length;
  }
}

static void leak(const struct file *file, struct range range)
{
  off_t end = range.start + range.length;
  for (off_t at = range.start; at < end;) {
    off_t next = at / SECTOR * SECTOR + SECTOR < end ? at / SECTOR * SECTOR + SECTOR : end;
    if (chance(2) < file->leaking) copy_range(file, (struct range){at, next - at}, end);
    at = next;
  }
}

static void note_written(struct file *file, off_t start, off_t length)
{
  if (file->path == NULL) return;
  if (fails(LEAKS)) leak(file, (struct range){start, length});
  if (file->count == file->capacity) {
    file->capacity = file->capacity * 2 + 64;
    file->written = realloc(file->written, file->capacity * sizeof *file->written);
    if (file->written == NULL) abort();
  }
  file->written[file->count++] = (struct range){start, length};
}

static void open_durable(struct file *file, const char *name)
{
  char path[4096];
  snprintf(path, sizeof path, "%s.durable", name);
  file->path = strdup(name);
  file->durable = open(path, O_RDWR | O_CREAT, 0600);
  if (file->path == NULL || file->durable < 0) abort();
}

/* The file has been made durable. */
static void keep_written(struct file *file)
{
  sqlite3_int64 size;
  if (file->path == NULL) return;
  if (file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK) abort();
  for (size_t i = 0; i < file->count; i++) copy_range(file, file->written[i], (off_t)size);
  if (ftruncate(file->durable, size) != 0) abort();
}

/* --- Files --- */

static int close_file(sqlite3_file *base)
{
  struct file *file = (struct file *)base;
  if (file->durable >= 0) close(file->durable);
  free(file->written);
  free(file->path);
  return file->real->pMethods->xClose(file->real);
}

static int read_file(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
  if (fails(READ)) return SQLITE_IOERR_READ;
  return real_of(file)->pMethods->xRead(real_of(file), bytes, length, offset);
}

static bool grows(sqlite3_file *file, sqlite3_int64 end)
{
  sqlite3_int64 size = 0;
  real_of(file)->pMethods->xFileSize(real_of(file), &size);
  return end > size;
}

static int write_file(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
  if (fails(WRITE)) return SQLITE_IOERR_WRITE;
  if (grows(file, offset + length) && fails(FULL)) return SQLITE_FULL;
  if (fails(TORN)) {
    real_of(file)->pMethods->xWrite(real_of(file), bytes, length / 2, offset);
    note_written((struct file *)file, (off_t)offset, length / 2);
    return SQLITE_IOERR_WRITE;
  }
  int code = real_of(file)->pMethods->xWrite(real_of(file), bytes, length, offset);
  if (code == SQLITE_OK) note_written((struct file *)file, (off_t)offset, length);
  return code;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
  if (fails(TRUNCATE)) return SQLITE_IOERR_TRUNCATE;
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int sync_file(sqlite3_file *base, int flags)
{
  struct file *file = (struct file *)base;
  int code = fails(SYNC) ? SQLITE_IOERR_FSYNC : file->real->pMethods->xSync(file->real, flags);
  if (code == SQLITE_OK) keep_written(file);
  file->count = 0;
  file->leaking = chance(3);
  return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int lock_file(sqlite3_file *file, int level)
{
  return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int check_lock(sqlite3_file *file, int *reserved)
{
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
}

static int control_file(sqlite3_file *file, int operation, void *argument)
{
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int sector_size(sqlite3_file *file)
{
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int characteristics(sqlite3_file *file)
{
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int map_shared(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
  if (fails(SHARED_MEMORY)) return SQLITE_IOERR_SHMMAP;
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int lock_shared(sqlite3_file *file, int offset, int count, int flags)
{
  if (fails(SHARED_MEMORY) && (flags & SQLITE_SHM_LOCK) != 0) return SQLITE_IOERR_SHMLOCK;
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void barrier(sqlite3_file *file)
{
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int unmap_shared(sqlite3_file *file, int delete)
{
  return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = close_file,
                                           .xRead = read_file,
                                           .xWrite = write_file,
                                           .xTruncate = truncate_file,
                                           .xSync = sync_file,
                                           .xFileSize = file_size,
                                           .xLock = lock_file,
                                           .xUnlock = unlock_file,
                                           .xCheckReservedLock = check_lock,
                                           .xFileControl = control_file,
                                           .xSectorSize = sector_size,
                                           .xDeviceCharacteristics = characteristics,
                                           .xShmMap = map_shared,
                                           .xShmLock = lock_shared,
                                           .xShmBarrier = barrier,
                                           .xShmUnmap = unmap_shared};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *got)
{
  struct file *file = (struct file *)base;
  (void)vfs;
  int code = real_vfs->xOpen(real_vfs, name, file->real, flags, got);
  file->base.pMethods = code == SQLITE_OK ? &methods : NULL;
  file->path = NULL;
  file->durable = -1;
  file->written = NULL;
  file->count = file->capacity = 0;
  file->leaking = 0;
  bool kept = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
  if (code == SQLITE_OK && name != NULL && kept && fails(LOSES)) open_durable(file, name);
  return code;
}

/* Runs before main: SQLite's default is ours from the first open on. */
__attribute__((constructor)) static void put_under(void)
{
  static sqlite3_vfs vfs;
  const char *path = getenv("WRIT_FAULTS");
  if (path == NULL) return; /* a shell on the way to the server */
  const char *seed = getenv("WRIT_FAULTS_SEED");
  chances = seed != NULL ? (uint32_t)strtoul(seed, NULL, 10) : 0;
  int file = open(path, O_RDWR);
  void *memory = mmap(NULL, FAULTS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file < 0 || memory == MAP_FAILED) {
    perror(path);
    _exit(1);
  }
  faults = memory;
  real_vfs = sqlite3_vfs_find(NULL);
  vfs = *real_vfs;
  vfs.zName = "faults";
  vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
  vfs.xOpen = open_file;
  sqlite3_vfs_register(&vfs, 1);
}
