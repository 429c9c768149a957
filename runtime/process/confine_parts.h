/* The two kernel mechanisms that confine.c uses. Private to confine*.c. */
#ifndef WRIT_PROCESS_CONFINE_PARTS_H
#define WRIT_PROCESS_CONFINE_PARTS_H

#include <stdbool.h>

#include "base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define CONFINE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED 0
#endif

/* Landlock. *version is what the kernel has of it, 0: none, and nothing was done. */
int confine_files(const char *data, int *version, struct error *error);

/* seccomp. *missing: the kernel has none, and nothing was done. */
int confine_calls(bool accepts, bool *missing, struct error *error);

#endif
