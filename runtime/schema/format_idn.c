/* Host names. Labels that are internationalized (RFC 5890 to 5892), and what hides behind "xn--" in
 * others, are libidn2's to judge: which characters may stand where is a matter of tables. */
#include <idn2.h>

#include "base/ascii.h"
#include "schema/program.h"

enum { LABEL_MAX = 63, LABEL_UTF8_MAX = 4 * LABEL_MAX, HOST_MAX = 253 };

/* The length of a label in ASCII that a registry would take (RFC 5891, section 4); 0 if it would
 * not. */
static size_t registered_length(struct text label, bool encoded)
{
  char copy[LABEL_UTF8_MAX + 1];
  uint8_t *ascii = NULL;
  if (label.length > LABEL_UTF8_MAX || memchr(label.data, 0, label.length)) return 0;
  memcpy(copy, label.data, label.length);
  copy[label.length] = 0;
  const uint8_t *bytes = (const uint8_t *)copy;
  if (idn2_register_u8(encoded ? NULL : bytes, encoded ? bytes : NULL, &ascii, 0) != IDN2_OK)
    return 0;
  size_t length = strlen((const char *)ascii);
  idn2_free(ascii);
  return length;
}

static bool is_ascii_label(struct text label)
{
  if (label.length > LABEL_MAX) return false;
  if (label.data[0] == '-' || label.data[label.length - 1] == '-') return false;
  for (size_t i = 0; i < label.length; i++) {
    char c = label.data[i];
    if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '-') return false;
  }
  struct text prefix = {label.data, label.length < 4 ? label.length : 4};
  return !text_is_ignoring_case(prefix, "xn--") || registered_length(label, true) > 0;
}

/* Its length in ASCII; 0 if it is not valid. */
static size_t label_length(struct text label, bool ascii)
{
  if (label.length == 0) return 0;
  if (text_ascii_length(label) == label.length) return is_ascii_label(label) ? label.length : 0;
  return ascii ? 0 : registered_length(label, false);
}

/* The length of the dot that the text begins with: a full stop, or one of those that stand for it
 * among ideographs (RFC 3490, section 3.1). */
static size_t dot_length(struct text text)
{
  static const char *const others[] = {"。", "．", "｡"};
  if (text.data[0] == '.') return 1;
  for (size_t i = 0; i < 3 && (text.data[0] & 0x80); i++)
    if (text_starts_with(text, others[i])) return strlen(others[i]);
  return 0;
}

static bool is_host(struct text text, bool ascii)
{
  size_t total = 0;
  for (;;) {
    struct text label = {text.data, 0};
    size_t dot = 0;
    while (text.length > 0 && (dot = dot_length(text)) == 0) {
      text = (struct text){text.data + 1, text.length - 1};
      label.length++;
    }
    size_t length = label_length(label, ascii);
    total += length + (dot > 0);
    if (length == 0 || total > HOST_MAX || (ascii && dot > 1)) return false;
    if (dot == 0) return true;
    text = (struct text){text.data + dot, text.length - dot};
  }
}

bool schema_format_hostname(struct text text)
{
  return is_host(text, true);
}

bool schema_format_idn_hostname(struct text text)
{
  return is_host(text, false);
}
