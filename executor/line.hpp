#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json/object.hpp>

#include "base/result.hpp"
#include "model/status.hpp"

// What a command says of itself: on its pipes, and in the file that $RUN_OUTPUT names.
namespace runcast {

struct SaidLine {
  Level level;
  std::string_view text;  // part of the line that was parsed
};

struct SaidProgress {
  double progress;  // 0 to 1
  std::string_view text;
};

using Said = std::variant<SaidLine, SaidProgress>;

// `::debug::text`, `::info::text`, `::warn::text` and `::error::text` have the level that they name,
// `::progress::0.42 text` reports progress, and any other line is a log line of the level `usual`. A progress outside
// of 0 to 1 is brought to the nearer end; one that is no number is an ordinary line.
Said parse_line(std::string_view line, Level usual);

// The outputs in the text of $RUN_OUTPUT: lines of `name=value`, whose values are strings, or one JSON object. The last
// of two values for one name counts. Errc::invalid names the line that is neither.
Result<boost::json::object> parse_outputs(std::string_view text);

}  // namespace runcast
