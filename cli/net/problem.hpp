#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/net/api_client.hpp"

namespace runcast::cli {

// Where a pointer into the body that was sent lies in the user's own file ("release.yaml:12:5"), or the pointer itself.
using PlaceOf = std::function<std::string(std::string_view pointer)>;

// What a refusal says, for a person: `title: detail`, and a line for each fault of the body (RFC 9457). An answer that
// is no problem document is told by its status and its first line. Text of the server's is made harmless for a
// terminal.
std::string describe_problem(ApiAnswer const& answer, PlaceOf const& place_of = {});

}  // namespace runcast::cli
