#pragma once

#include <cstddef>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.hpp"
#include "model/fault.hpp"

namespace runcast {

struct JsonLimits {
  std::size_t max_bytes = 1 << 20;
  std::size_t max_depth = 64;
};

// Strict JSON (RFC 8259) from a text that somebody sent. A syntax error tells its line and column; a key that an object
// has twice is a fault at that key, because one of the two values would be lost in silence. `base` is the pointer of
// the whole text's value.
Checked<boost::json::value> parse_json(std::string_view text, JsonLimits const& limits = {},
                                       std::string_view base = "");

// JSON from elsewhere that a run takes as a value; of a key that is there twice the last one counts. invalid: it is
// none, or has a number that no double holds, which could not be written as JSON again.
Result<boost::json::value> parse_json_value(std::string_view text);

// JSON that this program wrote, here or at the other end of a connection. It may be nested deeper than anything that is
// taken in, as runs put one value into another. Throws a system_error where it is none.
boost::json::value parse_own_json(std::string_view text, boost::json::storage_ptr memory = {});
boost::json::value parse_own_json(std::string_view text, boost::system::error_code& error);

}  // namespace runcast
