#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include "handler/http.hpp"
#include "handler/problem.hpp"
#include "model/definition.hpp"

namespace runcast {

// The request's body as JSON; or the answer that refuses it: 415 where it is something else, 400 with the places where
// it is malformed. An empty body is `{}` where `may_be_empty`.
boost::system::result<boost::json::value, Answer> json_body(Request const& request, bool may_be_empty = false);

// The same for a body that must be an object.
boost::system::result<boost::json::object, Answer> json_object_body(Request const& request, bool may_be_empty = false);

// What a definition over the limit is told.
std::string too_large(DefinitionLimits const& limits);

[[noreturn]] void throw_exception_from_error(Answer const& answer, boost::source_location const& where);

}  // namespace runcast
