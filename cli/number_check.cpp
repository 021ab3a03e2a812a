#include "cli/number_check.hpp"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

std::string range_text(std::uint64_t least, std::uint64_t most) {
  bool const is_bounded = most < std::numeric_limits<std::int64_t>::max();
  return is_bounded ? fmt::format("from {} to {}", least, most) : fmt::format("from {} on", least);
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  auto const check = [least, most](std::string const& text) -> std::string {
    std::uint64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    bool const is_octal = text.size() > 1 && text.starts_with('0');  // to CLI11, which converts it
    if (!is_octal && error == std::errc{} && stop == end && value >= least && value <= most) return {};
    return fmt::format("expected a whole number {}, found '{}'", range_text(least, most), plain_text(text));
  };
  return {check, ""};
}

}  // namespace runcast::cli
