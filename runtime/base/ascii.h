/* Bytes as ASCII, whatever the locale: true of no byte beyond it, and of no negative number. */
#ifndef WRIT_BASE_ASCII_H
#define WRIT_BASE_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_digit(int c)
{
  return c >= '0' && c <= '9';
}

static inline bool ascii_is_letter(int c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* 0 to 15, or -1 for what is no hexadecimal digit. */
static inline int ascii_hex_value(int c)
{
  if (ascii_is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

#endif
