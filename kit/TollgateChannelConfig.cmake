# CMake package of the channel SDK: find_package(TollgateChannel), then
#   tollgate_channel(NAME SOURCES file.cpp... [LINKS target...])
# makes NAME.so, which exports the entry symbol and nothing else. Needs C++20 and Clang or GCC.
get_filename_component(TOLLGATE_CHANNEL_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(TOLLGATE_CHANNEL_MAP "${CMAKE_CURRENT_LIST_DIR}/plugin.map")
set(TOLLGATE_CONFORMANCE "${TOLLGATE_CHANNEL_PREFIX}/bin/tollgate-conformance")
set(TOLLGATE_SANDBOX "${TOLLGATE_CHANNEL_PREFIX}/bin/tollgate-sandbox")

if(NOT TARGET tollgate::channel_sdk)
  add_library(tollgate::channel_sdk INTERFACE IMPORTED)
  set_target_properties(tollgate::channel_sdk PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${TOLLGATE_CHANNEL_PREFIX}/include"
    INTERFACE_COMPILE_FEATURES cxx_std_20)
endif()

function(tollgate_channel name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tollgate::channel_sdk ${ARG_LINKS})
  set_target_properties(${name} PROPERTIES
    PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS "${TOLLGATE_CHANNEL_MAP}")
  # Hidden visibility alone would leave typeinfo of standard library templates exported.
  target_link_options(${name} PRIVATE "-Wl,--version-script=${TOLLGATE_CHANNEL_MAP}")
endfunction()
