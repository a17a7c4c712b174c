# Channel plugins. They see include/tollgate (the SDK), plugins/common and libraries; nothing of src/.

# A static library that plugins are made of; its headers are reached as "<folder>/x.hpp".
function(tollgate_plugin_part name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/plugins)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# A channel in its two forms, called from the plugin's own folder:
#   plugin_<name>         build/plugins/<name>.so, which exports the entry symbol and nothing else
#   plugin_<name>_static  the same code for tests, entered by tollgate_channel_plugin_v1_<name>
# ENTRY is the one file that ends in TOLLGATE_CHANNEL_PLUGIN; it alone is compiled twice. DIRECTORY
# is where the .so goes instead, for plugins that are not part of the product.
function(tollgate_plugin name)
  cmake_parse_arguments(ARG "" "ENTRY;DIRECTORY" "SOURCES;LINKS" ${ARGN})
  set(core plugin_common ${ARG_LINKS})
  if(ARG_SOURCES)
    tollgate_plugin_part(plugin_${name}_core SOURCES ${ARG_SOURCES} LINKS ${core})
    set(core plugin_${name}_core)
  endif()

  add_library(plugin_${name}_static STATIC ${ARG_ENTRY})
  target_compile_definitions(plugin_${name}_static PRIVATE TOLLGATE_STATIC_PLUGIN=${name})
  target_link_libraries(plugin_${name}_static PUBLIC ${core})

  add_library(plugin_${name} MODULE ${ARG_ENTRY})
  target_link_libraries(plugin_${name} PRIVATE ${core})
  # Hidden visibility alone would leave typeinfo of standard library templates exported.
  set(map ${PROJECT_SOURCE_DIR}/cmake/plugin.map)
  target_link_options(plugin_${name} PRIVATE -Wl,--version-script=${map})
  if(NOT ARG_DIRECTORY)
    set(ARG_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set_target_properties(plugin_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LINK_DEPENDS ${map} LIBRARY_OUTPUT_DIRECTORY ${ARG_DIRECTORY})
endfunction()
