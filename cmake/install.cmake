# cmake --install build --prefix DIR: the server (component server) and what a channel's author needs
# (component sdk): headers, a CMake package, the template and the program that fills it in.
install(TARGETS tollgate tollgate-sandbox tollgate-conformance RUNTIME DESTINATION bin COMPONENT server)
foreach(channel alipay ipaylinks paypal wechat)
  install(TARGETS plugin_${channel} LIBRARY DESTINATION lib/tollgate/plugins COMPONENT server)
endforeach()
install(DIRECTORY include/tollgate DESTINATION include COMPONENT sdk)
install(FILES kit/TollgateChannelConfig.cmake cmake/plugin.map DESTINATION lib/cmake/TollgateChannel COMPONENT sdk)
install(DIRECTORY kit/template DESTINATION share/tollgate USE_SOURCE_PERMISSIONS COMPONENT sdk)
install(PROGRAMS scripts/new-channel DESTINATION bin RENAME tollgate-new-channel COMPONENT sdk)
