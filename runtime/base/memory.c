/* Heap memory that cannot fail: malloc with checked products, and one way out when the machine has
 * no more. Never returns NULL; a size of 0 is a size of 1. */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Says so without allocating, and ends the process. */
_Noreturn static void give_up(void)
{
  static const char message[] = "writ: out of memory\n";
  ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
  (void)ignored;
  abort();
}

void *memory_new(size_t bytes)
{
  return memory_new_array(bytes, 1);
}

void *memory_new_array(size_t count, size_t size)
{
  if (count == 0 || size == 0) count = size = 1;
  void *block = calloc(count, size);
  if (!block) give_up();
  return block;
}

void *memory_resize(void *block, size_t bytes)
{
  block = realloc(block, bytes > 0 ? bytes : 1);
  if (!block) give_up();
  return block;
}

char *memory_copy_string(const char *string)
{
  size_t bytes = strlen(string) + 1;
  return memcpy(memory_resize(NULL, bytes), string, bytes);
}

void memory_free(void *block)
{
  free(block);
}
