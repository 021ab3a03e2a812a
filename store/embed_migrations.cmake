# cmake -DOUTPUT=... -DDIRECTORY=... -P embed_migrations.cmake: a C++ file that holds every migrations/NNN_name.sql.
file(GLOB files LIST_DIRECTORIES false ${DIRECTORY}/*.sql)
list(SORT files)
set(entries "")
set(expected 1)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9])_[a-z0-9_]+$")
    message(FATAL_ERROR "${file} is not named like 001_what_it_does.sql")
  endif()
  math(EXPR number "1${CMAKE_MATCH_1} - 1000")
  if(NOT number EQUAL expected)
    message(FATAL_ERROR "migration ${expected} is missing, or its number is used twice")
  endif()
  math(EXPR expected "${expected} + 1")
  file(READ ${file} sql)
  string(APPEND entries "    {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from migrations/*.sql.
#include \"store/migrations.hpp\"

namespace runcast {

std::span<Migration const> embedded_migrations() {
  static constexpr Migration migrations[] = {
${entries}  };
  return migrations;
}

}  // namespace runcast
")
