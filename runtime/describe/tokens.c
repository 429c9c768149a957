#include "describe/tokens.h"

enum piece { PIECE_WORD, PIECE_DIGITS, PIECE_SPACE, PIECE_PUNCTUATION, PIECE_OTHER };

static enum piece piece_of(char c)
{
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return PIECE_WORD;
  if (c >= '0' && c <= '9') return PIECE_DIGITS;
  if (c == ' ' || (c >= '\t' && c <= '\r')) return PIECE_SPACE;
  return (unsigned char)c < 0x80 ? PIECE_PUNCTUATION : PIECE_OTHER;
}

static bool begins_word(char before, char c)
{
  return before >= 'a' && before <= 'z' && c >= 'A' && c <= 'Z';
}

static size_t tokens_of_piece(enum piece piece, struct text text, bool last)
{
  size_t length = text.length;
  switch (piece) {
  case PIECE_WORD:
    return length <= 6 ? 1 : 1 + (length - 6 + 3) / 4;
  case PIECE_DIGITS:
    return (length + 2) / 3;
  case PIECE_SPACE:
    return length == 1 && text.data[0] == ' ' && !last ? 0 : (length + 3) / 4;
  case PIECE_PUNCTUATION:
    return length;
  case PIECE_OTHER:
    break;
  }
  return (length + 1) / 2;
}

size_t tokens_estimate(struct text text)
{
  size_t tokens = 0;
  for (size_t start = 0, end; start < text.length; start = end) {
    enum piece piece = piece_of(text.data[start]);
    for (end = start + 1; end < text.length && piece_of(text.data[end]) == piece; end++)
      if (begins_word(text.data[end - 1], text.data[end])) break;
    struct text part = {text.data + start, end - start};
    tokens += tokens_of_piece(piece, part, end == text.length);
  }
  return tokens;
}
