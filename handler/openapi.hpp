#pragma once

#include <map>
#include <string_view>

namespace runcast {

// `openapi.json`, the description of every call (OpenAPI 3.1), built into the program.
std::map<std::string_view, std::string_view> const& embedded_documents();

}  // namespace runcast
