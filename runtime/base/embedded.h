/* Files of this repository that are part of the program: cmake/embed.cmake makes them. */
#ifndef WRIT_BASE_EMBEDDED_H
#define WRIT_BASE_EMBEDDED_H

#include "base/text.h"

struct embedded_file {
  const char *path; /* below the folder that was embedded */
  struct text text; /* followed by a NUL */
};

#endif
