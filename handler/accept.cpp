#include "handler/accept.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/algorithm/string/case_conv.hpp>
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

// Calls `take` with each part, without the blanks around it.
template <class Take>
void each_part(std::string_view text, char separator, Take&& take) {
  while (true) {
    auto const end = std::min(text.find(separator), text.size());
    take(boost::algorithm::trim_copy(std::string(text.substr(0, end))));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
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
  each_part(boost::algorithm::to_lower_copy(std::string(accept)), ',', [&](std::string_view element) {
    Range range;
    bool is_type = true;
    each_part(element, ';', [&](std::string part) {
      if (!std::exchange(is_type, false)) {
        range.weight = weight_of(part, range.weight);
      } else {
        range.type = std::move(part);
      }
    });
    if (!range.type.empty()) ranges.push_back(std::move(range));
  });
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
