#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace runcast::cli {

// A value as JSON for people: two spaces a level; an array of scalars, or what is empty, in one line.
std::string indented_json(boost::json::value const& value);

}  // namespace runcast::cli
