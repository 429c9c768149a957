# Target `llhttp`, the HTTP/1 parser, with its header found as <llhttp.h>: the library where the system has
# it (Debian 13: libllhttp-dev), otherwise built from the generated C sources that Debian 12 ships for
# Node.js (node-llhttp: share/llhttp/*.c, share/include/llhttp/llhttp.h). Those are not ours to mend, so
# they are compiled without warnings, and their header is a system header.
pkg_check_modules(LLHTTP QUIET libllhttp)
find_path(LLHTTP_INCLUDE llhttp.h HINTS ${LLHTTP_INCLUDE_DIRS} PATH_SUFFIXES llhttp
          PATHS /usr/share/include)
find_library(LLHTTP_LIBRARY llhttp HINTS ${LLHTTP_LIBRARY_DIRS})
find_path(LLHTTP_SOURCES llhttp.c PATHS /usr/share /usr/local/share PATH_SUFFIXES llhttp)
mark_as_advanced(LLHTTP_INCLUDE LLHTTP_LIBRARY LLHTTP_SOURCES)

if(NOT LLHTTP_INCLUDE OR NOT (LLHTTP_LIBRARY OR LLHTTP_SOURCES))
  message(FATAL_ERROR "llhttp not found: install libllhttp-dev (Debian 13) or node-llhttp (Debian 12); "
                      "./dev build does")
endif()

if(LLHTTP_LIBRARY)
  add_library(llhttp UNKNOWN IMPORTED)
  set_target_properties(llhttp PROPERTIES IMPORTED_LOCATION ${LLHTTP_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${LLHTTP_INCLUDE})
else()
  add_library(llhttp STATIC ${LLHTTP_SOURCES}/api.c ${LLHTTP_SOURCES}/http.c
              ${LLHTTP_SOURCES}/llhttp.c)
  target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
  target_compile_definitions(llhttp PRIVATE LLHTTP_STRICT_MODE=1)
  target_compile_options(llhttp PRIVATE -w)
  writ_hidden(llhttp)
endif()
