# tollgate_python_test(<label> <file>): a unittest module of the calling folder as one ctest. The
# system's interpreter comes first: it is the one that python3-cryptography belongs to.
include_guard(GLOBAL)
find_program(TOLLGATE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(TOLLGATE_PYTHON python3 REQUIRED)

function(tollgate_python_test label file)
  get_filename_component(module ${file} NAME_WE)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  string(REGEX REPLACE "^test_" "" name ${module})
  add_test(NAME ${label}.${name}
    COMMAND ${TOLLGATE_PYTHON} -B -W ignore::ResourceWarning -m unittest -v ${folder}.${module})
  set_tests_properties(${label}.${name} PROPERTIES
    LABELS ${label} TIMEOUT 300
    ENVIRONMENT "TOLLGATE_BUILD=${CMAKE_BINARY_DIR};PYTHONPATH=${CMAKE_SOURCE_DIR}/test")
endfunction()
