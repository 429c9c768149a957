/* From `path:line:column: what` to an offset in the file. */
#include "contract/place.h"

enum { NUMBER_MAX = 1000000 };

/* Reads ":digits" and goes behind it; 0 if there is none. */
static unsigned long read_number(const char **message)
{
  const char *at = *message;
  unsigned long number = 0;
  if (*at != ':') return 0;
  for (at++; *at >= '0' && *at <= '9' && number < NUMBER_MAX; at++)
    number = number * 10 + (unsigned long)(*at - '0');
  if (number > 0) *message = at;
  return number;
}

bool place_read(const char **message, const char *path, struct text text, size_t *offset)
{
  size_t length = strlen(path), at = 0;
  if (strncmp(*message, path, length) != 0 || (*message)[length] != ':') return false;
  *message += length;
  unsigned long line = read_number(message), column = read_number(message);
  while (line > 1 && at < text.length) line -= text.data[at++] == '\n';
  for (; column > 1 && at < text.length && text.data[at] != '\n'; column--) at++;
  while (**message == ':' || **message == ' ') (*message)++;
  *offset = at;
  return true;
}
