# How every target of the project is compiled, and the two functions that the folders use.

add_library(runcast_options INTERFACE)
target_include_directories(runcast_options INTERFACE ${runcast_SOURCE_DIR})
target_compile_options(runcast_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror=return-type)
target_compile_definitions(runcast_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE RUNCAST_VERSION="${PROJECT_VERSION}")
target_link_libraries(runcast_options INTERFACE Threads::Threads Boost::headers Boost::json Boost::url fmt::fmt)

if(RUNCAST_SANITIZE)
  target_compile_options(runcast_options INTERFACE
    -fsanitize=${RUNCAST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(runcast_options INTERFACE -fsanitize=${RUNCAST_SANITIZE})
  # Recycled frames hide use-after-free from the address sanitizer.
  target_compile_definitions(runcast_options INTERFACE
    BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
endif()
if(RUNCAST_FUZZ)
  add_custom_target(fuzzers)
  target_compile_options(runcast_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# One precompiled header for all: the standard library and Asio's core, which nearly every file pulls in.
file(WRITE ${runcast_BINARY_DIR}/pch.cpp "")
add_library(runcast_pch OBJECT ${runcast_BINARY_DIR}/pch.cpp)
target_link_libraries(runcast_pch PUBLIC runcast_options)
target_precompile_headers(runcast_pch PRIVATE ${runcast_SOURCE_DIR}/tools/cmake/pch.hpp)

# runcast_library(NAME SOURCES a.cpp ... LINKS lib ...): the static library of one folder, named runcast_NAME.
function(runcast_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(runcast_${name} STATIC ${arg_SOURCES})
  target_link_libraries(runcast_${name} PUBLIC runcast_options ${arg_LINKS})
  target_precompile_headers(runcast_${name} REUSE_FROM runcast_pch)
endfunction()

# runcast_tests(NAME SOURCES a_test.cpp ... LINKS lib ...): one Catch2 executable, named NAME_tests, known to CTest.
function(runcast_tests name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name}_tests ${arg_SOURCES} $<TARGET_OBJECTS:catch_main>)
  target_link_libraries(${name}_tests PRIVATE ${arg_LINKS})
  target_precompile_headers(${name}_tests REUSE_FROM runcast_pch)
  add_test(NAME ${name} COMMAND ${name}_tests)
endfunction()

# runcast_fuzzer(NAME SOURCES a_fuzz.cpp LINKS lib ...): a libFuzzer executable, only with RUNCAST_FUZZ; the target
# `fuzzers` builds them all.
function(runcast_fuzzer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  if(RUNCAST_FUZZ)
    add_executable(${name}_fuzz ${arg_SOURCES})
    target_link_libraries(${name}_fuzz PRIVATE ${arg_LINKS})
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${name}_fuzz)
  endif()
endfunction()
