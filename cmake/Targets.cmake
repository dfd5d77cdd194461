# One helper per kind of target, so that every CMakeLists.txt below is a list of files.
#   opencapf_library(base SOURCES a.cpp DEPENDS fmt::fmt)      -> target opencapf_base
#   opencapf_program(capfd SOURCES main.cpp DEPENDS opencapf_capf)
#   opencapf_test(base_test LABEL unit SOURCES a_test.cpp DEPENDS opencapf_base)
function(opencapf_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(opencapf_${name} STATIC ${ARG_SOURCES})
  target_include_directories(opencapf_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(opencapf_${name} PUBLIC opencapf_options ${ARG_DEPENDS})
endfunction()

function(opencapf_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

function(opencapf_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE OPENCAPF_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    OPENCAPF_CONFIG="${PROJECT_SOURCE_DIR}/config")
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock_main)
  gtest_discover_tests(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 120 DISCOVERY_TIMEOUT 60)
endfunction()
