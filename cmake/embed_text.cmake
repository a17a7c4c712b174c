# Writes OUT, a C++ source with a function FUNCTION (in tollgate::app) that answers the text of FILE.
file(READ ${FILE} text)
file(WRITE ${OUT} "// Made by cmake/embed_text.cmake.\n#include \"${HEADER}\"\n\nnamespace tollgate::app {\n\nstd::string_view ${FUNCTION}() {\n  return R\"text(${text})text\";\n}\n\n}  // namespace tollgate::app\n")
