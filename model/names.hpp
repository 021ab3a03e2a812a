#pragma once

#include <string>
#include <string_view>

namespace runcast {

// [A-Za-z0-9][A-Za-z0-9_.-]{0,127}, but not `runs` nor `validate`, which are words in the API's paths.
bool is_workflow_name(std::string_view text);

// [A-Za-z_][A-Za-z0-9_-]{0,63}: steps, inputs, matrix axes.
bool is_step_name(std::string_view text);

// [A-Za-z_][A-Za-z0-9_]{0,127}: environment variables and secrets.
bool is_variable_name(std::string_view text);

// 1 to 128 letters, digits and `_ . : @ -`: workers and machines.
bool is_worker_name(std::string_view text);
inline constexpr std::string_view worker_name_rule = "1 to 128 letters, digits and _ . : @ -";

// The environment variable that carries an input or a matrix value to a command: ("INPUT_", "my-name") is
// INPUT_MY_NAME.
std::string variable_for(std::string_view prefix, std::string_view name);

// Whether events of step `id` are what somebody who names `step` wants: it is that step, or an instance of it.
bool is_of_step(std::string_view id, std::string_view step);

}  // namespace runcast
