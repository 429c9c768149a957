/* One error, the first one wins. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *error, const char *format, ...)
{
  if (!error || error->message[0] != '\0') return -1;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return -1;
}

void error_clear(struct error *error)
{
  if (error) error->message[0] = '\0';
}
