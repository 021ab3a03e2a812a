#pragma once

#include <map>
#include <string_view>

#include "handler/router.hpp"

namespace runcast {

// The files of web/ by their paths there: built into the program.
std::map<std::string_view, std::string_view> const& embedded_files();

// GET / and what the page at it needs.
void add_static_files(Router& router);

}  // namespace runcast
