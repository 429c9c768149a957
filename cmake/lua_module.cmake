# Target `writ_native`: the C module that `require "writ.testing"` runs an app with (lua/writ/testing.lua), for
# the machine's own Lua 5.4. It is compiled against the headers of the Lua that is in the sandbox: all releases
# of 5.4 have one binary interface, and the interpreter that loads the module has the functions.
#
# The build folder is laid out as what is installed is, below it or beside it, so that `writ` finds both:
#   share/writ/lua/writ/*.lua, lib/writ/writ/native.so
file(GLOB sources CONFIGURE_DEPENDS runtime/lua_module/*.c)
add_library(writ_native MODULE ${sources})
target_include_directories(writ_native SYSTEM PRIVATE ${lua_folder})
target_link_libraries(writ_native PRIVATE writ_flags writ_testing)
# Nothing of it is seen by the process it comes into but its entry; and it stays, since handlers of signals do.
target_link_options(writ_native PRIVATE -Wl,-z,nodelete -Wl,--exclude-libs,ALL)
set_target_properties(writ_native PROPERTIES PREFIX "" OUTPUT_NAME native SUFFIX .so C_VISIBILITY_PRESET hidden
                      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/writ/writ)
install(TARGETS writ_native DESTINATION lib/writ/writ)

if(WRIT_SANITIZE)
  execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libclang_rt.asan-${CMAKE_SYSTEM_PROCESSOR}.so OUTPUT_VARIABLE asan_library
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  get_filename_component(asan_folder ${asan_library} DIRECTORY)
  target_link_options(writ_native PRIVATE -shared-libasan)
  set_target_properties(writ_native PROPERTIES BUILD_RPATH ${asan_folder})
  target_compile_definitions(writ PRIVATE WRIT_LUA_PRELOAD="${asan_library}")
endif()

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/writ)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/lua ${CMAKE_BINARY_DIR}/share/writ/lua SYMBOLIC)
install(DIRECTORY lua/writ DESTINATION share/writ/lua)
