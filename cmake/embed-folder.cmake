# Writes all files below FOLDER as the C array SYMBOL to OUTPUT.
file(GLOB_RECURSE paths RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT paths)
set(bytes "")
set(table "")
set(number 0)
foreach(path ${paths})
  file(READ ${FOLDER}/${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," contents "${hex}")
  string(APPEND bytes "static const char file_${number}[] = {${contents}0};\n")
  string(APPEND table "  {\"${path}\", {file_${number}, sizeof file_${number} - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"base/embedded.h\"
extern const struct embedded_file ${SYMBOL}[];
extern const size_t ${SYMBOL}_count;
${bytes}const struct embedded_file ${SYMBOL}[] = {
${table}};
const size_t ${SYMBOL}_count = ${number};
")
