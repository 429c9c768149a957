# Target `writ_guest`: Lua and our guest code, compiled to WebAssembly (clang, wasm-ld, wasi-libc) and from
# there to C (wasm2c), and that C compiled for this machine. The C is generated, so it gets no warnings, but
# always optimisation, and no sanitizer: its own memory is not the process's.
#
# Both wabt 1.0.32 (Debian 12) and 1.0.36 (Debian 13) serve; the wasm features are pinned so that clang 14
# and 19 make the same module.

set(lua_sha256 9fbf5e28ef86c69858f6d3d34eccc32e911c1a28b4120ff3e84aaa70cfbf1e30)
set(lua_default_archive ${CMAKE_SOURCE_DIR}/.deps/lua-5.4.7.tar.gz)
if(NOT EXISTS ${WRIT_LUA_ARCHIVE})
  message(FATAL_ERROR "Lua's source is missing: ${WRIT_LUA_ARCHIVE}. `./dev build` fetches it; "
                      "any archive of Lua 5.4 can be named with -DWRIT_LUA_ARCHIVE=")
endif()
if(WRIT_LUA_ARCHIVE STREQUAL lua_default_archive)
  file(SHA256 ${WRIT_LUA_ARCHIVE} lua_found_sha256)
  if(NOT lua_found_sha256 STREQUAL lua_sha256)
    message(FATAL_ERROR "${WRIT_LUA_ARCHIVE} is not Lua 5.4.7: SHA-256 ${lua_found_sha256}, "
                        "expected ${lua_sha256}")
  endif()
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${WRIT_LUA_ARCHIVE})
file(ARCHIVE_EXTRACT INPUT ${WRIT_LUA_ARCHIVE} DESTINATION ${CMAKE_BINARY_DIR}/lua)
file(GLOB lua_header ${CMAKE_BINARY_DIR}/lua/*/src/lua.h ${CMAKE_BINARY_DIR}/lua/*/lua.h)
list(LENGTH lua_header lua_headers)
if(NOT lua_headers EQUAL 1)
  message(FATAL_ERROR "${WRIT_LUA_ARCHIVE} holds no src/lua.h, or several were unpacked into "
                      "${CMAKE_BINARY_DIR}/lua")
endif()
get_filename_component(lua_folder ${lua_header} DIRECTORY)

set(llvm_versions 21 20 19 18 17 16 15 14)
list(TRANSFORM llvm_versions PREPEND clang- OUTPUT_VARIABLE clang_names)
list(TRANSFORM llvm_versions PREPEND wasm-ld- OUTPUT_VARIABLE wasm_ld_names)
find_program(WRIT_CLANG NAMES ${clang_names} clang REQUIRED)
find_program(WRIT_WASM_LD NAMES ${wasm_ld_names} wasm-ld REQUIRED)
find_program(WRIT_WASM2C NAMES wasm2c REQUIRED)
find_path(WRIT_WASM_RT wasm-rt.h PATHS /usr/src/wasm2c REQUIRED)
mark_as_advanced(WRIT_CLANG WRIT_WASM_LD WRIT_WASM2C WRIT_WASM_RT)
execute_process(COMMAND ${WRIT_WASM2C} --version OUTPUT_VARIABLE wasm2c_version
                OUTPUT_STRIP_TRAILING_WHITESPACE)

set(guest_folder ${CMAKE_SOURCE_DIR}/runtime/sandbox/guest)
set(guest_output ${CMAKE_BINARY_DIR}/guest)
file(MAKE_DIRECTORY ${guest_output})
set(guest_flags --target=wasm32-wasi -mcpu=mvp -msign-ext -mbulk-memory -mmutable-globals -std=gnu11 -O2
    -g0 -D_WASI_EMULATED_SIGNAL -I${guest_folder}/shim -I${lua_folder}
    -include ${guest_folder}/guestconf.h)
set(guest_warnings -Wall -Wextra -Wshadow -Wstrict-prototypes)

set(guest_objects)
function(writ_guest_object source)
  get_filename_component(name ${source} NAME_WE)
  set(object ${guest_output}/${name}.o)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${WRIT_CLANG} ${guest_flags} ${ARGN} -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} ${guest_folder}/guestconf.h
    DEPFILE ${object}.d
    VERBATIM)
  set(guest_objects ${guest_objects} ${object} PARENT_SCOPE)
endfunction()

# guest.c comes first: its variable marks where changing data begins.
foreach(name guest api compile decode encode globals heap libc os pack suggest)
  writ_guest_object(${guest_folder}/${name}.c ${guest_warnings})
endforeach()
foreach(name allowed prelude)
  set(source ${CMAKE_SOURCE_DIR}/lua/prelude/${name}.lua)
  set(output ${guest_output}/lua_${name}.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${source} -DOUTPUT=${output} -DSYMBOL=guest_${name}
            -P ${WRIT_EMBED_SCRIPT}
    DEPENDS ${source} ${WRIT_EMBED_SCRIPT}
    VERBATIM)
  writ_guest_object(${output})
endforeach()
set(guest_lua_files lapi lauxlib lcode lctype ldebug ldo ldump lfunc lgc llex lmem lobject lopcodes lparser lstate
    lstring ltable ltm lundump lvm lzio lbaselib lcorolib lmathlib lstrlib ltablib lutf8lib)
foreach(name ${guest_lua_files})
  writ_guest_object(${lua_folder}/${name}.c -w)
endforeach()

# writ_guest_module(FOLDER OBJECT…): links the objects and makes FOLDER/guest_w2c.[ch] of them, and
# FOLDER/guest_identity.c, which tells this guest from all others. The stack lies first, so that it overflows
# into nothing and not into data.
set(WRIT_IDENTITY_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/identity.cmake)
function(writ_guest_module folder)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${folder}/guest.wasm
    COMMAND ${WRIT_CLANG} --target=wasm32-wasi -nostartfiles -fuse-ld=${WRIT_WASM_LD} -Wl,--no-entry
            -Wl,--stack-first -Wl,-z,stack-size=524288 -Wl,--initial-memory=1048576
            -Wl,--max-memory=1048576 -Wl,--gc-sections -Wl,--strip-debug
            -Wl,--export=__stack_pointer ${ARGN} -o ${folder}/guest.wasm
    DEPENDS ${ARGN}
    VERBATIM)
  add_custom_command(
    OUTPUT ${folder}/guest_w2c.c ${folder}/guest_w2c.h
    COMMAND ${WRIT_WASM2C} guest.wasm -n guest -o guest_w2c.c
    WORKING_DIRECTORY ${folder}
    DEPENDS ${folder}/guest.wasm
    VERBATIM)
  add_custom_command(
    OUTPUT ${folder}/guest_identity.c
    COMMAND ${CMAKE_COMMAND} -DINPUT=${folder}/guest.wasm -DOUTPUT=${folder}/guest_identity.c
            -DSYMBOL=guest_identity -P ${WRIT_IDENTITY_SCRIPT}
    DEPENDS ${folder}/guest.wasm ${WRIT_IDENTITY_SCRIPT}
    VERBATIM)
endfunction()

set(guest_generated_options -O2 -g0 -w -fno-sanitize=all)
writ_guest_module(${guest_output} ${guest_objects})
add_library(writ_guest STATIC ${guest_output}/guest_w2c.c ${guest_output}/guest_w2c.h
            ${guest_output}/guest_identity.c)
target_include_directories(writ_guest SYSTEM PUBLIC ${guest_output} ${WRIT_WASM_RT})
target_compile_options(writ_guest PRIVATE ${guest_generated_options})
writ_hidden(writ_guest)
if(WRIT_SANITIZE)
  target_compile_options(writ_guest PRIVATE -fsanitize=fuzzer-no-link) # libFuzzer sees Lua's own branches
endif()
if(wasm2c_version VERSION_LESS 1.0.33)
  target_compile_definitions(writ_guest PUBLIC WRIT_WASM2C_OLD_NAMES)
endif()
# The generated code calls its imports, which are writ_sandbox's: the two archives need each other.
target_link_libraries(writ_guest INTERFACE writ_sandbox m)
