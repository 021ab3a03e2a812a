#include "cli/document/yaml_scalar.hpp"

#include <charconv>
#include <cstdint>
#include <initializer_list>

namespace runcast::cli {
namespace {

namespace json = boost::json;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  for (auto const name : names) {
    if (text == name) return true;
  }
  return false;
}

std::string_view without_sign(std::string_view text) {
  return text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  auto const end = text.find_first_not_of("0123456789", at);
  return (end == std::string_view::npos ? text.size() : end) - at;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  std::size_t const whole = digits_at(text, 0);
  std::size_t at = whole;
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = digits_at(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  auto const exponent = without_sign(text.substr(at + 1));
  return !exponent.empty() && digits_at(exponent, 0) == exponent.size();
}

template <class Number>
std::optional<Number> read_all(std::string_view text, int base) {
  Number number{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<json::value> integer(std::string_view text, int base) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (auto const number = read_all<std::int64_t>(text, base)) return json::value(*number);
  if (auto const number = read_all<std::uint64_t>(text, base)) return json::value(*number);
  return std::nullopt;
}

std::optional<json::value> decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  return json::value(number);
}

bool is_based(std::string_view text, std::string_view prefix, std::string_view digits) {
  return text.starts_with(prefix) && text.size() > prefix.size() &&
         text.find_first_not_of(digits, prefix.size()) == std::string_view::npos;
}

}  // namespace

std::optional<json::value> resolve_plain_scalar(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return json::value(nullptr);
  if (is_one_of(text, {"true", "True", "TRUE"})) return json::value(true);
  if (is_one_of(text, {"false", "False", "FALSE"})) return json::value(false);
  if (is_one_of(without_sign(text), {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"})) {
    return std::nullopt;
  }
  if (is_based(text, "0o", "01234567")) return integer(text.substr(2), 8);
  if (is_based(text, "0x", "0123456789abcdefABCDEF")) return integer(text.substr(2), 16);
  if (!is_decimal(text)) return json::value(text);
  auto const digits = without_sign(text);
  if (digits_at(digits, 0) == digits.size()) {
    if (auto whole = integer(text, 10)) return whole;
  }
  return decimal(text);
}

}  // namespace runcast::cli
