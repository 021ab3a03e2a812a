#pragma once

#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace runcast {

// Appends `text` as a JSON string, quotes included (RFC 8259 7). `text` is UTF-8; a byte sequence that is not becomes
// U+FFFD, so that what is appended is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

// Appends the shortest text that reads back as the same number, and as no integer: 0.5, 1.0, 1e+21.
void append_json_number(std::string& out, double number);

// The value as JSON, in one line without spaces.
std::string to_json_text(boost::json::value const& value);
std::string to_json_text(boost::json::object const& object);
std::string to_json_text(boost::json::array const& array);

}  // namespace runcast
