/* What the fuzz targets share. Each is a libFuzzer program (tests/fuzz/fuzz_NAME.c) that holds one
 * part of the host against an oracle: another parser, the same thing done differently, or what must
 * never happen. A broken promise ends the program as a crash does, and libFuzzer keeps the input.
 */
#ifndef WRIT_TESTS_FUZZ_H
#define WRIT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What libFuzzer calls, and (the last one) offers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t out_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

/* Ends the program unless the promise holds; says which one was broken, as printf does. */
#define PROMISE(holds, ...)                                                                        \
  do {                                                                                             \
    if (!(holds)) {                                                                                \
      fprintf(stderr, "%s:%d: broken: %s: ", __FILE__, __LINE__, #holds);                          \
      fprintf(stderr, __VA_ARGS__);                                                                \
      fputc('\n', stderr);                                                                         \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

/* The input in a block of exactly its size, so that one byte too far is seen. Freed by the caller.
 */
static inline struct text fuzz_copy(const uint8_t *data, size_t size)
{
  char *copy = malloc(size > 0 ? size : 1);
  if (copy == NULL) abort();
  if (size > 0) memcpy(copy, data, size);
  return (struct text){copy, size};
}

#endif
