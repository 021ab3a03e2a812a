#pragma once

#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

namespace runcast::cli {

// What a plain scalar stands for by YAML 1.2's core schema (10.3.2). Nothing for .inf and .nan, which JSON cannot say.
std::optional<boost::json::value> resolve_plain_scalar(std::string_view text);

}  // namespace runcast::cli
