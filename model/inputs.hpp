#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "model/fault.hpp"
#include "model/json_reader.hpp"
#include "model/workflow.hpp"

namespace runcast {

// The inputs of a run: what was given, checked against what the workflow takes, and the defaults for the rest. An input
// that has neither is absent. `base` is the pointer of `given` in what was sent.
Checked<boost::json::object> check_inputs(std::span<InputSpec const> specs, boost::json::object const& given,
                                          std::string_view base = "/inputs");

// Whether one value fits: its type, the choices, the bounds of the environment. Notes what does not.
bool check_input(InputSpec const& spec, JsonNode const& node);

// "string", "integer", …
std::string_view to_string(InputType type);

// The environment that inputs, or the values of a matrix instance, become for a command: ("INPUT_", {"my-name": 3}) is
// INPUT_MY_NAME=3.
std::vector<Variable> variables_for(std::string_view prefix, boost::json::object const& values);

}  // namespace runcast
