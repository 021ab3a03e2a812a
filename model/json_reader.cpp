#include "model/json_reader.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/value.hpp>

#include "base/duration.hpp"
#include "base/utf8.hpp"

namespace runcast {

namespace json = boost::json;

void append_pointer_part(std::string& pointer, std::string_view text) {
  pointer += '/';
  for (char const c : text) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::string Place::pointer() const {
  std::vector<Place const*> chain;
  for (auto const* place = this; place != nullptr; place = place->parent_) chain.push_back(place);
  std::string out{chain.back()->base_};
  for (auto it = chain.rbegin() + 1; it != chain.rend(); ++it) {
    if ((*it)->index_ == no_index) {
      append_pointer_part(out, (*it)->base_);
    } else {
      fmt::format_to(std::back_inserter(out), "/{}", (*it)->index_);
    }
  }
  return out;
}

void FaultLog::add(std::string pointer, std::string message) {
  if (faults_.size() < limit_) {
    faults_.push_back({std::move(pointer), std::move(message)});
  } else {
    ++left_out_;
  }
}

Faults FaultLog::take() {
  if (left_out_ > 0) faults_.push_back({"", fmt::format("{} more faults are left out", left_out_)});
  left_out_ = 0;
  return std::exchange(faults_, {});
}

std::string_view kind_name(json::value const& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "nothing";
}

void JsonNode::expected(std::string_view what) const {
  fault(fmt::format("expected {}, found {}", what, kind_name(*value_)));
}

std::optional<std::string_view> JsonNode::string() const {
  if (auto const* text = value_->if_string()) return std::string_view(*text);
  expected("a string");
  return std::nullopt;
}

std::optional<std::string_view> JsonNode::text() const {
  auto const found = string();
  if (!found) return std::nullopt;
  if (found->empty()) {
    fault("must not be empty");
  } else if (found->find('\0') != std::string_view::npos) {
    fault("must not contain a NUL character");
  } else if (found->size() > max_argument_bytes) {
    fault(fmt::format("is {} bytes long, the most is {}", found->size(), max_argument_bytes));
  } else {
    return found;
  }
  return std::nullopt;
}

std::optional<bool> JsonNode::boolean() const {
  if (auto const* truth = value_->if_bool()) return *truth;
  expected("true or false");
  return std::nullopt;
}

std::optional<std::int64_t> JsonNode::integer(std::int64_t min, std::int64_t max) const {
  if (!value_->is_number()) {
    expected("a whole number");
    return std::nullopt;
  }
  auto const* number = value_->if_int64();
  if (number != nullptr && *number >= min && *number <= max) return *number;
  fault(fmt::format("expected a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<double> JsonNode::number(double min, double max) const {
  if (!value_->is_number()) {
    expected("a number");
    return std::nullopt;
  }
  auto const number = value_->to_number<double>();
  if (number >= min && number <= max) return number;
  fault(fmt::format("expected a number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<Millis> JsonNode::duration() const {
  std::string text;
  if (auto const* string = value_->if_string()) {
    text.assign(string->data(), string->size());
  } else if (value_->is_int64() || value_->is_uint64()) {
    text = value_->is_int64() ? fmt::to_string(value_->get_int64()) : fmt::to_string(value_->get_uint64());
  } else {
    expected("a duration such as \"10m\" or a whole number of seconds");
    return std::nullopt;
  }
  auto const duration = parse_duration(text);
  if (duration) return *duration;
  fault(duration.error().message);
  return std::nullopt;
}

json::object const* JsonNode::object() const {
  auto const* object = value_->if_object();
  if (object == nullptr) expected("an object");
  return object;
}

namespace {

std::size_t count_values(json::value const& value) {
  std::size_t count = 1;
  if (auto const* items = value.if_array()) {
    for (auto const& item : *items) count += count_values(item);
  } else if (auto const* object = value.if_object()) {
    for (auto const& member : *object) count += count_values(member.value());
  }
  return count;
}

}  // namespace

json::object const* JsonNode::small_object(std::size_t max_values) const {
  auto const* found = object();
  if (found == nullptr || count_values(*value_) <= max_values + 1) return found;
  fault(fmt::format("has more than {} values", max_values));
  return nullptr;
}

json::array const* JsonNode::array() const {
  auto const* array = value_->if_array();
  if (array == nullptr) expected("an array");
  return array;
}

std::optional<std::size_t> JsonNode::word_index(std::span<std::string_view const> words) const {
  auto const word = string();
  if (!word) return std::nullopt;
  auto const found = std::find(words.begin(), words.end(), *word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  fault(fmt::format("expected one of {}, found '{}'{}", fmt::join(words, ", "), utf8_prefix(*word, 64),
                    log_->suggester().hint(*word, words)));
  return std::nullopt;
}

std::optional<JsonNode> JsonMembers::get(std::string_view key) {
  known_.push_back(key);
  auto const* value = object_->if_contains(key);
  if (value == nullptr) return std::nullopt;
  ++found_;
  return JsonNode(*value, place_.child(key), *log_);
}

std::optional<JsonNode> JsonMembers::get(std::string_view key, std::string_view alias) {
  auto node = get(key);
  auto other = get(alias);
  if (node && other) other->fault(fmt::format("is another name of '{}', which is there too; keep one", key));
  return node ? node : other;
}

std::optional<JsonNode> JsonMembers::require(std::string_view key) {
  auto node = get(key);
  if (!node) log_->add(place_.child(key).pointer(), "is missing");
  return node;
}

void JsonMembers::refuse_others() {
  if (found_ == object_->size()) return;
  auto sorted = known_;
  std::sort(sorted.begin(), sorted.end());
  for (auto const& member : *object_) {
    std::string_view const key = member.key();
    if (std::binary_search(sorted.begin(), sorted.end(), key)) continue;
    log_->add(place_.child(key).pointer(),
              fmt::format("unknown key '{}'{}", utf8_prefix(key, 64), log_->suggester().hint(key, known_)));
  }
}

}  // namespace runcast
