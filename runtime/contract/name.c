/* Letters by hand: isalpha() would ask the locale. */
#include "contract/name.h"

#include "base/ascii.h"

static bool is_lower(char c)
{
  return c >= 'a' && c <= 'z';
}
static bool is_upper(char c)
{
  return c >= 'A' && c <= 'Z';
}
bool name_is_lower(struct text name)
{
  if (name.length == 0 || name.length > NAME_MAX_BYTES || !is_lower(name.data[0])) return false;
  for (size_t i = 1; i < name.length; i++)
    if (!is_lower(name.data[i]) && !ascii_is_digit(name.data[i]) && name.data[i] != '_')
      return false;
  return true;
}

bool name_is_field(struct text name)
{
  if (name.length == 0 || name.length > NAME_MAX_BYTES || ascii_is_digit(name.data[0]))
    return false;
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    if (!is_lower(c) && !is_upper(c) && !ascii_is_digit(c) && c != '_') return false;
  }
  return true;
}
