#include "executor/line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "model/json_parse.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

std::optional<SaidProgress> parse_progress(std::string_view text) {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || std::isnan(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text.front() != ' ') return std::nullopt;
  if (!text.empty()) text.remove_prefix(1);
  return SaidProgress{std::clamp(value, 0.0, 1.0), text};
}

Result<boost::json::object> parse_object(std::string_view text) {
  auto value = parse_json_value(text);
  if (!value) {
    return fail(Errc::invalid, fmt::format("$RUN_OUTPUT begins like a JSON object, but: {}", value.error().message));
  }
  for (auto const& member : value->get_object()) {
    if (!is_step_name(member.key())) {
      return fail(Errc::invalid,
                  fmt::format("'{}' in $RUN_OUTPUT is no name for an output", std::string_view(member.key())));
    }
  }
  return std::move(value->get_object());
}

}  // namespace

Said parse_line(std::string_view line, Level usual) {
  if (line.starts_with("::")) {
    if (auto const end = line.find("::", 2); end != line.npos) {
      auto const name = line.substr(2, end - 2);
      auto const text = line.substr(end + 2);
      if (auto const level = level_from(name)) return SaidLine{*level, text};
      if (name == "progress") {
        if (auto const progress = parse_progress(text)) return *progress;
      }
    }
  }
  return SaidLine{usual, line};
}

Result<boost::json::object> parse_outputs(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first != text.npos && text[first] == '{') return parse_object(text);

  boost::json::object outputs;
  for (int number = 1; !text.empty(); ++number) {
    auto const end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto const equals = line.find('=');
    if (equals == line.npos || !is_step_name(line.substr(0, equals))) {
      return fail(Errc::invalid, fmt::format("line {} of $RUN_OUTPUT is not name=value", number));
    }
    outputs[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return outputs;
}

}  // namespace runcast
