#pragma once

#include <boost/json/object.hpp>

namespace runcast {

// Whether a worker with these capabilities may have a job that asks for `requirements`: each of its members has to be
// met by the capability of that name. A number is met by one at least as large, a list by one that holds all its items,
// an object member by member, anything else by the same value. Where the capability is a list, one item that meets it
// is enough.
bool satisfies(boost::json::object const& capabilities, boost::json::object const& requirements);

}  // namespace runcast
