# Compiler, warnings and sanitizers. Clang only: g++ 12 silently miscompiles temporaries that stand
# beside a co_await (GCC bugs 98401, 100611, 107288), which in this program would be money.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT TOLLGATE_ALLOW_GCC)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} is refused: g++ 12 miscompiles temporaries beside co_await "
    "(GCC bugs 98401, 100611, 107288) without a warning. Use a preset (clang-16), or pass "
    "-DTOLLGATE_ALLOW_GCC=ON for a newer GCC that you have checked.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Assertions stay on in release: wrong books are worse than a restart.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

add_compile_options(-Wall -Wextra -Werror -fstack-protector-strong)
add_compile_definitions($<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=2>)
add_link_options(-Wl,-z,relro,-z,now)
find_program(LLD_PROGRAM NAMES ld.lld-16 ld.lld)
if(LLD_PROGRAM)
  add_link_options(-fuse-ld=${LLD_PROGRAM})
endif()

if(TOLLGATE_SANITIZE)
  add_compile_options(-fsanitize=${TOLLGATE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TOLLGATE_SANITIZE})
  if(TOLLGATE_SANITIZE MATCHES "undefined")
    # vptr: libsoci hides its typeinfo; pointer-overflow: RapidJSON's stack; function: coroutines.
    add_compile_options(-fno-sanitize=vptr,pointer-overflow,function)
    add_link_options(-fno-sanitize=vptr,pointer-overflow,function)
  endif()
endif()

# The code under test reports what it covers; only the fuzz targets themselves link the engine.
if(TOLLGATE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
