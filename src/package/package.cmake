# SPDX-License-Identifier: BSD-3-Clause
# Manual pages, completion, documents, and `cpack -G DEB`: packages for Debian, made of the
# components Runtime, Development, Tools and Python.
set(package_dir ${CMAKE_CURRENT_LIST_DIR})
set(doc_build ${CMAKE_CURRENT_BINARY_DIR}/doc)
file(MAKE_DIRECTORY ${doc_build}/man1 ${doc_build}/man3)

# page OUTPUT COMMAND...: a manual page, compressed as Debian has them.
set(pages "")
function(starfmm_page output)
  cmake_parse_arguments(arg "" "SCRIPT;NAME" "COMMAND;DEPENDS" ${ARGN})
  add_custom_command(OUTPUT ${doc_build}/${output}.gz DEPENDS ${arg_DEPENDS} ${package_dir}/${arg_SCRIPT}
    COMMAND sh -c "\"$@\" | awk -v name='${arg_NAME}' -v version=${PROJECT_VERSION} -f '${package_dir}/${arg_SCRIPT}' | gzip -9n >'${doc_build}/${output}.gz'" sh ${arg_COMMAND}
    VERBATIM)
  set(pages ${pages} ${doc_build}/${output}.gz PARENT_SCOPE)
endfunction()

if(TARGET starfmm_tool)
  # The commands are the rows of their table: src/tool/main.c.
  file(STRINGS ${PROJECT_SOURCE_DIR}/src/tool/main.c command_rows REGEX "&tool_")
  string(REGEX MATCHALL "&tool_[a-z]+" commands "${command_rows}")
  list(TRANSFORM commands REPLACE "&tool_" "")
  starfmm_page(man1/starfmm.1 SCRIPT help_to_man.awk DEPENDS starfmm_tool
    COMMAND $<TARGET_FILE:starfmm_tool> --help)
  foreach(command ${commands})
    starfmm_page(man1/starfmm-${command}.1 SCRIPT help_to_man.awk DEPENDS starfmm_tool
      COMMAND $<TARGET_FILE:starfmm_tool> ${command} --help)
  endforeach()
  install(DIRECTORY ${doc_build}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT Tools)
  install(FILES ${package_dir}/completion.bash RENAME starfmm
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT Tools)
  # Traces of any program, and the StarPU that records them.
  install(PROGRAMS perf/trace.py perf/build_starpu.sh perf/install_packages.sh
    DESTINATION ${CMAKE_INSTALL_DATADIR}/starfmm COMPONENT Tools)
endif()

# Section 3: a page for each header, and one that leads to it for each of its functions.
file(GLOB headers CONFIGURE_DEPENDS include/*.h)
foreach(header ${headers})
  cmake_path(GET header STEM name)
  starfmm_page(man3/${name}.3 SCRIPT header_to_man.awk NAME ${name} DEPENDS ${header}
    COMMAND cat ${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(READ ${header} text)
  string(REGEX MATCHALL "STARFMM_API[^;(]*[ *\n](starfmm_[a-z0-9_]+)\\(" declarations "${text}")
  foreach(declaration ${declarations})
    string(REGEX REPLACE ".*[ *\n](starfmm_[a-z0-9_]+)\\($" "\\1" function "${declaration}")
    execute_process(COMMAND sh -c "echo .so man3/${name}.3 | gzip -9n"
      OUTPUT_FILE ${doc_build}/man3/${function}.3.gz)
  endforeach()
endforeach()
install(DIRECTORY ${doc_build}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR}
  COMPONENT Development)
add_custom_target(starfmm_manual ALL DEPENDS ${pages})

install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Tools)
install(DIRECTORY tests/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Development
  FILES_MATCHING PATTERN "*.c")

# `cmake --build build --target doc`: the headers as pages for a browser, build/doc/html.
find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  set(DOXYGEN_OUTPUT_DIRECTORY ${doc_build})
  set(DOXYGEN_OPTIMIZE_OUTPUT_FOR_C YES)
  set(DOXYGEN_EXTRACT_ALL YES)
  set(DOXYGEN_QUIET YES)
  set(DOXYGEN_MACRO_EXPANSION YES)
  set(DOXYGEN_PREDEFINED STARFMM_API=)
  set(DOXYGEN_USE_MDFILE_AS_MAINPAGE README.md)
  # Comments become Doxygen's: before a declaration, or after a member; lists and formulas keep
  # their lines.
  set(DOXYGEN_FILTER_PATTERNS "*.h=\"sed -E -e 's,^/[*]( |$),/**\\1,' -e 's,^(.*[^ ].*)/[*] ,\\1/**< ,'\"")
  doxygen_add_docs(doc README.md include)
endif()

# ---- packages ----------------------------------------------------------------------------
set(so_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(package_Runtime libstarfmm${so_version})
set(package_Development libstarfmm-dev)
set(package_Tools starfmm)
set(package_Python python3-starfmm)
add_custom_command(OUTPUT ${doc_build}/changelog.Debian.gz DEPENDS ${package_dir}/changelog
  COMMAND sh -c "gzip -9n <'${package_dir}/changelog' >'${doc_build}/changelog.Debian.gz'" VERBATIM)
add_custom_target(starfmm_changelog ALL DEPENDS ${doc_build}/changelog.Debian.gz)
# The licence as a field of Debian's file, empty lines being dots.
file(READ ${PROJECT_SOURCE_DIR}/LICENSE licence)
string(REGEX REPLACE "^[^\n]*\n\n[^\n]*\n\n" "" licence "${licence}") # title, holder
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" licence "${licence}")
file(WRITE ${doc_build}/copyright
  "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: starfmm\n
Files: *\nCopyright: 2026, the starfmm authors\nLicense: BSD-3-Clause\n ${licence}")
foreach(component Runtime Development Tools Python)
  install(FILES ${doc_build}/copyright ${doc_build}/changelog.Debian.gz EXCLUDE_FROM_ALL
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package_${component}} COMPONENT ${component})
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${package_${component}})
endforeach()
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL Runtime Development Tools Python)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR "the starfmm authors")
set(CPACK_PACKAGE_CONTACT "the starfmm authors <starfmm@packages.debian.org>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_CURRENT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(about "starfmm sums interactions of millions of points in O(N), to the digits
asked for, as tasks of the StarPU runtime: in a StarPU of its own, or
inserted into the task graph of the program that calls it.")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "fast multipole sums as a StarPU task graph - library\n${about}\n.\nThis package holds the shared library.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "fast multipole sums as a StarPU task graph - development\n${about}\n.\nThis package holds headers, static library, manual pages, examples.")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION
  "fast multipole sums as a StarPU task graph - command\n${about}\n.\nThis package holds the command starfmm: files of points in, potentials out.")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION
  "fast multipole sums as a StarPU task graph - Python module\n${about}\n.\nThis package holds the module starfmm, for arrays of numpy.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(same_version "(= ${PROJECT_VERSION}-1)")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${package_Runtime} ${same_version}")
# What programs with starfmm_starpu.h, or with the static library, are built with.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS
  "libstarpu-dev, libhwloc-dev, libopenblas-dev, libhdf5-dev, pkg-config")
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "python3:any") # trace.py
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "python3-matplotlib")
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "${package_Runtime} ${same_version}, python3, python3-numpy")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-scipy")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
file(WRITE ${doc_build}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${doc_build}/triggers)
include(CPack)
