#include "cli/document/indented_json.hpp"

#include <algorithm>

#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

bool is_scalar(json::value const& value) { return !value.is_object() && !value.is_array(); }

void append(std::string& out, json::value const& value, std::size_t depth);

// `each(item)` appends one item's text.
template <class Items, class Each>
void append_items(std::string& out, Items const& items, char const* brackets, std::size_t depth, Each const& each) {
  out += brackets[0];
  std::string_view separator = "\n";
  for (auto const& item : items) {
    out.append(separator).append(2 * (depth + 1), ' ');
    each(item);
    separator = ",\n";
  }
  out.append("\n").append(2 * depth, ' ') += brackets[1];
}

void append_row(std::string& out, json::array const& scalars) {
  out += '[';
  std::string_view separator;
  for (auto const& scalar : scalars) {
    out.append(separator).append(to_json_text(scalar));
    separator = ", ";
  }
  out += ']';
}

void append(std::string& out, json::value const& value, std::size_t depth) {
  if (auto const* object = value.if_object(); object && !object->empty()) {
    append_items(out, *object, "{}", depth, [&](json::key_value_pair const& member) {
      append_json_string(out, member.key());
      out += ": ";
      append(out, member.value(), depth + 1);
    });
  } else if (auto const* array = value.if_array(); array && std::ranges::all_of(*array, is_scalar)) {
    append_row(out, *array);
  } else if (array) {
    append_items(out, *array, "[]", depth, [&](json::value const& item) { append(out, item, depth + 1); });
  } else {
    out += to_json_text(value);
  }
}

}  // namespace

std::string indented_json(json::value const& value) {
  std::string out;
  append(out, value, 0);
  return out;
}

}  // namespace runcast::cli
