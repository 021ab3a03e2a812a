#include "handler/accept.hpp"

#include <charconv>
#include <ranges>
#include <string>
#include <tuple>
#include <vector>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>

namespace runcast {
namespace {

enum class Fit { none, anything, kind, exact };  // the more specific, the greater

struct Range {
  std::string type;  // in lower case
  double weight = 1;

  Fit fit(std::string_view offered) const {
    if (type == offered) return Fit::exact;
    if (type == "*/*") return Fit::anything;
    bool const is_kind = type.ends_with("/*") && offered.starts_with(std::string_view(type).substr(0, type.size() - 1));
    return is_kind ? Fit::kind : Fit::none;
  }
};

// Without the blanks around each part.
std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  boost::algorithm::split(parts, text, [=](char c) { return c == separator; });
  for (auto& part : parts) boost::algorithm::trim(part);
  return parts;
}

double weight_of(std::string_view parameter, double otherwise) {
  if (!parameter.starts_with("q=")) return otherwise;
  parameter.remove_prefix(2);
  double weight = 1;
  auto const [end, error] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), weight);
  bool const is_one = error == std::errc{} && end == parameter.data() + parameter.size() && weight >= 0 && weight <= 1;
  return is_one ? weight : otherwise;
}

std::vector<Range> parse_ranges(std::string_view accept) {
  std::vector<Range> ranges;
  for (auto const& element : parts_of(boost::algorithm::to_lower_copy(std::string(accept)), ',')) {
    auto const parts = parts_of(element, ';');
    if (parts.front().empty()) continue;
    Range range{.type = parts.front()};
    for (auto const& parameter : parts | std::views::drop(1)) range.weight = weight_of(parameter, range.weight);
    ranges.push_back(std::move(range));
  }
  return ranges;
}

}  // namespace

std::optional<std::string_view> preferred_type(std::string_view accept, std::span<std::string_view const> offered) {
  auto const ranges = parse_ranges(accept);
  if (ranges.empty() && !offered.empty()) return offered.front();
  std::optional<std::string_view> best;
  std::tuple<double, Fit, std::ptrdiff_t> best_rank{};
  for (auto const type : offered) {
    Fit closest = Fit::none;
    Range const* giving = nullptr;
    for (auto const& range : ranges) {
      auto const fit = range.fit(type);
      if (fit > closest) std::tie(closest, giving) = std::tuple(fit, &range);
    }
    if (!giving || giving->weight <= 0) continue;
    std::tuple const rank{giving->weight, closest, ranges.data() - giving};
    if (!best || rank > best_rank) std::tie(best, best_rank) = std::tuple(type, rank);
  }
  return best;
}

}  // namespace runcast
