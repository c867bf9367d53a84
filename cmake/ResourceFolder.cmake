# Builds the files that gptc links programs from: lib/gptc/TARGET beside its
# bin folder. Each target has the runtime, built for any CPU of the
# architecture, and the files of the system's C library that every program
# needs. gptc supports the targets whose cross packages are installed.

include(${PROJECT_SOURCE_DIR}/runtime/Sources.cmake)
set(runtime_sources ${GPTC_RUNTIME_SOURCES} ${GPTC_PROGRAM_SOURCES})
list(TRANSFORM runtime_sources PREPEND ${PROJECT_SOURCE_DIR}/runtime/)

# Provides __tls_get_addr, which shared libraries need on x86-64 only.
set(system_files_x86_64 ld-linux-x86-64.so.2)

function(gptc_add_target triple)
  string(REGEX MATCH "^[^-]+" architecture ${triple})
  set(folder ${PROJECT_BINARY_DIR}/lib/gptc/${triple})
  foreach(file IN ITEMS Scrt1.o crti.o crtbeginS.o crtendS.o crtn.o
                        libc.so.6 libc_nonshared.a libgcc.a
                        ${system_files_${architecture}})
    execute_process(
      COMMAND ${CMAKE_CXX_COMPILER} --target=${triple} -print-file-name=${file}
      OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT EXISTS ${path})
      message(STATUS "gptc will not have the target ${triple}: no ${file} for it")
      file(REMOVE_RECURSE ${folder})
      return()
    endif()
    configure_file(${path} ${folder}/${file} COPYONLY)
  endforeach()

  set(runtime gptc_runtime-${triple})
  add_library(${runtime} STATIC ${runtime_sources})
  # The last option wins, so the preset's sanitizers and assertions are off.
  target_compile_options(${runtime} PRIVATE --target=${triple}
    ${GPTC_RUNTIME_OPTIONS} ${GPTC_RUNTIME_OPTIONS_${architecture}}
    -DNDEBUG -g0 -fno-sanitize=all -fomit-frame-pointer)
  set_target_properties(${runtime} PROPERTIES
    INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}
    OUTPUT_NAME gptc_runtime
    ARCHIVE_OUTPUT_DIRECTORY ${folder})
  add_dependencies(gptc-resources ${runtime})
endfunction()

add_custom_target(gptc-resources ALL)
gptc_add_target(x86_64-linux-gnu)
gptc_add_target(aarch64-linux-gnu)
install(DIRECTORY ${PROJECT_BINARY_DIR}/lib/gptc DESTINATION lib)
install(FILES ${PROJECT_SOURCE_DIR}/runtime/gptc.h DESTINATION include)
