#include "model/json_parse.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_stack.hpp>

#include "model/json_reader.hpp"

namespace runcast {

namespace json = boost::json;
using boost::system::error_code;

namespace {

constexpr json::parse_options own_options{.max_depth = 4096};  // whose own bound is 32

constexpr std::string_view too_large = "the number is larger than a double can hold";

bool all_finite(json::value const& value) {
  if (auto const* number = value.if_double()) return std::isfinite(*number);
  if (auto const* items = value.if_array()) return std::ranges::all_of(*items, all_finite);
  auto const* object = value.if_object();
  return !object || std::ranges::all_of(*object, [](auto const& member) { return all_finite(member.value()); });
}

// Builds the value as Boost's own parser does, and notes keys that are there twice, and numbers that it would make
// infinite.
class Builder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  explicit Builder(std::string_view base) : base_(base) { stack_.reset(); }

  json::value release() { return stack_.release(); }
  Faults take_faults() { return std::move(faults_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(); }
  bool on_object_end(std::size_t size, error_code&) {
    levels_.pop_back();
    stack_.push_object(size);
    return next();
  }
  bool on_array_begin(error_code&) { return open(); }
  bool on_array_end(std::size_t size, error_code&) {
    levels_.pop_back();
    stack_.push_array(size);
    return next();
  }

  bool on_key_part(std::string_view part, std::size_t, error_code&) {
    key_ += part;
    stack_.push_chars(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t, error_code&) {
    key_ += part;
    stack_.push_key(part);
    auto& level = levels_.back();
    level.key = std::move(key_);
    key_.clear();
    if (!level.keys.insert(level.key).second) {
      faults_.push_back({pointer(), fmt::format("the key '{}' is there twice", level.key.substr(0, 64))});
    }
    return true;
  }

  bool on_string_part(std::string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(std::string_view part, std::size_t, error_code&) {
    stack_.push_string(part);
    return next();
  }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, std::string_view, error_code&) {
    stack_.push_int64(number);
    return next();
  }
  bool on_uint64(std::uint64_t number, std::string_view, error_code&) {
    stack_.push_uint64(number);
    return next();
  }
  bool on_double(double number, std::string_view, error_code&) {
    if (!std::isfinite(number)) faults_.push_back({pointer(), std::string(too_large)});
    stack_.push_double(number);
    return next();
  }
  bool on_bool(bool truth, error_code&) {
    stack_.push_bool(truth);
    return next();
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return next();
  }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  struct Level {
    std::unordered_set<std::string> keys;  // stays empty in an array
    std::string key;
    std::size_t index = 0;
  };

  bool open() {
    levels_.emplace_back();
    return true;
  }

  bool next() {
    if (!levels_.empty()) ++levels_.back().index;
    return true;
  }

  std::string pointer() const {
    std::string out{base_};
    for (auto const& level : levels_)
      append_pointer_part(out, level.keys.empty() ? fmt::to_string(level.index) : level.key);
    return out;
  }

  std::string_view base_;
  json::value_stack stack_;
  std::vector<Level> levels_;
  std::string key_;
  Faults faults_;
};

Faults syntax_error(std::string_view text, std::size_t offset, error_code error, JsonLimits const& limits,
                    std::string_view base) {
  auto const before = text.substr(0, offset);
  auto const line = 1 + std::count(before.begin(), before.end(), '\n');
  auto const line_begin = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  auto const is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  auto const column =
      1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_begin), before.end(), is_character);
  auto what = fmt::format("not JSON: {} at line {}, column {}", error.message(), line, column);
  if (error == json::error::too_deep) {
    what = fmt::format("nested deeper than {} levels at line {}, column {}", limits.max_depth, line, column);
  }
  return {{std::string(base), std::move(what)}};
}

}  // namespace

Checked<json::value> parse_json(std::string_view text, JsonLimits const& limits, std::string_view base) {
  if (text.size() > limits.max_bytes) {
    return Faults{{std::string(base), fmt::format("is {} bytes long, the most is {}", text.size(), limits.max_bytes)}};
  }
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<Builder> parser(options, base);
  error_code error;
  auto const consumed = parser.write_some(false, text.data(), text.size(), error);
  if (!error && consumed < text.size()) error = json::error::extra_data;
  if (error) return syntax_error(text, consumed, error, limits, base);
  auto faults = parser.handler().take_faults();
  if (!faults.empty()) return faults;
  return parser.handler().release();
}

json::value parse_own_json(std::string_view text, json::storage_ptr memory) {
  return json::parse(text, std::move(memory), own_options);
}

json::value parse_own_json(std::string_view text, error_code& error) {
  return json::parse(text, error, {}, own_options);
}

Result<json::value> parse_json_value(std::string_view text) {
  error_code error;
  auto value = json::parse(text, error);
  if (error) return fail(Errc::invalid, error.message());
  if (!all_finite(value)) return fail(Errc::invalid, std::string(too_large));
  return value;
}

}  // namespace runcast
