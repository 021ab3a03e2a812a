#pragma once

#include <string>
#include <string_view>

#include "cli/document/document.hpp"
#include "cli/refusal.hpp"

namespace runcast::cli {

// The definition in a file, or on standard input for "-". Refused: a file that cannot be read, or is neither JSON nor
// YAML, with the place.
OrRefusal<Document> read_definition(std::string const& file);

// Where in the file stands what a server says of a body that has the definition below `base` (a JSON Pointer). Refers
// to its arguments.
PlaceOf places_in(std::string const& file, Places const& places, std::string_view base);

}  // namespace runcast::cli
