# writ_embed(LAYER SYMBOL FILE): compiles a file of this repository into writ_LAYER as
#   const char SYMBOL[];          its bytes and a NUL
#   const size_t SYMBOL_length;   without the NUL
# The file that includes them declares both extern.
set(WRIT_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed-file.cmake)
function(writ_embed layer symbol file)
  set(output ${CMAKE_BINARY_DIR}/generated/${symbol}.c)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_SOURCE_DIR}/${file} -DOUTPUT=${output}
            -DSYMBOL=${symbol} -P ${WRIT_EMBED_SCRIPT}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${WRIT_EMBED_SCRIPT}
    VERBATIM)
  target_sources(writ_${layer} PRIVATE ${output})
endfunction()

# writ_embed_folder(TARGET SYMBOL FOLDER): compiles all files below a folder, sorted by path, into TARGET as
#   const struct embedded_file SYMBOL[];   of base/embedded.h
#   const size_t SYMBOL_count;
set(WRIT_EMBED_FOLDER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed-folder.cmake)
function(writ_embed_folder target symbol folder)
  set(output ${CMAKE_BINARY_DIR}/generated/${symbol}.c)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/${folder} -DOUTPUT=${output}
            -DSYMBOL=${symbol} -P ${WRIT_EMBED_FOLDER_SCRIPT}
    DEPENDS ${files} ${WRIT_EMBED_FOLDER_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
