// Whatever bytes a file holds: its YAML either becomes a bounded JSON value whose every place is known, or one fault.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

#include "cli/document/document.hpp"

namespace {

namespace json = boost::json;

void check_depth(json::value const& value, std::size_t depth) {
  if (depth > runcast::cli::max_document_depth) std::abort();
  if (value.is_object()) {
    for (auto const& member : value.get_object()) check_depth(member.value(), depth + 1);
  } else if (value.is_array()) {
    for (auto const& element : value.get_array()) check_depth(element, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  auto const document = runcast::cli::parse_yaml_document(text);
  if (!document) return 0;
  check_depth(document->value, 0);
  if (!document->places.find("")) std::abort();
  static_cast<void>(json::parse(json::serialize(document->value)));  // throws where it is no valid JSON text
  return 0;
}
