# Writes the SHA-256 of INPUT's bytes as the C array SYMBOL to OUTPUT.
file(SHA256 ${INPUT} digits)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${digits}")
file(WRITE ${OUTPUT} "extern const unsigned char ${SYMBOL}[32];
const unsigned char ${SYMBOL}[32] = {${bytes}};
")
