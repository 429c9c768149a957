/* Images as bytes: a header that says of which guest and how large, then the guest's memory. One
 * block, so that nothing is copied to pass an image on, nor to take it. */
#include "base/memory.h"
#include "sandbox/instance.h"

struct header {
  char magic[8];
  unsigned char guest[HASH_BYTES];
  uint32_t length, end; /* as in struct image */
  uint32_t query_count, sleeps;
};

static const char magic[8] = "writ\0i1\n";

struct image *image_new(uint32_t length, uint32_t end)
{
  struct image *image = memory_new(sizeof *image);
  size_t bytes = sizeof(struct header) + length;
  image->owned = memory_new(bytes);
  image->text = (struct text){image->owned, bytes};
  image->bytes = image->owned + sizeof(struct header);
  image->length = length;
  image->end = end;
  return image;
}

void image_allow(struct image *image, uint32_t query_count, bool sleeps)
{
  struct header header = {
      .length = image->length, .end = image->end, .query_count = query_count, .sleeps = sleeps};
  memcpy(header.magic, magic, sizeof magic);
  memcpy(header.guest, guest_identity, HASH_BYTES);
  memcpy(image->owned, &header, sizeof header);
  image->query_count = query_count;
  image->sleeps = sleeps;
}

void image_free(struct image *image)
{
  if (!image) return;
  memory_free(image->owned);
  memory_free(image);
}

size_t image_bytes(const struct image *image)
{
  return image->length;
}

struct text image_text(const struct image *image)
{
  return image->text;
}

/* Where the guest's changing data begins: a constant of its code. */
static uint32_t changing(void)
{
  guest_module none = {0};
  return GUEST(changing)(&none);
}

int image_read(struct text bytes, struct image **image, struct error *error)
{
  struct header header;
  if (bytes.length < sizeof header) return error_set(error, "not an image: too short");
  memcpy(&header, bytes.data, sizeof header);
  if (memcmp(header.magic, magic, sizeof magic) != 0) return error_set(error, "not an image");
  if (memcmp(header.guest, guest_identity, HASH_BYTES) != 0)
    return error_set(error, "an image of another build of writ");
  if (header.length != bytes.length - sizeof header || header.length > IMAGE_MAX_BYTES ||
      header.end % 16 != 0 || header.end - header.length != changing() || header.sleeps > 1)
    return error_set(error, "an image is malformed");
  struct image *read = memory_new(sizeof *read);
  *read = (struct image){.bytes = bytes.data + sizeof header,
                         .length = header.length,
                         .end = header.end,
                         .query_count = header.query_count,
                         .sleeps = header.sleeps == 1,
                         .text = bytes};
  *image = read;
  return 0;
}

bool image_fits(const struct image *image, size_t query_count, bool sleeps)
{
  return image->query_count == query_count && image->sleeps == sleeps;
}
