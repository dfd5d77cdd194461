# What every target of ours is compiled with, in one interface target.
option(OPENCAPF_TESTS "Build the tests" ON)
option(OPENCAPF_BENCH "Build the measuring programs" ON)
option(OPENCAPF_WERROR "Treat warnings as errors" OFF)
set(OPENCAPF_SANITIZE "" CACHE STRING "Comma separated sanitizers, e.g. address,undefined or thread")
option(OPENCAPF_COVERAGE "Instrument for gcov" OFF)

find_program(OPENCAPF_CCACHE ccache)
mark_as_advanced(OPENCAPF_CCACHE)
if(OPENCAPF_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${OPENCAPF_CCACHE})
endif()

add_library(opencapf_options INTERFACE)
target_compile_features(opencapf_options INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_compile_options(opencapf_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Wextra-semi
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wsuggest-override>
  $<$<BOOL:${OPENCAPF_WERROR}>:-Werror>)
target_compile_definitions(opencapf_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  SPDLOG_FMT_EXTERNAL _GLIBCXX_ASSERTIONS OPENCAPF_VERSION="${PROJECT_VERSION}")
if(OPENCAPF_SANITIZE)
  target_compile_options(opencapf_options INTERFACE -fsanitize=${OPENCAPF_SANITIZE} -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  target_link_options(opencapf_options INTERFACE -fsanitize=${OPENCAPF_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(opencapf_options INTERFACE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection)
  target_link_options(opencapf_options INTERFACE -Wl,-z,relro,-z,now)
endif()
if(OPENCAPF_COVERAGE)
  target_compile_options(opencapf_options INTERFACE --coverage)
  target_link_options(opencapf_options INTERFACE --coverage)
endif()
