/* What the disk itself needs: 4 KB written and made durable (fdatasync), again and again for a
 * second. Beside it one can tell a slow server from a slow disk. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, PAGES = 1000, WRITES_MAX = 100000 };

static double now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
  static char page[PAGE_BYTES];
  static double times[WRITES_MAX];
  size_t count = 0;
  int file = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
  if (file < 0) return 2;
  for (int i = 0; i < PAGES; i++) /* a WAL is written over, too */
    if (write(file, page, sizeof page) != sizeof page) return 1;
  fsync(file);
  for (double end = now_us() + 1e6, begun; (begun = now_us()) < end && count < WRITES_MAX;) {
    if (pwrite(file, page, sizeof page, (off_t)(count % PAGES) * PAGE_BYTES) != sizeof page)
      return 1;
    if (fdatasync(file)) return 1;
    times[count++] = now_us() - begun;
  }
  qsort(times, count, sizeof *times, compare);
  printf("p50_us %.1f\np99_us %.1f\np999_us %.1f\n", times[count / 2], times[count * 99 / 100],
         times[count * 999 / 1000]);
  unlink(argv[1]);
  return 0;
}
