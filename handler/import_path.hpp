#pragma once

#include <string_view>

namespace runcast {

// Where bundles are sent, which are larger than other bodies.
inline constexpr std::string_view import_path = "/api/v2/workflows/runs/import";

}  // namespace runcast
