/* The words of Lua 5.4 (manual, section 3.1), one after the other.
 *
 * Any bytes may come in. What is no word of Lua gives TOKEN_BAD, and nothing comes after it:
 * whoever loads the file says what is wrong with it, so nothing is reported here. */
#ifndef WRIT_ADVICE_LEXER_H
#define WRIT_ADVICE_LEXER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Keywords are in the order of the alphabet, as their table is. */
enum token_kind {
  TOKEN_END,
  TOKEN_BAD,
  TOKEN_NAME,
  TOKEN_STRING,
  TOKEN_INTEGER,
  TOKEN_REAL,

  TOKEN_AND,
  TOKEN_BREAK,
  TOKEN_DO,
  TOKEN_ELSE,
  TOKEN_ELSEIF,
  TOKEN_END_WORD,
  TOKEN_FALSE,
  TOKEN_FOR,
  TOKEN_FUNCTION,
  TOKEN_GOTO,
  TOKEN_IF,
  TOKEN_IN,
  TOKEN_LOCAL,
  TOKEN_NIL,
  TOKEN_NOT,
  TOKEN_OR,
  TOKEN_REPEAT,
  TOKEN_RETURN,
  TOKEN_THEN,
  TOKEN_TRUE,
  TOKEN_UNTIL,
  TOKEN_WHILE,

  TOKEN_PLUS,
  TOKEN_MINUS,
  TOKEN_STAR,
  TOKEN_SLASH,
  TOKEN_SLASHES,
  TOKEN_PERCENT,
  TOKEN_CARET,
  TOKEN_HASH,
  TOKEN_AMPERSAND,
  TOKEN_TILDE,
  TOKEN_BAR,
  TOKEN_SHIFT_LEFT,
  TOKEN_SHIFT_RIGHT,
  TOKEN_EQUAL,
  TOKEN_NOT_EQUAL,
  TOKEN_LESS_EQUAL,
  TOKEN_GREATER_EQUAL,
  TOKEN_LESS,
  TOKEN_GREATER,
  TOKEN_ASSIGN,
  TOKEN_OPEN_PAREN,
  TOKEN_CLOSE_PAREN,
  TOKEN_OPEN_BRACE,
  TOKEN_CLOSE_BRACE,
  TOKEN_OPEN_BRACKET,
  TOKEN_CLOSE_BRACKET,
  TOKEN_LABEL, /* :: */
  TOKEN_SEMICOLON,
  TOKEN_COLON,
  TOKEN_COMMA,
  TOKEN_DOT,
  TOKEN_DOTS, /* .. */
  TOKEN_ELLIPSIS
};

struct token {
  enum token_kind kind;
  uint32_t offset, end; /* bytes of the source: [offset, end) */
  struct text text;     /* a name, in the source; a string's value, in the arena or the source */
  int64_t integer;
  double real;
};

struct lexer {
  struct text source;
  size_t at;
  struct arena *arena; /* for strings with escapes */
};

/* Passes over a first line that begins with #, as Lua does. The source must stay; it has at most
 * UINT32_MAX bytes. */
void lexer_init(struct lexer *lexer, struct text source, struct arena *arena);

/* The next word. At the end of the source, and behind TOKEN_BAD, TOKEN_END each time. */
struct token lexer_next(struct lexer *lexer);

#endif
