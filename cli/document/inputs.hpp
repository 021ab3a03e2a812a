#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.hpp"

namespace runcast::cli {

using ReadFile = std::function<Result<std::string>(std::string const& name)>;

// The inputs of a run from `--input NAME=VALUE` arguments. `VALUE` is read as the type that the definition declares for
// NAME: a string as it stands; number, integer and boolean as such; array and object as JSON. What is not declared is a
// string (the server decides whether it may be given at all). `@FILE` stands for a file's content, `@@…` for a text
// that begins with an @. A name may be given once.
Result<boost::json::object> parse_inputs(std::vector<std::string> const& arguments,
                                         boost::json::value const& definition, ReadFile const& read_file);

}  // namespace runcast::cli
