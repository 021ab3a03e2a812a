#include "queue/requirements.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace runcast {

namespace json = boost::json;

namespace {

// Input parsers bound the depth of what comes here.
bool meets(json::value const& capability, json::value const& wanted) {
  if (auto const* items = wanted.if_array()) {
    return std::all_of(items->begin(), items->end(), [&](json::value const& item) { return meets(capability, item); });
  }
  if (auto const* choices = capability.if_array()) {
    return std::any_of(choices->begin(), choices->end(),
                       [&](json::value const& choice) { return meets(choice, wanted); });
  }
  if (wanted.is_object()) return capability.is_object() && satisfies(capability.get_object(), wanted.get_object());
  if (wanted.is_number()) {
    return capability.is_number() && capability.to_number<double>() >= wanted.to_number<double>();
  }
  return capability == wanted;
}

}  // namespace

bool satisfies(json::object const& capabilities, json::object const& requirements) {
  return std::all_of(requirements.begin(), requirements.end(), [&](json::key_value_pair const& wanted) {
    auto const* capability = capabilities.if_contains(wanted.key());
    return capability && meets(*capability, wanted.value());
  });
}

}  // namespace runcast
