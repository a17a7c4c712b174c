# Writes OUT, a C++ source with a function FUNCTION (of tollgate::NAMESPACE, declared in HEADER) that answers
# the text of FILE.
file(READ ${FILE} text)
file(WRITE ${OUT} "// Made by cmake/embed_text.cmake.\n#include \"${HEADER}\"\n\nnamespace tollgate::${NAMESPACE} {\n\nstd::string_view ${FUNCTION}() {\n  return R\"text(${text})text\";\n}\n\n}  // namespace tollgate::${NAMESPACE}\n")
