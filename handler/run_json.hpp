#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "model/event.hpp"
#include "store/types.hpp"

// What the API says of runs, as JSON.
namespace runcast {

boost::json::object to_json(RunRow const& run);

// One run whole: with its definition, inputs, and each step's status, attempt, times and results, folded from its log.
// `events` are the log without its log lines, in order.
boost::json::object run_json(RunRow const& run, RunDocument const& document, std::vector<Event> const& events);

// The object's text with one more member behind the others, whose value is the JSON text that it is.
std::string with_member(boost::json::object const& object, std::string_view name, std::string_view value);

// `{"items":[…],"nextCursor":…}`; null where there are no more. `items`: JSON texts.
std::string list_json(std::vector<std::string> const& items, std::optional<std::string> const& next_cursor);

}  // namespace runcast
