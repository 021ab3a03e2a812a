#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/clock.hpp"

// Members of a server's answer. A newer server may leave out or add what it likes, so that nothing here is an error.
namespace runcast::cli {

// A string member's text; empty where there is none.
std::string_view text_of(boost::json::object const& object, std::string_view name);

// A number member, whole; nothing where there is none.
std::optional<std::int64_t> number_of(boost::json::object const& object, std::string_view name);

// A time in milliseconds since the epoch; nothing where there is none.
std::optional<Timestamp> time_of(boost::json::object const& object, std::string_view name);

// An array member; empty where there is none.
boost::json::array const& array_of(boost::json::object const& object, std::string_view name);

}  // namespace runcast::cli
