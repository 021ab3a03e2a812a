#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "model/retry.hpp"

namespace runcast {

// How one attempt of a step ended, as its runner saw it.
struct AttemptResult {
  Outcome outcome = Outcome::succeeded;
  std::optional<int> exit_code = {};
  std::optional<std::string> signal = {};
  std::optional<std::string> error = {};
  std::optional<boost::json::object> outputs = {};
  bool retryable = true;  // false: making the attempt again would be of no use, whatever the step's retry says
};

}  // namespace runcast
