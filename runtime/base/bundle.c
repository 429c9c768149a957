/* Written through a small list of pieces (writev), because a mapping that could write would be in
 * the way of the seals. */
#include "base/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/memory.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* since Linux 6.3: nobody can make it executable */
#endif

enum {
  ARENA_CHUNK_BYTES = 64 * 1024,
  SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
  PIECES_MAX = 512, /* of one writev; less than the kernel's 1,024 */
  COUNT_MAX = 1 << 20,
  PART_MAX_BYTES = 1 << 30
};

static const char magic[8] = "writ\0b1\n";

struct header {
  char magic[8];
  uint64_t count, length;
};

struct entry {
  uint64_t name, bytes; /* offsets from the beginning */
  uint32_t name_length, byte_length;
};

/* --- Writing --- */

void bundle_writer_init(struct bundle_writer *writer)
{
  *writer = (struct bundle_writer){0};
  arena_init(&writer->arena, ARENA_CHUNK_BYTES);
}

void bundle_writer_deinit(struct bundle_writer *writer)
{
  arena_wipe(&writer->arena); /* what was copied may be secret */
  arena_deinit(&writer->arena);
  memory_free(writer->items);
  *writer = (struct bundle_writer){0};
}

void bundle_add(struct bundle_writer *writer, const char *name, struct text bytes)
{
  if (writer->count == writer->capacity) {
    writer->capacity = writer->capacity > 0 ? writer->capacity * 2 : 64;
    writer->items = memory_resize(writer->items, writer->capacity * sizeof *writer->items);
  }
  writer->items[writer->count++] =
      (struct bundle_item){arena_copy(&writer->arena, text_of(name)).data, bytes};
}

void bundle_add_copy(struct bundle_writer *writer, const char *name, struct text bytes)
{
  bundle_add(writer, name, arena_copy(&writer->arena, bytes));
}

static int by_name(const void *a, const void *b)
{
  const struct bundle_item *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static int check_items(const struct bundle_writer *writer, struct error *error)
{
  if (writer->count > COUNT_MAX) return error_set(error, "a bundle of too many parts");
  for (size_t i = 0; i < writer->count; i++) {
    if (writer->items[i].bytes.length > PART_MAX_BYTES)
      return error_set(error, "part %s of a bundle is too large", writer->items[i].name);
    if (i > 0 && strcmp(writer->items[i - 1].name, writer->items[i].name) == 0)
      return error_set(error, "part %s of a bundle comes twice", writer->items[i].name);
  }
  return 0;
}

/* All of the pieces, however many calls that takes. They are used up. */
static int write_pieces(int fd, struct iovec *pieces, size_t count)
{
  while (count > 0) {
    ssize_t written = writev(fd, pieces, count < PIECES_MAX ? (int)count : PIECES_MAX);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    size_t left = (size_t)written;
    for (; count > 0 && left >= pieces->iov_len; pieces++, count--) left -= pieces->iov_len;
    if (count == 0) break;
    pieces->iov_base = (char *)pieces->iov_base + left;
    pieces->iov_len -= left;
  }
  return 0;
}

/* Header, directory, and for each part its name and its bytes with the NUL behind them. */
static int write_all(const struct bundle_writer *writer, int fd)
{
  static char nul;
  size_t count = writer->count;
  struct header header = {.count = count};
  struct entry *entries = memory_new_array(count + 1, sizeof *entries);
  struct iovec *pieces = memory_new_array(3 * count + 2, sizeof *pieces);
  size_t piece = 0;
  uint64_t offset = sizeof header + count * sizeof *entries;
  pieces[piece++] = (struct iovec){&header, sizeof header};
  pieces[piece++] = (struct iovec){entries, count * sizeof *entries};
  for (size_t i = 0; i < count; i++) {
    const struct bundle_item *item = &writer->items[i];
    size_t name_length = strlen(item->name);
    entries[i] = (struct entry){.name = offset,
                                .bytes = offset + name_length + 1,
                                .name_length = (uint32_t)name_length,
                                .byte_length = (uint32_t)item->bytes.length};
    pieces[piece++] = (struct iovec){(char *)item->name, name_length + 1};
    pieces[piece++] = (struct iovec){(char *)item->bytes.data, item->bytes.length};
    pieces[piece++] = (struct iovec){&nul, 1};
    offset += name_length + 1 + item->bytes.length + 1;
  }
  header.length = offset;
  memcpy(header.magic, magic, sizeof magic);
  int result = write_pieces(fd, pieces, piece);
  memory_free(pieces);
  memory_free(entries);
  return result;
}

static int create(void)
{
  int fd = memfd_create("writ-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd >= 0 || errno != EINVAL) return fd;
  return memfd_create("writ-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int bundle_seal(struct bundle_writer *writer, int *fd, struct error *error)
{
  if (writer->count > 0) qsort(writer->items, writer->count, sizeof *writer->items, by_name);
  if (check_items(writer, error)) return -1;
  int file = create();
  if (file < 0) return error_set(error, "cannot make a bundle: %s", strerror(errno));
  if (write_all(writer, file) == 0 && fcntl(file, F_ADD_SEALS, SEALS) == 0) {
    *fd = file;
    return 0;
  }
  error_set(error, "cannot write a bundle: %s", strerror(errno));
  close(file);
  return -1;
}

/* --- Reading --- */

static const struct entry *entries_of(const struct bundle *bundle)
{
  return (const struct entry *)(bundle->bytes + sizeof(struct header));
}

/* A text that lies behind the directory, with a NUL behind it. */
static bool is_inside(const struct bundle *bundle, uint64_t offset, uint32_t length)
{
  uint64_t begin = sizeof(struct header) + bundle->count * sizeof(struct entry);
  return offset >= begin && offset < bundle->length && length < bundle->length - offset &&
         bundle->bytes[offset + length] == '\0';
}

static bool is_well_formed(struct bundle *bundle)
{
  struct header header;
  if (bundle->length < sizeof header) return false;
  memcpy(&header, bundle->bytes, sizeof header);
  if (memcmp(header.magic, magic, sizeof magic) != 0 || header.length != bundle->length ||
      header.count > COUNT_MAX ||
      header.count > (bundle->length - sizeof header) / sizeof(struct entry))
    return false;
  bundle->count = (size_t)header.count;
  const struct entry *entries = entries_of(bundle);
  const char *before = NULL;
  for (size_t i = 0; i < bundle->count; i++) {
    if (!is_inside(bundle, entries[i].name, entries[i].name_length) ||
        !is_inside(bundle, entries[i].bytes, entries[i].byte_length))
      return false;
    const char *name = bundle->bytes + entries[i].name;
    if (memchr(name, '\0', entries[i].name_length) || (before && strcmp(before, name) >= 0))
      return false;
    before = name;
  }
  return true;
}

/* The size is read after the seals: then it can no longer change. */
static int map(int fd, struct bundle *bundle, struct error *error)
{
  struct stat status;
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & SEALS) != SEALS)
    return error_set(error, "not a bundle: it is not sealed");
  if (fstat(fd, &status) || status.st_size <= 0) return error_set(error, "an empty bundle");
  bundle->length = (size_t)status.st_size;
  void *bytes = mmap(NULL, bundle->length, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) return error_set(error, "cannot map a bundle: %s", strerror(errno));
  bundle->bytes = bytes;
  return 0;
}

int bundle_open(int fd, struct bundle *bundle, struct error *error)
{
  *bundle = (struct bundle){0};
  if (map(fd, bundle, error)) return -1;
  if (is_well_formed(bundle)) return 0;
  bundle_close(bundle);
  return error_set(error, "a bundle is malformed");
}

void bundle_close(struct bundle *bundle)
{
  if (bundle->bytes) munmap((void *)bundle->bytes, bundle->length);
  *bundle = (struct bundle){0};
}

struct bundle_part bundle_part(const struct bundle *bundle, size_t index)
{
  const struct entry *entry = &entries_of(bundle)[index];
  return (struct bundle_part){bundle->bytes + entry->name,
                              {bundle->bytes + entry->bytes, entry->byte_length}};
}

/* The first part whose name does not come before this one; `count` if there is none. */
static size_t lower_bound(const struct bundle *bundle, const char *name)
{
  size_t low = 0;
  for (size_t high = bundle->count; low < high;) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(bundle_part(bundle, middle).name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool bundle_find(const struct bundle *bundle, const char *name, struct text *bytes)
{
  size_t index = lower_bound(bundle, name);
  if (index == bundle->count) return false;
  struct bundle_part part = bundle_part(bundle, index);
  if (strcmp(part.name, name) != 0) return false;
  *bytes = part.bytes;
  return true;
}

void bundle_range(const struct bundle *bundle, const char *prefix, size_t *first, size_t *end)
{
  *first = *end = lower_bound(bundle, prefix);
  while (*end < bundle->count && text_starts_with(text_of(bundle_part(bundle, *end).name), prefix))
    (*end)++;
}
