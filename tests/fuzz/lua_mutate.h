/* Changes Lua source by tokens, expressions, blocks and lines, so that most of what comes out still
 * is Lua and reaches what lies behind the parser. */
#ifndef WRIT_TESTS_LUA_MUTATE_H
#define WRIT_TESTS_LUA_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Words to make scripts of, one a line: expressions, and statements. The mutator replaces what
 * begins alike, a number by a number, a string by a string. From tests/fuzz/words/. */
extern const char lua_expressions[], lua_statements[];
extern const size_t lua_expressions_length, lua_statements_length;

/* As libFuzzer's LLVMFuzzerCustomMutator and LLVMFuzzerCustomCrossOver, which see. */
size_t lua_mutate(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t lua_cross(struct text a, struct text b, uint8_t *out, size_t out_max, unsigned seed);

#endif
